/**
 * Reader of a formula in x and y: the library's grammar, its normal form, its faults. The text is never run.
 * A port of `optiviz/objectives/formula_parser.py`; one list of formulas, good and bad, holds both together.
 *
 * @typedef {["number", number] | [string, ...any]} FormulaTree as the library's: ["+", left, right], ["x"]
 * @typedef {{column: number|null, told: string}} FormulaFault column counted from 0, null for the whole
 */

import { FORMULA_FUNCTIONS, FORMULA_NAMES, FORMULA_SEVERAL } from "./formula_spellings.js";
import { addFault, normalForm } from "./formula_spellings.js";
import { FORMULA_DEEPEST, checkLetters, checkWords, programFaults, usageOf } from "./formula_words.js";

const FORMULA_LONGEST = 500;
const FORMULA_MOST = 200;
const READ_TOKEN = / *((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|\*\*|<=|>=|.)/g;
const OUT_OF_PLACE = "this has no place in a formula";

/**
 * Read a formula.
 * @param {string} typed
 * @returns {{text: string, tree: FormulaTree|null, faults: FormulaFault[]}} its normal form, and its tree
 *   where it has no faults
 */
export function readFormula(typed) {
  const letters = Array.from(typed.replace(/[\n\r\t]/g, " "));
  const line = letters.map((letter) => (letter.length > 1 ? "\ue000" : letter)).join("");
  const whole = wholeFault(line);
  if (whole) return { text: "", tree: null, faults: [{ column: null, told: whole }] };
  const faults = new Map();
  const form = normalForm(line, faults);
  const long = wholeFault(form.text);
  if (long) return { text: "", tree: null, faults: [{ column: null, told: long }] };
  const program = programFaults(line);
  if (program.size) return { text: form.text, tree: null, faults: sortedFaults(program) };
  checkLetters(form, letters, faults);
  checkWords(form, faults);
  const root = parseFormula(form, faults);
  const tree = root && treeOf(root, form, faults);
  return { text: form.text, tree: faults.size ? null : tree, faults: sortedFaults(faults) };
}

/**
 * The first fault of a formula in a sentence; "" where it reads.
 * @param {string} typed
 */
export function formulaFault(typed) {
  const [first] = readFormula(typed).faults;
  if (!first) return "";
  return first.column === null ? first.told : `place ${first.column + 1}: ${first.told}`;
}

function sortedFaults(faults) {
  const listed = Array.from(faults, ([column, told]) => ({ column, told }));
  return listed.sort((a, b) => (a.column ?? 0) - (b.column ?? 0));
}

function wholeFault(line) {
  if (line.length > FORMULA_LONGEST) return `at most ${FORMULA_LONGEST} characters, got ${line.length}`;
  if (!line.replaceAll(" ", "")) return "it is empty; write one in x and y, such as x**2 + y**2";
  return "";
}

// ---- the grammar: nodes {kind, parts, from, to} with places in the text

/** The text as a node, once it is known to be small; null where it cannot be read. */
function parseFormula(form, faults) {
  const tokens = Array.from(form.text.matchAll(READ_TOKEN), (found) => ({
    part: found[1],
    from: found.index + found[0].length - found[1].length,
    to: found.index + found[0].length,
  }));
  const reader = { tokens, place: 0, end: form.text.length };
  let root;
  try {
    root = readComparison(reader);
    if (reader.place < tokens.length) throw unreadable(tokens[reader.place].from);
  } catch (fault) {
    if (fault.at === undefined) throw fault;
    if (!faults.size) addFault(faults, form.columns[fault.at], "this cannot be read");
    return null;
  }
  return sizeFault(root, form, faults) ? null : root;
}

/** What is thrown where nothing can be read on. */
const unreadable = (at) => Object.assign(new Error("unreadable"), { at });

/** Whether a tree is too deep or too large, which is noted. */
function sizeFault(root, form, faults) {
  const waiting = [[root, 1]];
  let count = 0;
  while (waiting.length) {
    const [node, depth] = waiting.pop();
    count += 1;
    if (depth > FORMULA_DEEPEST) {
      const told = `more than ${FORMULA_DEEPEST} levels deep; bracket a long sum in groups`;
      addFault(faults, form.columns[node.from], told);
      return true;
    }
    if (node.kind === "call") count += 1; // its name
    for (const part of node.parts) if (typeof part === "object") waiting.push([part, depth + 1]);
  }
  if (count <= FORMULA_MOST) return false;
  addFault(faults, null, `at most ${FORMULA_MOST} numbers, names and operations, got ${count}`);
  return true;
}

function peek(reader) {
  return reader.tokens[reader.place]?.part ?? "";
}

function take(reader) {
  reader.place += 1;
  return reader.tokens[reader.place - 1];
}

/** A node from the token at `first` to the last one that was read. */
function nodeFrom(reader, first, kind, parts) {
  return { kind, parts, from: reader.tokens[first].from, to: reader.tokens[reader.place - 1].to };
}

function readComparison(reader) {
  const first = reader.place;
  const node = readSum(reader);
  const signs = [];
  const others = [];
  while (["<", "<=", ">", ">="].includes(peek(reader))) {
    signs.push(take(reader).part);
    others.push(readSum(reader));
  }
  return signs.length ? nodeFrom(reader, first, "compare", [signs.join(" "), node, ...others]) : node;
}

function readSum(reader) {
  const readTerm = () => readLeftToRight(reader, ["*", "/"], () => readFactor(reader));
  return readLeftToRight(reader, ["+", "-"], readTerm);
}

function readLeftToRight(reader, signs, readOperand) {
  const first = reader.place;
  let node = readOperand();
  while (signs.includes(peek(reader))) {
    const sign = take(reader).part;
    const right = readOperand();
    node = nodeFrom(reader, first, sign, [node, right]);
  }
  return node;
}

function readFactor(reader) {
  const first = reader.place;
  if (peek(reader) === "-" || peek(reader) === "+") {
    const sign = take(reader).part;
    const operand = readFactor(reader);
    return nodeFrom(reader, first, sign === "-" ? "neg" : "pos", [operand]);
  }
  const base = readAtom(reader);
  if (peek(reader) !== "**") return base;
  take(reader);
  const exponent = readFactor(reader);
  return nodeFrom(reader, first, "**", [base, exponent]);
}

function readAtom(reader) {
  const first = reader.place;
  const token = take(reader);
  if (!token) throw unreadable(reader.end);
  if (token.part === "(") {
    const inside = readComparison(reader);
    if (peek(reader) !== ")") throw unreadable(token.from);
    take(reader);
    return inside;
  }
  if (/^[\d.]/.test(token.part) && token.part !== ".") {
    if (/^0+[1-9]\d*$|^0\d*[1-9]\d*$/.test(token.part)) throw unreadable(token.from);
    return nodeFrom(reader, first, "number", [Number(token.part)]);
  }
  if (!/^[A-Za-z_]/.test(token.part)) throw unreadable(token.from);
  if (peek(reader) !== "(") return nodeFrom(reader, first, "name", [token.part]);
  take(reader);
  const parts = [];
  while (peek(reader) !== ")") {
    parts.push(readComparison(reader));
    if (peek(reader) === ",") {
      take(reader);
    } else if (peek(reader) !== ")") {
      throw unreadable(reader.tokens[reader.place]?.from ?? reader.end);
    }
  }
  take(reader);
  return nodeFrom(reader, first, "call", [token.part, ...parts]);
}

// ---- from nodes to the tree

/** The tree of a node; what does not get in is noted, and stands as 0. */
function treeOf(root, form, faults) {
  const known = [...faults.keys()].filter((column) => column !== null);

  function refused(node, told) {
    const columns = form.columns.slice(node.from, node.to + 1);
    const touched = known.some((column) => columns.includes(column));
    if (!touched && !(known.length && told === OUT_OF_PLACE)) addFault(faults, columns[0], told);
    return ["number", 0];
  }

  function built(node) {
    const { kind, parts } = node;
    if (["+", "-", "*", "/", "**"].includes(kind)) return [kind, built(parts[0]), built(parts[1])];
    if (kind === "neg") return ["neg", built(parts[0])];
    if (kind === "pos") return built(parts[0]);
    if (kind === "name" && FORMULA_NAMES.includes(parts[0])) return [parts[0]];
    if (kind === "number") {
      return Number.isFinite(parts[0]) ? ["number", parts[0]] : refused(node, "this number is too large");
    }
    return kind === "call" ? called(node) : refused(node, OUT_OF_PLACE);
  }

  function called(node) {
    const [name, ...given] = node.parts;
    if (FORMULA_FUNCTIONS.includes(name)) {
      if (given.length !== 1) return refused(node, `'${name}' takes one argument: ${name}(x)`);
      return [name, built(given[0])];
    }
    if (!Object.hasOwn(FORMULA_SEVERAL, name)) return refused(node, OUT_OF_PLACE);
    const compared = given.length > 0 && given[0].kind === "compare";
    if (given.length !== FORMULA_SEVERAL[name] || (name === "where") !== compared) {
      return refused(node, `'${name}' is written ${usageOf(name)}`);
    }
    const first = name === "where" ? condition(given[0]) : built(given[0]);
    return [name, first, ...given.slice(1).map(built)];
  }

  function condition(node) {
    const [signs, ...sides] = node.parts;
    if (sides.length !== 2) return refused(node, "a condition compares two numbers: x > 0");
    return [signs, built(sides[0]), built(sides[1])];
  }

  return built(root);
}
