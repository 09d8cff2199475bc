"""The dialect of a CSV file: what separates its cells, which lines are comments, which row is the header.

What a scene does not say is found out where there is one reading only, and a note says what was found.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz.objectives.data import quote_value

MAX_COLUMNS = 1_000
SAMPLE, LOOKED_AT = 200, 2**20  # rows, and characters, looked at to find a delimiter
SPELLED = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}
SETTABLE = {"\\t": "\t", "tab": "\t", "space": " ", "blank": " "}

Row = tuple[int, list[str]]  # the number of the line it begins on, and its cells


@dataclass(frozen=True)
class Dialect:
    """How the lines of a file become cells."""

    delimiter: str = ","
    comment: str = ""
    first: int = 0  # lines before the table, such as Excel's "sep=;"

    def reader(self, text: str) -> Any:
        """The csv module's own reader, from the first line on."""
        spaced = self.delimiter != "\t"  # a blank before a cell's first quote
        return csv.reader(self.lines(text), delimiter=self.delimiter, skipinitialspace=spaced, strict=True)

    def rows(self, text: str, file: str) -> Iterator[Row]:
        """Each row that is not blank, its cells as they stand in the file."""
        reader = self.reader(text)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise BadInput(f"{file}:{line}: this row is not CSV ({error})") from None
            if cells is None:
                return
            if not blank(cells):
                yield line, cells

    def lines(self, text: str) -> Iterator[str]:
        """The lines of the file; those that are no part of the table are blank, so that numbers stay."""
        source: Iterator[str] = io.StringIO(text, newline="")
        if self.delimiter == " ":
            source = (line.replace("\t", " ").strip() + "\n" for line in source)
        return self.uncommented(source) if self.comment or self.first else source

    def uncommented(self, source: Iterator[str]) -> Iterator[str]:
        quoted = False
        for k, line in enumerate(source):
            if k < self.first or (self.comment and not quoted and line.lstrip().startswith(self.comment)):
                yield "\n"
                continue
            quoted ^= line.count('"') % 2 == 1
            yield line


@dataclass(frozen=True)
class Table:
    """Where the wanted columns stand in the rows of a file, and on which line the rows begin.

    `notes` say what was found out rather than told.
    """

    dialect: Dialect
    places: list[int]
    width: int
    header_line: int  # 0 without one
    notes: tuple[str, ...] = ()

    def chunks(self, text: str, file: str, size: int) -> Iterator[tuple[int, list[list[str]]]]:
        """The rows below the header, blank ones too, `size` at a time, and the place of the first of them."""
        reader, place = self.dialect.reader(text), 0
        while reader.line_num < self.header_line:
            next(reader)
            place += 1
        while True:
            try:
                rows = list(islice(reader, size))
            except csv.Error:
                for _ in self.dialect.rows(text, file):  # says on which line
                    pass
                raise
            if not rows:
                return
            yield place, rows
            place += len(rows)

    def line_at(self, text: str, place: int) -> int:
        """The number of the line on which the row at a place begins; places count rows from 0."""
        reader = self.dialect.reader(text)
        for _ in islice(reader, place):
            pass
        return int(reader.line_num) + 1


def blank(cells: list[str]) -> bool:
    """Whether there is nothing in a row."""
    return not any(cells) or not any(map(str.strip, cells))


def locate_columns(
    text: str,
    file: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    delimiter: str | None,
    comment: str | None,
    header: bool,
) -> Table:
    """Find the columns `inputs` and `outputs` in a file, or say what is wrong with it."""
    dialect, notes = dialect_of(text, file, [*inputs, *outputs], delimiter, comment, header)
    line, cells = next(dialect.rows(text, file), (1, list[str]()))
    if len(cells) > MAX_COLUMNS:
        raise BadInput(f"{file}:{line}: {len(cells):,} columns, at most {MAX_COLUMNS:,} are read")
    names = [" ".join(cell.split()) for cell in cells] if header else []  # programs break long names
    names = names or [str(k + 1) for k in range(len(cells))]
    for k, name in enumerate(names):
        if not name.isprintable():
            raise BadInput(
                f"{file}:{line}: the name of column {k + 1}, {quote_value(name)}, has a control character"
            )
    if not inputs or not outputs:
        raise BadInput(
            f"{file}: {'y' if inputs else 'x'} must name at least one column", field="y" if inputs else "x"
        )
    wanted = [*inputs, *outputs]
    for k, name in enumerate(wanted):
        if not name or name not in names:
            field = "x" if k < len(inputs) else "y"
            raise BadInput(
                f"{file}:{line}: unknown column {quote_value(name)}{advice(name, names, header)}", field=field
            )
        if names.count(name) > 1:
            raise BadInput(f"{file}:{line}: two columns are named {quote_value(name)}")
        if name in wanted[:k]:
            raise BadInput(f"{file}: column {quote_value(name)} is named twice in x and y")
    return Table(dialect, [names.index(name) for name in wanted], len(names), line if header else 0, notes)


def advice(name: str, names: Sequence[str], header: bool) -> str:
    """What to say beside a column that is not there."""
    if not header:
        return f'; without a header they are "1" to "{len(names)}"'
    if names and all(re.fullmatch(r"[-+\d.,eE]*\d[-+\d.,eE]*", other) for other in names):
        return '; is there no header? say header = false, the columns are then "1", "2", ...'
    return hint(name[:40], filter(None, names))


def dialect_of(
    text: str, file: str, wanted: Sequence[str], delimiter: str | None, comment: str | None, header: bool
) -> tuple[Dialect, tuple[str, ...]]:
    """The dialect as told, or as found, and what to say of what was found."""
    if len(text) > LOOKED_AT:
        text = text[: text.rfind("\n", 0, LOOKED_AT) + 1] or text
    if comment is not None and not (comment.strip() and comment.isprintable() and len(comment) <= 8):
        raise BadInput(
            f'{file}: comment must be a mark such as "#", got {quote_value(comment)}', field="comment"
        )
    plain = Dialect(comment=comment or "")
    if delimiter is not None:
        mark = SETTABLE.get(delimiter, delimiter)
        if len(mark) != 1 or mark in '"\r\n\0' or mark.isalnum():
            raise BadInput(
                f'{file}: delimiter must be one mark such as ";" or "tab", got {quote_value(delimiter)}',
                field="delimiter",
            )
        return replace(plain, delimiter=mark), ()
    said = re.match(r"sep=([^\w\"\r\n])\s*?(?:\r\n?|\n)", text, re.IGNORECASE)
    if said:
        return replace(plain, delimiter=said[1], first=1), ()
    found, notes = plain, list[str]()
    if not comment and text.lstrip().startswith("#"):
        first = next(plain.rows(text, file), (1, [""]))[1]
        if not any(" ".join(cell.split()) in wanted for cell in first):
            found = replace(plain, comment="#")
            notes.append(f"{file}: lines that begin with # are taken for comments")
    mark = separator(text, file, wanted, found, header)
    if mark != ",":
        notes.append(f"{file}: the columns are separated by {SPELLED[mark]}")
    return replace(found, delimiter=mark), tuple(notes)


def separator(text: str, file: str, wanted: Sequence[str], plain: Dialect, header: bool) -> str:
    """The mark between the cells: the one that makes the wanted columns, or else rows of one width."""
    heads = {mark: head(replace(plain, delimiter=mark), text, file, 1) for mark in SPELLED}
    if header:
        fitting = [
            mark
            for mark, rows in heads.items()
            if rows and set(wanted) <= {" ".join(cell.split()) for cell in rows[0]}
        ]
        if fitting:
            return fitting[0]  # with several of them the comma is the first
    regular = []
    for mark in SPELLED:
        rows = head(replace(plain, delimiter=mark), text, file, SAMPLE)
        if rows and len(rows[0]) > 1 and len(set(map(len, rows))) == 1:
            regular.append(mark)
    tables = [mark for mark in regular if mark in ";\t|"]
    if len(tables) > 1:
        both = " or ".join(SPELLED[mark] for mark in tables)
        raise BadInput(
            f'{file}: the columns may be separated by {both}; say which: delimiter = "{tables[0]}"'
        )
    return (tables or regular or [","])[0]


def head(dialect: Dialect, text: str, file: str, count: int) -> list[list[str]]:
    """The first `count` rows; none where they are not CSV."""
    rows = []
    try:
        for _, cells in dialect.rows(text, file):
            rows.append(cells)
            if len(rows) == count:
                break
    except BadInput:
        return []
    return rows
