/** Fit view: data and the line of each model. */

/**
 * Draw it into a view.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountFitView(root, store) {}
