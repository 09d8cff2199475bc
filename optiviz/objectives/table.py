"""Real data: the columns of a CSV file, read whole or refused in one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import numpy as np

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.objectives.csv_cells import (
    MISSING,
    NO_NUMBER,
    Numbers,
    checked_number_format,
    classes_from_cells,
    decimal_comma,
    looks_like_a_number,
)
from optiviz.objectives.csv_dialect import Table, blank, locate_columns
from optiviz.objectives.csv_text import read_csv_text
from optiviz.objectives.data import Data, asks_for_classes, many, quote_value

CHUNK = 500  # rows made numbers at a time; more of them keep the garbage collector busy


@checked_call
def read_csv(
    path: Path | str,
    x: str | Sequence[str],
    y: str | Sequence[str],
    standardize: bool = False,
    *,
    classes: bool | None = None,
    delimiter: str | None = None,
    decimal: Literal[".", ","] | None = None,
    thousands: str | None = None,
    encoding: str | None = None,
    header: bool = True,
    comment: str | None = None,
    missing: Literal["refuse", "drop"] = "refuse",
    loss: Any = None,
) -> Data:
    """Columns of a CSV file, in any dialect: what is not told is found out where there is one reading.

    Parameters
    ----------
    path : path
        At most 64 MiB, 1,000,000 rows and 1,000 columns. Blank rows are skipped.
    x : str or list of d str
        The column or columns to predict from; others may hold anything.
    y : str, or list of str
        The column to predict: numbers, or the classes of labelled data. A list of k columns is numbers,
        one for each output of a network.
    standardize : bool
        Whether to shift each column of x, and y unless it holds classes, to mean 0 and scale it to
        standard deviation 1 (of the population: divided by n). The names then say so:
        `"speed (standardised)"`.
    classes : bool, optional
        Whether y holds the names of classes. Unless given it does when no cell looks like a number, or
        when there is nothing but 0 and 1 in it. Text is numbered by the alphabet, numbers by their size.
    delimiter : str, optional
        What separates the cells: `","`, `";"`, `"tab"`, `"|"`, `"space"`. Found out unless given.
    decimal : "." or ",", optional
        The mark before the fraction of a number. A comma is found out where it cannot be anything else.
    thousands : str, optional
        The mark between thousands: `","`, `"."`, `"'"`, `" "`.
    encoding : str, optional
        UTF-8 unless the file says otherwise by its byte order mark; `"cp1252"` for many files of Windows.
    header : bool, default True
        Whether the first row names the columns; without it they are `"1"`, `"2"`, ...
    comment : str, optional
        What a line begins with that is to be skipped; `"#"` is found out at the top of a file.
    missing : "refuse" or "drop", default "refuse"
        What happens to a row that lacks a cell (blank, NA, N/A, nan, null, ?; - in a column of numbers).
    loss : str, mapping or loss, optional
        What the data are for: with a cross-entropy, a y of whole numbers is classes.

    Returns
    -------
    Data
        x (n, d), y (n,) or (n, k), named after the file, without `truth`. Its `notes` say what was found
        out, and how many rows were dropped.

    Raises
    ------
    BadInput
        One sentence with the file's name, the line, the column, and the cell.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "cars.csv")
    ...     _ = file.write_text("speed,dist\\n4,2\\n7,22\\n")
    ...     data = read_csv(file, x="speed", y="dist")
    >>> data.x.tolist(), data.y.tolist(), data.x_names
    ([[4.0], [7.0]], [2.0, 22.0], ('speed',))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "prices.csv")
    ...     _ = file.write_text("km;eur\\n1;2,5\\n2;7,25\\n")
    ...     prices = read_csv(file, x="km", y="eur")
    >>> prices.y.tolist(), prices.notes
    ([2.5, 7.25], ('prices.csv: the columns are separated by semicolons', 'prices.csv: decimal commas'))
    """
    path = Path(path)
    file = path.name or str(path)
    if missing not in ("refuse", "drop"):
        raise BadInput(
            f'{file}: missing must be "refuse" or "drop", got {quote_value(missing)}', field="missing"
        )
    numbers = checked_number_format(decimal, thousands, file)
    inputs, outputs = ([name] if isinstance(name, str) else list(name) for name in (x, y))
    text = read_csv_text(path, file, encoding)
    table = locate_columns(text, file, inputs, outputs, delimiter, comment, header)
    one = len(outputs) == 1
    body = _Body(file, text, table, [*inputs, *outputs], one, numbers, missing == "drop")
    if decimal is None and thousands is None and table.dialect.delimiter != ",":
        body = body.with_decimal_comma()
    read = body.read()
    features, found, names = read.table[:, : len(inputs)], read.table[:, len(inputs) :], tuple[str, ...]()
    if one:
        kept, values, names = body.targets(read, classes, loss)
        features, found = features[kept], values[:, np.newaxis]
    dropped = read.rows - len(features)
    if not len(features):
        raise BadInput(f"{file}: every row has a missing cell, at least 1 row is needed")
    notes = (*table.notes, *body.notes, *read.notes)
    notes += (f"{file}: {many(dropped, 'row')} of {read.rows:,} with missing cells left out",) * bool(dropped)

    if standardize:
        features = _standardized(features, file, inputs)
        found = found if names else _standardized(found, file, outputs)
        inputs = [f"{name} (standardised)" for name in inputs]
        outputs = outputs if names else [f"{name} (standardised)" for name in outputs]
    return Data(
        features,
        found[:, 0] if one else found,
        tuple(inputs),
        ", ".join(outputs),
        name=path.stem,
        classes=names,
        notes=notes,
    )


def path_inside(folder: Path | str, name: str) -> Path:
    """The file `name` inside `folder`, wherever the name may try to lead.

    Parameters
    ----------
    folder : path
    name : str
        A relative path with forward slashes, such as `"data/cars.csv"`.

    Returns
    -------
    Path
        Absolute, symbolic links followed; whether it exists is for the reader to find out.

    Raises
    ------
    BadInput
        For a name that is empty, absolute, has `..`, a backslash, a colon or a control character, is
        a device on some system, or leads out of the folder by a symbolic link.

    Examples
    --------
    >>> path_inside("/work", "data/cars.csv").name
    'cars.csv'
    >>> path_inside("/work", "../secret.csv")
    Traceback (most recent call last):
    optiviz.BadInput: file '../secret.csv': a name with '..' may leave the scene's folder
    """

    def refused(why: str) -> BadInput:
        return BadInput(f"file {quote_value(name)}: {why}")

    parts = PurePosixPath(name).parts
    if not name.strip() or not parts:
        raise refused("a file name is needed, such as 'data/cars.csv'")
    if not name.isprintable():
        raise refused("a file name has no control characters")
    if "\\" in name:
        raise refused("folders are separated by '/', not by a backslash")
    if name.startswith("/") or ":" in name:
        raise refused("the name must be relative to the scene's folder")
    if ".." in parts:
        raise refused("a name with '..' may leave the scene's folder")
    if any(_is_device(part) for part in parts):
        raise refused("this is the name of a device on Windows")
    try:
        home = Path(folder).resolve()
        path = (home / name).resolve()
    except (OSError, RuntimeError, ValueError):  # a circle of links, a name too long
        raise refused("this path leads nowhere") from None
    if not path.is_relative_to(home):
        raise refused("a symbolic link leads out of the scene's folder")
    return path


@dataclass(frozen=True)
class _Read:
    """What stands in the wanted columns: numbers (n, d) or (n, d + k), and the text of a single y.

    `places` (n,) say where in the file a row stands, for faults.
    """

    table: Array
    targets: list[str]
    places: Array
    rows: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Body:
    """The rows below the header of one file, and how their cells are read."""

    file: str
    text: str = field(repr=False)
    table: Table
    wanted: list[str]
    one: bool  # whether y is a single column, whose cells may be names
    numbers: Numbers
    drop: bool
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> list[int]:
        """Those that hold numbers for certain."""
        return self.table.places[:-1] if self.one else self.table.places

    def where(self, place: float, column: int = -1) -> str:
        line = self.table.line_at(self.text, int(place))
        return f"{self.file}:{line}: column {quote_value(self.wanted[column])}"

    def with_decimal_comma(self) -> "_Body":
        """The same with decimal commas, where its first rows have them beyond doubt."""
        _, rows = next(self.table.chunks(self.text, self.file, 1000), (0, list[list[str]]()))
        cells = [
            cell
            for row in rows
            for cell in (row[place].strip() for place in self.table.places if place < len(row))
            if looks_like_a_number(cell) and cell.lower() not in NO_NUMBER
        ]
        if not decimal_comma(cells):
            return self
        return replace(self, numbers=Numbers(","), notes=(*self.notes, f"{self.file}: decimal commas"))

    def read(self) -> _Read:
        """All rows, a chunk at a time."""
        tables, targets, places, count, units = list[Array](), list[str](), list[Array](), 0, 0
        for first, rows in self.table.chunks(self.text, self.file, CHUNK):
            at: Array = np.arange(first, first + len(rows), dtype=float)
            if set(map(len, rows)) != {self.table.width}:
                at, rows = self.of_one_width(at, rows)
            if not tables:
                units = self.units(rows)
                at, rows = at[units:], rows[units:]
            table, at, rows, gone = self.converted(at, rows)
            count += len(rows) + gone
            tables.append(table)
            places.append(at)
            if self.one:
                column = self.table.places[-1]
                targets += [row[column] for row in rows]
        if not count:
            raise BadInput(f"{self.file}: no row below the header, at least 1 is needed")
        notes = (f"{self.file}: the row below the header is taken for units",) * units
        return _Read(np.concatenate(tables), targets, np.concatenate(places), count, notes)

    def of_one_width(self, at: Array, rows: list[list[str]]) -> tuple[Array, list[list[str]]]:
        """The rows that are not blank; refuses one that is not as wide as the header."""
        width = self.table.width
        full = [k for k, row in enumerate(rows) if not blank(row)]
        for k in full:
            if len(rows[k]) != width and (len(rows[k]) < width or not blank(rows[k][width:])):
                whose = "header" if self.table.header_line else "first row"
                line = self.table.line_at(self.text, int(at[k]))
                cells = many(len(rows[k]), "cell")
                raise BadInput(f"{self.file}:{line}: {cells}, but the {whose} has {width}")
        return at[full], [rows[k] for k in full]

    def units(self, rows: list[list[str]]) -> int:
        """1 when the first row holds words and the second one numbers in every wanted column."""
        if len(rows) < 2 or not self.table.header_line:
            return 0
        first, second = ([row[place].strip() for place in self.table.places] for row in rows[:2])
        words = [cell for cell in first if cell]
        known = not any(looks_like_a_number(cell) or cell.lower() in NO_NUMBER for cell in words)
        return int(bool(words) and known and self.numbers.read(second) is not None)

    def converted(self, at: Array, rows: list[list[str]]) -> tuple[Array, Array, list[list[str]], int]:
        """The numbers of some rows (n, d), the rows left of them with their places, and how many are not."""
        columns = [self.numbers.read([row[place] for row in rows]) for place in self.columns]
        whole = [column for column in columns if column is not None]
        if len(whole) == len(columns):
            return np.column_stack(whole) if whole else np.empty((len(rows), 0)), at, rows, 0
        left = [k for k, row in enumerate(rows) if not blank(row)]
        gone = len(left)
        if self.drop:
            left = [
                k
                for k in left
                if not any(rows[k][place].strip().lower() in NO_NUMBER for place in self.columns)
            ]
        gone -= len(left)
        if len(left) < len(rows):
            table, at, rows, more = self.converted(at[left], [rows[k] for k in left])
            return table, at, rows, gone + more
        for place, row in zip(at, rows, strict=True):
            for k, column in enumerate(self.columns):
                self.number(row[column].strip(), place, k)
        raise AssertionError("some cell is no number")

    def number(self, cell: str, place: float, column: int = -1) -> None:
        """Refuse a cell that is no number."""
        if self.numbers.read([cell]) is None:
            raise BadInput(f"{self.where(place, column)}: {self.numbers.fault(cell)}")

    def targets(self, read: _Read, classes: bool | None, loss: Any) -> tuple[Array, Array, tuple[str, ...]]:
        """Which rows are kept (n,) of bool, the numbers of a single y, and the names of its classes."""
        cells, places = read.targets, read.places
        kept = np.ones(len(cells), dtype=bool)
        values = self.numbers.read(cells)
        if values is None or classes:
            cells = list(map(str.strip, cells))
        if values is None and self.drop:
            numeric = classes is False or any(map(looks_like_a_number, set(cells) - MISSING))
            markers = NO_NUMBER if numeric and not classes else MISSING
            kept = np.array([cell.lower() not in markers for cell in cells], dtype=bool)
            cells = [cell for cell, keep in zip(cells, kept, strict=True) if keep]
            places = places[kept]
            values = self.numbers.read(cells)
        if values is not None and classes is None:
            zeros, ones = values == 0, values == 1
            both = bool(zeros.any() and ones.any() and (zeros | ones).all())
            classes = both or (asks_for_classes(loss) and several_whole(values))
            cells = list(map(str.strip, cells)) if classes else cells
        if values is not None and not classes:
            return kept, values, ()
        told = classes is not None
        classes = self.are_names(cells, places) if classes is None else classes
        for cell, place in zip(cells, places, strict=True):
            if not classes:
                self.number(cell, place)
            elif not cell or (not told and cell.lower() in MISSING):
                raise BadInput(f"{self.where(place)}: {missing_class(cell)}")
        return kept, *classes_from_cells(
            cells, self.numbers, f"{self.file}: column {quote_value(self.wanted[-1])}"
        )

    def are_names(self, cells: Sequence[str], places: Array) -> bool:
        """Whether a column that is not all numbers holds names; refuses one that holds both."""
        known = {cell for cell in cells if cell.lower() not in MISSING}
        odd = {cell for cell in known if looks_like_a_number(cell) or self.numbers.read([cell]) is not None}
        if not odd:
            return bool(known)
        if sum(cell in odd for cell in cells) * 2 < sum(cell in known for cell in cells):
            k = next(k for k, cell in enumerate(cells) if cell in odd)
            said = "looks like a number among names; say classes = true if it is one of them"
            raise BadInput(f"{self.where(places[k])}: {quote_value(cells[k])} {said}")
        for cell, place in zip(cells, places, strict=True):
            if cell in odd and self.numbers.read([cell]) is None:
                fault = self.numbers.fault(cell)
                advice = "" if " - " in fault or ";" in fault else "; say classes = true if it names a class"
                raise BadInput(f"{self.where(place)}: {fault}{advice}")
        return False


def several_whole(values: Array) -> bool:
    """Whether numbers are whole and not all the same, as the numbers of classes are."""
    return bool(np.all(values == np.floor(values)) and np.ptp(values))


def missing_class(cell: str) -> str:
    """Why a cell is no name of a class."""
    if not cell:
        return "the cell is empty, a class is needed"
    advice = 'say missing = "drop", or classes = true if it names a class'
    return f"{quote_value(cell)} may be a missing cell: {advice}"


def _standardized(table: Array, file: str, names: list[str]) -> Array:
    """Each column of `table` (n, k) with mean 0 and population standard deviation 1."""
    for column, name in zip(table.T, names, strict=True):
        if np.ptp(column) == 0:
            constant = f"it is {column[0]:g} in every row"
            raise BadInput(f"{file}: column {quote_value(name)} cannot be standardised, {constant}")
    shifted: Array = table - table.mean(axis=0)
    shifted /= np.abs(shifted).max(axis=0)  # so that squares of tiny numbers do not vanish
    shifted /= shifted.std(axis=0)
    return shifted


def _is_device(part: str) -> bool:
    stem = part.split(".")[0].strip().upper()
    numbered = stem[:3] in ("COM", "LPT") and len(stem) == 4 and stem[3] in "0123456789¹²³"
    return numbered or stem in ("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$")
