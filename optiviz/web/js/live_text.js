/** Live text: one sentence at rests for those who do not see. */

/**
 * Follow the state.
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountLiveText(root, store) {}
