/** Programs by name: surfaces, formulas, rules. The assembler writes them; a test fills them in. */

/** @type {Object<string, any>} */
export const PROGRAMS = {};
