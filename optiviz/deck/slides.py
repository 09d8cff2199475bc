"""The slides of a lecture, made of its clips, and written."""

import json
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from optiviz._lib.atomic import replacing
from optiviz._lib.errors import BadInput
from optiviz._lib.parallel import Progress
from optiviz._lib.registry import hint
from optiviz.deck.clips import Clips, Planned, plan_deck
from optiviz.deck.declaration import Deck
from optiviz.deck.page import slide_page
from optiviz.rendering.encode.pptx import clip_suffix, slides_of
from optiviz.rendering.encode.presentation import Slide, write_presentation
from optiviz.rendering.style import theme_of

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        ".pptx": "PowerPoint and LibreOffice",
        ".html": "one offline page",
        ".pdf": "pages, for print and Beamer",
    }
)


def clip_kinds(deck: Deck, outs: Sequence[Path]) -> list[str]:
    """The kinds of files that each scene of a lecture becomes."""
    kinds = [movie_suffix(deck) or ".png", ".png", ".json"]
    return list(dict.fromkeys([*kinds, *[".pdf"] * any(out.suffix.lower() == ".pdf" for out in outs)]))


def movie_suffix(deck: Deck) -> str:
    """What plays on a slide; nothing where a still is all."""
    return clip_suffix() if deck.movie == "mp4" else {"gif": ".gif", "page": ".html", "still": ""}[deck.movie]


def write_deck(
    deck: Deck,
    outs: Sequence[Path],
    planned: Sequence[Planned] | None = None,
    *,
    clips: Path | None = None,
    processes: int | None = None,
    progress: Progress = lambda done, total: None,
) -> list[int]:
    """Write a lecture to `outs`, whose suffixes are in `FORMATS`; the scenes are drawn once for all of them.

    Parameters
    ----------
    deck : Deck
    outs : sequence of Path
    planned : sequence of Planned, optional
        What `plan_deck` gave, where it was already asked.
    clips : Path, optional
        A folder that keeps the clips: those in it that nothing changed of are not drawn again.
    processes : int, optional
        As many as pay unless given; the files do not depend on it.
    progress : callable, optional
        Is told (frames done, frames in all).

    Returns
    -------
    list of int
        How many slides, or pages, each file has.

    Raises
    ------
    BadInput
        When a suffix is not known, or scenes cannot be drawn.
    """
    for out in outs:
        if out.suffix.lower() not in FORMATS:
            known = ", ".join(FORMATS)
            raise BadInput(f"{out}: a deck is {known}{hint(out.suffix, FORMATS)}")
    planned = plan_deck(deck) if planned is None else planned
    with tempfile.TemporaryDirectory() as passing:
        drawn = Clips(Path(passing) if clips is None else clips, clip_kinds(deck, outs))
        drawn.draw(planned, processes=processes, progress=progress)
        slides = list(in_sections(deck, drawn_slides(deck, planned, drawn)))
        counts = []
        for out in outs:
            with replacing(out) as file:
                counts.append(WRITERS[out.suffix.lower()](file, deck, slides))
    return counts


def drawn_slides(deck: Deck, planned: Sequence[Planned], clips: Clips) -> Generator[list[Slide]]:
    """The slides of each scene."""
    movie = movie_suffix(deck)
    for one in planned:
        told = json.loads(clips.path(one, ".json").read_text(encoding="utf-8"))
        poster = clips.path(one, ".png")
        builds = [*clips.stops(one, poster)] if deck.builds else []
        pages = [file.with_suffix(".pdf") for file in (poster, *builds)] if ".pdf" in clips.kinds else []
        entry, moving = one.entry, clips.path(one, movie).read_bytes() if movie else b""
        is_page = movie == ".html"
        clip, *others = slides_of(
            told,
            b"" if is_page else moving,
            poster.read_bytes(),
            [file.read_bytes() for file in builds],
            vectors=[page.read_bytes() for page in pages],
            title=entry.title or one.scene.title or entry.path.stem,
            notes=entry.notes or one.scene.notes,
            loop=deck.loop,
        )
        yield [replace(clip, page=moving.decode("utf-8")) if is_page else clip, *others]


def in_sections(deck: Deck, slides: Generator[list[Slide]]) -> Generator[Slide]:
    """All slides of a lecture: its title, and each section under its own."""
    theme = theme_of(deck.theme or "light")
    heading: dict[str, Any] = {"ground": theme.ground, "ink": theme.ink}
    yield Slide(deck.title, notes=deck.author, **heading)
    for section in deck.sections:
        if section.title:
            yield Slide(section.title, **heading)
        for _ in section.scenes:
            yield from next(slides)


def shape(deck: Deck, slides: Sequence[Slide]) -> tuple[int, int]:
    """The shape of the slides: that of the deck, else of its first clip."""
    return deck.size or next(slide.size for slide in slides if not slide.is_section)


def write_pptx(file: Path, deck: Deck, slides: Sequence[Slide]) -> int:
    """A presentation."""
    write_presentation(file, slides, title=deck.title, author=deck.author, size=shape(deck, slides))
    return len(slides)


def write_html(file: Path, deck: Deck, slides: Sequence[Slide]) -> int:
    """One offline page."""
    shown = [slide for slide in slides if not slide.is_build]  # a clip on a page halts at its pauses itself
    text = slide_page(shown, deck.title, deck.author, shape(deck, slides))
    file.write_text(text, encoding="utf-8", newline="\n")
    return len(shown)


def write_pdf(file: Path, deck: Deck, slides: Sequence[Slide]) -> int:
    """A page a slide."""
    from optiviz.rendering.encode.handout import write_handout

    write_handout(file, slides, title=deck.title, author=deck.author, size=shape(deck, slides))
    return len(slides)


WRITERS: Mapping[str, Callable[[Path, Deck, Sequence[Slide]], int]] = MappingProxyType(
    {".pptx": write_pptx, ".html": write_html, ".pdf": write_pdf}
)
