/** Start handle on the map: drag, keyboard and click move where the runs begin. */

/**
 * Draw the handle over the plot of the map.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountStartHandle(root, store) {}
