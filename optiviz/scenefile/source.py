"""Guarded reading of scene files: size and encoding limits, and TOML syntax errors with their line."""

import os
import re
import stat
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from optiviz._lib.errors import BadInput

MAX_BYTES = 64 * 1024
MAX_FAULTS = 100  # as many as are told
STDIN = "standard input"


class Fault(NamedTuple):
    """One fault of a scene file: its line (0: the whole file), its key path, and the message.

    `place` is where it was asked for, if not in the file: an option of the command.
    """

    line: int
    path: str
    message: str
    place: str = ""


class SceneFault(BadInput):
    """Raised for an invalid scene file, with all its faults: `FILE:LINE: PATH: message`, a line each."""

    def __init__(self, file: str, faults: Sequence[Fault]) -> None:
        super().__init__(file, faults)
        self.file, self.faults = file, tuple(faults)

    def __str__(self) -> str:
        shown = [f"{self.where(f)}: {f.path + ': ' if f.path else ''}{f.message}" for f in self.faults]
        if len(shown) > MAX_FAULTS:
            rest = self.faults[MAX_FAULTS]
            shown[MAX_FAULTS:] = [f"{self.where(rest)}: and {len(shown) - MAX_FAULTS:,} more from here on"]
        return "\n".join(shown)

    def where(self, fault: Fault) -> str:
        """`FILE:LINE`, or the file alone; of a change in passing, its option."""
        if fault.place:
            return fault.place
        return f"{self.file}:{fault.line}" if fault.line else self.file


# tomllib needs memory in the square of the parts of a dotted key: 32 parts are more than any scene has.
# The looks behind keep the search from beginning anew at every part of a shorter key.
TOO_MANY_PARTS = re.compile(
    r"""(?<![\w.-])(?<!\.[ \t])(?<!\.[ \t]{2})(?<!\.[ \t]{3})(?<!\.[ \t]{4})"""
    r"""(?:(?>[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*+\.[ \t]*+){32}"""
)


def file_fault(name: str, message: str, line: int = 0) -> SceneFault:
    """One thing that is wrong with a whole file, or with a line of it."""
    return SceneFault(name, [Fault(line, "", message)])


def read_scene_text(path: str | Path) -> str:
    """The text of a scene file; refuses what cannot be one before it is read."""

    try:
        info = os.stat(path)
        if stat.S_ISDIR(info.st_mode):
            raise file_fault(str(path), "this is a folder; a scene is a TOML file")
        if not stat.S_ISREG(info.st_mode):
            raise file_fault(str(path), "this is not an ordinary file")
        with open(path, "rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except SceneFault:
        raise
    except FileNotFoundError:
        raise file_fault(str(path), "no such file") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise file_fault(str(path), f"the file cannot be read: {why}") from None
    return decoded(raw, str(path))


def stdin_text() -> str:
    """The text of a scene that comes from standard input."""
    return decoded(sys.stdin.buffer.read(MAX_BYTES + 1), STDIN)


def decoded(raw: bytes, name: str) -> str:
    """The text of a scene file; `name` is what faults are told of."""

    if b"\0" in raw:
        raise file_fault(
            name, "a NUL byte; a scene is a text file in UTF-8", raw[: raw.index(0)].count(b"\n") + 1
        )
    if len(raw) > MAX_BYTES:
        raise file_fault(name, f"larger than {MAX_BYTES:,} bytes (64 KiB), which no scene needs")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise file_fault(name, "not UTF-8 text", raw[: error.start].count(b"\n") + 1) from None
    many = TOO_MANY_PARTS.search(text)
    if many:
        raise file_fault(name, "a key of more than 32 parts", text.count("\n", 0, many.start()) + 1)
    return text


# What tomllib says -> what we say of it.
TOML_WORDS = {
    "Cannot overwrite a value": "this key is there twice",
    "Cannot declare": "this table is there twice",
    "Cannot mutate immutable namespace": "this table is closed already: it was written in braces",
    "Invalid value": 'this is no value: text stands in quotes ("light"), numbers are written as 0.1, '
    "and it is true and false",
    "Invalid statement": "this is neither `key = value` nor a [table]",
    "Unescaped '\\' in a string": 'a backslash in "..." begins an escape; write mathematics in single quotes',
    "Unclosed array": "a list is not closed: ] is missing",
    "Unclosed inline table": "a table is not closed: } is missing on this line",
    "Unterminated string": "a quote is not closed",
    'Expected \'"""\'': 'a text opened by """ is not closed',
    "Illegal character": "a quote is not closed on this line, or there is a control character in it",
    "Expected '=' after a key": "a key needs `= value` after it; a key with spaces stands in quotes",
}


def parse_toml(text: str, file: str) -> dict[str, Any]:
    """The TOML document; whatever the reader trips over becomes one sentence with its line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
        said = str(error)[: place.start()] if place else str(error)
        line = int(place[1]) if place and place[1] else len(text.rstrip().splitlines()) or 1
        ours = next((ours for theirs, ours in TOML_WORDS.items() if said.startswith(theirs)), None)
        message = ours or f"not TOML: {clip(said[:1].lower() + said[1:], 120)}"
        column = f" (column {place[2]})" if place and place[2] and not ours else ""
        fault = Fault(line, "", message + column)
    except RecursionError:
        fault = Fault(deepest_line(text), "", "brackets nested too deep")
    except ValueError:  # Python reads no whole number of more than 4300 digits
        long = re.search(r"[\d_]{4300,}", text)
        fault = Fault(
            text.count("\n", 0, long.start() if long else 0) + 1, "", "a number with too many digits"
        )
    raise SceneFault(file, [fault])


def deepest_line(text: str) -> int:
    """The line with the most opening brackets."""
    lines = text.split("\n")
    return 1 + max(range(len(lines)), key=lambda k: lines[k].count("[") + lines[k].count("{"))


def clip(text: str, most: int = 40) -> str:
    """`text` fit for a message: at most so long, and without control characters."""
    cut = text if len(text) <= most else text[:most] + "..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)
