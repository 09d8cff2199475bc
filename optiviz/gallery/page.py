"""The gallery's HTML page: one file that needs nothing but the pictures beside it."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote

from optiviz.gallery.sections import cards_by_section

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
    poster, clip, touched : str
        The names of a still, of what moves, and of the page to touch; "" where there is none.
    size : (width, height)
    files : list of File
    command : str
        What draws the scene.
    section : str, default ""
        Of the page; see `sections`.
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
    command: str
    section: str = ""
    touched: str = ""


SECTION = Template("""\
<section aria-labelledby="$place">
<h2 id="$place">$title</h2>
<div class="wall">
$cards</div>
</section>
""")
CARD = Template("""\
<article class="card" id="$place" aria-labelledby="$place-title">
<div class="clip" data-clip="$clip" data-kind="$kind">
<img src="$poster" alt="$alt" width="$width" height="$height" style="--shape: $width / $height" \
loading="lazy" decoding="async">
</div>
<div class="head">
<h3 id="$place-title"><a class="pin" href="#$place">$title</a></h3>
<p class="name">$name</p>
</div>
<div class="more">
<p class="command"><code>$command</code> <button type="button" class="copy">Copy</button>
$button$touch</p>
$lesson
<p class="files">$files</p>
<details><summary>Scene file</summary>
<div class="source"><button type="button" class="copy">Copy</button>
<pre tabindex="0" aria-label="$name.toml"><code>$source</code></pre></div>
</details>
</div>
</article>
""")
TOUCH = Template(
    '<button type="button" class="touch" data-page="$touched" hidden><span>Touch</span> '
    '<small class="quiet">$title</small></button>'
)
BUTTON = Template(
    '<button type="button" class="play" hidden><span>Play</span> <small class="quiet">$title</small></button>'
)


def page(cards: Sequence[Card], title: str) -> str:
    """The text of the page. Everything that comes from a scene is escaped.

    A content security policy is the second wall: it lets the page load pictures and clips, and run the one
    script that it was made with, and nothing else.
    """
    style, script, walls = part("page.css"), part("page.js"), cards_by_section(cards)
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    count = f"{len(cards)} scene{'s' * (len(cards) != 1)}"
    return Template(part("page.html")).substitute(
        mark=MARK,
        policy=f"default-src 'none'; img-src * data:; media-src *; frame-src 'self' file:; "
        f"style-src 'unsafe-inline'; "
        f"script-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'",
        title=escape(title),
        style=style,
        script=script,
        count=count,
        nav=navigation(list(walls)) if len(walls) > 1 else "",
        cards="".join(map(section_html, walls, walls.values())),
    )


def navigation(sections: Sequence[str]) -> str:
    """A link to each section."""
    return "\n".join(f'<a href="#{section_anchor(name)}">{escape(name)}</a>' for name in sections)


def section_anchor(section: str) -> str:
    """Where a section is on the page; no scene is called so, as names of files have no such mark in front.

    >>> section_anchor("the first lecture")
    ':the-first-lecture'
    """
    return f":{section.replace(' ', '-')}"


def section_html(section: str, cards: Sequence[Card]) -> str:
    """A section of the page: its heading, and a wall of cards."""
    return SECTION.substitute(
        place=section_anchor(section), title=escape(section), cards="".join(map(html_of, cards))
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
        "touched": quote(card.touched),
        "place": quote(card.name),
        "kind": "video" if suffix in VIDEOS else "picture",
        "width": str(width),
        "height": str(height),
        "command": card.command,
    }
    safe = {name: escape(text) for name, text in plain.items()}
    return CARD.substitute(
        safe,
        button=BUTTON.substitute(safe) if card.clip else "",
        touch=TOUCH.substitute(safe) if card.touched else "",
        lesson="\n".join(f"<p>{marked(escape(paragraph))}</p>" for paragraph in card.lesson),
        files="\n".join(
            f'<a href="{escape(quote(file.name))}">{escape(file.name.removeprefix(f"{card.name}."))}'
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
