/** Key: one button a run, with its number. */

/**
 * Fill the key.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountKey(root, store) {}
