"""Real data: the columns of a CSV file, read whole or refused in one sentence."""

import csv
import io
import os
import stat
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz._lib.typing import Array
from optiviz.objectives.data import HUGE, Data, many, shown

MAX_BYTES = 16 * 2**20
MAX_ROWS = 1_000_000
MAX_COLUMNS = 1_000
MAX_CLASSES = 100


def read_csv(
    path: Path | str, x: str | Sequence[str], y: str | Sequence[str], standardize: bool = False
) -> Data:
    """Columns of a CSV file: commas, one header line, UTF-8 (a byte order mark is allowed).

    Parameters
    ----------
    path : path
        At most 16 MiB, 1,000,000 rows and 1,000 columns. Blank lines are skipped.
    x : str or list of d str
        The column or columns to predict from; others may hold anything.
    y : str, or list of str
        The column to predict: numbers, or the classes of labelled data. Classes it holds when not one
        cell is a number, in alphabetical order then, or when there is nothing but 0 and 1 in it. A list
        of k columns is numbers, one for each output of a network.
    standardize : bool
        Whether to shift each column of x, and y unless it holds classes, to mean 0 and scale it to
        standard deviation 1 (of the population: divided by n). The names then say so:
        `"speed (standardised)"`.

    Returns
    -------
    Data
        x (n, d), y (n,) or (n, k), named after the file, without `truth`.

    Raises
    ------
    BadInput
        One sentence with the file's name, the line, and the column.

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
    ...     file = pathlib.Path(folder, "pets.csv")
    ...     _ = file.write_text("weight,pet\\n4,dog\\n3,cat\\n5,dog\\n")
    ...     pets = read_csv(file, x="weight", y="pet")
    >>> pets.y.tolist(), pets.classes
    ([1.0, 0.0, 1.0], ('cat', 'dog'))
    """
    path = Path(path)
    file = path.name or str(path)
    rows = _records(_text(path, file), file)
    inputs, outputs = ([name] if isinstance(name, str) else list(name) for name in (x, y))
    wanted, one = [*inputs, *outputs], len(outputs) == 1
    places = _places(file, *next(rows, (1, [])), inputs, outputs)

    columns: list[list[float]] = [[] for _ in wanted[: len(wanted) - one]]
    targets: list[tuple[str, str]] = []
    for row, cells in rows:
        if len(cells) != places.width:
            raise BadInput(f"{file}:{row}: {many(len(cells), 'cell')}, but the header has {places.width}")
        for column, place, name in zip(columns, places.of, wanted, strict=False):
            column.append(_number(cells[place], f"{file}:{row}: column {shown(name)}"))
        targets.append((cells[places.of[-1]], f"{file}:{row}: column {shown(wanted[-1])}"))
    if not targets:
        raise BadInput(f"{file}: no row below the header, at least 1 is needed")
    table, classes = np.array(columns).T, tuple[str, ...]()  # (n, d), with k more columns of several outputs
    features, found = table[:, : len(inputs)], table[:, len(inputs) :]
    if one:
        numbers, classes = _targets(targets, f"{file}: column {shown(wanted[-1])}")
        found = numbers[:, np.newaxis]

    if standardize:
        features = _standardized(features, file, inputs)
        found = found if classes else _standardized(found, file, outputs)
        inputs = [f"{name} (standardised)" for name in inputs]
        outputs = outputs if classes else [f"{name} (standardised)" for name in outputs]
    return Data(
        features,
        found[:, 0] if one else found,
        tuple(inputs),
        ", ".join(outputs),
        name=path.stem,
        classes=classes,
    )


def below(folder: Path | str, name: str) -> Path:
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
    >>> below("/work", "data/cars.csv").name
    'cars.csv'
    >>> below("/work", "../secret.csv")
    Traceback (most recent call last):
    optiviz.BadInput: file '../secret.csv': a name with '..' may leave the scene's folder
    """

    def refused(why: str) -> BadInput:
        return BadInput(f"file {shown(name)}: {why}")

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
class _Places:
    """Where the wanted columns stand in a row, and how many cells a row has."""

    of: list[int]
    width: int


def _text(path: Path, file: str) -> str:
    """The whole file; sizes are looked at before its content."""
    try:
        info = os.stat(path)
        if stat.S_ISDIR(info.st_mode):
            raise BadInput(f"{file}: this is a folder, a CSV file is needed")
        if not stat.S_ISREG(info.st_mode):
            raise BadInput(f"{file}: this is not an ordinary file")
        if info.st_size > MAX_BYTES:
            raise BadInput(f"{file}: {info.st_size:,} bytes, at most {MAX_BYTES:,} (16 MiB) are read")
        with open(path, "rb") as source:
            raw = source.read(MAX_BYTES).removeprefix(BOM_UTF8)
    except FileNotFoundError:
        raise BadInput(f"{file}: no such file in {shown(str(path.parent))}") from None
    except PermissionError:
        raise BadInput(f"{file}: the file may not be read (permission denied)") from None
    except OSError as error:
        raise BadInput(f"{file}: the file cannot be read ({error.strerror})") from None
    lines = max(raw.count(b"\n"), raw.count(b"\r")) + (not raw.endswith((b"\n", b"\r")))
    if lines - 1 > MAX_ROWS:
        raise BadInput(f"{file}: {lines - 1:,} rows, at most {MAX_ROWS:,} are read")
    if b"\0" in raw:
        raise BadInput(f"{file}:{_line_at(raw, raw.index(0))}: a NUL byte; is this a CSV file in UTF-8?")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        row = _line_at(raw, error.start)
        raise BadInput(f"{file}:{row}: not UTF-8 text; save the file as CSV in UTF-8") from None
    if not text.strip():
        raise BadInput(f"{file}: the file is empty")
    return text


def _line_at(raw: bytes, place: int) -> int:
    """The number, from 1, of the line that the byte at `place` is in."""
    return max(raw.count(b"\n", 0, place), raw.count(b"\r", 0, place)) + 1


def _records(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the number of the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        row = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise BadInput(f"{file}:{row}: this row is not CSV ({error})") from None
        if cells is None:
            return
        if cells:
            yield row, [cell.strip() for cell in cells]


def _places(file: str, row: int, header: list[str], inputs: list[str], outputs: list[str]) -> _Places:
    """Find the wanted columns in the header, or say what is wrong with it."""
    where = f"{file}:{row}"
    if len(header) == 1:
        for mark, spelled in {";": "semicolons", "\t": "tabs"}.items():
            if mark in header[0]:
                raise BadInput(f"{where}: the columns are separated by {spelled}, not by commas")
    if len(header) > MAX_COLUMNS:
        raise BadInput(f"{where}: {len(header):,} columns, at most {MAX_COLUMNS:,} are read")
    header = [" ".join(name.split()) for name in header]  # spreadsheets break lines within a name
    place: dict[str, int] = {}
    for k, name in enumerate(header):
        if not name.isprintable():
            raise BadInput(f"{where}: the name of column {k + 1}, {shown(name)}, has a control character")
        if name and name in place:
            raise BadInput(f"{where}: two columns are named {shown(name)}")
        place[name] = k
    if not inputs or not outputs:
        raise BadInput(f"{file}: {'y' if inputs else 'x'} must name at least one column")
    wanted = [*inputs, *outputs]
    for k, name in enumerate(wanted):
        if not name or name not in place:
            near = hint(name[:40], filter(None, header))
            raise BadInput(f"{where}: unknown column {shown(name)}{near}")
        if name in wanted[:k]:
            raise BadInput(f"{file}: column {shown(name)} is named twice in x and y")
    return _Places([place[name] for name in wanted], len(header))


def _targets(cells: list[tuple[str, str]], where: str) -> tuple[Array, tuple[str, ...]]:
    """A column of (cell, its place) as numbers (n,), and the names of the classes if it holds classes."""
    if any(_is_number(cell) for cell, _ in cells) or not any(cell for cell, _ in cells):
        numbers = np.array([_number(cell, place) for cell, place in cells])
        return numbers, ("0", "1") if set(numbers.tolist()) == {0.0, 1.0} else ()
    empty = next((place for cell, place in cells if not cell), None)
    if empty is not None:
        raise BadInput(f"{empty}: the cell is empty, a class is needed")
    classes = tuple(sorted({cell for cell, _ in cells}))
    if len(classes) > MAX_CLASSES:
        raise BadInput(f"{where}: {len(classes):,} different labels are too many, at most {MAX_CLASSES}")
    number = {label: k for k, label in enumerate(classes)}
    return np.array([float(number[cell]) for cell, _ in cells]), classes


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(cell: str, where: str) -> float:
    """The number in a cell."""
    if not cell:
        raise BadInput(f"{where}: the cell is empty, a number is needed")
    try:
        value = float(cell)
    except ValueError:
        value = None
    if value is None or "_" in cell or not cell.isascii():  # Python alone reads 1_000 as a thousand
        raise BadInput(f"{where}: {shown(cell)} is not a number")
    if not abs(value) < HUGE:
        raise BadInput(f"{where}: {shown(cell)} is not a finite number smaller than {HUGE:g}")
    return value


def _standardized(table: Array, file: str, names: list[str]) -> Array:
    """Each column of `table` (n, k) with mean 0 and population standard deviation 1."""
    for column, name in zip(table.T, names, strict=True):
        if np.ptp(column) == 0:
            constant = f"it is {column[0]:g} in every row"
            raise BadInput(f"{file}: column {shown(name)} cannot be standardised, {constant}")
    shifted: Array = table - table.mean(axis=0)
    shifted /= np.abs(shifted).max(axis=0)  # so that squares of tiny numbers do not vanish
    shifted /= shifted.std(axis=0)
    return shifted


def _is_device(part: str) -> bool:
    stem = part.split(".")[0].strip().upper()
    numbered = stem[:3] in ("COM", "LPT") and len(stem) == 4 and stem[3] in "0123456789¹²³"
    return numbered or stem in ("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$")
