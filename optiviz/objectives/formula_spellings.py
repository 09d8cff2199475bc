"""A formula as people type it, in its normal form: `^`, `2x`, `x²`, `|x|`, `√x`, `ln` become `**`, `2*x`, ...

The normal form is the grammar of `formula_parser`. Nothing is guessed: what can be read in two ways is a
fault that tells both readings; the text is read on with one of them, so that all faults are found.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz.objectives.formula_duals import CONSTANTS, FUNCTIONS, SEVERAL
from optiviz.objectives.formula_faults import Faults, NormalForm

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
        1/2x
        ^
    """
    faults = Faults(in_one_line(text))
    form = normal_form(text, constants, variables, faults)
    faults.refuse()
    return form.text


class Token(NamedTuple):
    """The blanks before a part of a formula, its text, and the column at which it was typed."""

    space: str
    part: str
    at: int


def in_one_line(text: str) -> str:
    return text.translate(str.maketrans("\n\r\t", "   "))


def normal_form(
    text: str, constants: Mapping[str, Any] | None, variables: Sequence[str], faults: Faults
) -> NormalForm:
    """The normal form with the column of each part; what has two readings is added to `faults`."""
    values = checked_names(constants or {}, variables)
    typed = in_one_line(text)
    tokens = [Token(m[1], SIGNS.get(m[2], m[2]), m.start(2)) for m in TOKEN.finditer(typed)]
    tokens = roots(bars_to_abs(tokens, faults), faults)
    tokens = powers_of_functions([t._replace(part=ALIASES.get(t.part, t.part)) for t in tokens], faults)
    tokens = products(tokens, constants or {}, faults)
    pieces, columns = [], list[int]()
    for space, part, at in tokens:
        moves = typed.startswith(part, at) and part not in values
        part = values.get(part, part)
        pieces.append(space + part)
        columns += [*range(at - len(space), at), *(at + moves * k for k in range(len(part)))]
    whole = "".join(pieces).rstrip(" ")
    columns = [*columns[: len(whole)], len(typed.rstrip(" "))]
    return NormalForm(whole, columns, typed, (*variables, *(constants or {})))


def two_readings(faults: Faults, at: int, typed: str, first: str, second: str) -> None:
    faults.add(at, f"'{typed}' has two readings; write {first} or {second}")


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


def bars_to_abs(tokens: list[Token], faults: Faults) -> list[Token]:
    """|u| as abs(u)."""
    found: list[Token] = []
    depth, opened, last = 0, list[tuple[int, int]](), ""  # depth and column of each open bar
    for token in tokens:
        space, part, at = token
        depth += (part == "(") - (part == ")")
        if part != "|":
            found.append(token)
        elif not (last and ends_operand(last)):
            opened.append((depth, at))
            found += [Token(space, "abs", at), Token("", "(", at)]
        else:
            if not opened or opened.pop()[0] != depth:
                faults.add(at, "bars within bars have two readings; write abs(...)")
            found.append(Token(space, ")", at))
        last = found[-1].part
    for _, at in opened:
        faults.add(at, "this | is never closed; or write abs(...)")
    return found


def roots(tokens: list[Token], faults: Faults) -> list[Token]:
    """√x and √(...) as sqrt(...), and `sin x` as sin(x) where it can be nothing else."""
    found: list[Token] = []
    k = 0
    while k < len(tokens):
        space, part, at = tokens[k]
        after, beyond = (tokens[k + j].part if k + j < len(tokens) else "" for j in (1, 2))
        root = part == "√"
        name = "sqrt" if root else part
        atom = after[:1].isalnum() and after not in CALLED and after not in ALIASES
        takes = atom and (root or (ALIASES.get(part, part) in FUNCTIONS and after[0].isalpha()))
        settled = beyond in ("", "+", "-", ")", ",") or (root and beyond in ("*", "/"))
        if takes and not settled and (ends_operand(beyond) or beyond in ("**", "*", "/")):
            rest = ("**" if beyond[0] in "⁰¹²³⁴⁵⁶⁷⁸⁹" else "") + beyond.translate(RAISED)
            typed = f"{part}{'' if root else ' '}{after}{beyond}..."
            two_readings(faults, at, typed, f"{name}({after}){rest}...", f"{name}({after}{rest}...)")
        elif not (takes and settled):
            found.append(Token(space, name, at))
            k += 1
            continue
        bracketed = [Token("", "(", at), Token("", after, tokens[k + 1].at), Token("", ")", at)]
        found += [Token(space, name, at), *bracketed]
        k += 2
    return found


def powers_of_functions(tokens: list[Token], faults: Faults) -> list[Token]:
    """sin^2(x) and sin²(x) as sin(x)**2."""
    found = list(tokens)
    k = 0
    while k < len(found) - 2:
        name, after = found[k].part, found[k + 1].part
        if name in FUNCTIONS and after == "**" and found[k + 2].part == "-":
            inverse = "the inverse function, such as arcsin(...)"
            two_readings(faults, found[k].at, f"{name}^-1", f"1/{name}(...)", inverse)
        raised = after[0] in "⁰¹²³⁴⁵⁶⁷⁸⁹"
        if name in FUNCTIONS and (raised or (after == "**" and found[k + 2].part.isdigit())):
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
        depth += (tokens[k].part == "(") - (tokens[k].part == ")")
        if depth == 0:
            return k if tokens[k].part == ")" else 0
    return 0


def products(tokens: Sequence[Token], constants: Mapping[str, Any], faults: Faults) -> list[Token]:
    """2x, 2(x + y), (x)(y) with their `*`, and powers written above as **n."""
    found: list[Token] = []
    starts: list[int] = []  # where the operand of each open bracket begins
    start = 0  # where the last operand begins
    for k, (space, part, at) in enumerate(tokens):
        last = found[-1].part if found else ""
        if part[0] in "⁰¹²³⁴⁵⁶⁷⁸⁹":
            found.append(Token(space, "**" + part.translate(RAISED), at))
            continue
        raised = last.startswith("**") and len(last) > 2
        number = (
            bool(last) and ends_operand(last) and not (last[0].isalpha() or last[0] == "_")
        )  # or a bracket
        factor = raised or number or (last in constants and part == "(")
        if factor and (part == "(" or part[0].isalpha()):
            after = tokens[k + 1].part if k + 1 < len(tokens) else ""
            if part in ("e", "E") and not space and last[0].isdigit() and after != "**":
                two_readings(faults, found[-1].at, f"{last}e", f"{last}*e", f"{last}e0")
            check_two_readings(found, start, part, faults)
            found.append(Token("", "*", at))
            space = ""
            start = len(found)
        elif not last or not (raised or ends_operand(last)):
            start = len(found)
        if part == "(":
            starts.append(start)
        found.append(Token(space, part, at))
        if part == ")" and starts:
            start = starts.pop()
    return found


def check_two_readings(found: Sequence[Token], start: int, part: str, faults: Faults) -> None:
    """1/2x and x^2y: the factor may belong to what stands below or above, or not."""
    before = start - 1
    while before > 0 and found[before].part in "+-" and not ends_operand(found[before - 1].part):
        before -= 1
    if before < 1 or found[before].part not in ("/", "**"):
        return
    sign = found[before].part
    left, right = found[before - 1].part, "".join(token.part for token in found[before + 1 :])
    at = found[before - 1 if left != ")" else before].at
    left = left if left != ")" else "(...)"
    more = "(...)" if part == "(" else part
    typed = "^" if sign == "**" else sign
    two_readings(
        faults,
        at,
        f"{left}{typed}{right}{more}",
        f"{left}{sign}({right}*{more})",
        f"({left}{sign}{right})*{more}",
    )
