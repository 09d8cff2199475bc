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
from optiviz.objectives.formula_duals import FUNCTIONS, NAMES, Tree

LONGEST, MOST, DEEPEST = 500, 200, 40  # characters, parts, levels

SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
TOKEN = re.compile(r" *(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|[-+*/()])|(.))", re.A)
TYPED = {"²": "**2", "³": "**3", "·": "*", "×": "*", "÷": "/", "−": "-", "–": "-", "π": "pi", "√": "sqrt"}
ADVICE = {"^": "is no power here; write **", ",": "has no place in a formula; a function takes one argument"}


def refuse(text: str, column: int, sentence: str) -> NoReturn:
    """The sentence, the formula, and a caret under the offending part."""
    start = max(0, column - 60)
    before, after = "..." if start else "", "..." if len(text) > start + 100 else ""
    line = before + text[start : start + 100] + after
    raise BadInput(f"formula: {sentence}\n    {line}\n    {' ' * (len(before) + column - start)}^") from None


def short(word: str) -> str:
    return word if len(word) < 30 else word[:25] + "..."


def check_text(text: Any) -> None:
    """Refuse what is not a short line of plain characters."""
    if not isinstance(text, str):
        raise BadInput(f"formula: a formula is a text such as 'x**2 + y**2', got {type(text).__name__}")
    if len(text) > LONGEST:
        raise BadInput(f"formula: at most {LONGEST} characters, got {len(text)}")
    if not text.strip():
        raise BadInput("formula: it is empty; write one in x and y, such as x**2 + y**2")
    for place, letter in enumerate(text):
        if not " " <= letter <= "~":
            escaped, before = (t.encode("unicode_escape").decode() for t in (text, text[:place]))
            name = unicodedata.name(letter, "a control character").lower()
            advice = f"; write {TYPED[letter]}" if letter in TYPED else ""
            refuse(escaped, len(before), f"U+{ord(letter):04X} ({name}) is not a plain character{advice}")


def check_words(text: str) -> None:
    """Refuse, from left to right, what a person gets wrong: names, signs, brackets, a forgotten `*`."""
    last, ended, opened = "", False, []  # the token before, whether an operand ends there; columns of (
    for token in TOKEN.finditer(text.rstrip()):
        number, word, sign, other = token.groups()
        now, column = token[token.lastindex or 0], token.start(token.lastindex or 0)
        if other:
            refuse(text, column, f"'{other}' {ADVICE.get(other, 'has no place in a formula')}")
        if word:
            check_word(text, column, word, called=text[token.end() :].lstrip().startswith("("))
        if ended and (number or word or sign == "("):
            what, by = short(now), short(last)
            refuse(text, column, f"something is missing before '{what}'; a product is written {by}*{what}")
        if not ended and sign in ("*", "/", "**", ")"):
            refuse(text, column, f"something is missing before '{now}'")
        if sign == "(":
            opened.append(column)
            if len(opened) > DEEPEST:
                refuse(text, column, f"brackets nested more than {DEEPEST} deep")
        if sign == ")":
            if not opened:
                refuse(text, column, "this ) closes nothing")
            opened.pop()
        last, ended = now, bool(number) or sign == ")" or word in NAMES
    if not ended:
        refuse(text, len(text.rstrip()), f"something is missing after '{last}'")
    if opened:
        refuse(text, opened[-1], "this ( is never closed")


def check_word(text: str, column: int, word: str, called: bool) -> None:
    """Refuse a name that a formula does not know, or a function without its brackets."""
    if word in NAMES or (word in FUNCTIONS and called):
        return
    if word in FUNCTIONS:
        refuse(text, column, f"'{word}' needs its argument in brackets: {word}(x)")
    if called:
        advice = " - did you mean 'log'?" if word == "ln" else hint(word, FUNCTIONS)
        refuse(text, column, f"unknown function '{short(word)}'{advice}")
    if set(word) <= {"x", "y"} and len(word) < 9:
        refuse(text, column, f"unknown name '{word}' - a product is written {'*'.join(word)}")
    near = f"did you mean '{word.lower()}'?" if word.lower() in NAMES else "a formula knows x, y, pi and e"
    refuse(text, column, f"unknown name '{short(word)}' - {near}")


def read(text: str) -> ast.expr:
    """The text as Python's grammar sees it, once it is known to be small."""
    indent = len(text) - len(text.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            root = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        column = min(indent + max((error.offset or 1) - 1, 0), len(text))
        refuse(text, column, "this cannot be read")
    except (ValueError, RecursionError, MemoryError):
        raise BadInput("formula: it is too large to be read") from None
    count, waiting = 0, [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > DEEPEST:
            column = indent + node.col_offset
            refuse(text, column, f"more than {DEEPEST} levels deep; bracket a long sum in groups")
        waiting += [(n, depth + 1) for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)]
    if count > MOST:
        raise BadInput(f"formula: at most {MOST} numbers, names and operations, got {count}")
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
                refuse(text, column, f"'{name}' takes one argument: {name}(x)")
            return name, build(text, args[0])
        case ast.Constant(int() | float() as value) if not isinstance(value, bool):
            if abs(value) > sys.float_info.max:
                refuse(text, column, "this number is too large")
            return "number", np.float64(value)
    refuse(text, column, "this has no place in a formula")
