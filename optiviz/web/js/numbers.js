/** Numbers: the results of all runs as a table. */

/**
 * Fill the panel.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountNumbers(root, store) {}
