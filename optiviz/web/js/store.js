/** Store: the one state of the page, and who is told when a key of it changes. */

/**
 * @typedef {object} Store
 * @property {Object<string, any>} state read it, never write it
 * @property {(patch: Object<string, any>) => void} set change keys; listeners run in the next frame
 * @property {(keys: string[], listener: () => void) => void} on at most one call a frame
 * @property {() => void} flush tell the listeners now: paper does not wait for a frame
 */

/**
 * A state whose listeners run at most once a frame, in the order in which they were added.
 *
 * What a listener changes is heard of by those after it in the same frame, by those before it in the next.
 * @param {Object<string, any>} initial
 * @param {(run: () => void) => void} [later] what calls a function in the next frame
 * @returns {Store}
 */
export function makeStore(initial, later = (run) => requestAnimationFrame(run)) {
  const state = { ...initial };
  const listeners = [];
  let waiting = false;

  function wait() {
    if (waiting) return;
    waiting = true;
    later(tell);
  }

  function tell() {
    for (const one of listeners) {
      if (!one.told) continue;
      one.told = false;
      one.listener();
    }
    waiting = false;
    if (listeners.some((one) => one.told)) wait();
  }

  return {
    state,
    set(patch) {
      for (const key of Object.keys(patch)) {
        if (Object.is(state[key], patch[key])) continue;
        state[key] = patch[key];
        for (const one of listeners) one.told ||= one.keys.includes(key);
      }
      if (listeners.some((one) => one.told)) wait();
    },
    on(keys, listener) {
      listeners.push({ keys, listener, told: false });
    },
    flush: tell,
  };
}

/**
 * The same store, with one key of the state under another name: each of several maps has its own `view`.
 * @param {Store} store
 * @param {string} key
 * @param {string} name under which the store has it
 * @returns {Store}
 */
export function storeWithOwn(store, key, name) {
  const named = (one) => (one === key ? name : one);
  return {
    ...store,
    state: new Proxy(store.state, { get: (state, one) => state[named(one)] }),
    set(patch) {
      store.set(Object.fromEntries(Object.entries(patch).map(([one, part]) => [named(one), part])));
    },
    on: (keys, listener) => store.on(keys.map(named), listener),
  };
}
