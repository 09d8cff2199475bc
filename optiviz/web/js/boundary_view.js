/** Boundary view: regions of the classes, data, and the rows on the wrong side. */

/**
 * Draw it into a view.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountBoundaryView(root, store) {}
