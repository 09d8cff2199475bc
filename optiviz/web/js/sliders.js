/** Sliders with number fields for the settings of a run. */

/**
 * Draw the sliders into the Explore panel.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountSliders(root, store) {}
