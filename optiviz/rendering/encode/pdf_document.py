"""PDF documents from one-page files of matplotlib: numbered anew, with titles, alt texts and structure tags.

matplotlib writes no structure. So each page becomes one tagged figure (ISO 32000, 14.7-14.8): its alternative
text is the alt text of the scene, its own letters stay text that can be searched and copied. What is inside
the figure (axes, key, captions) has no tags of its own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from optiviz.rendering.encode.xmp import xmp

REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
HEADING, FIGURE = "H1", "Figure"


@dataclass(frozen=True)
class Page:
    """A page of a document: a one-page PDF of matplotlib, what it is called, and what it shows.

    `alt` is the alternative text of a figure; a page without one is a heading, its title.
    """

    content: bytes
    title: str
    alt: str = ""


def write_document(
    file: Path,
    pages: Sequence[Page],
    *,
    title: str,
    author: str = "",
    subject: str = "",
    outline: bool = True,
) -> None:
    """Write pages as one tagged PDF, the same bytes for the same pages; with an `outline` of their titles."""
    objects: dict[int, bytes] = {}

    def new(body: bytes = b"") -> int:
        objects[len(objects) + 1] = body
        return len(objects)

    catalog, tree, root, document, info = (new() for _ in range(5))
    kids, elements = [], []
    for k, page in enumerate(pages):
        at, box = add_page(objects, page, tree, k)
        tag = FIGURE if page.alt else HEADING
        kids.append(at)
        elements.append(new(element(page, tag, document, at, box)))
    objects[tree] = b"<< /Type /Pages /Count %d /Kids [ %s ] >>" % (len(kids), references(kids))
    numbers = b" ".join(b"%d [ %d 0 R ]" % pair for pair in enumerate(elements))
    objects[root] = (
        b"<< /Type /StructTreeRoot /K %d 0 R /ParentTree << /Nums [ %s ] >> /ParentTreeNextKey %d >>"
        % (document, numbers, len(elements))
    )
    objects[document] = b"<< /Type /StructElem /S /Document /P %d 0 R /K [ %s ] >>" % (
        root,
        references(elements),
    )
    facts = {"Title": title, "Author": author, "Subject": subject}
    objects[info] = b"<< %s >>" % b" ".join(
        b"/%s %s" % (name.encode(), string(words)) for name, words in facts.items() if words
    )
    packet = xmp(title, author, subject).encode()
    metadata = new(
        b"<< /Type /Metadata /Subtype /XML /Length %d >>\nstream\n%s\nendstream" % (len(packet), packet)
    )
    places = add_outline(objects, [page.title for page in pages], kids) if outline and len(pages) > 1 else b""
    objects[catalog] = (
        b"<< /Type /Catalog /Pages %d 0 R /StructTreeRoot %d 0 R /MarkInfo << /Marked true >> /Lang (en) "
        b"/Metadata %d 0 R /ViewerPreferences << /DisplayDocTitle true >>%s >>"
        % (tree, root, metadata, places)
    )
    file.write_bytes(assembled(objects, catalog, info))


def add_page(objects: dict[int, bytes], page: Page, tree: int, number: int) -> tuple[int, bytes]:
    """Take over a page, its drawing between the marks of its tag: its object, and its box."""
    own = objects_of(page.content)
    first = next(old for old, body in own.items() if re.search(rb"/Type /Page\b", body))
    own[first] = untagged(own[first])
    kept = reachable(own, first)
    names = {old: len(objects) + k for k, old in enumerate(kept, start=1)}
    for old in kept:
        head, stream = split(own[old])
        objects[names[old]] = REFERENCE.sub(lambda found: b"%d 0 R" % names[int(found[1])], head) + stream
    at = names[first]
    begin, end = len(objects) + 1, len(objects) + 2
    tag = (FIGURE if page.alt else HEADING).encode()
    for body in (b"/%s << /MCID 0 >> BDC" % tag, b"EMC"):
        objects[len(objects) + 1] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(body), body)
    drawing = b"/Contents [ %d 0 R \\1 %d 0 R ]" % (begin, end)
    inner = re.sub(rb"/Contents (\d+ 0 R)", drawing, objects[at], count=1)
    objects[at] = inner.rstrip()[:-2] + b"/Parent %d 0 R /StructParents %d /Tabs /S >>" % (tree, number)
    box = re.search(rb"/MediaBox \[([^]]*)\]", inner)
    return at, box[1].strip() if box else b"0 0 0 0"


def untagged(page: bytes) -> bytes:
    """A page without what ties it to its document."""
    page = re.sub(rb"/Parent \d+ 0 R|/StructParents \d+|/Tabs /S", b"", page)
    return re.sub(rb"/Contents \[ \d+ 0 R (\d+ 0 R) \d+ 0 R \]", rb"/Contents \1", page)


def split(body: bytes) -> tuple[bytes, bytes]:
    """An object without the bytes of its stream, and these."""
    head, stream, rest = body.partition(b"stream\n")
    return head, stream + rest


def reachable(own: Mapping[int, bytes], first: int) -> list[int]:
    """The objects that one needs, itself first."""
    found = [first]
    for number in found:
        for other in REFERENCE.findall(split(own[number])[0]):
            if int(other) not in found:
                found.append(int(other))
    return found


def objects_of(content: bytes) -> dict[int, bytes]:
    """The objects of a PDF that has one plain table of them, as matplotlib writes it."""
    start = int(content[content.rindex(b"startxref") + 9 :].split()[0])
    table = content[start : content.rindex(b"trailer")].split(b"\n")
    rows = [line.split() for line in table[2:] if line.strip()]
    places = {k: int(row[0]) for k, row in enumerate(rows) if row[2] == b"n"}
    edges = sorted([*places.values(), start])
    found = {}
    for number, begin in places.items():
        end = next(edge for edge in edges if edge > begin)
        body = content[begin:end].partition(b"obj")[2]
        found[number] = body[: body.rindex(b"endobj")].strip()
    return found


def element(page: Page, tag: str, document: int, at: int, box: bytes) -> bytes:
    """The structure element of a page."""
    words = b"/Alt %s" % string(page.alt) if page.alt else b"/ActualText %s" % string(page.title)
    place = b" /A << /O /Layout /Placement /Block /BBox [ %s ] >>" % box if page.alt else b""
    return b"<< /Type /StructElem /S /%s /P %d 0 R /Pg %d 0 R /K 0 /T %s %s%s >>" % (
        tag.encode(), document, at, string(page.title), words, place,
    )  # fmt: skip


def add_outline(objects: dict[int, bytes], titles: Sequence[str], pages: Sequence[int]) -> bytes:
    """The outline of a document: an entry a page; what the catalog says of it."""
    root = len(objects) + 1
    count = len(titles)
    objects[root] = b"<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count %d >>" % (
        root + 1, root + count, count,
    )  # fmt: skip
    for k, (title, page) in enumerate(zip(titles, pages, strict=True), start=1):
        near = (b" /Prev %d 0 R" % (root + k - 1) if k > 1 else b"") + (
            b" /Next %d 0 R" % (root + k + 1) if k < count else b""
        )
        objects[root + k] = b"<< /Title %s /Parent %d 0 R /Dest [ %d 0 R /Fit ]%s >>" % (
            string(title), root, page, near,
        )  # fmt: skip
    return b" /Outlines %d 0 R" % root


def assembled(objects: dict[int, bytes], catalog: int, info: int) -> bytes:
    """The bytes of a document."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in objects.items():
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, catalog, info, start,
    )  # fmt: skip
    return bytes(out)


def references(numbers: Sequence[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


def string(words: str) -> bytes:
    """A text of any letters as PDF has it.

    >>> string("aθ")
    b'<feff006103b8>'
    """
    return b"<%s>" % ("\ufeff" + words).encode("utf-16-be", "replace").hex().encode()
