/** Bar: the time of the clip with chapters, ticks, arrivals and stops. */

/**
 * Fill the bar.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountBar(root, store) {}
