"""PDF and SVG: the last frame as lines and letters, for print and for other programs.

The still part is a matplotlib figure already. What moves are bare calls to a renderer; those that draw
paths are written down and become artists of the figure, the counter becomes text, and what works on
pixels (a surface in 3-D) becomes an image from a frame of twice the size, as do filled contours.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.collections import QuadMesh
from matplotlib.contour import ContourSet
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.patheffects import Stroke
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D, Bbox, TransformedBbox

from optiviz.rendering.encode.base import FINER, Film, Take, text_metadata
from optiviz.rendering.encode.pdf_document import Page, write_document
from optiviz.rendering.encode.xml_words import xml_text
from optiviz.rendering.glyphs import LETTERS, Glyphs, Written
from optiviz.rendering.header import CaptionLines, font
from optiviz.rendering.stage import Frame, Stage, own_style, scene_families
from optiviz.rendering.timeline import Moment
from optiviz.rendering.typeface import DPI

SPACE = 0.256  # of the size of the type, a space of Lato
FINE = FINER * DPI  # dots an inch of what is an image
ABOVE = 1000.0  # all that matplotlib draws of itself
# no dates, no names that change, letters as letters
STYLE: Any = {
    "svg.hashsalt": "optiviz",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "lines.scale_dashes": False,
}
UNSIGNED: Any = {
    "svg": {"Date": None, "Creator": None},
    "pdf": dict.fromkeys(("CreationDate", "Creator", "Producer")),
}


@contextmanager
def pdf(file: Path, film: Film) -> Iterator[Take]:
    """The last frame in lines and letters, for print and Beamer."""

    def take(k: int, pixels: Frame) -> None:
        write_vector(file, film, film.stage.moments[k], "pdf")
        told = text_metadata(film.scene, film.comparison)
        title, author = told.get("Title", ""), told.get("Author", "")
        page = Page(file.read_bytes(), title, told["Alt"])
        write_document(file, [page], title=title, author=author, subject=told.get("Description", ""))

    yield take


@contextmanager
def pdfs(folder: Path, film: Film) -> Iterator[Take]:
    """Every frame as a PDF in a folder, for Beamer: sharp at every size, half a second a frame to make."""
    yield lambda k, pixels: write_vector(folder / f"{k:04d}.pdf", film, film.stage.moments[k], "pdf")


@contextmanager
def svg(file: Path, film: Film) -> Iterator[Take]:
    """The last frame in lines and letters, for web pages and drawing programs."""

    def take(k: int, pixels: Frame) -> None:
        write_vector(file, film, film.stage.moments[k], "svg")
        told = text_metadata(film.scene, film.comparison)
        text = with_description(file.read_text(encoding="utf-8"), told.get("Title", ""), told["Alt"])
        file.write_text(text, encoding="utf-8", newline="\n")

    yield take


def with_description(svg: str, title: str, alt: str) -> str:
    """An SVG that is one picture to screen readers, by its title and its alt text.

    >>> print(with_description('<svg x="1">...</svg>', "", "A & B"))
    <svg x="1" role="img" aria-labelledby="about">
    <desc id="about">A &amp; B</desc>...</svg>
    """
    head, root, rest = svg.partition("<svg")
    attributes, end, inside = rest.partition(">")
    named = f'<title id="name">{xml_text(title)}</title>\n' if title else ""
    ids = "name about" if title else "about"
    about = f'{named}<desc id="about">{xml_text(alt)}</desc>'
    return f'{head}{root}{attributes} role="img" aria-labelledby="{ids}"{end}\n{about}{inside}'


def write_vector(file: Path, film: Film, moment: Moment, kind: str) -> None:
    """One moment of a film as a vector file."""
    stage, figure = film.stage, film.stage.figure
    with own_style(scene_families(stage.scene, stage.comparison)), matplotlib.rc_context(STYLE):
        for axes in figure.axes:
            for part in axes.collections:
                if isinstance(part, QuadMesh) or isinstance(part, ContourSet) and part.filled:
                    part.set_rasterized(True)
        for text in figure.texts:
            hold(text, stage.size[0])
        added = Added(film)
        try:
            added.everything(moment)
            figure.savefig(file, format=kind, dpi=FINE, metadata=signed(stage, kind))
        finally:
            added.remove()


def signed(stage: Stage, kind: str) -> dict[str, Any]:
    """The title, the author and the notes of a scene, and no date and no program."""
    told = text_metadata(stage.scene)
    names = {
        "svg": {"Title": "Title", "Author": "Creator", "Description": "Description"},
        "pdf": {"Title": "Title", "Author": "Author", "Description": "Subject"},
    }[kind]
    return {**UNSIGNED[kind], **{names[name]: text for name, text in told.items()}}


def hold(text: Any, width: float) -> None:
    """Fix a text by its left end, because SVG drops a space at its right one."""
    if text.get_text().endswith(" "):
        text.set(x=text.get_window_extent().x0 / width, ha="left", text=text.get_text().rstrip(" "))


def outline_width(text: str, size: float, bold: bool) -> float:
    """Pixels that a text takes where letters do not keep to whole pixels; spaces at its ends, too."""
    measured, bars = (
        text_to_path.get_text_width_height_descent(words, font(size, bold), ismath=False)[0]
        for words in (f"|{text}|", "||")
    )
    return float(measured - bars) * DPI / 72


class PixelsWanted(Exception):
    """Raised when a mark draws pixels, not paths alone."""


@dataclass(frozen=True, eq=False)
class RecordedPath:
    """A path in pixels with its pen and what fills it, or a marker at each of `spots` (M, 2)."""

    pen: Any
    path: Any
    transform: Any
    face: Any
    spots: Any = None


class VectorRecorder:
    """A renderer that records paths instead of drawing them."""

    def __init__(self, ground: Frame, dpi: float = DPI) -> None:
        self.strokes: list[RecordedPath | Written] = []
        self.ground, self.page = ground, ground.copy()
        self.dpi = dpi

    def buffer_rgba(self) -> Frame:
        """A page to write letters on, which are caught before they are pixels."""
        return self.page

    def draw_markers(self, gc: Any, marker: Any, place: Any, path: Any, transform: Any, face: Any) -> None:
        """Remember a marker at each vertex of a path."""
        self.record(RecordedPath(self.copied(gc), marker, place, face, transform.transform(path.vertices)))

    def new_gc(self) -> GraphicsContextBase:
        return GraphicsContextBase()

    def draw_path(self, gc: Any, path: Any, transform: Any, face: Any = None) -> None:
        """Remember a path in pixels, its pen as it is now, and what fills it."""
        self.record(RecordedPath(self.copied(gc), path, transform, face))

    def copied(self, gc: Any) -> GraphicsContextBase:
        """A pen as it is now."""
        pen = self.new_gc()
        pen.copy_properties(gc)
        return pen

    def record(self, stroke: RecordedPath) -> None:
        """Remember a stroke behind all that was written before it."""
        self.letters()
        self.strokes.append(stroke)

    def letters(self) -> None:
        """Remember what was written since, in its place among the paths."""
        texts = LETTERS.get() or []
        self.strokes += texts
        texts.clear()

    def __getattr__(self, name: str) -> Any:
        raise PixelsWanted(name)


def recorded_strokes(
    call: Callable[[Any], None], ground: Frame, dpi: float
) -> list[RecordedPath | Written] | None:
    """What a call to a renderer draws, in its order; None where it works on pixels."""
    recorder = VectorRecorder(ground, dpi)
    token = LETTERS.set([])
    try:
        call(recorder)
        recorder.letters()
        return recorder.strokes if bool((recorder.page == recorder.ground).all()) else None
    except PixelsWanted:
        return None
    finally:
        LETTERS.reset(token)


class Added:
    """What a moment adds to the still figure, as artists of matplotlib, each above those before it."""

    def __init__(self, film: Film) -> None:
        self.stage, self.finer = film.stage, film.finer
        self.artists: list[Any] = []

    def everything(self, moment: Moment) -> None:
        """All marks, in the order of the stage."""
        stage = self.stage
        agg: Any = RendererAgg(*stage.size, DPI)
        stage.figure.draw(agg)
        if (np.asarray(agg.buffer_rgba()) != stage.still).any():  # something was painted over it by hand
            before: Any = RendererAgg(*self.finer.stage.size, DPI)
            self.finer.stage.figure.draw(before)
            self.image(np.asarray(before.buffer_rgba()), self.finer.stage.still)
        # a layer that is settled up to this moment, and the rest of it
        settling = [(k, lambda mark, to: mark.settle(to, moment)) for k in range(len(stage.marks))]
        drawing = [(k, lambda mark, to: mark.draw(to, moment, moment)) for k in range(len(stage.marks))]
        for k, call in [*settling, *drawing]:
            mark = stage.marks[k]
            strokes = recorded_strokes(partial(call, mark), stage.still, DPI)
            if strokes is None and isinstance(mark, CaptionLines):
                self.line(mark, moment)
                continue
            if strokes is None:
                pixels = np.asarray(self.easel.buffer_rgba())
                ground = pixels.copy()
                call(self.finer.stage.marks[k], self.easel)
                self.image(ground, pixels)
                continue
            for stroke in strokes:
                if not isinstance(stroke, RecordedPath):
                    self.words(*stroke)
                    continue
                for spot in [(0.0, 0.0)] if stroke.spots is None else stroke.spots.tolist():
                    place = stroke.transform + Affine2D().translate(*spot)
                    self.path(stroke.pen, place.transform_path(stroke.path), stroke.face)

    @cached_property
    def easel(self) -> Any:
        """A renderer over the still part of the fine stage."""
        agg: Any = RendererAgg(*self.finer.stage.size, DPI)
        np.asarray(agg.buffer_rgba())[:] = self.finer.stage.still
        return agg

    def keep(self, artist: Any) -> None:
        """Put an artist above all before it."""
        artist.set_zorder(ABOVE + len(self.artists))
        self.artists.append(artist)

    def path(self, pen: Any, path: Any, face: Any) -> None:
        """A path in pixels; the figure may have another resolution by the time it is drawn."""
        width, height = self.stage.size
        figure = self.stage.figure
        shrink = Affine2D().scale(1 / width, 1 / height)
        offset, dashes = pen.get_dashes()
        patch = PathPatch(
            shrink.transform_path(path),
            transform=figure.transFigure,
            facecolor="none" if face is None else face,
            edgecolor=pen.get_rgb() if pen.get_linewidth() else "none",
            linewidth=pen.get_linewidth(),
            linestyle="solid" if dashes is None else (offset, tuple(dashes)),
            capstyle=pen.get_capstyle(),
            joinstyle=pen.get_joinstyle(),
        )
        clip = pen.get_clip_rectangle()
        figure.add_artist(patch)
        if clip is not None:
            patch.set_clip_box(TransformedBbox(Bbox(shrink.transform(clip.get_points())), figure.transFigure))
        self.keep(patch)

    def words(self, glyphs: Glyphs, words: str, x: float, y: float, anchor: float, halo: str = "") -> None:
        """A text that runs, as it reads now; over a rim in the colour `halo` if there is one."""
        width, height = self.stage.size
        left = x - anchor * glyphs.width(words)
        left += glyphs.width(words) - glyphs.width(words.lstrip(" "))  # SVG drops a space at an end
        text = self.stage.figure.text(left / width, y / height, words.strip(" "), color=glyphs.color)
        text.set(fontsize=glyphs.size * 72 / DPI, weight="bold" if glyphs.bold else "normal")
        if halo:  # the rim is an outline, the letters over it stay letters
            rim = self.stage.figure.text(left / width, y / height, words.strip(" "), color="none")
            rim.set(fontsize=text.get_fontsize(), weight=text.get_fontweight())
            rim.set_path_effects([Stroke(linewidth=0.2 * glyphs.size * 72 / DPI, foreground=halo)])
            self.keep(rim)
        self.keep(text)

    def line(self, mark: CaptionLines, moment: Moment) -> None:
        """The line below the title, part by part, and its bar."""
        if moment.line < 0:
            return
        width, height = self.stage.size
        for k, row in enumerate(mark.strips[moment.line]):
            begin = mark.x + (row.parts[0][0] if row.parts else 0.0)
            for _, words, color, bold in row.parts:
                x = begin + row.size * SPACE * (len(words) - len(words.lstrip(" ")))
                begin += outline_width(words, row.size, bold)
                y = (mark.y - k * mark.leading) / height
                text = self.stage.figure.text(x / width, y, words.strip(" "), color=color)
                text.set(fontsize=row.size * 72 / DPI, weight="bold" if bold else "normal")
                self.keep(text)
        strip = mark.strips[moment.line][0]
        if strip.bar is not None:
            columns, rows = strip.bar
            above = mark.y + 2 * len(strip.pixels) / 3
            top, bottom = above - rows.start, above - rows.stop
            left, right = mark.x + columns.start, mark.x + columns.stop
            corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
            pen = GraphicsContextBase()
            pen.set_linewidth(0)
            color = strip.pixels[rows.start, columns.start] / 255
            self.path(pen, Outline(np.array([*corners, corners[0]]), closed=True), tuple(color))

    def image(self, before: Frame, after: Frame) -> None:
        """What `after` has that `before` had not, as an image; both are of the fine stage."""
        new = (before != after).any(axis=-1)
        if not new.any():
            return
        rows, columns = np.flatnonzero(new.any(axis=1)), np.flatnonzero(new.any(axis=0))
        window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        patch = np.where(new[..., None], after, np.uint8(0))[window]
        width, height = self.finer.stage.size
        axes = self.stage.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        sides = (columns[0], columns[-1] + 1, height - rows[-1] - 1, height - rows[0])
        axes.imshow(patch, extent=sides, interpolation="none", aspect="auto")
        axes.set(xlim=(0, width), ylim=(0, height))
        axes.set_axis_off()
        self.keep(axes)

    def remove(self) -> None:
        """Give the figure back as it was."""
        for artist in self.artists:
            artist.remove()
