/** Caption: the line below the title at the present time. */

/**
 * Follow the time.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountCaption(root, store) {}
