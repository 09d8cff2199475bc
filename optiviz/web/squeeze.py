"""Script minifier: unreachable functions, comments and white space go, variables take short names.

It reads the form that all modules of `js/` keep (statements end with semicolons, two-space indentation,
declarations at the top start a line) and no other. What a program does, its texts and the names of
properties stay as they are; `const { width } = view` becomes `const{width:a}=view`.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count, product
from string import ascii_letters, digits
from typing import NamedTuple

TOP = re.compile(r"^(?:export )?(?:async )?(?:function\*?|const|let) (?=\w)", re.MULTILINE)
TOKEN = re.compile(
    r"""(?P<space>(?:\s|/\*.*?\*/|//[^\n]*)+)"""
    r"""|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<word>[A-Za-z_$][\w$]*)"""
    r"""|(?P<number>(?:0x[\da-fA-F]+|\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)n?)"""
    r"""|(?P<template>`)"""
    r"""|(?P<sign>\.\.\.|=>|\?\.(?!\d)|\+\+|--|.)""",
    re.DOTALL,
)
REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
REGEX_FOLLOWS = "( , = : [ ! & | ? { } ; + - * % < > => return typeof case"
KEYS_FOLLOW = "( , = : [ ! & | ? ... return const let"  # where a brace holds keys and no statements
LANGUAGE = """
async await break case catch class const continue default delete do else export extends false finally for from
function get if import in instanceof let new null of return set static super switch this throw true try typeof
undefined var void while yield NaN Infinity arguments
"""
# what the modules take from the browser, which keeps its names (a test finds what is missing here)
BROWSER = """
Array Blob Boolean CSS Date Error Float32Array Float64Array ImageData Int16Array Int32Array JSON Map Math
NodeFilter Number Object OffscreenCanvas Path2D Promise Proxy RegExp ResizeObserver Set String URL Uint16Array
Uint32Array Uint8Array Uint8ClampedArray WeakMap atob btoa cancelAnimationFrame clearInterval clearTimeout
decodeURIComponent document encodeURIComponent getComputedStyle getSelection history location matchMedia
navigator parseFloat parseInt performance requestAnimationFrame setInterval setTimeout window
"""
KEYWORDS, KEPT = frozenset(LANGUAGE.split()), frozenset(BROWSER.split())
BEFORE_REGEX, BEFORE_KEYS = frozenset(REGEX_FOLLOWS.split()), frozenset(KEYS_FOLLOW.split())


class Piece(NamedTuple):
    """A piece of a program that is no white space; `kind` is text, word, number, sign, regex or letters."""

    kind: str
    text: str
    breaks: bool  # whether a line ends before it


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[Piece, ...]:
    """The pieces of a program in order; a template's expressions stand between its `letters`.

    >>> [token.text for token in tokens("a = `b${c}` / 2; // d")]
    ['a', '=', '`b${', 'c', '}`', '/', '2', ';']
    """
    return tuple(tokens_from(text))


def tokens_from(text: str) -> Iterator[Piece]:
    """Read one piece after another; a brace that closes an expression goes on with its template."""
    at, depth, before, breaks = 0, 0, ";", False
    templates: list[int] = []  # depths at which expressions of open templates stand
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise ValueError(f"a script cannot be read at {text[at : at + 20]!r}")
        kind, piece = found.lastgroup, found[0]
        if kind == "space":
            breaks, at = breaks or "\n" in piece, found.end()
            continue
        if piece == "/" and before in BEFORE_REGEX and (regex := REGEX.match(text, at)):
            kind, piece = "regex", regex[0]
        closes = piece == "}" and bool(templates) and templates[-1] == depth
        if closes:
            templates.pop()
        if kind == "template" or closes:
            kind, piece = "letters", letters_from(text, at)
        depth += (piece == "{" or piece.endswith("${")) - (piece[0] == "}")
        if piece.endswith("${") and kind == "letters":
            templates.append(depth)
        at += len(piece)
        yield Piece(kind, piece, breaks)
        before, breaks = piece, False


def letters_from(text: str, at: int) -> str:
    """The letters of a template from its opening quote or a `}` to its closing quote or the next `${`."""
    end = at + 1
    while text[end] != "`" and text[end : end + 2] != "${":
        end += 2 if text[end] == "\\" else 1
    return text[at : end + (1 if text[end] == "`" else 2)]


# ---- what is reached


def reached(text: str, roots: Collection[str], unused: Collection[str] = ()) -> str:
    """The declarations at the top that `roots` need, in their order; functions that are `unused` are empty.

    >>> script = "const a = 1;\\nconst b = 2;\\nfunction c() { return b; }\\nfunction d() { c(a); }\\n"
    >>> reached(script, ["d"], ["c"])
    'const a = 1;\\nfunction c() {}\\nfunction d() { c(a); }\\n'
    """
    pieces = {name_of(piece): piece for piece in declarations(text)}
    pieces |= {name: f"function {name}() {{}}\n" for name in unused if name in pieces}
    found, waiting = set(roots), list(roots)
    while waiting:
        fresh = (words_of_piece(pieces[waiting.pop()]) & pieces.keys()) - found
        found |= fresh
        waiting += fresh
    return "".join(piece for name, piece in pieces.items() if name in found)


def declarations(text: str) -> list[str]:
    """A script cut before each declaration at its top; what follows one up to the next stays with it."""
    starts = [found.start() for found in TOP.finditer(text)]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def name_of(piece: str) -> str:
    """What a declaration declares."""
    return piece[TOP.match(piece).end() :].split("(")[0].split(" ")[0]  # type: ignore[union-attr]


@lru_cache(maxsize=4096)
def words_of_piece(piece: str) -> frozenset[str]:
    """The words of a declaration outside of its texts."""
    return frozenset(token.text for token in tokens(piece) if token.kind == "word")


# ---- short names


def squeezed_script(text: str, short: bool = True) -> str:
    """A script without comments and needless white space; its variables are renamed unless not `short`.

    Declarations at the top take names of two letters, all others of one, counted anew in each of those.

    >>> squeezed_script("const total = 1; // one\\nf({ total, x: total.total });\\n")
    'const aa=1;a({total:aa,x:aa.total});'
    """
    pieces = declarations(text)
    fresh = top_names()
    tops = {name_of(piece): next(fresh) for piece in pieces} if short else {}
    return "".join(squeezed_piece(piece, tops, short) for piece in pieces)


def squeezed_piece(text: str, tops: Mapping[str, str], short: bool) -> str:
    """One declaration at the top, given the short names of all of them."""
    pieces, roles = tokens(text), roles_of(text)
    names = short_names(pieces, roles, tops) if short else {}
    out = [""]
    for token, role in zip(pieces, roles, strict=True):
        piece, last = token.text, out[-1]
        if token.kind == "letters":
            piece = re.sub(r"\n[ \t]+", "\n", piece)
        elif role and piece in names:
            piece = f"{piece}:{names[piece]}" if role == "shorthand" else names[piece]
        if (last == ";" and piece[0] == "}" and out[-2] != ")") or (last == "," and piece in ")]}"):
            out.pop()
        elif needs_space(last, piece):
            out.append(" ")
        elif token.breaks and last == "}" and piece[0] not in ")]},;.:?":
            out.append("\n")
        out.append(piece)
    return "".join(out)


def needs_space(left: str, right: str) -> bool:
    """Whether two pieces would be read as one, or as another, without a space between them."""
    ends = left[-1:] + right[0]
    return bool(re.fullmatch(r"[\w$]{2}|\+\+|--|//", ends)) or (right[0] == "." and left[-1:].isdigit())


@lru_cache(maxsize=4096)
def roles_of(text: str) -> tuple[str, ...]:
    """Of each piece "variable", "shorthand" (of an object or a pattern: key and variable in one), or ""."""
    return tuple(roles_from(tokens(text)))


def roles_from(pieces: Sequence[Piece]) -> Iterator[str]:
    """One role after another, with the brackets that are open in mind."""
    inside: list[str] = [""]  # "object" where a brace holds keys, of each bracket that is open
    before = Piece("sign", ";", False)
    for token, after in zip(pieces, [*pieces[1:], before], strict=True):
        if token.kind == "word":
            yield role_of(token, before.text, after.text, inside[-1] == "object")
        else:
            yield ""
        if token.text in (")", "]") or token.text[0] == "}":
            inside.pop()
        if token.text == "{":
            inside.append("object" if before.text in BEFORE_KEYS else "")
        elif token.text in ("(", "[") or (token.kind == "letters" and token.text.endswith("${")):
            inside.append("")
        before = token


def role_of(token: Piece, before: str, after: str, in_object: bool) -> str:
    """The role of a word between two other pieces."""
    if token.text in KEYWORDS or before in (".", "?."):
        return ""
    if in_object and before in ("{", ","):
        return "shorthand" if after in (",", "}", "=") else ""
    return "variable"


def short_names(pieces: Sequence[Piece], roles: Sequence[str], tops: Mapping[str, str]) -> dict[str, str]:
    """A short name for each variable of a declaration, in the order in which they come."""
    used = dict.fromkeys(token.text for token, role in zip(pieces, roles, strict=True) if role)
    fresh = local_names()
    return {word: tops.get(word) or next(fresh) for word in used if word not in KEPT}


def top_names() -> Iterator[str]:
    """Names of two letters and more for declarations at the top."""
    return (name for name in names_from(ascii_letters, ascii_letters + digits) if len(name) > 1)


def local_names() -> Iterator[str]:
    """Names for all other variables: of one letter, then of `$` and more."""
    yield from ascii_letters
    yield from names_from("$", ascii_letters + digits)


def names_from(first: str, more: str) -> Iterator[str]:
    """All names that are no words of the language or of the browser, the short ones before the long ones."""
    for size in count(0):
        for letters in product(first, *[more] * size):
            if (name := "".join(letters)) not in KEYWORDS | KEPT:
                yield name
