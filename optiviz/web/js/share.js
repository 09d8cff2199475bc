/** Share panel: scene, Python, framework code, picture and link. */

/**
 * Fill the panel once; it shows itself while `panel` is "share".
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountShare(root, store) {}
