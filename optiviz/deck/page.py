"""A lecture as one offline page: slides, clips and notes in a single file that loads nothing from anywhere.

Its script is ours, of a page: it needs no reveal.js on the machine, no folder beside it and no network, stops
a clip at its pauses, and without it, or in print, the slides stand below each other.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template

from optiviz.rendering.encode.presentation import Slide, suffix_of_image

SCRIPT_SUM = re.compile(r"script-src ('sha256-[\w+/=]+')")
SLIDE = Template("""\
<section class="slide$kind" id="slide-$number" aria-label="$title" 
style="--ground: $ground; --ink: $ink; --own: $own">
<h2>$title</h2>
$picture$notes</section>
""")


def slide_page(slides: Sequence[Slide], title: str, author: str, shape: tuple[int, int]) -> str:
    """The text of the page. Everything that comes from a deck or a scene is escaped."""
    style, script = page_part("page.css"), page_part("page.js")
    # a page within the page is held to both policies: this one lets its script through by its sum
    inside = (SCRIPT_SUM.search(slide.page) for slide in slides if slide.page)
    sums = [f"'sha256-{checksum(script)}'", *(found[1] for found in inside if found)]
    allowed = " ".join(dict.fromkeys(sums))
    return Template(page_part("page.html")).substitute(
        policy=f"default-src 'none'; img-src data:; media-src data:; font-src data:; "
        f"style-src 'unsafe-inline'; script-src {allowed}; base-uri 'none'; form-action 'none'",
        title=escape(title),
        author=f'<meta name="author" content="{escape(author)}">\n' if author else "",
        style=style,
        script=script,
        shape=f"{shape[0]} / {shape[1]}",
        choices="".join(
            f'<option value="{k}">{k + 1}. {escape(slide.title)}</option>' for k, slide in enumerate(slides)
        ),
        slides="".join(slide_html(k, slide, shape) for k, slide in enumerate(slides, start=1)),
    )


def slide_html(number: int, slide: Slide, shape: tuple[int, int]) -> str:
    """A slide of the page."""
    width, height = shape if slide.is_section else slide.size
    notes = "".join(f"<p>{escape(line)}</p>\n" for line in slide.notes.splitlines() if line.strip())
    return SLIDE.substitute(
        kind=" title" * slide.is_section,
        number=number,
        title=escape(slide.title),
        ground=slide.ground,
        ink=slide.ink,
        own=f"{width / height:.6g}",
        picture=picture_of(slide),
        notes=f'<aside class="notes" aria-label="Notes">\n{notes}</aside>\n' if notes else "",
    )


def picture_of(slide: Slide) -> str:
    """The clip of a slide, or its picture."""
    if slide.is_section:
        return ""
    kind = {".gif": "image/gif", ".png": "image/png"}[suffix_of_image(slide.poster)]
    poster, (width, height) = data_url(slide.poster, kind), slide.size
    if not slide.movie:
        page = f' data-page="{escape(slide.page)}"' if slide.page else ""
        return f'<img src="{poster}" alt="{escape(slide.alt)}" width="{width}" height="{height}"{page}>\n'
    stops = ",".join(f"{second:g}" for _, second in slide.bookmarks)
    return (
        f'<video src="{data_url(slide.movie, "video/mp4")}" poster="{poster}" '
        f'aria-label="{escape(slide.alt)}" width="{width}" height="{height}" data-stops="{stops}" '
        f"muted playsinline{' loop' * slide.loop}></video>\n"
    )


def data_url(content: bytes, kind: str) -> str:
    """A file within the page."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def checksum(script: str) -> str:
    """What the policy knows a script by."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def page_part(name: str) -> str:
    """A file that comes with this package."""
    return files("optiviz.deck").joinpath(name).read_text(encoding="utf-8")
