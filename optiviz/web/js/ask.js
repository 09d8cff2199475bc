/** Ask card: votes before the reveal, order after it. */

/**
 * Fill the card; it shows itself while a question is open.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountAsk(root, store) {}
