/** Explore panel: rule, pad, sliders, formula and result line in the left column. */

/**
 * Fill the panel once; it shows itself while `panel` is "explore".
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountExplore(root, store) {}
