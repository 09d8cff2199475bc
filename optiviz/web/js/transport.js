/** Transport: play, steps, counter and speed. */

/**
 * Fill the row of buttons.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountTransport(root, store) {}
