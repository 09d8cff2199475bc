/** Programs by name: surfaces ("surface:beale"), rules ("rule:adam"), index. The assembler writes them. */

/** @type {Object<string, any>} */
export const PROGRAMS = { index: {} };
