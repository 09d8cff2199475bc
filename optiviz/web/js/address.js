/** State in the address after #, read at the start and written as it changes. */

/**
 * Read it, then follow the state.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountAddress(root, store) {}
