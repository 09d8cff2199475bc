/** Ghost of the selected run: its path before the first change. */

/**
 * Draw it on a layer below the paths of the map.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountGhost(root, store) {}
