"""From the text of a formula to its tree: a whitelist, never `eval`."""

import ast
import re
import sys
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz.objectives.formula_duals import COMPARISONS, FUNCTIONS, NAMES, SEVERAL, Tree
from optiviz.objectives.formula_faults import Faults, NormalForm

LONGEST, MOST, DEEPEST = 500, 200, 40  # characters, parts, levels

COMPARES = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
# what a name from elsewhere means here
MEANT = {
    "tg": "tan", "ctg": "1/tan", "cot": "1/tan", "sec": "1/cos", "csc": "1/sin", "sgn": "sign",
    "arctg": "arctan",
    "sh": "sinh", "ch": "cosh", "th": "tanh", "heaviside": "where(x > 0, 1, 0)", "step": "where(x > 0, 1, 0)",
    "pow": "**", "fabs": "abs", "maximum": "max", "minimum": "min", "logistic": "sigmoid", "expit": "sigmoid",
    "clip": "min(max(x, a), b)", "sinc": "sin(x)/x", "arsinh": "log(x + sqrt(x**2 + 1))",
    "asinh": "log(x + sqrt(x**2 + 1))", "atanh": "0.5*log((1 + x)/(1 - x))", "erf": "",
}  # fmt: skip
SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
TOKEN = re.compile(
    r" *(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|<=|>=|[-+*/(),<>])|(.))", re.A
)
TYPED = {"²": "**2", "³": "**3", "·": "*", "×": "*", "÷": "/", "−": "-", "–": "-", "π": "pi", "√": "sqrt"}
ADVICE = {
    ",": "has no place in a formula; a function takes one argument",
    "[": "has no place in a formula; its coordinates are names, such as x and y",
}
MODULES = {"np", "numpy", "math", "cmath", "torch", "tf", "jnp", "Math", "K"}
# whole formulas as they stand in programs: what is seen, where, and what to write
PROGRAMS = (
    (re.compile(r" *lambda\b[^:]*:"), 0, "a formula is what stands after the : of a lambda"),
    (re.compile(r" *(?:return|def)\b"), 0, "a formula is an expression alone, such as x**2 + y**2"),
    (
        re.compile(r" *[A-Za-z]\w* *(?:\([^()]*\))? *(=)(?!=)", re.A),
        1,
        "a formula is what stands after the =",
    ),
)
CHOICE = re.compile(r"(.*?)\bif\b(.*?)\belse\b(.*)")


def shortened_word(word: str) -> str:
    return word if len(word) < 30 else word[:25] + "..."


def check_text(text: Any) -> None:
    """Refuse what is not a short text."""
    if not isinstance(text, str):
        raise BadInput(
            f"a formula is a text such as 'x**2 + y**2', got {type(text).__name__}",
            field="formula",
            part="formula",
        )
    if len(text) > LONGEST:
        raise BadInput(f"at most {LONGEST} characters, got {len(text)}", field="formula", part="formula")
    if not text.strip(" \n\r\t"):
        raise BadInput(
            "it is empty; write one in x and y, such as x**2 + y**2", field="formula", part="formula"
        )


def check_letters(form: NormalForm, faults: Faults) -> None:
    """Find letters that look like plain ones, or like nothing."""
    for place, letter in enumerate(form.text):
        if not " " <= letter <= "~":
            name = unicodedata.name(letter, "a control character").lower()
            advice = f"; write {TYPED[letter]}" if letter in TYPED else ""
            told = f"U+{ord(letter):04X} ({name}) is not a plain character{advice}"
            faults.add(form.columns[place], told)


def check_program(form: NormalForm) -> None:
    """Refuse a formula that is a piece of a program; what else is wrong would be of the program."""
    faults = Faults(form.typed)
    for pattern, group, told in PROGRAMS:
        if found := pattern.match(form.typed):
            faults.add(found.start(group) if group else len(form.typed) - len(form.typed.lstrip()), told)
    if found := CHOICE.fullmatch(form.typed):
        value, where, other = (part.strip() for part in found.groups())
        short = max(map(len, (value, where, other))) < 30 and form.typed.isascii() and "(" not in value
        choice = f"where({where}, {value}, {other})" if short else "where(x > 0, a, b)"
        faults.add(found.start(2) - 2, f"a choice is written {choice}")
    faults.refuse()


SILENT = "told already"


@dataclass
class Scan:
    """Where the reading of a formula's tokens stands."""

    form: NormalForm
    faults: Faults
    last: str = ""  # the token before
    ended: bool = False  # whether an operand ends there
    sure: bool = True  # whether nothing was wrong with it
    opened: list[tuple[int, str]] = field(default_factory=list)  # columns of (, and what stands before them

    def fault_of(self, token: re.Match[str]) -> str:
        """What is wrong with a token, or nothing."""
        number, word, sign, other = token.groups()
        now, text = token[token.lastindex or 0], self.form.text
        if other == "." and self.last in MODULES or other == "]" and "[" in text:
            return SILENT  # told with the token before
        if word in MODULES and text[token.end() :].startswith("."):
            return f"'{word}.' is not needed; functions stand alone, such as sin(x)"
        if other:
            return f"'{other}' {ADVICE.get(other, 'has no place in a formula')}"
        if word:
            told = fault_of_word(word, text[token.end() :].lstrip().startswith("("), self.form.names)
            if told:
                return told
        if sign in (",", *COMPARISONS) and not (self.opened and self.opened[-1][1] in SEVERAL):
            return f"'{now}' {ADVICE.get(now, 'has no place in a formula but in where(x > 0, ..., ...)')}"
        if self.sure and self.ended and (number or word or sign == "("):
            what, by = shortened_word(now), shortened_word(self.last)
            return f"something is missing before '{what}'; a product is written {by}*{what}"
        if self.sure and not self.ended and sign in ("*", "/", "**", ")", ",", *COMPARISONS):
            return f"something is missing before '{now}'"
        if sign == "(" and len(self.opened) >= DEEPEST:
            return f"brackets nested more than {DEEPEST} deep"
        if sign == ")" and not self.opened:
            return "this ) closes nothing"
        return ""


def check_words(form: NormalForm, faults: Faults) -> None:
    """Find, from left to right, what a person gets wrong: names, signs, brackets, a forgotten `*`."""
    scan = Scan(form, faults)
    for token in TOKEN.finditer(form.text):
        number, word, sign, other = token.groups()
        now, column = token[token.lastindex or 0], token.start(token.lastindex or 0)
        told = scan.fault_of(token)
        elsewhere = other and not other.isascii()  # such a letter has its own sentence
        if told and told != SILENT and not elsewhere:
            faults.add(form.columns[column], told)
        if sign == "(":
            scan.opened.append((column, scan.last))
            if len(scan.opened) > DEEPEST:
                return
        if sign == ")" and scan.opened:
            scan.opened.pop()
        scan.last, scan.sure = now, not told
        operand = number or word in NAMES or (other and other != ".") or (word and told)
        scan.ended = bool(operand) or sign == ")"
    if not scan.ended and scan.sure:
        faults.add(form.columns[-1], f"something is missing after '{scan.last}'")
    for column, _ in scan.opened:
        faults.add(form.columns[column], "this ( is never closed")


def fault_of_word(word: str, called: bool, names: Sequence[str]) -> str:
    """What is wrong with a name: a formula does not know it, or a function is without its brackets."""
    if word in NAMES or (word in (*FUNCTIONS, *SEVERAL) and called):
        return ""
    if word in SEVERAL:
        return f"'{word}' needs its arguments in brackets: {usage(word)}"
    if word in FUNCTIONS:
        return f"'{word}' needs its argument in brackets: {word}(x)"
    if called:
        return f"unknown function '{shortened_word(word)}'{meaning(word)}"
    word = word[1:] if word in ("_x", "_y") and word[1:] not in names else word  # see `checked_names`
    if set(word) <= {*names} and len(word) < 9:
        return f"unknown name '{word}' - a product is written {'*'.join(word)}"
    near = f"did you mean '{word.lower()}'?" if word.lower() in (*names, "pi", "e") else ""
    known = ", ".join([*names, "pi"])
    return f"unknown name '{shortened_word(word)}' - {near or f'a formula knows {known} and e'}"


def usage(name: str) -> str:
    return "where(x > 0, x, -x)" if name == "where" else f"{name}(x, y)"


def meaning(word: str) -> str:
    """What a function is called here: by what it means, or else by its letters."""
    if word not in MEANT:
        near = hint(word, [*FUNCTIONS, *SEVERAL])
        return near if "did you mean" in near else " - docs/reference/formulas.md has them all"
    return f" - did you mean '{MEANT[word]}'?" if MEANT[word] else " - there is none here"


def parse_expression(form: NormalForm, faults: Faults) -> ast.expr | None:
    """The text as Python's grammar sees it, once it is known to be small; None where it cannot be read."""
    text, indent = form.text.strip(" "), len(form.text) - len(form.text.lstrip(" "))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            root = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        if not faults.found:
            column = min(indent + max((error.offset or 1) - 1, 0), len(form.text))
            faults.add(form.columns[column], "this cannot be read")
        return None
    except (ValueError, RecursionError, MemoryError):
        if not faults.found:
            faults.add(None, "it is too large to be read")
        return None
    count, waiting = 0, [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > DEEPEST:
            told = f"more than {DEEPEST} levels deep; bracket a long sum in groups"
            faults.add(form.columns[indent + node.col_offset], told)
            return None
        waiting += [(n, depth + 1) for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)]
    if count > MOST:
        faults.add(None, f"at most {MOST} numbers, names and operations, got {count}")
        return None
    return root


NOTHING: Tree = ("number", np.float64(0.0))  # stands for what was refused
OUT_OF_PLACE = "this has no place in a formula"


@dataclass
class Builder:
    """Builds the tree of a formula and notes what does not get in: whatever is not named here."""

    form: NormalForm
    faults: Faults
    known: frozenset[int] = field(init=False)  # columns with a fault already

    def __post_init__(self) -> None:
        self.known = frozenset(column for column in self.faults.found if column is not None)

    def refuse(self, node: ast.expr, sentence: str) -> Tree:
        """Note a fault, unless a part of it has one already."""
        indent = len(self.form.text) - len(self.form.text.lstrip())
        end = indent + (node.end_col_offset or node.col_offset)
        columns = self.form.columns[indent + node.col_offset : end + 1]
        if not self.known.intersection(columns) and not (self.known and sentence == OUT_OF_PLACE):
            self.faults.add(columns[0], sentence)
        return NOTHING

    def build(self, node: ast.expr) -> Tree:
        """The tree of an expression."""
        build = self.build
        match node:
            case ast.BinOp(left, op, right) if type(op) in SIGNS:
                return SIGNS[type(op)], build(left), build(right)
            case ast.UnaryOp(ast.USub(), operand):
                return "neg", build(operand)
            case ast.UnaryOp(ast.UAdd(), operand):
                return build(operand)
            case ast.Name(name) if name in NAMES:
                return (name,)
            case ast.Call(ast.Name(name), args, keywords) if name in FUNCTIONS:
                if len(args) != 1 or keywords or isinstance(args[0], ast.Starred):
                    return self.refuse(node, f"'{name}' takes one argument: {name}(x)")
                return name, build(args[0])
            case ast.Call(ast.Name(name), args, []) if name in SEVERAL:
                starred = any(isinstance(arg, ast.Starred) for arg in args)
                compared = bool(args) and isinstance(args[0], ast.Compare)
                if len(args) != SEVERAL[name] or starred or (name == "where") != compared:
                    return self.refuse(node, f"'{name}' is written {usage(name)}")
                first = self.condition(args[0]) if name == "where" else build(args[0])
                return name, first, *(build(arg) for arg in args[1:])
            case ast.Constant(int() | float() as value) if not isinstance(value, bool):
                if abs(value) > sys.float_info.max:
                    return self.refuse(node, "this number is too large")
                return "number", np.float64(value)
        return self.refuse(node, OUT_OF_PLACE)

    def condition(self, node: ast.expr) -> Tree:
        """The comparison in `where`, of two numbers."""
        match node:
            case ast.Compare(left, [op], [right]) if type(op) in COMPARES:
                return COMPARES[type(op)], self.build(left), self.build(right)
        return self.refuse(node, "a condition compares two numbers: x > 0")
