"""Line numbers of TOML keys, which `tomllib` does not report."""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping

from optiviz.scenefile.source import clip

KeyPath = tuple[str | int, ...]

GAP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
KEY = re.compile(r"""[ \t]*(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*""")
STRING = re.compile(r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'''', re.DOTALL)
SCALAR = re.compile(r"[^,\]}#\n]*")


def key_line_numbers(text: str) -> dict[KeyPath, int]:
    """The line of every key and list item in a text that is valid TOML.

    >>> key_line_numbers('steps = 5\\n[runs]\\n"a b" = { start = [1,\\n 2] }')[("runs", "a b", "start", 1)]
    4
    """
    text = text.replace("\r\n", "\n")
    ends = [at for at, letter in enumerate(text) if letter == "\n"]
    found: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}  # of the tables in each [[list]]

    def note(path: KeyPath, at: int) -> None:
        found.setdefault(path, bisect_right(ends, at - 1) + 1)

    def keys(at: int) -> tuple[int, list[tuple[str, int]]]:
        """The parts of the dotted key at `at` with their places, and where it ends."""
        parts = []
        while token := KEY.match(text, at):
            basic, literal, bare = token.groups()
            escaped = basic is not None and "\\" in basic
            name = tomllib.loads(f'k = "{basic}"')["k"] if escaped else basic or literal or bare or ""
            parts.append((name, token.start(token.lastindex or 0)))
            at = token.end()
            if text[at : at + 1] != ".":
                break
            at += 1
        return at, parts

    def pair(at: int, path: KeyPath) -> int:
        """Past the `key = value` at `at`."""
        at, parts = keys(at)
        for name, place in parts:
            path = (*path, name)
            note(path, place)
        return value(text.index("=", at) + 1, path)

    def value(at: int, path: KeyPath) -> int:
        """Past the value at `at`."""
        at = skip(at)
        if text[at] in "\"'":
            token = STRING.match(text, at)
            return token.end() if token else len(text)
        if text[at] not in "[{":
            token = SCALAR.match(text, at)
            return token.end() if token else len(text)
        close, count = ("]", 0) if text[at] == "[" else ("}", None)
        at = skip(at + 1)
        while text[at] != close:
            if count is None:
                at = pair(at, path)
            else:
                note((*path, count), at)
                at = value(at, (*path, count))
                count += 1
            at = skip(at)
            at = skip(at + 1) if text[at] == "," else at
        return at + 1

    def header(at: int) -> tuple[int, KeyPath]:
        """Past the [table] or [[list of tables]] at `at`, and the path it opens."""
        double = text.startswith("[[", at)
        at, parts = keys(at + 1 + double)
        path: KeyPath = ()
        for k, (name, place) in enumerate(parts, 1):
            path = (*path, name)
            note(path, place)
            if double and k == len(parts):
                counts[path] = counts.get(path, 0) + 1
            if path in counts:
                path = (*path, counts[path] - 1)
                note(path, place)
        return at + 1 + double, path

    def skip(at: int) -> int:
        token = GAP.match(text, at)
        return token.end() if token else at

    table: KeyPath = ()
    at = skip(0)
    while at < len(text):
        if text[at] == "[":
            at, table = header(at)
        else:
            at = pair(at, table)
        at = skip(at)
    return found


def line_number(path: KeyPath, lines: Mapping[KeyPath, int]) -> int:
    """The line of a path, or of the nearest one above it that is there."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def dotted_key(path: KeyPath) -> str:
    """A path as TOML would have it: `runs."Momentum 0.9".start[1]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
            continue
        bare = re.fullmatch(r"[A-Za-z0-9_-]+", part) and len(part) <= 80
        text += ("." if text else "") + (part if bare else '"' + clip(part, 80).replace('"', '\\"') + '"')
    return text
