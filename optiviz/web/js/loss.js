/** Curves over steps: the loss of each run, or any other number of it. */

/**
 * Draw them into a view.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountLoss(root, store) {}
