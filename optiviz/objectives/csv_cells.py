"""Cells of a CSV file as numbers or as the names of classes; a cell that may be a number is never a name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.objectives.data import HUGE, MAX_CLASSES, quote_value

MISSING = {"", "na", "n/a", "nan", "?", "null", "#n/a"}
NO_NUMBER = {
    *MISSING,
    "none",
    "-",
    "--",
}  # a column of signs may be classes, one of numbers has no sign alone
BLANKS = " \u00a0\u202f\u2009"  # between thousands, as the languages have them
DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}([ T]\d{1,2}:\d\d.*)?|\d{1,2}:\d\d(:\d\d)?")
MONTH = re.compile(r"(?i)\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b.*\d")
CODES = "USD|EUR|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|AUD|CAD|BRL|RUB|TRY|KRW|ZAR|Fr|kr|Rs|R\\$"
AMOUNT = re.compile(rf"(?i)(?:[^\w]*|(?:{CODES})\.?\s*[-+]?)\d")


@dataclass(frozen=True)
class Numbers:
    """How numbers are written: the mark before their fraction, and the one between their thousands."""

    decimal: str = "."
    thousands: str = ""

    def read(self, cells: Sequence[str]) -> Array | None:
        """The numbers in many cells (n,), or None if one of them is none."""
        joined = "\n".join(cells)
        if "_" in joined and self.thousands != "_":  # Python alone reads 1_000 as a thousand
            return None
        if self.thousands:
            if not all(map(self.grouped.fullmatch, cells)):
                return None
            for mark in self.marks:
                joined = joined.replace(mark, "")
        if self.decimal == ",":
            if "." in joined:
                return None
            joined = joined.replace(",", ".")
        if not joined.isascii():
            return None
        parts = joined.split("\n") if self.thousands or self.decimal == "," else cells
        try:
            values = np.fromiter(map(float, parts), dtype=float, count=len(cells))
        except ValueError:
            return None
        return values if len(parts) == len(cells) and np.all(np.abs(values) < HUGE) else None

    @property
    def marks(self) -> str:
        return BLANKS if self.thousands == " " else self.thousands

    @property
    def grouped(self) -> re.Pattern[str]:
        """A number with or without its thousands apart, in groups of three."""
        point, mark = re.escape(self.decimal), f"[{re.escape(self.marks)}]"
        return re.compile(rf"\s*[-+]?(?:\d+|\d{{1,3}}(?:{mark}\d{{3}})+)?(?:{point}\d*)?(?:[eE][-+]?\d+)?\s*")

    def fault(self, cell: str) -> str:
        """Why a cell is no number, and what would make it one."""
        if not cell:
            return "the cell is empty, a number is needed"
        if cell.lower() in NO_NUMBER - {"nan"}:
            return f'{quote_value(cell)} is not a number - a missing value? say missing = "drop"'
        try:
            value = float(cell.replace(",", ".") if self.decimal == "," else cell)
        except ValueError:
            value = 0.0
        if not abs(value) < HUGE:
            return f"{quote_value(cell)} is not a finite number smaller than {HUGE:g}"
        return f"{quote_value(cell)} is not a number{self.remedy(cell)}"

    def remedy(self, cell: str) -> str:
        """What a person who typed this cell may have meant."""
        bare = cell.strip("+-")
        if DATE.fullmatch(cell) or MONTH.search(cell):
            return " - a date? count its days, in a column of numbers"
        if re.fullmatch(r"\d{1,3}(,\d{3})+\.\d*|\d{1,3}(,\d{3}){2,}", bare):
            return ' - thousands? say thousands = ","'
        if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d*", bare):
            return ' - say decimal = "," and thousands = "."'
        if re.fullmatch(r"\d{1,3}(\.\d{3})+", bare):
            return ' - thousands? say thousands = "."'
        if re.fullmatch(r"[1-9]\d{0,2},\d{3}", bare) and self.decimal == ".":
            return ' - say decimal = "," or thousands = ","'
        if re.fullmatch(r"\d*,\d+|\d+,", bare) and self.decimal == ".":
            return ' - a decimal comma? say decimal = ","'
        if re.fullmatch(r"\d+\.\d+", bare):
            return f' - decimal = "{self.decimal}" reads no point'
        if re.fullmatch(rf"\d{{1,3}}(['{BLANKS}]\d{{3}})+([.,]\d*)?", bare):
            return f' - thousands? say thousands = "{chr(39) if chr(39) in bare else " "}"'
        if re.search(r"\d", cell) and re.search(rf"[^\w\s.,+-]|{CODES}", cell) and AMOUNT.match(cell):
            return "; the unit belongs in the header, the cells hold numbers alone"
        return ""


def checked_number_format(decimal: str | None, thousands: str | None, file: str) -> Numbers:
    """The settings, once they are known to fit together."""
    if decimal not in (None, ".", ","):
        raise BadInput(f'{file}: decimal must be "." or ",", got {quote_value(decimal)}', field="decimal")
    if thousands not in (None, "", ".", ",", "'", " ", "_"):
        raise BadInput(
            f'{file}: thousands must be one of "," "." "\'" " " "_", got {quote_value(thousands)}',
            field="thousands",
        )
    point = decimal or ("," if thousands == "." else ".")
    if thousands == point:
        raise BadInput(f'{file}: decimal and thousands are both "{point}"')
    return Numbers(point, thousands or "")


def decimal_comma(cells: Sequence[str]) -> bool:
    """Whether commas stand before fractions beyond doubt: not all before three digits, no point in sight."""
    with_comma = [cell for cell in cells if "," in cell]
    sure = any(not re.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}", cell) for cell in with_comma)
    return sure and all(re.fullmatch(r"[-+]?(\d+(,\d*)?|,\d+)(e[-+]?\d+)?", cell, re.I) for cell in cells)


def looks_like_a_number(cell: str) -> bool:
    """Whether a cell is a number, an amount, a share or a date, however it is written.

    Examples
    --------
    >>> [looks_like_a_number(cell) for cell in ("3,5", "$200", "4%", "1.220,5", "2024-03-01", "EUR 5", "½")]
    [True, True, True, True, True, True, True]
    >>> [looks_like_a_number(cell) for cell in ("setosa", "Q1", "A4", "yes", "-", "north")]
    [False, False, False, False, False, False]
    """
    if AMOUNT.match(cell) or MONTH.search(cell):
        return True
    bare = cell.lstrip("+-(~<> ")
    return bare[:1].isnumeric() or bare.lower() in ("inf", "infinity", "∞", "nan")


def classes_from_cells(cells: Sequence[str], numbers: Numbers, where: str) -> tuple[Array, tuple[str, ...]]:
    """The class of each cell (n,), and their names: in the order of their numbers, or of the alphabet."""
    values = numbers.read(cells)
    keys: Sequence[Any] = cells if values is None else values.tolist()
    if values is None:
        names: dict[Any, str] = {cell: cell for cell in cells}
    else:
        names = {}
        for key, cell in zip(keys, cells, strict=True):  # 1 and 1.0 are one class, by its shorter name
            if len(cell) < len(names.get(key, cell + " ")):
                names[key] = cell
    order = sorted(names)
    if len(order) > MAX_CLASSES:
        raise BadInput(f"{where}: {len(order):,} different labels are too many, at most {MAX_CLASSES}")
    number = {key: float(k) for k, key in enumerate(order)}
    return np.array([number[key] for key in keys]), tuple(names[key] for key in order)
