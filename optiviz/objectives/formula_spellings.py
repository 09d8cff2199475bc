"""A formula as people type it, in its normal form: `^`, `2x`, `x²`, `|x|`, `√x`, `ln` become `**`, `2*x`, ...

The normal form is the grammar of `formula_parser`. Nothing is guessed: what can be read in two ways is
refused with both readings.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz.objectives.formula_duals import CONSTANTS, FUNCTIONS, SEVERAL

SIGNS = {
    "^": "**", "·": "*", "×": "*", "⋅": "*", "∙": "*", "÷": "/", "−": "-", "–": "-",
    "≤": "<=", "≥": ">=", "π": "pi",
}  # fmt: skip
ALIASES = {
    "ln": "log", "lg": "log10", "atan": "arctan", "asin": "arcsin", "acos": "arccos", "arctan2": "atan2",
}  # fmt: skip
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
TOKEN = re.compile(
    r"([ \n\r\t]*)((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|\*\*|<=|>=|[⁰¹²³⁴⁵⁶⁷⁸⁹]+|.)", re.A | re.S
)
CALLED = {*FUNCTIONS, *SEVERAL}


def normal(
    text: str, constants: Mapping[str, Any] | None = None, variables: Sequence[str] = ("x", "y")
) -> str:
    """The normal form, in x and y, of a formula in `variables` and named constants.

    Examples
    --------
    >>> normal("2x² + 3sin^2(y) - |x·y| + √2")
    '2*x**2 + 3*sin(y)**2 - abs(x*y) + sqrt(2)'
    >>> normal("(a - w)^2 + b(w² - v)^2", {"a": 1, "b": 100}, ["w", "v"])
    '(1 - x)**2 + 100*(x**2 - y)**2'
    >>> normal("1/2x")
    Traceback (most recent call last):
    optiviz.BadInput: formula: '1/2x' has two readings; write 1/(2*x) or (1/2)*x
    """
    values = checked_names(constants or {}, variables)
    tokens = [
        (space.replace("\n", " ").replace("\r", " ").replace("\t", " "), part)
        for space, part in TOKEN.findall(text)
    ]
    tokens = [(space, SIGNS.get(part, part)) for space, part in tokens]
    tokens = roots(bars_to_abs(tokens))
    tokens = powers_of_functions([(space, ALIASES.get(part, part)) for space, part in tokens])
    tokens = products(tokens, constants or {})
    return "".join(space + values.get(part, part) for space, part in tokens).rstrip(" \n\r\t")


Token = tuple[str, str]  # the blanks before it, and its text


def two_readings(typed: str, first: str, second: str) -> NoReturn:
    raise BadInput(f"'{typed}' has two readings; write {first} or {second}", field="formula", part="formula")


def checked_names(constants: Mapping[str, Any], variables: Sequence[str]) -> dict[str, str]:
    """What each name of the user's own stands for."""
    values: dict[str, str] = {}
    if isinstance(variables, str) or not 1 <= len(variables) <= 2:
        raise BadInput("variables must be a list of one or two names", field="formula", part="formula")
    for name in (*constants, *variables):
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w{0,30}", name, re.A):
            raise BadInput(
                f"{name!r:.40} is no name; a name has letters, digits and _", field="formula", part="formula"
            )
        if name in CALLED or name in ALIASES or name in CONSTANTS:
            raise BadInput(f"the name '{name}' is taken by mathematics", field="formula", part="formula")
        if name in values:
            raise BadInput(f"the name '{name}' stands for two things", field="formula", part="formula")
        values[name] = ""
    for name, value in constants.items():
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float | np.number)
            or not np.isfinite(value)
        ):
            raise BadInput(
                f"constant '{name}' must be a finite number, got {value!r:.40}",
                field="formula",
                part="formula",
            )
        spelled = repr(float(value)).removesuffix(".0")
        values[name] = f"({spelled})" if value < 0 else spelled
    for name, letter in zip(variables, ("x", "y"), strict=False):
        values[name] = letter
    for letter in ("x", "y"):  # of other variables these are no names
        if letter not in values and list(variables) != ["x"][: len(variables)]:
            values[letter] = f"_{letter}"
    return values


def ends_operand(part: str) -> bool:
    """Whether an operand may end with this token."""
    dot = part[0] == "." and len(part) > 1
    return part == ")" or dot or part[0].isalnum() or part[0] in "_⁰¹²³⁴⁵⁶⁷⁸⁹"


def bars_to_abs(tokens: list[Token]) -> list[Token]:
    """|u| as abs(u)."""
    if all(part != "|" for _, part in tokens):
        return tokens
    found: list[Token] = []
    depth, opened, last = 0, list[int](), ""
    for space, part in tokens:
        depth += (part == "(") - (part == ")")
        if part != "|":
            found.append((space, part))
        elif not (last and ends_operand(last)):
            opened.append(depth)
            found += [(space, "abs"), ("", "(")]
        elif opened and opened[-1] == depth:
            opened.pop()
            found.append((space, ")"))
        else:
            raise BadInput(
                "bars within bars have two readings; write abs(...)", field="formula", part="formula"
            )
        last = found[-1][1]
    if opened:
        raise BadInput("a | is never closed; write abs(...)", field="formula", part="formula")
    return found


def roots(tokens: list[Token]) -> list[Token]:
    """√x and √(...) as sqrt(...), and `sin x` as sin(x) where it can be nothing else."""
    found: list[Token] = []
    k = 0
    while k < len(tokens):
        space, part = tokens[k]
        after, beyond = (tokens[k + j][1] if k + j < len(tokens) else "" for j in (1, 2))
        root = part == "√"
        name = "sqrt" if root else part
        atom = after[:1].isalnum() and after not in CALLED and after not in ALIASES
        takes = atom and (root or (ALIASES.get(part, part) in FUNCTIONS and after[0].isalpha()))
        if takes and (beyond in ("", "+", "-", ")", ",") or (root and beyond in ("*", "/"))):
            found += [(space, name), ("", "("), ("", after), ("", ")")]
            k += 2
            continue
        if takes and (ends_operand(beyond) or beyond in ("**", "*", "/")):
            rest = ("**" if beyond[0] in "⁰¹²³⁴⁵⁶⁷⁸⁹" else "") + beyond.translate(RAISED)
            typed = f"{part}{'' if root else ' '}{after}{beyond}..."
            two_readings(typed, f"{name}({after}){rest}...", f"{name}({after}{rest}...)")
        found.append((space, name))
        k += 1
    return found


def powers_of_functions(tokens: list[Token]) -> list[Token]:
    """sin^2(x) and sin²(x) as sin(x)**2."""
    found = list(tokens)
    k = 0
    while k < len(found) - 2:
        name, after = found[k][1], found[k + 1][1]
        if name in FUNCTIONS and after == "**" and found[k + 2][1] == "-":
            two_readings(f"{name}^-1", f"1/{name}(...)", "the inverse function, such as arcsin(...)")
        raised = after[0] in "⁰¹²³⁴⁵⁶⁷⁸⁹"
        if name in FUNCTIONS and (raised or (after == "**" and found[k + 2][1].isdigit())):
            power = found[k + 1 : k + 3 - raised]
            start = k + 1 + len(power)
            close = closing(found, start)
            if close:
                found[k + 1 : close + 1] = [*found[start : close + 1], *power]
        k += 1
    return found


def closing(tokens: Sequence[Token], start: int) -> int:
    """The place of the bracket that closes the one at `start`; 0 if there is none."""
    depth = 0
    for k in range(start, len(tokens)):
        depth += (tokens[k][1] == "(") - (tokens[k][1] == ")")
        if depth == 0:
            return k if tokens[k][1] == ")" else 0
    return 0


def products(tokens: Sequence[Token], constants: Mapping[str, Any]) -> list[Token]:
    """2x, 2(x + y), (x)(y) with their `*`, and powers written above as **n."""
    found: list[Token] = []
    starts: list[int] = []  # where the operand of each open bracket begins
    start = 0  # where the last operand begins
    for k, (space, part) in enumerate(tokens):
        last = found[-1][1] if found else ""
        if part[0] in "⁰¹²³⁴⁵⁶⁷⁸⁹":
            found.append((space, "**" + part.translate(RAISED)))
            continue
        raised = last.startswith("**") and len(last) > 2
        number = (
            bool(last) and ends_operand(last) and not (last[0].isalpha() or last[0] == "_")
        )  # or a bracket
        factor = raised or number or (last in constants and part == "(")
        if factor and (part == "(" or part[0].isalpha()):
            after = tokens[k + 1][1] if k + 1 < len(tokens) else ""
            if part in ("e", "E") and not space and last[0].isdigit() and after != "**":
                two_readings(f"{last}e", f"{last}*e", f"{last}e0")
            refuse_two_readings(found, start, part)
            found.append(("", "*"))
            space = ""
            start = len(found)
        elif not last or not (raised or ends_operand(last)):
            start = len(found)
        if part == "(":
            starts.append(start)
        found.append((space, part))
        if part == ")" and starts:
            start = starts.pop()
    return found


def refuse_two_readings(found: Sequence[Token], start: int, part: str) -> None:
    """1/2x and x^2y: the factor may belong to what stands below or above, or not."""
    before = start - 1
    while before > 0 and found[before][1] in "+-" and not ends_operand(found[before - 1][1]):
        before -= 1
    if before < 1 or found[before][1] not in ("/", "**"):
        return
    sign = found[before][1]
    left, right = found[before - 1][1], "".join(text for _, text in found[before + 1 :])
    left = left if left != ")" else "(...)"
    more = "(...)" if part == "(" else part
    typed = "^" if sign == "**" else sign
    two_readings(
        f"{left}{typed}{right}{more}", f"{left}{sign}({right}*{more})", f"({left}{sign}{right})*{more}"
    )
