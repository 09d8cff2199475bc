"""PowerPoint: a scene as slides, its clip on the first, a still of each pause on those that follow."""

import io
import re
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from optiviz._lib.errors import BadInput
from optiviz.rendering.encode.base import Film, Take
from optiviz.rendering.encode.gif import gif
from optiviz.rendering.encode.metadata import sidecar
from optiviz.rendering.encode.png import visible
from optiviz.rendering.encode.presentation import Slide, write_presentation
from optiviz.rendering.encode.video import ffmpeg, mp4
from optiviz.rendering.stage import Frame
from optiviz.rendering.style import theme_of


@contextmanager
def pptx(file: Path, film: Film) -> Iterator[Take]:
    """Slides for PowerPoint: the clip as a video, or as a GIF without ffmpeg; notes, alt text, bookmarks."""
    moments = film.stage.moments
    stops = [k for k, moment in enumerate(moments) if moment.pause is not None]
    pictures: dict[int, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        suffix = clip_suffix()
        clip = Path(folder, f"clip{suffix}")
        with (mp4 if suffix == ".mp4" else gif)(clip, film) as take_clip:

            def take(k: int, pixels: Frame) -> None:
                take_clip(k, pixels)
                if k in stops or k == len(moments) - 1:
                    pictures[k] = png_bytes(pixels)

            yield take
        movie = clip.read_bytes()
    told, stills = sidecar(film, file.parent), [pictures[k] for k in stops]
    slides = slides_of(told, movie, pictures[len(moments) - 1], stills)
    write_presentation(file, slides, title=slides[0].title, author=film.scene.author, size=film.scene.size)


def clip_suffix() -> str:
    """What a clip on a slide is: a video where there is an ffmpeg, else a GIF."""
    try:
        ffmpeg()
    except BadInput:
        return ".gif"
    return ".mp4"


def png_bytes(pixels: Frame) -> bytes:
    """A frame as a PNG."""
    from PIL import Image

    place = io.BytesIO()
    Image.fromarray(visible(pixels)).save(place, "png")
    return place.getvalue()


def slides_of(
    told: Mapping[str, Any],
    movie: bytes,
    poster: bytes,
    stills: Sequence[bytes] = (),
    *,
    vectors: Sequence[bytes] = (),
    title: str = "",
    notes: str = "",
    loop: bool | None = None,
) -> list[Slide]:
    """The slides of a scene: the clip, and a still for each of its pauses.

    Parameters
    ----------
    told : mapping
        The sidecar.
    movie : bytes
        An MP4, a GIF, or nothing: the poster is all.
    poster : bytes
        A PNG of the last frame, which has the verdict.
    stills : sequence of bytes, optional
        A PNG of each pause; none, or one for each.
    vectors : sequence of bytes, optional
        A one-page PDF of the poster and of each still.
    title, notes : str, optional
        In place of those of the scene.
    loop : bool, optional
        In place of what the scene says.
    """
    scene = told["scene"]
    theme = theme_of(scene["theme"], scene["on"])
    named = plain_text(title or told["title"]) or ", ".join(told["runs"]) or "Clip"
    marks = [(pause_name(pause), float(pause["seconds"])) for pause in told["pauses"]]
    said = "\n".join(filter(None, [(notes or told["notes"]).strip(), closing_note(told)]))
    playing = movie.startswith(b"GIF8")
    common: dict[str, Any] = {"size": tuple(scene["size"]), "alt": told["alt"], "notes": said}
    common |= {"ground": theme.ground, "ink": theme.ink}
    pages = [*vectors, *[b""] * (1 + len(stills) - len(vectors))]
    clip = Slide(
        named, movie if playing else poster, b"" if playing else movie, seconds=told["seconds"],
        loop=scene["loop"] if loop is None else loop, bookmarks=marks, vector=pages[0], **common,
    )  # fmt: skip
    builds = []
    for (name, _), still, page in zip(marks if stills else (), stills, pages[1:], strict=True):
        seen = {**common, "alt": f"{name.capitalize()} of the clip before. {told['alt']}"}
        builds.append(Slide(f"{named}: {name}", still, vector=page, is_build=True, **seen))
    return [clip, *builds]


def pause_name(pause: Mapping[str, Any]) -> str:
    """What a pause is called: by its epoch where these are counted, else by its step.

    >>> pause_name({"epoch": 4, "step": 40, "frame": 9}), pause_name({"step": 7, "frame": 3})
    ('epoch 4', 'step 7')
    """
    counted = "epoch" if "epoch" in pause else "step"
    return f"{counted} {pause[counted]}"


def closing_note(told: Mapping[str, Any]) -> str:
    """The verdict of a sidecar as a note, where the scene has one."""
    return next((f"Verdict: {line['text']}" for line in told["captions"] if line["verdict"]), "")


def plain_text(words: str) -> str:
    """A title without mathematics: what stands between dollar signs as text.

    >>> plain_text(r"Rate $\\theta_0 = 2 \\cdot 10^{-3}$ for $5")
    'Rate θ_0 = 2 · 10^-3 for $5'
    """
    return " ".join(re.sub(r"\$([^$]+)\$", lambda found: spelled_out(found[1]), words).split())


def spelled_out(formula: str) -> str:
    """A formula in letters: names of Greek ones as these, others without their sign."""

    def letter(found: re.Match[str]) -> str:
        name = found[1]
        size = "CAPITAL" if name[0].isupper() else "SMALL"
        greek = {"LAMBDA": "LAMDA"}.get(name.upper(), name.upper())
        try:
            return unicodedata.lookup(f"GREEK {size} LETTER {greek}")
        except KeyError:
            return {"cdot": "·", "times": "×", "leq": "≤", "geq": "≥", "infty": "∞"}.get(name, name)

    return re.sub(r"[{}]", "", re.sub(r"\\([A-Za-z]+)", letter, formula))
