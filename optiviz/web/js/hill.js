/** Hill: the loss as a surface in WebGL2, turned by hand and folded into the map. */

/**
 * Draw it into a view.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountHill(root, store) {}
