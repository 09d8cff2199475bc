/** Picture view: pictures that the renderer drew, at their times. */

/**
 * Draw it into a view.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountPictureView(root, store) {}
