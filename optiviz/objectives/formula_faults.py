"""Faults of a formula: each has its column, and all of them are told at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from optiviz._lib.errors import BadInput

TOLD, WIDTH = 9, 100  # faults, and characters of the formula, that a message shows


@dataclass(frozen=True)
class NormalForm:
    """A formula in its normal form, and where each part of it was typed.

    Parameters
    ----------
    text : str
        In x and y, with the values of constants.
    columns : sequence of int
        For each character of `text` and for its end, the column in `typed`, counted from 0.
    typed : str
        As it was typed, in one line.
    names : sequence of str
        The variables and constants that it may use, as its writer calls them.
    """

    text: str
    columns: Sequence[int]
    typed: str
    names: Sequence[str] = ("x", "y")


@dataclass
class Faults:
    """Collects what is wrong with a formula: at most one thing a column."""

    typed: str
    found: dict[int | None, str] = field(default_factory=dict)

    def add(self, column: int | None, sentence: str) -> None:
        """Note a fault at a column of the typed text, counted from 0; None for the formula as a whole."""
        self.found.setdefault(column, sentence)

    def refuse(self) -> None:
        """Raise `BadInput` if there are any."""
        if self.found:
            refuse_formula(self.typed, sorted(self.found.items(), key=lambda fault: fault[0] or 0))


def refuse_formula(typed: str, faults: Sequence[tuple[int | None, str]]) -> NoReturn:
    """All faults in a sentence each, the formula, and a caret under every offending part."""
    columns = [column for column, _ in faults if column is not None]
    picture = f"\n{with_carets(typed, columns)}" if columns else ""
    if len(faults) == 1:
        raise BadInput(faults[0][1] + picture, field="formula", part="formula")
    lines = [f"column {column + 1}: {told}" if column is not None else told for column, told in faults[:TOLD]]
    more = [f"and {len(faults) - TOLD} more"] if len(faults) > TOLD else []
    listed = "".join(f"\n    {line}" for line in [*lines, *more])
    raise BadInput(f"{len(faults)} faults{picture}{listed}", field="formula", part="formula")


def with_carets(typed: str, columns: Sequence[int]) -> str:
    """The formula, or the part of it around its first fault, and carets below."""
    shown = [letter if is_shown(letter) else escaped(letter) for letter in typed]
    starts = [0]
    for piece in shown:
        starts.append(starts[-1] + len(piece))
    line = "".join(shown)
    start = max(0, starts[columns[0]] - 60)
    before, after = "..." if start else "", "..." if len(line) > start + WIDTH else ""
    carets = [" "] * (len(before) + WIDTH + 1)
    for column in columns:
        if 0 <= starts[column] - start <= WIDTH:
            carets[len(before) + starts[column] - start] = "^"
    return f"    {before}{line[start : start + WIDTH]}{after}\n    {''.join(carets).rstrip()}"


def is_shown(letter: str) -> bool:
    """Whether a letter stands for itself in a message: plain ones, and those of mathematics that are read."""
    return " " <= letter <= "~" or letter in "²³¹⁰⁴⁵⁶⁷⁸⁹·×⋅∙÷−–≤≥π√"


def escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode()
