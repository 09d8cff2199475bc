/** Map: level lines, paths and heads over two parameters. */

/**
 * Draw it into a view; `view` in the state says what it shows.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountMap(root, store) {}
