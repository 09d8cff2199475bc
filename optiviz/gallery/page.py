"""The gallery's HTML page: one file that needs nothing but the pictures beside it."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote

MARK = '<meta name="generator" content="optiviz gallery">'  # by this a page is known as ours
VIDEOS = (".mp4", ".webm")


@dataclass(frozen=True)
class File:
    """A file of a scene: its suffix, its name beside the page, and how many bytes it has."""

    suffix: str
    name: str
    bytes: int


@dataclass(frozen=True)
class Card:
    """The contents of one card of the page: untrusted plain text.

    Parameters
    ----------
    name : str
        Of its files, and of its place on the page.
    title, alt, source : str
        What stands over it, what the clip shows, and the file it was made from.
    lesson : list of str
        What to tell the class, a paragraph each.
    poster, clip : str
        The names of a still and of what moves; no clip: "".
    size : (width, height)
    files : list of File
    """

    name: str
    title: str
    lesson: list[str]
    alt: str
    source: str
    poster: str
    clip: str
    size: tuple[int, int]
    files: list[File]


CARD = Template("""\
<article class="card" id="$place" aria-labelledby="$place-title">
<h2 id="$place-title"><a href="#$place">$title</a></h2>
<div class="clip" data-clip="$clip" data-kind="$kind">
<img src="$poster" alt="$alt" width="$width" height="$height" loading="lazy" decoding="async">
</div>
<p class="files">$button$files</p>
$lesson
<details><summary>Scene file</summary>
<div class="source"><button type="button" class="copy">Copy</button>
<pre tabindex="0" aria-label="$name.toml"><code>$source</code></pre></div>
</details>
</article>
""")
BUTTON = '<button type="button" class="play" hidden><span>Play</span> <small>$title</small></button>\n'


def page(cards: Sequence[Card], title: str) -> str:
    """The text of the page. Everything that comes from a scene is escaped.

    A content security policy is the second wall: it lets the page load pictures and clips, and run the one
    script that it was made with, and nothing else.
    """
    style, script = part("page.css"), part("page.js")
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    count = f"{len(cards)} scene{'s' * (len(cards) != 1)}"
    return Template(part("page.html")).substitute(
        mark=MARK,
        policy=f"default-src 'none'; img-src * data:; media-src *; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'",
        title=escape(title),
        style=style,
        script=script,
        count=count,
        cards="".join(map(html_of, cards)),
    )


def html_of(card: Card) -> str:
    """A card of the page."""
    width, height = card.size
    suffix = next((file.suffix for file in card.files if file.name == card.clip), "")
    plain = {
        "name": card.name,
        "title": card.title,
        "alt": card.alt,
        "source": card.source,
        "poster": quote(card.poster),
        "clip": quote(card.clip),
        "place": quote(card.name),
        "kind": "video" if suffix in VIDEOS else "picture",
        "width": str(width),
        "height": str(height),
    }
    safe = {name: escape(text) for name, text in plain.items()}
    return CARD.substitute(
        safe,
        button=Template(BUTTON).substitute(safe) if card.clip else "",
        lesson="\n".join(f"<p>{marked(escape(paragraph))}</p>" for paragraph in card.lesson),
        files="\n".join(
            f'<a href="{escape(quote(file.name))}">{escape(file.suffix.lstrip("."))}'
            f" <small>{kilobytes(file.bytes)}</small></a>"
            for file in card.files
        ),
    )


def marked(text: str) -> str:
    """A paragraph, already escaped, in which the words that all lessons have stand out."""
    return text.replace("Tell the class", "<strong>Tell the class</strong>")


def kilobytes(count: int) -> str:
    """A size to choose a file by.

    >>> kilobytes(700), kilobytes(312_345), kilobytes(4_260_000)
    ('1 kB', '312 kB', '4.3 MB')
    """
    return f"{max(1, round(count / 1000))} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"


def part(name: str) -> str:
    """A file that comes with this package."""
    return files("optiviz.gallery").joinpath(name).read_text(encoding="utf-8")
