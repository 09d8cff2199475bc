"""The slides of a lecture: its scenes drawn, each in a process where there is one to spare, and written."""

import json
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from optiviz._lib.atomic import replacing
from optiviz._lib.errors import BadInput
from optiviz._lib.parallel import map_jobs, spare_processes
from optiviz._lib.registry import hint
from optiviz.deck.declaration import Deck, DeckScene
from optiviz.deck.page import slide_page
from optiviz.rendering.encode import STILLS
from optiviz.rendering.encode.pptx import clip_suffix, slides_of
from optiviz.rendering.encode.presentation import Slide, write_presentation
from optiviz.rendering.render import make, stills_of_pauses
from optiviz.rendering.style import theme_of
from optiviz.rendering.timeline import timeline
from optiviz.scene.quality import at_quality
from optiviz.scene.scene import Scene
from optiviz.scenefile import Change, read
from optiviz.scenefile.header import lesson
from optiviz.scenefile.source import read_scene_text

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        ".pptx": "PowerPoint and LibreOffice",
        ".html": "one offline page",
        ".pdf": "pages, for print and Beamer",
    }
)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Planned:
    """A scene of a lecture as it will be drawn: with the settings of the deck, its quality, and its notes."""

    entry: DeckScene
    scene: Scene
    notes: tuple[str, ...]


def plan_deck(deck: Deck, quality: str | None = None) -> list[Planned]:
    """The scenes of a lecture, as they will be drawn.

    Raises
    ------
    BadInput
        With the faults of all of them.
    """
    common = {"size": None if deck.size is None else list(deck.size), "theme": deck.theme}
    changes = [Change((key,), value, f"{deck.path}: {key}") for key, value in common.items() if value]
    found, wrong = [], []
    for entry in deck.scenes:
        try:
            scene, notes = read(entry.path, [*changes, *entry.changes])
            if not scene.notes:
                scene = replace(scene, notes="\n".join(lesson(read_scene_text(entry.path))))
            scene = scene if quality is None else at_quality(scene, quality)
            found.append(Planned(entry, scene, tuple(notes)))
        except BadInput as error:
            wrong.append(str(error))
    if wrong:
        raise BadInput("\n".join(dict.fromkeys(wrong)))
    return found


def write_deck(
    deck: Deck,
    outs: Sequence[Path],
    planned: Sequence[Planned] | None = None,
    *,
    processes: int | None = None,
    progress: Progress = lambda done, total: None,
) -> list[int]:
    """Write a lecture to `outs`, whose suffixes are in `FORMATS`; the scenes are drawn once for all of them.

    Returns
    -------
    list of int
        How many slides, or pages, each file has.

    Raises
    ------
    BadInput
        When a suffix is not known, or a scene cannot be drawn.
    """
    for out in outs:
        if out.suffix.lower() not in FORMATS:
            known = ", ".join(FORMATS)
            raise BadInput(f"{out}: a deck is {known}{hint(out.suffix, FORMATS)}")
    planned = plan_deck(deck) if planned is None else planned
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        movie = clip_suffix() if deck.movie == "mp4" else {"gif": ".gif", "still": ""}[deck.movie]
        kinds = dict.fromkeys([movie or ".png", ".png", ".json"])
        if any(out.suffix.lower() == ".pdf" for out in outs):
            kinds[".pdf"] = None
        draw_all(planned, folder, list(kinds), processes, progress)
        slides = list(in_sections(deck, drawn_slides(deck, planned, folder, movie)))
        counts = []
        for out in outs:
            with replacing(out) as file:
                counts.append(WRITERS[out.suffix.lower()](file, deck, slides))
    return counts


def draw_all(
    planned: Sequence[Planned], folder: Path, kinds: Sequence[str], processes: int | None, progress: Progress
) -> None:
    """Draw each scene in these kinds of files, the first scene as `000.mp4`, `000.png`, `000.json`."""
    frames = [len(timeline(one.scene)) for one in planned]
    done, processes = [0] * len(planned), spare_processes() if processes is None else processes
    jobs = [(k, one.scene, str(one.entry.path)) for k, one in enumerate(planned)]
    inner = 1 if len(jobs) > 1 else processes
    with closing(map_jobs(partial(draw_scene, folder, kinds, inner), jobs, processes)) as news:
        for k, frame in news:
            done[k] = min(max(done[k], frame), frames[k])
            progress(sum(done), sum(frames))


def draw_scene(
    folder: Path, kinds: Sequence[str], processes: int, job: tuple[int, Scene, str]
) -> Generator[tuple[int, int]]:
    """Draw one scene and its pauses; tells its number and how many of its frames are done."""
    k, scene, name = job
    targets = [folder / f"{k:03d}{suffix}" for suffix in kinds]
    stops: dict[Path, int] = {}
    for target in targets if scene.pauses else ():
        if target.suffix in STILLS:
            stops |= stills_of_pauses(scene, target)
    try:
        made = make(scene, targets, processes=processes, stops=stops)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from None
    yield k, max(file.frames for file in made)


def drawn_slides(deck: Deck, planned: Sequence[Planned], folder: Path, movie: str) -> Generator[list[Slide]]:
    """The slides of each scene."""
    for k, one in enumerate(planned):
        told = json.loads((folder / f"{k:03d}.json").read_text(encoding="utf-8"))
        poster = (folder / f"{k:03d}.png").read_bytes()
        clip = (folder / f"{k:03d}{movie}").read_bytes() if movie else b""
        builds = sorted(folder.glob(f"{k:03d}-*.png")) if deck.builds else []
        pages = [file.with_suffix(".pdf") for file in (folder / f"{k:03d}.png", *builds)]
        vectors = [page.read_bytes() for page in pages if page.is_file()]
        entry = one.entry
        yield slides_of(
            told,
            clip,
            poster,
            [file.read_bytes() for file in builds],
            vectors=vectors,
            title=entry.title or one.scene.title or entry.path.stem,
            notes=entry.notes,
            loop=deck.loop,
        )


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
