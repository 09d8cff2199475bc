/** Two-axis pad: rate and second setting of a run over the ground of its stability. */

/**
 * Draw the pad into the Explore panel.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountPad(root, store) {}
