"""Data to fit a model to: made from a formula and a seed, or read from a CSV file.

n  rows      d  columns      m  places where a curve is asked for
"""

import csv
import io
import os
import stat
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Annotated, Any, ParamSpec, get_type_hints

import numpy as np

from optiviz.errors import BadInput
from optiviz.names import bounds_of, hint
from optiviz.notation import Array, Bounds

HUGE = 1e100  # its square is still a number
MAX_BYTES = 16 * 2**20
MAX_ROWS = 1_000_000
MAX_COLUMNS = 1_000

Real = Annotated[float, Bounds(low=-1e6, high=1e6)]
Rows = Annotated[int, Bounds(low=2, high=100_000)]
Noise = Annotated[float, Bounds(low=0.0, high=1e6)]
Seed = Annotated[int, Bounds(low=0, high=1e9)]
Limits = Annotated[tuple[float, float], Bounds(low=-1e6, high=1e6)]
Settings = ParamSpec("Settings")


@dataclass(frozen=True, eq=False)
class Data:
    """A table to learn from: what is known of each row, and what is to be predicted.

    Parameters
    ----------
    x : array (n, d)
        One row an example; a list (n,) becomes one column. Kept as a read-only copy, as is `y`.
    y : array (n,)
    x_names : tuple of d str
        For axes, units and all: `"x"`, or `"x1"`, `"x2"`, ... unless given.
    y_name : str
    truth : callable or None
        x (m,) -> y (m,) without noise, of made data; None for real data.
    name : str

    Raises
    ------
    BadInput
        When the shapes do not belong together or a number is not finite (or beyond 1e100).

    Examples
    --------
    >>> data = Data([1, 2, 3], [2, 4, 6])
    >>> data.x.shape, data.y.shape, data.x_names
    ((3, 1), (3,), ('x',))
    """

    x: Array
    y: Array
    x_names: tuple[str, ...] = ()
    y_name: str = "y"
    truth: Callable[[Array], Array] | None = None
    name: str = "data"

    def __post_init__(self) -> None:
        x, y = np.array(self.x, dtype=float), np.array(self.y, dtype=float)
        x = x[:, np.newaxis] if x.ndim == 1 else x
        if x.ndim != 2 or y.shape != x.shape[:1] or not x.size:
            raise BadInput(f"data: x must be (n, d) and y (n,), got {x.shape} and {y.shape}")
        if not (np.all(np.abs(x) < HUGE) and np.all(np.abs(y) < HUGE)):
            raise BadInput(f"data: x and y must be finite numbers smaller than {HUGE:g}")
        d = x.shape[1]
        names = tuple(self.x_names) or (("x",) if d == 1 else tuple(f"x{k + 1}" for k in range(d)))
        if len(names) != d:
            raise BadInput(f"data: x has {d} columns but {len(names)} names")
        for field, value in {"x": x, "y": y}.items():
            value.setflags(write=False)
            object.__setattr__(self, field, value)
        object.__setattr__(self, "x_names", names)


# --- made data -----------------------------------------------------------------------------------------


def checked(maker: Callable[Settings, Data]) -> Callable[Settings, Data]:
    """Refuse a setting outside the bounds in its annotation, before anything is made."""
    kinds = get_type_hints(maker)

    @wraps(maker)
    def careful(*args: Settings.args, **settings: Settings.kwargs) -> Data:
        given = signature(maker).bind(*args, **settings).arguments
        for name, bounds in bounds_of(maker).items():
            if name not in given:
                continue
            value = given[name]
            if kinds[name] is int and not is_whole(value):
                raise BadInput(f"{maker.__name__}: {name} must be a whole number, got {shown(value)}")
            try:
                held = bounds.hold(value)
            except (TypeError, ValueError):  # no number, or lists within lists
                held = False
            if not held:
                span = f"{'(' if bounds.open_low else '['}{bounds.low:g}, {bounds.high:g}]"
                raise BadInput(f"{maker.__name__}: {name} must lie in {span}, got {shown(value)}")
        return maker(*args, **settings)

    return careful


@checked
def line(
    *,
    slope: Real = 2.0,
    intercept: Real = 1.0,
    noise: Noise = 0.3,
    n: Rows = 50,
    xlim: Limits = (-2.0, 2.0),
    seed: Seed = 0,
) -> Data:
    """A straight line: y = slope x + intercept + noise e, with e standard normal.

    Parameters
    ----------
    slope, intercept : float
    noise : float
        Standard deviation of what is added to y, at least 0.
    n : int
        Rows, 2 to 100,000.
    xlim : (low, high)
        x is spread evenly from low to high.
    seed : int
        The same seed gives the same data; a larger `noise` stretches the same pattern.

    Returns
    -------
    Data
        x (n, 1), y (n,), with the line itself as `truth`.

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> line(slope=2, intercept=1, noise=0, n=3, xlim=(0, 2)).y.tolist()
    [1.0, 3.0, 5.0]
    """
    return _made("line", lambda x: slope * x + intercept, _even(xlim, n), noise, _generator(seed))


@checked
def sine(
    *,
    amplitude: Real = 1.0,
    period: Annotated[float, Bounds(low=1e-6, high=1e6)] = 2.0,
    phase: Real = 0.0,
    noise: Noise = 0.1,
    n: Rows = 60,
    xlim: Limits = (-2.0, 2.0),
    seed: Seed = 0,
) -> Data:
    """A wave: y = amplitude sin(2 pi x / period + phase) + noise e, with e standard normal.

    Parameters
    ----------
    amplitude, period, phase : float
        The phase in radians.
    noise, n, xlim, seed
        As in `line`.

    Returns
    -------
    Data
        x (n, 1), y (n,), with the wave itself as `truth`.

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> sine(period=4, noise=0, n=3, xlim=(-1, 1)).y.tolist()
    [-1.0, 0.0, 1.0]
    """
    truth = lambda x: amplitude * np.sin(2 * np.pi * x / period + phase)
    return _made("sine", truth, _even(xlim, n), noise, _generator(seed))


@checked
def steps(
    *,
    count: Annotated[int, Bounds(low=1, high=1000)] = 4,
    height: Real = 1.0,
    noise: Noise = 0.1,
    n: Rows = 80,
    xlim: Limits = (-2.0, 2.0),
    seed: Seed = 0,
) -> Data:
    """A staircase: y = height floor(count (x - low) / (high - low)) + noise e, from 0 up.

    Parameters
    ----------
    count : int
        Treads, all of one width; the highest one includes the end, x = high.
    height : float
        From one tread to the next.
    noise, n, xlim, seed
        As in `line`.

    Returns
    -------
    Data
        x (n, 1), y (n,), with the staircase itself as `truth` (flat outside `xlim`).

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> steps(count=2, height=3, noise=0, n=5, xlim=(0, 4)).y.tolist()
    [0.0, 0.0, 3.0, 3.0, 3.0]
    """
    x = _even(xlim, n)
    low, high = xlim
    truth = lambda x: height * np.clip(np.floor(count * ((x - low) / (high - low))), 0, count - 1)
    return _made("steps", truth, x, noise, _generator(seed))


@checked
def polynomial(
    *,
    coefficients: Annotated[tuple[float, ...], Bounds(low=-1e6, high=1e6)] = (0.0, -1.0, 0.0, 1.0),
    noise: Noise = 0.1,
    n: Rows = 60,
    xlim: Limits = (-1.5, 1.5),
    seed: Seed = 0,
) -> Data:
    """A polynomial: y = c_0 + c_1 x + c_2 x^2 + ... + noise e, with e standard normal.

    Parameters
    ----------
    coefficients : 1 to 13 floats
        c_0, c_1, ...: the constant first. The default is x^3 - x.
    noise, n, xlim, seed
        As in `line`.

    Returns
    -------
    Data
        x (n, 1), y (n,), with the polynomial itself as `truth`.

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> polynomial(coefficients=(1, 0, 2), noise=0, n=3, xlim=(0, 2)).y.tolist()
    [1.0, 3.0, 9.0]
    """
    if np.ndim(coefficients) != 1 or not 1 <= len(coefficients) <= 13:
        raise BadInput(f"polynomial: coefficients must be 1 to 13 numbers, got {shown(coefficients)}")

    def truth(x: Array) -> Array:
        y = np.zeros_like(x, dtype=float)
        for c in reversed(coefficients):  # Horner: ((c_3) x + c_2) x + ...
            y = y * x + c
        return y

    return _made("polynomial", truth, _even(xlim, n), noise, _generator(seed))


@checked
def sparse_column(
    *,
    slope: Real = 2.0,
    intercept: Real = 1.0,
    density: Annotated[float, Bounds(low=0.0, high=1.0, open_low=True)] = 0.1,
    noise: Noise = 0.1,
    n: Rows = 100,
    xlim: Limits = (-2.0, 2.0),
    seed: Seed = 0,
) -> Data:
    """A line whose x is mostly zero: y = slope x + intercept + noise e.

    The loss sees the slope only where x is not zero, so its gradient there is small and that of the
    intercept large: the bowl is long and narrow, which is what Adagrad and its heirs are made for.

    Parameters
    ----------
    slope, intercept : float
    density : float
        Share of rows, in (0, 1], where x is not zero: round(density n) of them, at least one,
        at rows drawn by the seed and with x drawn evenly from `xlim`.
    noise, n, xlim, seed
        As in `line`.

    Returns
    -------
    Data
        x (n, 1), not sorted, y (n,), with the line itself as `truth`.

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> data = sparse_column(density=0.1, n=50)
    >>> int(np.count_nonzero(data.x))
    5
    """
    low, high = _ends(xlim)
    rng = _generator(seed)
    x = np.zeros(n)
    filled = rng.permutation(n)[: max(1, round(density * n))]
    x[filled] = rng.uniform(low, high, filled.size)
    return _made("sparse_column", lambda x: slope * x + intercept, x, noise, rng)


DATASETS: Mapping[str, Callable[..., Data]] = MappingProxyType(
    {"line": line, "sine": sine, "steps": steps, "polynomial": polynomial, "sparse_column": sparse_column}
)


def _made(
    name: str, truth: Callable[[Array], Array], x: Array, noise: float, rng: np.random.Generator
) -> Data:
    return Data(x, truth(x) + noise * rng.standard_normal(x.size), truth=truth, name=name)


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def _ends(xlim: Sequence[float]) -> tuple[float, float]:
    if np.shape(xlim) != (2,) or not xlim[0] < xlim[1]:
        raise BadInput(f"xlim must be two numbers, low then high, got {shown(xlim)}")
    return float(xlim[0]), float(xlim[1])


def _even(xlim: Sequence[float], n: int) -> Array:
    return np.linspace(*_ends(xlim), n)


# --- real data -----------------------------------------------------------------------------------------


def read_csv(path: Path | str, x: str | Sequence[str], y: str, standardize: bool = False) -> Data:
    """Columns of a CSV file: commas, one header line, UTF-8 (a byte order mark is allowed).

    Parameters
    ----------
    path : path
        At most 16 MiB, 1,000,000 rows and 1,000 columns. Blank lines are skipped.
    x : str or list of d str
        The column or columns to predict from; others may hold anything.
    y : str
        The column to predict.
    standardize : bool
        Whether to shift each column, x and y, to mean 0 and scale it to standard deviation 1 (of
        the population: divided by n). The names then say so: `"speed (standardised)"`.

    Returns
    -------
    Data
        x (n, d), y (n,), named after the file, without `truth`.

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
    """
    path = Path(path)
    file = path.name or str(path)
    rows = _records(_text(path, file), file)
    wanted = [*([x] if isinstance(x, str) else x), y]
    places = _places(file, *next(rows, (1, [])), wanted)

    columns: list[list[float]] = [[] for _ in wanted]
    for row, cells in rows:
        if len(cells) != places.width:
            raise BadInput(f"{file}:{row}: {_many(len(cells), 'cell')}, but the header has {places.width}")
        for column, place, name in zip(columns, places.of, wanted, strict=True):
            column.append(_number(cells[place], f"{file}:{row}: column {shown(name)}"))
    table = np.array(columns).T  # (n, d + 1), y last
    if len(table) < 2:
        raise BadInput(f"{file}: {_many(len(table), 'row')} below the header, at least 2 are needed")

    if standardize:
        table = _standardized(table, file, wanted)
        wanted = [f"{name} (standardised)" for name in wanted]
    return Data(table[:, :-1], table[:, -1], tuple(wanted[:-1]), wanted[-1], name=path.stem)


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
    optiviz.errors.BadInput: file '../secret.csv': a name with '..' may leave the scene's folder
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


def is_whole(value: Any) -> bool:
    """Whether `value` is an int (True and False are not).

    Examples
    --------
    >>> is_whole(3), is_whole(3.0), is_whole(True)
    (True, False, False)
    """
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """`value` fit for a message: quoted if text, on one line, cut at 40 characters.

    Examples
    --------
    >>> print(shown("n/a"), shown("x" * 50))
    'n/a' 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'
    """
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:40] + "...")
    text = repr(value)
    return " ".join((text if len(text) <= 40 else text[:40] + "...").split())


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


def _places(file: str, row: int, header: list[str], wanted: list[str]) -> _Places:
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
    if len(wanted) < 2:
        raise BadInput(f"{file}: x must name at least one column")
    for k, name in enumerate(wanted):
        if not name or name not in place:
            near = hint(name[:40], filter(None, header))
            raise BadInput(f"{where}: unknown column {shown(name)}{near}")
        if name in wanted[:k]:
            raise BadInput(f"{file}: column {shown(name)} is named twice in x and y")
    return _Places([place[name] for name in wanted], len(header))


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


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
