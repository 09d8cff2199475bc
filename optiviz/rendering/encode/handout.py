"""A lecture as a PDF: a page a slide, stills in lines and letters, titles in large type."""

import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from optiviz.rendering.encode.pdf_document import Page, write_document
from optiviz.rendering.encode.presentation import Slide
from optiviz.rendering.encode.vector import STYLE, UNSIGNED
from optiviz.rendering.stage import own_style
from optiviz.rendering.typeface import DPI, chosen_families

LARGE = 0.075  # of the height of a page, the type of its title


def write_handout(
    file: Path, slides: Sequence[Slide], *, title: str, author: str = "", size: tuple[int, int]
) -> None:
    """Write slides as pages: `size` is that of pages with nothing but a title, all others have their own."""
    pages = [
        Page(title_page(slide, size), slide.title) if slide.is_section
        else Page(slide.vector, slide.title, slide.alt)
        for slide in slides
    ]  # fmt: skip
    write_document(file, pages, title=title, author=author)


def title_page(slide: Slide, size: tuple[int, int]) -> bytes:
    """A page with a title in the middle, as matplotlib writes it."""
    width, height = size
    with own_style(chosen_families((), [slide.title])), matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=slide.ground)
        FigureCanvasAgg(figure)
        words = figure.text(0.5, 0.5, slide.title, color=slide.ink, weight="bold", ha="center", va="center")
        words.set_fontsize(LARGE * height * 72 / DPI)
        words.set_parse_math(False)
        wide = words.get_window_extent().width
        words.set_fontsize(LARGE * height * 72 / DPI * min(1.0, 0.86 * width / wide))
        place = io.BytesIO()
        figure.savefig(place, format="pdf", metadata=UNSIGNED["pdf"])
    return place.getvalue()
