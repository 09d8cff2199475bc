"""From the text of a formula to its tree: a whitelist, never `eval`."""

import ast
import re
import sys
import unicodedata
import warnings
from typing import Any, NoReturn

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz.objectives.formula_duals import COMPARISONS, FUNCTIONS, NAMES, SEVERAL, Tree

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
ADVICE = {",": "has no place in a formula; a function takes one argument"}


def refuse_at(text: str, column: int, sentence: str) -> NoReturn:
    """The sentence, the formula, and a caret under the offending part."""
    start = max(0, column - 60)
    before, after = "..." if start else "", "..." if len(text) > start + 100 else ""
    line = before + text[start : start + 100] + after
    raise BadInput(
        f"{sentence}\n    {line}\n    {' ' * (len(before) + column - start)}^",
        field="formula",
        part="formula",
    ) from None


def shortened_word(word: str) -> str:
    return word if len(word) < 30 else word[:25] + "..."


def check_text(text: Any) -> None:
    """Refuse what is not a short line of plain characters."""
    if not isinstance(text, str):
        raise BadInput(
            f"a formula is a text such as 'x**2 + y**2', got {type(text).__name__}",
            field="formula",
            part="formula",
        )
    if len(text) > LONGEST:
        raise BadInput(f"at most {LONGEST} characters, got {len(text)}", field="formula", part="formula")
    if not text.strip():
        raise BadInput(
            "it is empty; write one in x and y, such as x**2 + y**2", field="formula", part="formula"
        )
    for place, letter in enumerate(text):
        if not " " <= letter <= "~":
            escaped, before = (t.encode("unicode_escape").decode() for t in (text, text[:place]))
            name = unicodedata.name(letter, "a control character").lower()
            advice = f"; write {TYPED[letter]}" if letter in TYPED else ""
            refuse_at(escaped, len(before), f"U+{ord(letter):04X} ({name}) is not a plain character{advice}")


def check_words(text: str) -> None:
    """Refuse, from left to right, what a person gets wrong: names, signs, brackets, a forgotten `*`."""
    last, ended = "", False  # the token before, whether an operand ends there
    opened: list[tuple[int, str]] = []  # columns of (, and what stands before them
    for token in TOKEN.finditer(text.rstrip()):
        number, word, sign, other = token.groups()
        now, column = token[token.lastindex or 0], token.start(token.lastindex or 0)
        if other:
            refuse_at(text, column, f"'{other}' {ADVICE.get(other, 'has no place in a formula')}")
        if word:
            check_word(text, column, word, called=text[token.end() :].lstrip().startswith("("))
        if sign in (",", *COMPARISONS) and not (opened and opened[-1][1] in SEVERAL):
            said = ADVICE.get(now, "has no place in a formula but in where(x > 0, ..., ...)")
            refuse_at(text, column, f"'{now}' {said}")
        if ended and (number or word or sign == "("):
            what, by = shortened_word(now), shortened_word(last)
            refuse_at(text, column, f"something is missing before '{what}'; a product is written {by}*{what}")
        if not ended and sign in ("*", "/", "**", ")", ",", *COMPARISONS):
            refuse_at(text, column, f"something is missing before '{now}'")
        if sign == "(":
            opened.append((column, last))
            if len(opened) > DEEPEST:
                refuse_at(text, column, f"brackets nested more than {DEEPEST} deep")
        if sign == ")":
            if not opened:
                refuse_at(text, column, "this ) closes nothing")
            opened.pop()
        last, ended = now, bool(number) or sign == ")" or word in NAMES
    if not ended:
        refuse_at(text, len(text.rstrip()), f"something is missing after '{last}'")
    if opened:
        refuse_at(text, opened[-1][0], "this ( is never closed")


def check_word(text: str, column: int, word: str, called: bool) -> None:
    """Refuse a name that a formula does not know, or a function without its brackets."""
    if word in NAMES or (word in (*FUNCTIONS, *SEVERAL) and called):
        return
    if word in SEVERAL:
        refuse_at(text, column, f"'{word}' needs its arguments in brackets: {usage(word)}")
    if word in FUNCTIONS:
        refuse_at(text, column, f"'{word}' needs its argument in brackets: {word}(x)")
    if called:
        advice = meaning(word)
        refuse_at(text, column, f"unknown function '{shortened_word(word)}'{advice}")
    if set(word) <= {"x", "y"} and len(word) < 9:
        refuse_at(text, column, f"unknown name '{word}' - a product is written {'*'.join(word)}")
    near = f"did you mean '{word.lower()}'?" if word.lower() in NAMES else "a formula knows x, y, pi and e"
    refuse_at(text, column, f"unknown name '{shortened_word(word)}' - {near}")


def usage(name: str) -> str:
    return "where(x > 0, x, -x)" if name == "where" else f"{name}(x, y)"


def meaning(word: str) -> str:
    """What a function is called here: by what it means, or else by its letters."""
    if word not in MEANT:
        near = hint(word, [*FUNCTIONS, *SEVERAL])
        return near if "did you mean" in near else " - docs/formulas.md has them all"
    return f" - did you mean '{MEANT[word]}'?" if MEANT[word] else " - there is none here"


def parse_expression(text: str) -> ast.expr:
    """The text as Python's grammar sees it, once it is known to be small."""
    indent = len(text) - len(text.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            root = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        column = min(indent + max((error.offset or 1) - 1, 0), len(text))
        refuse_at(text, column, "this cannot be read")
    except (ValueError, RecursionError, MemoryError):
        raise BadInput("it is too large to be read", field="formula", part="formula") from None
    count, waiting = 0, [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > DEEPEST:
            column = indent + node.col_offset
            refuse_at(text, column, f"more than {DEEPEST} levels deep; bracket a long sum in groups")
        waiting += [(n, depth + 1) for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)]
    if count > MOST:
        raise BadInput(
            f"at most {MOST} numbers, names and operations, got {count}", field="formula", part="formula"
        )
    return root


def build(text: str, node: ast.expr) -> Tree:
    """The tree of a formula. Whatever is not named here does not get in."""
    column = len(text) - len(text.lstrip()) + node.col_offset
    match node:
        case ast.BinOp(left, op, right) if type(op) in SIGNS:
            return SIGNS[type(op)], build(text, left), build(text, right)
        case ast.UnaryOp(ast.USub(), operand):
            return "neg", build(text, operand)
        case ast.UnaryOp(ast.UAdd(), operand):
            return build(text, operand)
        case ast.Name(name) if name in NAMES:
            return (name,)
        case ast.Call(ast.Name(name), args, keywords) if name in FUNCTIONS:
            if len(args) != 1 or keywords or isinstance(args[0], ast.Starred):
                refuse_at(text, column, f"'{name}' takes one argument: {name}(x)")
            return name, build(text, args[0])
        case ast.Call(ast.Name(name), args, []) if name in SEVERAL:
            starred = any(isinstance(arg, ast.Starred) for arg in args)
            if len(args) != SEVERAL[name] or starred or (name == "where") != isinstance(args[0], ast.Compare):
                refuse_at(text, column, f"'{name}' is written {usage(name)}")
            first = condition(text, args[0]) if name == "where" else build(text, args[0])
            return name, first, *(build(text, arg) for arg in args[1:])
        case ast.Constant(int() | float() as value) if not isinstance(value, bool):
            if abs(value) > sys.float_info.max:
                refuse_at(text, column, "this number is too large")
            return "number", np.float64(value)
    refuse_at(text, column, "this has no place in a formula")


def condition(text: str, node: ast.expr) -> Tree:
    """The comparison in `where`, of two numbers."""
    match node:
        case ast.Compare(left, [op], [right]) if type(op) in COMPARES:
            return COMPARES[type(op)], build(text, left), build(text, right)
    refuse_at(text, node.col_offset, "a condition compares two numbers: x > 0")
