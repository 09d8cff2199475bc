/**
 * What a person gets wrong in a formula, from left to right: letters, names, signs, brackets, a lost `*`.
 * A port of the checks of `optiviz/objectives/formula_parser.py`, with its sentences.
 */

import { FORMULA_FUNCTIONS, FORMULA_NAMES, FORMULA_SEVERAL, addFault } from "./formula_spellings.js";
import { nearestWord } from "./near_words.js";

/** Levels of brackets and of operations. */
export const FORMULA_DEEPEST = 40;
const FORMULA_TOKEN =
  / *(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|<=|>=|[-+*/(),<>])|(.))/g;
const MEANT_WORDS = {
  tg: "tan", ctg: "1/tan", cot: "1/tan", sec: "1/cos", csc: "1/sin", sgn: "sign", arctg: "arctan", sh: "sinh",
  ch: "cosh", th: "tanh", heaviside: "where(x > 0, 1, 0)", step: "where(x > 0, 1, 0)", pow: "**", fabs: "abs",
  maximum: "max", minimum: "min", logistic: "sigmoid", expit: "sigmoid", clip: "min(max(x, a), b)",
  sinc: "sin(x)/x", arsinh: "log(x + sqrt(x**2 + 1))", asinh: "log(x + sqrt(x**2 + 1))",
  atanh: "0.5*log((1 + x)/(1 - x))", erf: "",
};
const TYPED_LETTERS = {
  "²": "**2", "³": "**3", "·": "*", "×": "*", "÷": "/", "−": "-", "–": "-", "π": "pi", "√": "sqrt",
};
const LETTER_ADVICE = {
  ",": "has no place in a formula; a function takes one argument",
  "[": "has no place in a formula; its coordinates are names, such as x and y",
};
const CODE_MODULES = ["np", "numpy", "math", "cmath", "torch", "tf", "jnp", "Math", "K"];
const COMPARISON_SIGNS = ["<", "<=", ">", ">="];
const TOLD_ALREADY = "told already";
/** Whole formulas as they stand in programs: what is seen, which group is meant, what to write. */
const WHOLE_PROGRAMS = [
  [/^ *lambda\b[^:]*:/d, 0, "a formula is what stands after the : of a lambda"],
  [/^ *(?:return|def)\b/d, 0, "a formula is an expression alone, such as x**2 + y**2"],
  [/^ *[A-Za-z]\w* *(?:\([^()]*\))? *(=)(?:[^=]|$)/d, 1, "a formula is what stands after the ="],
];

/**
 * Find a formula that is a piece of a program; what else is wrong would be of the program.
 * @param {string} typed
 * @returns {import("./formula_spellings.js").FormulaFaults}
 */
export function programFaults(typed) {
  const faults = new Map();
  for (const [pattern, group, told] of WHOLE_PROGRAMS) {
    const found = pattern.exec(typed);
    const indent = typed.length - typed.trimStart().length;
    if (found) addFault(faults, group ? found.indices[group][0] : indent, told);
  }
  const found = /^(.*?)\bif\b(.*?)\belse\b(.*)$/d.exec(typed);
  if (found) {
    const [value, where, other] = found.slice(1).map((part) => part.trim());
    const longest = Math.max(value.length, where.length, other.length);
    const short = longest < 30 && /^[\0-\x7f]*$/.test(typed) && !value.includes("(");
    const choice = short ? `where(${where}, ${value}, ${other})` : "where(x > 0, a, b)";
    addFault(faults, found.indices[2][0] - 2, `a choice is written ${choice}`);
  }
  return faults;
}

/**
 * Find letters that look like plain ones, or like nothing.
 * @param {{text: string, columns: number[]}} form
 * @param {string[]} letters as typed, whole code points
 * @param {import("./formula_spellings.js").FormulaFaults} faults
 */
export function checkLetters(form, letters, faults) {
  for (let place = 0; place < form.text.length; place += 1) {
    if (form.text[place] >= " " && form.text[place] <= "~") continue;
    const letter = letters[form.columns[place]] ?? form.text[place];
    const advice = Object.hasOwn(TYPED_LETTERS, letter) ? `; write ${TYPED_LETTERS[letter]}` : "";
    const code = letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    addFault(faults, form.columns[place], `U+${code} is not a plain character${advice}`);
  }
}

/**
 * Find what is wrong with names, signs and brackets.
 * @param {{text: string, columns: number[]}} form
 * @param {import("./formula_spellings.js").FormulaFaults} faults
 */
export function checkWords(form, faults) {
  const scan = { last: "", ended: false, sure: true, opened: [] };
  for (const token of form.text.matchAll(FORMULA_TOKEN)) {
    const [whole, number, word, sign, other] = token;
    const now = number ?? word ?? sign ?? other;
    const end = token.index + whole.length;
    const told = faultOfToken(form.text, { number, word, sign, other, now, end }, scan);
    const foreign = other && other > "\x7f"; // such a letter has its own sentence
    if (told && told !== TOLD_ALREADY && !foreign) addFault(faults, form.columns[end - now.length], told);
    if (sign === "(") {
      scan.opened.push([end - 1, scan.last]);
      if (scan.opened.length > FORMULA_DEEPEST) return;
    }
    if (sign === ")") scan.opened.pop();
    scan.last = now;
    scan.sure = !told;
    const operand = number || FORMULA_NAMES.includes(word) || (other && other !== ".") || (word && told);
    scan.ended = Boolean(operand) || sign === ")";
  }
  if (!scan.ended && scan.sure) {
    addFault(faults, form.columns[form.columns.length - 1], `something is missing after '${scan.last}'`);
  }
  for (const [column] of scan.opened) addFault(faults, form.columns[column], "this ( is never closed");
}

/** What is wrong with a token, or nothing. */
function faultOfToken(text, { number, word, sign, other, now, end }, scan) {
  const { last, ended, sure, opened } = scan;
  if ((other === "." && CODE_MODULES.includes(last)) || (other === "]" && text.includes("["))) {
    return TOLD_ALREADY; // told with the token before
  }
  if (CODE_MODULES.includes(word) && text[end] === ".") {
    return `'${word}.' is not needed; functions stand alone, such as sin(x)`;
  }
  const several = opened.length > 0 && Object.hasOwn(FORMULA_SEVERAL, opened[opened.length - 1][1]);
  if (other) return `'${other}' ${LETTER_ADVICE[other] ?? "has no place in a formula"}`;
  if (word) {
    const told = faultOfWord(word, text.slice(end).trimStart().startsWith("("));
    if (told) return told;
  }
  if ((sign === "," || COMPARISON_SIGNS.includes(sign)) && !several) {
    return `'${now}' ${LETTER_ADVICE[now] ?? "has no place in a formula but in where(x > 0, ..., ...)"}`;
  }
  if (sure && ended && (number || word || sign === "(")) {
    const [what, by] = [shortenedWord(now), shortenedWord(last)];
    return `something is missing before '${what}'; a product is written ${by}*${what}`;
  }
  if (sure && !ended && ["*", "/", "**", ")", ",", ...COMPARISON_SIGNS].includes(sign)) {
    return `something is missing before '${now}'`;
  }
  const deep = sign === "(" && opened.length >= FORMULA_DEEPEST;
  if (deep) return `brackets nested more than ${FORMULA_DEEPEST} deep`;
  if (sign === ")" && !opened.length) return "this ) closes nothing";
  return "";
}

function shortenedWord(word) {
  return word.length < 30 ? word : `${word.slice(0, 25)}...`;
}

/** What is wrong with a name: a formula does not know it, or a function is without its brackets. */
function faultOfWord(word, called) {
  const one = FORMULA_FUNCTIONS.includes(word);
  const several = Object.hasOwn(FORMULA_SEVERAL, word);
  if (FORMULA_NAMES.includes(word) || ((one || several) && called)) return "";
  if (several) return `'${word}' needs its arguments in brackets: ${usageOf(word)}`;
  if (one) return `'${word}' needs its argument in brackets: ${word}(x)`;
  if (called) return `unknown function '${shortenedWord(word)}'${meaningOf(word)}`;
  if (/^[xy]{1,8}$/.test(word)) return `unknown name '${word}' - a product is written ${[...word].join("*")}`;
  const near = FORMULA_NAMES.includes(word.toLowerCase()) ? `did you mean '${word.toLowerCase()}'?` : "";
  return `unknown name '${shortenedWord(word)}' - ${near || "a formula knows x, y, pi and e"}`;
}

/**
 * How a function of several arguments is written.
 * @param {string} name
 */
export function usageOf(name) {
  return name === "where" ? "where(x > 0, x, -x)" : `${name}(x, y)`;
}

/** What a function is called here: by what it means, or else by its letters. */
function meaningOf(word) {
  if (Object.hasOwn(MEANT_WORDS, word)) {
    return MEANT_WORDS[word] ? ` - did you mean '${MEANT_WORDS[word]}'?` : " - there is none here";
  }
  const near = nearestWord(word.toLowerCase(), [...FORMULA_FUNCTIONS, ...Object.keys(FORMULA_SEVERAL)]);
  return near ? ` - did you mean '${near}'?` : " - docs/reference/formulas.md has them all";
}
