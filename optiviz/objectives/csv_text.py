"""A CSV file as text: its size looked at before its content, its encoding told by its first bytes."""

import codecs
import os
import stat
from pathlib import Path

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz.objectives.data import quote_value

MAX_BYTES = 64 * 2**20
MAX_ROWS = 1_000_000

MARKS = {  # the longer mark first: that of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
COMMON = ("utf-8", "cp1252", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "cp1250", "mac-roman")


def read_csv_text(path: Path, file: str, encoding: str | None = None) -> str:
    """The whole file, of at most 64 MiB, without its byte order mark."""
    raw = bytes_of(path, file)
    marked = next((mark for mark in MARKS if raw.startswith(mark)), b"")
    name = encoding or MARKS.get(marked, "utf-8")
    name = MARKS.get(marked, name) if name.lower().replace("_", "-") in ("utf-16", "utf-32") else name
    raw = raw.removeprefix(marked)
    if not is_multibyte(name):  # of the others the rows are counted in the text
        check_rows(raw.count(b"\n"), raw.count(b"\r"), raw.endswith((b"\n", b"\r")), file)
        if b"\0" in raw:
            advice = 'is it UTF-16? say encoding = "utf-16-le"'
            raise BadInput(f"{file}:{line_at(raw, raw.index(0))}: a NUL byte; {advice}")
    try:
        text = raw.decode(name)
    except UnicodeDecodeError as error:
        advice = 'say encoding = "cp1252" or save it as UTF-8' if name == "utf-8" else "another encoding?"
        raise BadInput(f"{file}:{line_at(raw, error.start)}: not {name.upper()} text; {advice}") from None
    except (LookupError, ValueError, TypeError, AssertionError):  # no encoding, or none of texts
        raise BadInput(
            f"{file}: unknown encoding {quote_value(encoding)}{hint(name[:40], COMMON)}", field="encoding"
        ) from None
    if is_multibyte(name):
        check_rows(text.count("\n"), text.count("\r"), text.endswith(("\n", "\r")), file)
        if "\0" in text:
            raise BadInput(f"{file}: a NUL character; is the encoding {name}?")
    if not text.strip("\ufeff \t\r\n"):
        raise BadInput(f"{file}: the file is empty")
    return text


def bytes_of(path: Path, file: str) -> bytes:
    """What is in an ordinary file."""
    try:
        info = os.stat(path)
        if stat.S_ISDIR(info.st_mode):
            raise BadInput(f"{file}: this is a folder, a CSV file is needed")
        if not stat.S_ISREG(info.st_mode):
            raise BadInput(f"{file}: this is not an ordinary file")
        if info.st_size > MAX_BYTES:
            raise BadInput(f"{file}: {info.st_size:,} bytes, at most {MAX_BYTES:,} (64 MiB) are read")
        with open(path, "rb") as source:
            return source.read(MAX_BYTES)
    except FileNotFoundError:
        raise BadInput(f"{file}: no such file in {quote_value(str(path.parent))}") from None
    except PermissionError:
        raise BadInput(f"{file}: the file may not be read (permission denied)") from None
    except OSError as error:
        raise BadInput(f"{file}: the file cannot be read ({error.strerror})") from None


def is_multibyte(encoding: str) -> bool:
    """Whether an encoding spends more than one byte on a line's end."""
    return encoding.lower().replace("_", "-").replace("utf", "utf-").replace("--", "-")[:6] in (
        "utf-16",
        "utf-32",
    )


def check_rows(newlines: int, returns: int, ended: bool, file: str) -> None:
    """Refuse too many rows before one is parsed."""
    lines = max(newlines, returns) + (not ended)
    if lines - 1 > MAX_ROWS:
        raise BadInput(f"{file}: {lines - 1:,} rows, at most {MAX_ROWS:,} are read")


def line_at(raw: bytes, place: int) -> int:
    """The number, from 1, of the line that the byte at `place` is in."""
    return max(raw.count(b"\n", 0, place), raw.count(b"\r", 0, place)) + 1
