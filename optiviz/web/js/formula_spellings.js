/**
 * A formula as people type it, in its normal form: `^`, `2x`, `x²`, `|x|`, `√x`, `ln` become `**`, `2*x`, and
 * so on. A port of `optiviz/objectives/formula_spellings.py`: what can be read in two ways is a fault that
 * tells both.
 *
 * @typedef {{space: string, part: string, at: number}} FormulaToken blanks before it, text, column as typed
 * @typedef {Map<number|null, string>} FormulaFaults column, or null for the whole -> sentence
 */

const TYPED_SIGNS = {
  "^": "**", "·": "*", "×": "*", "⋅": "*", "∙": "*", "÷": "/", "−": "-", "–": "-", "≤": "<=", "≥": ">=",
  "π": "pi",
};
const FUNCTION_ALIASES = {
  ln: "log", lg: "log10", atan: "arctan", asin: "arcsin", acos: "arccos", arctan2: "atan2",
};
const ABOVE = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const TYPED_TOKEN =
  /([ \n\r\t]*)((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|\*\*|<=|>=|[⁰¹²³⁴⁵⁶⁷⁸⁹]+|[\s\S])/g;

/** Functions of one argument. */
export const FORMULA_FUNCTIONS = [
  "sqrt", "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "abs", "log10", "log2",
  "log1p", "expm1", "arcsin", "arccos", "cbrt", "sign", "relu", "sigmoid", "softplus",
];
/** Functions of several arguments, with how many they take. */
export const FORMULA_SEVERAL = { max: 2, min: 2, atan2: 2, hypot: 2, where: 3 };
/** The names that are not functions. */
export const FORMULA_NAMES = ["x", "y", "pi", "e"];

/**
 * Note a fault: at most one a column.
 * @param {FormulaFaults} faults
 * @param {number|null} column counted from 0
 * @param {string} told
 */
export function addFault(faults, column, told) {
  if (!faults.has(column)) faults.set(column, told);
}

/**
 * The normal form, with the column of each of its letters and of its end.
 * @param {string} typed in one line
 * @param {FormulaFaults} faults what has two readings is added
 * @returns {{text: string, columns: number[]}}
 */
export function normalForm(typed, faults) {
  let tokens = Array.from(typed.matchAll(TYPED_TOKEN), (found) => ({
    space: found[1],
    part: TYPED_SIGNS[found[2]] ?? found[2],
    at: found.index + found[1].length,
  }));
  tokens = withoutRoots(withoutBars(tokens, faults), faults);
  tokens = tokens.map((one) => ({ ...one, part: ownProperty(FUNCTION_ALIASES, one.part) ?? one.part }));
  tokens = withProducts(withPowersOutside(tokens, faults), faults);
  let text = "";
  const columns = [];
  for (const { space, part, at } of tokens) {
    const moves = typed.startsWith(part, at) ? 1 : 0;
    for (let k = 0; k < space.length; k += 1) columns.push(at - space.length + k);
    for (let k = 0; k < part.length; k += 1) columns.push(at + moves * k);
    text += space + part;
  }
  text = text.replace(/ +$/, "");
  return { text, columns: [...columns.slice(0, text.length), typed.replace(/ +$/, "").length] };
}

function ownProperty(table, name) {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function isCalled(name) {
  return FORMULA_FUNCTIONS.includes(name) || Object.hasOwn(FORMULA_SEVERAL, name);
}

function isLetter(part) {
  return /^\p{L}/u.test(part);
}

function isAbove(part) {
  return part !== "" && ABOVE.includes(part[0]);
}

function isAlphanumeric(part) {
  return /^[\p{L}\p{N}]/u.test(part);
}

/** Whether an operand may end with this token. */
function endsOperand(part) {
  return part === ")" || (part[0] === "." && part.length > 1) || isAlphanumeric(part) || part[0] === "_";
}

function digitsBelow(part) {
  const digit = (letter) => (ABOVE.includes(letter) ? ABOVE.indexOf(letter) : letter);
  return Array.from(part, digit).join("");
}

function twoReadings(faults, at, typed, first, second) {
  addFault(faults, at, `'${typed}' has two readings; write ${first} or ${second}`);
}

/** |u| as abs(u). */
function withoutBars(tokens, faults) {
  const found = [];
  const opened = [];
  let depth = 0;
  let last = "";
  for (const token of tokens) {
    const { space, part, at } = token;
    depth += Number(part === "(") - Number(part === ")");
    if (part !== "|") {
      found.push(token);
    } else if (!(last && endsOperand(last))) {
      opened.push([depth, at]);
      found.push({ space, part: "abs", at }, { space: "", part: "(", at });
    } else {
      if (!opened.length || opened.pop()[0] !== depth) {
        addFault(faults, at, "bars within bars have two readings; write abs(...)");
      }
      found.push({ space, part: ")", at });
    }
    last = found[found.length - 1].part;
  }
  for (const [, at] of opened) addFault(faults, at, "this | is never closed; or write abs(...)");
  return found;
}

/** √x and √(...) as sqrt(...), and `sin x` as sin(x) where it can be nothing else. */
function withoutRoots(tokens, faults) {
  const found = [];
  let k = 0;
  while (k < tokens.length) {
    const { space, part, at } = tokens[k];
    const after = tokens[k + 1]?.part ?? "";
    const beyond = tokens[k + 2]?.part ?? "";
    const root = part === "√";
    const name = root ? "sqrt" : part;
    const atom = isAlphanumeric(after) && !isCalled(after) && !Object.hasOwn(FUNCTION_ALIASES, after);
    const function_ = FORMULA_FUNCTIONS.includes(ownProperty(FUNCTION_ALIASES, part) ?? part);
    const takes = atom && (root || (function_ && isLetter(after)));
    const settled = ["", "+", "-", ")", ","].includes(beyond) || (root && ["*", "/"].includes(beyond));
    if (takes && !settled && (endsOperand(beyond) || ["**", "*", "/"].includes(beyond))) {
      const rest = (isAbove(beyond) ? "**" : "") + digitsBelow(beyond);
      const typed = `${part}${root ? "" : " "}${after}${beyond}...`;
      twoReadings(faults, at, typed, `${name}(${after})${rest}...`, `${name}(${after}${rest}...)`);
    } else if (!(takes && settled)) {
      found.push({ space, part: name, at });
      k += 1;
      continue;
    }
    found.push({ space, part: name, at }, { space: "", part: "(", at });
    found.push({ space: "", part: after, at: tokens[k + 1].at }, { space: "", part: ")", at });
    k += 2;
  }
  return found;
}

/** sin^2(x) and sin²(x) as sin(x)**2. */
function withPowersOutside(tokens, faults) {
  const found = [...tokens];
  for (let k = 0; k < found.length - 2; k += 1) {
    const name = found[k].part;
    const after = found[k + 1].part;
    const third = found[k + 2].part;
    if (!FORMULA_FUNCTIONS.includes(name)) continue;
    if (after === "**" && third === "-") {
      const inverse = "the inverse function, such as arcsin(...)";
      twoReadings(faults, found[k].at, `${name}^-1`, `1/${name}(...)`, inverse);
    }
    const raised = isAbove(after);
    if (raised || (after === "**" && /^\d+$/.test(third))) {
      const exponent = found.slice(k + 1, raised ? k + 2 : k + 3);
      const start = k + 1 + exponent.length;
      const close = closingBracket(found, start);
      if (close) found.splice(k + 1, close - k, ...found.slice(start, close + 1), ...exponent);
    }
  }
  return found;
}

/** The place of the bracket that closes the one at `start`; 0 if there is none. */
function closingBracket(tokens, start) {
  let depth = 0;
  for (let k = start; k < tokens.length; k += 1) {
    depth += Number(tokens[k].part === "(") - Number(tokens[k].part === ")");
    if (depth === 0) return tokens[k].part === ")" ? k : 0;
  }
  return 0;
}

/** 2x, 2(x + y), (x)(y) with their `*`, and powers written above as **n. */
function withProducts(tokens, faults) {
  const found = [];
  const starts = []; // where the operand of each open bracket begins
  let start = 0; // where the last operand begins
  tokens.forEach(({ space, part, at }, k) => {
    const last = found[found.length - 1]?.part ?? "";
    if (isAbove(part)) {
      found.push({ space, part: `**${digitsBelow(part)}`, at });
      return;
    }
    const raised = last.startsWith("**") && last.length > 2;
    const number = last !== "" && endsOperand(last) && !(isLetter(last) || last[0] === "_"); // or a bracket
    let gap = space;
    if ((raised || number) && (part === "(" || isLetter(part))) {
      const after = tokens[k + 1]?.part ?? "";
      if ((part === "e" || part === "E") && !space && /^\p{Nd}/u.test(last) && after !== "**") {
        twoReadings(faults, found[found.length - 1].at, `${last}e`, `${last}*e`, `${last}e0`);
      }
      checkTwoReadings(found, start, part, faults);
      found.push({ space: "", part: "*", at });
      gap = "";
      start = found.length;
    } else if (!last || !(raised || endsOperand(last))) {
      start = found.length;
    }
    if (part === "(") starts.push(start);
    found.push({ space: gap, part, at });
    if (part === ")" && starts.length) start = starts.pop();
  });
  return found;
}

/** 1/2x and x^2y: the factor may belong to what stands below or above, or not. */
function checkTwoReadings(found, start, part, faults) {
  let before = start - 1;
  while (before > 0 && ["+", "-"].includes(found[before].part) && !endsOperand(found[before - 1].part)) {
    before -= 1;
  }
  if (before < 1 || !["/", "**"].includes(found[before].part)) return;
  const sign = found[before].part;
  const close = found[before - 1].part === ")";
  const right = found.slice(before + 1).map((token) => token.part).join("");
  const left = close ? "(...)" : found[before - 1].part;
  const more = part === "(" ? "(...)" : part;
  const typed = `${left}${sign === "**" ? "^" : sign}${right}${more}`;
  const at = found[close ? before : before - 1].at;
  twoReadings(faults, at, typed, `${left}${sign}(${right}*${more})`, `(${left}${sign}${right})*${more}`);
}
