"""A formula typed as text, such as "x**2 + 3*sin(y)", becomes a surface with exact slopes.

The language:

    numbers      2, 0.5, 1e-3, and the names pi and e
    variables    x and y
    operations   + - * / ** with the usual precedence, and brackets; 2*x, never 2x
    functions    sqrt exp log sin cos tan sinh cosh tanh arctan abs, of one argument; log is natural
    limits       500 plain characters, 200 parts, 40 levels
    outside      1/0 is inf and log(-1) is nan, as in NumPy, without a warning

The text is never run. Python's own grammar reads it, only the parts above are let through, and the
numbers travel with their derivatives (forward mode): no differences, no rounding but that of the formula.
"""

import ast
import re
import sys
import unicodedata
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NoReturn

import numpy as np

from optiviz.errors import BadInput
from optiviz.names import hint

LONGEST, MOST, DEEPEST = 500, 200, 40  # characters, parts, levels

# ("+", left, right), ("neg", part), ("sin", part), ("x",), ("number", value)
Tree = tuple[Any, ...]
# value, d/dx, d/dy, and for a Hessian d2/dx2, d2/dxdy, d2/dy2; None where it cannot depend on it,
# so that what stands still stays 0 even beside an infinite slope.
Dual = tuple[Any, ...]


@dataclass(frozen=True)
class Formula:
    """A function of x and y with its exact gradient; made by `parse`.

    x and y have one shape, () or (N,) or (h, w), and so has every result, that of a constant too.
    """

    text: str
    tree: Tree = field(repr=False, compare=False)

    def __call__(self, x: Any, y: Any) -> tuple[Any, tuple[Any, Any]]:
        """The value and the slopes (df/dx, df/dy).

        Examples
        --------
        >>> value, (dx, dy) = parse("x**2 + 3*y")(2.0, 1.0)
        >>> float(value), float(dx), float(dy)
        (7.0, 4.0, 3.0)
        """
        value, dx, dy = evaluate(self.tree, x, y, order=1)
        return value, (dx, dy)

    def hessian(self, x: Any, y: Any) -> tuple[Any, Any, Any]:
        """The second derivatives (d2f/dx2, d2f/dxdy, d2f/dy2).

        Examples
        --------
        >>> [float(part) for part in parse("x**2 * y").hessian(3.0, 5.0)]
        [10.0, 6.0, 0.0]
        """
        _, _, _, dxx, dxy, dyy = evaluate(self.tree, x, y, order=2)
        return dxx, dxy, dyy

    @property
    def latex(self) -> str:
        """For a title, without the dollar signs; what is nested too deep to typeset stays as typed.

        Examples
        --------
        >>> print(parse("-(x + 1)**2 / exp(2*y)").latex)
        \\frac{-\\left(x + 1\\right)^{2}}{e^{2 y}}
        """
        title = latex(self.tree)[0]
        brackets = title.replace(r"\left", "{").replace(r"\right", "}")
        nested = max(accumulate((mark == "{") - (mark == "}") for mark in brackets))
        if nested > 12:  # Matplotlib's reader recurses some 40 calls a bracket, of Python's 1000
            return r"\mathtt{" + self.text.strip().replace(" ", r"\ ") + "}"
        return title


def parse(text: str) -> Formula:
    """Read a formula in x and y; see the head of this module for the language.

    Parameters
    ----------
    text : str

    Returns
    -------
    Formula

    Raises
    ------
    BadInput
        When the text is not a formula, with the offending part marked.

    Examples
    --------
    >>> parse("x**2 + 3*z")
    Traceback (most recent call last):
    optiviz.errors.BadInput: formula: unknown name 'z' - a formula knows x, y, pi and e
        x**2 + 3*z
                 ^
    """
    check_text(text)
    check_words(text)
    return Formula(text, build(text, read(text)))


# ---- derivatives: one line of a table each --------------------------------------------------------

# name -> value of u; slope and second derivative from u and the value f
Rule = Callable[[Any, Any], Any]
FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Rule, Rule]] = {
    "sqrt": (np.sqrt, lambda u, f: 0.5 / f, lambda u, f: -0.25 / (u * f)),
    "exp": (np.exp, lambda u, f: f, lambda u, f: f),
    "log": (np.log, lambda u, f: 1.0 / u, lambda u, f: -1.0 / (u * u)),
    "sin": (np.sin, lambda u, f: np.cos(u), lambda u, f: -f),
    "cos": (np.cos, lambda u, f: -np.sin(u), lambda u, f: -f),
    "tan": (np.tan, lambda u, f: 1.0 + f * f, lambda u, f: 2.0 * f * (1.0 + f * f)),
    "sinh": (np.sinh, lambda u, f: np.cosh(u), lambda u, f: f),
    "cosh": (np.cosh, lambda u, f: np.sinh(u), lambda u, f: f),
    "tanh": (np.tanh, lambda u, f: raised(np.cosh(u), -2), lambda u, f: -2.0 * f * raised(np.cosh(u), -2)),
    "arctan": (np.arctan, lambda u, f: 1.0 / (1.0 + u * u), lambda u, f: -2.0 * u * raised(1.0 + u * u, -2)),
    "abs": (np.abs, lambda u, f: np.sign(u), lambda u, f: None),
}
CONSTANTS = {"pi": np.float64(np.pi), "e": np.float64(np.e)}
NAMES = ("x", "y", *CONSTANTS)


def evaluate(tree: Tree, x: Any, y: Any, order: int) -> list[Any]:
    """Value and derivatives up to `order`, 1 or 2: 3 or 6 results, each of the shape of x and y."""
    x, y = np.asarray(x, dtype=float)[()], np.asarray(y, dtype=float)[()]
    shape = x.shape if x.shape == y.shape else np.broadcast_shapes(x.shape, y.shape)
    none, one = (None,) * (3 * order - 1), np.float64(1.0)
    leaves: dict[str, Dual] = {name: (value, *none) for name, value in CONSTANTS.items()}
    leaves["x"] = (x, one, *none[1:])
    leaves["y"] = (y, None, one, *none[2:])

    def dual(tree: Tree) -> Dual:
        kind, *parts = tree
        if kind == "number":
            return (parts[0], *none)
        if not parts:
            return leaves[kind]
        if kind in FUNCTIONS:
            return applied(kind, dual(parts[0]))
        return OPERATIONS[kind](*map(dual, parts))

    def filled(part: Any) -> Any:
        if part is None or np.shape(part) != shape:
            return np.full(shape, 0.0 if part is None else part)[()]
        return np.array(part)[()] if part is x or part is y else part[()]

    with np.errstate(all="ignore"):
        return [filled(part) for part in dual(tree)]


def chain(value: Any, u: Dual, v: Dual, slopes: Any, bends: Callable[[], Any]) -> Dual:
    """f(u, v) by the chain rule: `slopes` are f_u, f_v and `bends()` are f_uu, f_uv, f_vv.

    f_x  = f_u u_x + f_v v_x
    f_xy = f_u u_xy + f_v v_xy + f_uu u_x u_y + f_uv (u_x v_y + u_y v_x) + f_vv v_x v_y
    """
    (fu, fv), (ux, uy), (vx, vy) = slopes, u[1:3], v[1:3]
    dx, dy = plus(times(fu, ux), times(fv, vx)), plus(times(fu, uy), times(fv, vy))
    if len(u) == 3:
        return value, dx, dy
    fuu, fuv, fvv = bends()

    def second(uij: Any, vij: Any, ui: Any, uj: Any, vi: Any, vj: Any) -> Any:
        straight = plus(times(fu, uij), times(fv, vij))
        bent = plus(times(fuu, ui, uj), times(fvv, vi, vj))
        mixed = plus(times(fuv, ui, vj), times(fuv, uj, vi))
        return plus(plus(straight, bent), mixed)

    dxx = second(u[3], v[3], ux, ux, vx, vx)
    dxy = second(u[4], v[4], ux, uy, vx, vy)
    dyy = second(u[5], v[5], uy, uy, vy, vy)
    return value, dx, dy, dxx, dxy, dyy


def plus(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else a + b


def minus(a: Any, b: Any) -> Any:
    return negative(b) if a is None else a if b is None else a - b


def negative(a: Any) -> Any:
    return None if a is None else -a


def times(*factors: Any) -> Any:
    """The product in a derivative, where 0 times infinity is 0: sqrt(x**2 + y**2) is flat at its tip."""
    result = factors[0]
    for factor in factors:
        if factor is None:
            return None
    for factor in factors[1:]:
        product = result * factor
        wrong = product != product
        if wrong.any():
            product = np.where(wrong & (result == result) & (factor == factor), 0.0, product)
        result = product
    return result


def raised(u: Any, n: Any) -> Any:
    """u**n; a small whole n by products, because the last bit of `pow` depends on the processor."""
    if not (abs(n) <= 16 and n == int(n)):
        return np.sqrt(u) if n == 0.5 else np.power(u, n)
    if n < 0:
        return 1.0 / raised(u, -n)
    result, square, rest = None, u, int(n)
    while rest:
        if rest % 2:
            result = square if result is None else result * square
        rest //= 2
        square = square * square if rest else square
    return np.float64(1.0) if result is None else result


def still(u: Dual) -> bool:
    """Whether u is the same everywhere."""
    return u[1] is None and u[2] is None


def applied(name: str, u: Dual) -> Dual:
    """One of the functions, of u."""
    function, slope, bend = FUNCTIONS[name]
    f = function(u[0])
    if still(u):
        return (f, *u[1:])
    nothing = (None,) * len(u)
    return chain(f, u, nothing, (slope(u[0], f), None), lambda: (bend(u[0], f), None, None))


def product(u: Dual, v: Dual) -> Dual:
    return chain(u[0] * v[0], u, v, (v[0], u[0]), lambda: (None, np.float64(1.0), None))


def quotient(u: Dual, v: Dual) -> Dual:
    f = u[0] / v[0]
    r = 1.0 / v[0]
    fv = None if still(v) else -f * r
    return chain(f, u, v, (r, fv), lambda: (None, -r * r, None if fv is None else -2.0 * fv * r))


def power(u: Dual, v: Dual) -> Dual:
    base, n, by = u[0], v[0], raised if still(v) else np.power
    f = by(base, n)
    fu = None if still(u) else times(n, by(base, n - 1))
    log = None if still(v) else np.log(base)

    def bends() -> Any:
        fuu = None if fu is None else times(n, n - 1, by(base, n - 2))
        fuv = None if fu is None or log is None else times(by(base, n - 1), 1.0 + times(n, log))
        return fuu, fuv, times(f, log, log)

    return chain(f, u, v, (fu, times(f, log)), bends)


OPERATIONS: dict[str, Callable[..., Dual]] = {
    "+": lambda u, v: tuple(map(plus, u, v)),
    "-": lambda u, v: tuple(map(minus, u, v)),
    "neg": lambda u: tuple(map(negative, u)),
    "*": product,
    "/": quotient,
    "**": power,
}


# ---- from text to tree -----------------------------------------------------------------------------

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


# ---- from tree to title ----------------------------------------------------------------------------

SUM, PRODUCT, POWER, ATOM = range(4)  # how firmly a printed part holds together


def latex(tree: Tree) -> tuple[str, int]:
    """The tree in the language of titles, and how firmly its outermost sign binds."""
    kind, *parts = tree

    def inside(part: Tree, least: int = SUM, first: bool = True) -> str:
        text, binding = latex(part)
        bare = binding >= least and (first or not text.startswith("-"))
        return text if bare else rf"\left({text}\right)"

    match kind:
        case "number":
            return latex_number(parts[0])
        case "x" | "y" | "e":
            return kind, ATOM
        case "pi":
            return r"\pi", ATOM
        case "neg":
            return f"-{inside(parts[0], PRODUCT, first=False)}", PRODUCT
        case "+":
            return f"{inside(parts[0])} + {inside(parts[1], first=False)}", SUM
        case "-":
            return f"{inside(parts[0])} - {inside(parts[1], PRODUCT, first=False)}", SUM
        case "*":
            left, right = inside(parts[0], PRODUCT), inside(parts[1], PRODUCT, first=False)
            dot = r" \cdot" if right[0].isdigit() or right.startswith(r"\frac") else ""
            return f"{left}{dot} {right}", PRODUCT
        case "/":
            return rf"\frac{{{inside(parts[0])}}}{{{inside(parts[1])}}}", PRODUCT
        case "**":
            return f"{inside(parts[0], ATOM)}^{{{inside(parts[1])}}}", POWER
        case "exp":
            return f"e^{{{inside(parts[0])}}}", POWER
        case "sqrt":
            return rf"\sqrt{{{inside(parts[0])}}}", ATOM
        case "abs":
            return rf"\left|{inside(parts[0])}\right|", ATOM
    return rf"\{'ln' if kind == 'log' else kind}\left({inside(parts[0])}\right)", ATOM


def latex_number(value: float) -> tuple[str, int]:
    """0.1 as it is, 1e-05 as a power of ten."""
    digits, _, exponent = repr(float(value)).removesuffix(".0").partition("e")
    if not exponent:
        return digits, ATOM
    ten = f"10^{{{int(exponent)}}}"
    return (ten, POWER) if digits == "1" else (rf"{digits} \cdot {ten}", PRODUCT)
