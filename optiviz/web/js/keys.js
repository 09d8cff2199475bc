/** Keyboard: what each key does, and the panel that says so. */

/**
 * Listen to keys, and fill the panel.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountKeys(root, store) {}
