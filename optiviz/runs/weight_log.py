"""Weight logs: a file of all weights of a model at some steps, which grows while somebody trains it.

The file is an `.npz` that `numpy.load` opens: a `header` in JSON, and for each record two members of one
length, `weights/STEP` (P,) and `loss/STEP` (). Records are appended, each by one write, and never touched
again; the directory of the zip follows when the log is closed. The reader here does not need it: it goes by
the length of a record, so that a process that is killed loses no more than the record it was writing.
"""

import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from math import prod
from pathlib import Path
from struct import pack, unpack_from
from types import TracebackType
from typing import Any, Literal

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from optiviz._lib.display import short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array

FORMAT = 1  # of the files; a newer one is refused
KINDS: Mapping[str, str] = {"float16": "<f2", "float32": "<f4", "float64": "<f8"}
MAX_MAPPED = 2**30  # bytes; a longer log is read through a map of the file, piece by piece
MAX_MEMBER = 2**32 - 2**16  # bytes of one member, without the extensions of zip for longer ones
MOST_ENTRIES = 0xFFFF  # of the directory of a zip in its short form
MAX_HEADER = 2**24  # bytes
MAX_VARIABLES = 100_000
MOST_STEPS = 10**12  # what the name of a record has room for
LOCAL = "<4s5H3L2H"  # of zip: the head of a member, without its name
Filters = Literal["first", "last"]


@dataclass(frozen=True, eq=False)
class WeightLog:
    """The weights of one run at the steps that were recorded.

    Parameters
    ----------
    variables : mapping of str to tuple of int
        The name and the shape of each variable, in the order in which they stand in a row.
    filters : "first" or "last"
        The axis of a kernel that counts its filters: the first in torch, the last in Keras and JAX.
    at : array (R,) of int
        Steps, from the first record on.
    losses : array (R,)
        NaN where nobody told one.
    rows : array (R, P), or `MappedRows`
    """

    __repr__ = short_repr

    variables: Mapping[str, tuple[int, ...]]
    filters: Filters
    at: NDArray[np.int64]
    losses: Array
    rows: Any


@dataclass(frozen=True, eq=False)
class MappedRows:
    """Rows (R, P) of a long file: what is asked for is copied out of a map that is closed again.

    A map that stayed open would keep all that was ever read of it in memory.
    """

    path: Path
    records: np.dtype[Any]
    begins: int
    shape: tuple[int, int]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> NDArray[Any]:
        mapped = np.memmap(self.path, self.records, "r", self.begins, self.shape[0])
        return np.array(mapped["weights"][key])


def first_rows(rows: Any, count: int) -> Any:
    """The first so many rows of a log; a mapped one stays in its file."""
    if isinstance(rows, MappedRows):
        return replace(rows, shape=(count, rows.shape[1]))
    return rows[:count]


class LogWriter:
    """Appends records to a weight log.

    Parameters
    ----------
    path : path
        Ends in `.npz`; what is there is replaced, unless `append`.
    variables : mapping of str to tuple of int
    filters : "first" or "last"
    dtype : "float16", "float32" or "float64"
    append : bool
        Go on after the last whole record of a log of the same variables.
    """

    def __init__(
        self,
        path: str | Path,
        variables: Mapping[str, tuple[int, ...]],
        filters: Filters = "last",
        dtype: str = "float32",
        append: bool = False,
    ) -> None:
        self.path = log_path(path)
        if dtype not in KINDS:
            raise BadInput(f"must be {', '.join(KINDS)}, got {dtype!r}", field="dtype")
        size = sum(map(prod, variables.values()))
        if not size or size * np.dtype(dtype).itemsize > MAX_MEMBER:
            raise BadInput(
                f"a log takes 1 to {MAX_MEMBER // np.dtype(dtype).itemsize:,} weights, got {size:,}"
            )
        self.layout = Layout(header_bytes(variables, filters, dtype), size, KINDS[dtype])
        self.steps: list[int] = []
        self.crcs: list[tuple[int, int]] = []
        try:
            self.file = self.reopened(variables, dtype) if append and self.path.exists() else self.opened()
        except OSError as error:
            raise BadInput(f"{self.path}: cannot be written: {error.strerror}") from None

    def opened(self) -> int:
        """A new file with its header."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o644)
        write_whole(file, self.layout.header)
        return file

    def reopened(self, variables: Mapping[str, tuple[int, ...]], dtype: str) -> int:
        """The file that is there, cut behind its last whole record."""
        layout, steps = scanned(self.path)
        if layout.header != self.layout.header:
            raise BadInput(f"{self.path}: is a log of other variables, or of another dtype than {dtype}")
        file = os.open(self.path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        self.steps = steps.tolist()
        for k in range(len(steps)):
            head = os.pread(file, layout.length, layout.begins + k * layout.length)
            self.crcs.append((crc_of(head, 0), crc_of(head, layout.loss_at)))
        os.ftruncate(file, layout.begins + len(steps) * layout.length)
        os.lseek(file, 0, os.SEEK_END)
        return file

    def write(self, step: int, row: NDArray[Any], loss: float = np.nan) -> None:
        """Append the weights (P,) after so many steps, and the loss there where it is known."""
        if self.steps and not self.steps[-1] < step < MOST_STEPS:
            raise BadInput(f"step {step:,} follows {self.steps[-1]:,}: steps must go up")
        weights = np.ascontiguousarray(row, dtype=self.layout.kind)
        if weights.shape != (self.layout.size,):
            raise BadInput(f"the model had {self.layout.size:,} weights, now they are {weights.shape}")
        record, crcs = self.layout.record(step, weights, loss)
        write_whole(self.file, b"".join(record))
        self.steps.append(step)
        self.crcs.append(crcs)

    def close(self) -> None:
        """Write the directory, after which `numpy.load` and other programs read the file."""
        if self.file >= 0:
            write_whole(self.file, self.layout.directory(self.steps, self.crcs))
            os.close(self.file)
        self.file = -1

    def __enter__(self) -> "LogWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True)
class Layout:
    """Where everything stands in a log: the header, then records of one length."""

    header: bytes
    size: int
    kind: str

    @cached_property
    def begins(self) -> int:
        return len(self.header)

    @cached_property
    def heads(self) -> tuple[bytes, bytes]:
        """The heads of the two arrays of a record."""
        return npy_head(self.kind, (self.size,)), npy_head("<f8", ())

    @cached_property
    def weights_at(self) -> int:
        return len(member("weights", 0)) + len(self.heads[0])

    @cached_property
    def loss_at(self) -> int:
        """Where the member of the loss begins, from the beginning of a record."""
        return self.weights_at + self.size * np.dtype(self.kind).itemsize

    @cached_property
    def length(self) -> int:
        return self.loss_at + len(member("loss", 0)) + len(self.heads[1]) + 8

    @cached_property
    def records(self) -> np.dtype[Any]:
        """What numpy needs to see the records in the bytes of a file."""
        fields = {"local": ("V30", 0), "weights": ((self.kind, (self.size,)), self.weights_at),
                  "name": (f"S{len(entry_name('weights', 0))}", 30), "loss": ("<f8", self.length - 8),
                  "loss_local": ("V30", self.loss_at)}  # fmt: skip
        return np.dtype(
            {
                "names": list(fields),
                "formats": [form for form, _ in fields.values()],
                "offsets": [at for _, at in fields.values()],
                "itemsize": self.length,
            }
        )

    def record(self, step: int, weights: NDArray[Any], loss: float) -> tuple[list[Any], tuple[int, int]]:
        """The bytes of a record, in parts, and the checksums of its members."""
        parts: list[Any] = []
        crcs = []
        bodies: tuple[Any, ...] = (weights.data.cast("B"), np.float64(loss).tobytes())
        for name, head, body in zip(("weights", "loss"), self.heads, bodies, strict=True):
            crc = zlib.crc32(body, zlib.crc32(head))
            parts += [member(name, step, crc, len(head) + len(body)), head, body]
            crcs.append(crc)
        return parts, (crcs[0], crcs[1])

    def directory(self, steps: list[int], crcs: list[tuple[int, int]]) -> bytes:
        """The directory of the zip; its long forms where offsets or counts need them."""
        head = unpack_from(LOCAL, self.header)
        found = [directory_entry("header.npy", head[6], head[7], 0)]
        for k, (step, pair) in enumerate(zip(steps, crcs, strict=True)):
            at = self.begins + k * self.length
            sizes = (self.loss_at - len(member("weights", 0)), len(self.heads[1]) + 8)
            for name, crc, size, offset in zip(
                ("weights", "loss"), pair, sizes, (at, at + self.loss_at), strict=True
            ):
                found.append(directory_entry(entry_name(name, step), crc, size, offset))
        whole, begins, count = b"".join(found), self.begins + len(steps) * self.length, len(found)
        last = pack("<4s4H2LH", b"PK\5\6", 0, 0, min(count, MOST_ENTRIES), min(count, MOST_ENTRIES),
                    min(len(whole), 0xFFFFFFFF), min(begins, 0xFFFFFFFF), 0)  # fmt: skip
        if count < MOST_ENTRIES and begins < 0xFFFFFFFF:
            return whole + last
        long = pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(whole), begins)
        return whole + long + pack("<4sLQL", b"PK\6\7", 0, begins + len(whole), 1) + last


def entry_name(name: str, step: int) -> str:
    """What a member is called; all of one kind have names of one length."""
    return f"{name}/{step:012d}.npy"


def member(name: str, step: int, crc: int = 0, size: int = 0) -> bytes:
    """The head of a member of the zip."""
    return member_head(entry_name(name, step), crc, size)


def member_head(name: str, crc: int, size: int) -> bytes:
    """The local header of zip, stored without compression, dated 1980: no clock in an output."""
    plain = name.encode()
    return pack(LOCAL, b"PK\3\4", 20, 0, 0, 0, 33, crc, size, size, len(plain), 0) + plain


def directory_entry(name: str, crc: int, size: int, offset: int) -> bytes:
    """One line of the directory of zip."""
    plain, long = name.encode(), offset >= 0xFFFFFFFF
    extra = pack("<2HQ", 1, 8, offset) if long else b""
    head = pack("<4s6H3L5H2L", b"PK\1\2", (3 << 8) | 45, 45 if long else 20, 0, 0, 0, 33, crc, size, size,
                len(plain), len(extra), 0, 0, 0, 0o644 << 16, 0xFFFFFFFF if long else offset)  # fmt: skip
    return head + plain + extra


def crc_of(record: bytes, at: int) -> int:
    """The checksum that the head of a member tells."""
    return int(unpack_from(LOCAL, record, at)[6])


def npy_head(kind: str, shape: tuple[int, ...]) -> bytes:
    """What stands before the numbers in an `.npy`."""
    stream = BytesIO()
    npy.write_array_header_1_0(stream, {"descr": kind, "fortran_order": False, "shape": shape})
    return stream.getvalue()


def header_bytes(variables: Mapping[str, tuple[int, ...]], filters: str, dtype: str) -> bytes:
    """The member that tells what the rows are."""
    named = [[str(name), [int(n) for n in shape]] for name, shape in variables.items()]
    told = {"optiviz": "weight log", "format": FORMAT, "dtype": dtype, "filters": filters, "variables": named}
    text = np.array(json.dumps(told))
    body = (
        npy_head(text.dtype.newbyteorder("<").str, ()) + text.astype(text.dtype.newbyteorder("<")).tobytes()
    )
    return member_head("header.npy", zlib.crc32(body), len(body)) + body


def write_whole(file: int, data: bytes) -> None:
    """Write all bytes at the end of a file."""
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]


# ------------------------------------------------------------------------------------------------ reading


def read_weight_log(path: str | Path) -> WeightLog:
    """The log in a file, up to its last whole record.

    Nothing in it is executed, and nothing is allocated on its word: what it says of names and shapes must
    give the length of its records, and there are as many of these as the file is long. Rows of more than
    1 GiB stay in the file.

    Raises
    ------
    BadInput
        When there is no such file, or it is no weight log, damaged, or of a newer format.
    """
    path = log_path(path)
    layout, steps = scanned(path)
    told = told_by(layout.header, path)
    shape = (len(steps), layout.size)
    mapped = np.memmap(path, layout.records, "r", layout.begins, len(steps))
    losses = np.array(mapped["loss"])
    if prod(shape) * np.dtype(layout.kind).itemsize > MAX_MAPPED:
        rows: Any = MappedRows(path, layout.records, layout.begins, shape)
    else:
        rows = np.array(mapped["weights"])
    return WeightLog(told["variables"], told["filters"], steps, losses, rows)


def scanned(path: Path) -> tuple[Layout, NDArray[np.int64]]:
    """The layout of a log and the steps (R,) of its whole records."""
    try:
        with open(path, "rb") as file:
            length = os.fstat(file.fileno()).st_size
            start = file.read(30)
            size = unpack_from(LOCAL, start)[7] if len(start) == 30 and start[:4] == b"PK\3\4" else -1
            if not 0 <= size <= MAX_HEADER:
                raise BadInput(f"{path}: is no log of weights that optiviz recorded")
            header = start + file.read(len("header.npy") + size)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    told = told_by(header, path)
    layout = Layout(header, sum(map(prod, told["variables"].values())), KINDS[told["dtype"]])
    count = max(length - layout.begins, 0) // layout.length
    if not count:
        raise BadInput(f"{path}: has no whole record yet")
    mapped = np.memmap(path, layout.records, "r", layout.begins, count)
    heads = [member(name, 0)[:14] for name in ("weights", "loss")]
    steps: list[int] = []
    for local, name, second in zip(mapped["local"], mapped["name"], mapped["loss_local"], strict=True):
        if local.tobytes()[:14] != heads[0] or second.tobytes()[:14] != heads[1]:
            break  # the directory begins here, or what a dying process left
        digits = name[len("weights/") : -len(".npy")]
        if not (name.startswith(b"weights/") and digits.isdigit()):
            raise BadInput(f"{path}: is damaged at its record {len(steps):,}")
        steps.append(int(digits))
    if not steps or (np.diff(steps) <= 0).any():
        raise BadInput(f"{path}: is damaged: its steps do not count up, or there is no record")
    return layout, np.array(steps, dtype=np.int64)


def told_by(header: bytes, path: Path) -> dict[str, Any]:
    """What the header says, checked: names, shapes, dtype and the axis of filters."""
    try:
        at = 30 + len("header.npy")
        stream = BytesIO(header[at:])
        if header[30:at] != b"header.npy" or npy.read_magic(stream) != (1, 0):
            raise ValueError
        shape, _, dtype = npy.read_array_header_1_0(stream)
        text = header[at + stream.tell() :]
        if shape != () or dtype.kind != "U" or len(text) != dtype.itemsize:
            raise ValueError
        told = json.loads(text.decode("utf-32-le").rstrip("\0"))
        if told["optiviz"] != "weight log" or not isinstance(told["format"], int):
            raise ValueError
        variables = {str(name): tuple(shape) for name, shape in told["variables"]}
        lengths = [n for shape in variables.values() for n in shape]
        if len(variables) != len(told["variables"]) or len(variables) > MAX_VARIABLES:
            raise ValueError
        if (
            not all(isinstance(n, int) and 0 <= n <= MAX_MEMBER for n in lengths)
            or told["dtype"] not in KINDS
        ):
            raise ValueError
        width = np.dtype(told["dtype"]).itemsize
        if max(map(len, variables.values()), default=0) > 16 or told["filters"] not in ("first", "last"):
            raise ValueError
        if not 0 < sum(map(prod, variables.values())) * width <= MAX_MEMBER:
            raise ValueError
    except (ValueError, KeyError, TypeError, UnicodeDecodeError, RecursionError):
        raise BadInput(f"{path}: is no log of weights that optiviz recorded, or is damaged") from None
    if told["format"] > FORMAT:
        raise BadInput(f"{path}: has the format {told['format']}; this optiviz reads up to {FORMAT}")
    return {**told, "variables": variables}


def log_path(path: str | Path) -> Path:
    """The path of a log; refuses what is none."""
    if not isinstance(path, str | Path) or Path(path).suffix.lower() != ".npz":
        raise BadInput(f"weights are recorded in an .npz, such as 'sgd.npz', got {str(path)!r}")
    return Path(path)
