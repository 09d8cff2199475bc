/** Anatomy arrows: what a step is made of, at the head of the selected run. */

/**
 * Draw them on a layer above the paths of the map.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountAnatomyArrows(root, store) {}
