"""Named arrays as `.npz`: deterministic bytes, and a reader that trusts no length in the file.

`numpy.savez` is not used for writing: it marks each member as larger than 4 GiB, and its zip entries name the
operating system, so that its bytes are others and differ between systems.
"""

import math
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from optiviz._lib.atomic import replacing
from optiviz._lib.errors import BadInput

MAX_FILE = 2**32  # bytes
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can tell: no clock in an output
# what stands in our files: numbers and text, each of one byte order
KINDS = {"f": "<f8", "i": "<i8", "U": "<U"}


def write_arrays(path: str | Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write an `.npz` that `numpy.load` reads too; the same arrays give the same bytes.

    Members are stored, not compressed: what a compressor makes depends on its version.

    Parameters
    ----------
    path : path
    arrays : mapping of str to array
        Floats, whole numbers or text, in the order in which they are to stand in the file.

    Raises
    ------
    BadInput
        When the file cannot be written.
    """
    with replacing(Path(path)) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as file:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            kind = array.dtype.str if array.dtype.kind == "U" else KINDS[array.dtype.kind]
            plain = np.asarray(array, dtype=kind, order="C")
            with file.open(entry, "w", force_zip64=plain.nbytes > 2**31 - 2**20) as member:
                npy.write_array(member, plain, version=(1, 0), allow_pickle=False)


def read_arrays(path: str | Path) -> dict[str, NDArray[Any]]:
    """The arrays of a file that `write_arrays` made.

    Nothing is allocated on the word of the file: a member may claim no more than the file is long, and
    an array no more than its member. Nothing in it is executed, and pickled objects are refused.

    Parameters
    ----------
    path : path

    Returns
    -------
    dict of str to array

    Raises
    ------
    BadInput
        When there is no such file, or it is damaged or of another kind.
    """
    path = Path(path)
    length = checked_file_size(path)
    try:
        with zipfile.ZipFile(path) as file:
            entries = file.infolist()
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                raise ValueError("it is compressed")
            if sum(entry.file_size for entry in entries) > length:
                raise ValueError("its parts claim more than its length")
            return {entry.filename.removesuffix(".npy"): array_from(file.read(entry)) for entry in entries}
    except Exception as error:  # foreign bytes fail a parser in every way there is
        raise BadInput(
            f"{path}: is damaged, or not a file that optiviz wrote: {first_line(error)}"
        ) from error


def array_from(data: bytes) -> NDArray[Any]:
    """The array in the bytes of one `.npy`, as long as they are what its header says."""
    stream = BytesIO(data)
    if npy.read_magic(stream) != (1, 0):
        raise ValueError("it has arrays of an unknown version")
    shape, backwards, dtype = npy.read_array_header_1_0(stream)
    if dtype.kind not in KINDS or not dtype.str.startswith(KINDS[dtype.kind]) or backwards:
        raise ValueError(f"it has arrays of a foreign kind ({dtype.str})")
    begins, width = stream.tell(), dtype.itemsize
    if min(shape, default=0) < 0 or not width or math.prod(shape) * width != len(data) - begins:
        raise ValueError("it has an array of another length than it says")
    return np.frombuffer(data, dtype, offset=begins).reshape(shape).copy()


def checked_file_size(path: Path) -> int:
    """The length of a file in bytes; refuses what is none, and what is too long to read."""
    try:
        length = path.stat().st_size
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    if not path.is_file():
        raise BadInput(f"{path}: is not a file")
    if length > MAX_FILE:
        raise BadInput(f"{path}: has {length / 2**30:.1f} GiB; the limit is {MAX_FILE / 2**30:.0f} GiB")
    return length


def first_line(error: BaseException) -> str:
    """What an exception says, in one line of bearable length."""
    text = (str(error).splitlines() or [type(error).__name__])[0]
    return text if len(text) <= 120 else text[:117] + "..."
