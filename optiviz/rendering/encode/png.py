"""PNG: the last frame as a still, or every frame in a file of its own."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL.PngImagePlugin import PngInfo

from optiviz._lib.atomic import put_in_place, sweep, temporary_path
from optiviz._lib.errors import BadInput
from optiviz.rendering.encode.base import Film, Take, text_metadata
from optiviz.rendering.encode.xmp import packet_of
from optiviz.rendering.stage import Frame
from optiviz.scene.scene import Scene

SEQUENCES = {".frames": ".png", ".pdfs": ".pdf"}  # a folder of files, and what each of them is
XMP_KEYWORD = "XML:com.adobe.xmp"
NUMBER = re.compile(r"%(0\d)?d")  # where the number of a frame stands in a name


@contextmanager
def png(file: Path, film: Film) -> Iterator[Take]:
    """The last frame, for a poster or a printed page."""

    def take(k: int, pixels: Frame) -> None:
        info = PngInfo()
        for name, text in text_metadata(film.scene).items():
            info.add_itxt(name, text)
        info.add_itxt(XMP_KEYWORD, packet_of(text_metadata(film.scene, film.comparison)))
        write_png(file, pixels, pnginfo=info)

    yield take


@contextmanager
def frames(folder: Path, film: Film) -> Iterator[Take]:
    """Every frame as a PNG in a folder, for video editors and LaTeX; a name such as a/%04d.png also."""

    def take(k: int, pixels: Frame) -> None:
        write_png(folder / f"{k:04d}.png", pixels, compress_level=1)

    yield take


def write_png(file: Path, pixels: Frame, **options: Any) -> None:
    """One frame as a PNG file; `options` are Pillow's."""
    import imageio.v3 as imageio  # slow, and not needed for clips

    # written at once: what a library has half written to a full disk, it tries again while it is taken down
    file.write_bytes(
        imageio.imwrite("<bytes>", visible(pixels), extension=".png", plugin="pillow", **options)
    )


def visible(pixels: Frame) -> Frame:
    """A frame without its alpha where that says nothing."""
    return pixels[..., :3] if (pixels[..., 3] == 255).all() else pixels


def is_sequence(out: Path) -> bool:
    """Whether a path means a frame sequence: NAME.frames, NAME.pdfs, or a pattern such as shots/%04d.png."""
    suffix = out.suffix.lower()
    return suffix in SEQUENCES or suffix in SEQUENCES.values() and is_pattern(out.name)


def is_pattern(name: str) -> bool:
    """Whether a name has one place for a number.

    >>> is_pattern("%04d.png"), is_pattern("50%.png")
    (True, False)
    """
    return name.count("%") == 1 and bool(NUMBER.search(name))


def animategraphics(out: Path, count: int, scene: Scene, folder: Path | None = None) -> str:
    """The line that plays a frame sequence in Beamer, seen from `folder` if given; empty for what is none.

    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD
    >>> bowl = surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    >>> print(animategraphics(Path("out/a-%03d.png"), 160, Scene(bowl, {"GD": GD()}), Path("out")))
    \\animategraphics[controls,loop,width=\\linewidth]{20}{a-}{000}{159}
    """
    if not is_sequence(out):
        return ""
    place, pattern = pattern_of(out)
    found = NUMBER.search(pattern)
    if found is None or pattern[found.end() :].lower() not in (".png", ".pdf"):
        return ""  # what stands behind the number can only be a suffix
    before, number = pattern[: found.start()], found[0]
    at = place.as_posix() if folder is None else seen_from(place, folder)
    base = before if at == "." else f"{at}/{before}"
    options = f"controls,{'loop,' if scene.loop else ''}width=\\linewidth"
    return (
        f"\\animategraphics[{options}]{{{scene.fps:g}}}{{{base}}}{{{number % 0}}}{{{number % (count - 1)}}}"
    )


def seen_from(path: Path, folder: Path) -> str:
    """A path below a folder; of one that lies elsewhere the name alone."""
    try:
        return path.absolute().relative_to(folder.absolute()).as_posix()
    except ValueError:
        return path.name


def pattern_of(out: Path) -> tuple[Path, str]:
    """The folder of a sequence, and what its files are called there."""
    each = SEQUENCES.get(out.suffix.lower(), "")
    return (out.parent, out.name) if is_pattern(out.name) else (out, f"%04d{each}")


@contextmanager
def replacing_frames(out: Path, notes: list[str]) -> Iterator[Path]:
    """A temporary folder for the frames of a sequence; they take their places when all went well.

    Frames of an earlier, longer clip stay where they are, which `notes` are told.
    """
    folder, pattern = pattern_of(out)
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder}: is a file, a folder is needed")
    if not folder.absolute().parent.is_dir():
        raise BadInput(f"{out}: there is no folder {folder.parent}")
    sweep(folder.absolute().parent)
    temporary = temporary_path(folder.absolute())
    try:
        temporary.mkdir()
    except OSError as error:
        raise BadInput(f"{out}: cannot be written: {error.strerror}") from None
    try:
        yield temporary
        made = sorted(temporary.iterdir())
        folder.mkdir(exist_ok=True)
        names = {pattern % number for number in range(len(made))}
        for number, frame in enumerate(made):
            put_in_place(frame, folder / (pattern % number))
        before, after = (re.escape(part) for part in NUMBER.split(pattern)[::2])
        numbered = re.compile(before + r"\d+" + after)
        old = [path for path in folder.iterdir() if numbered.fullmatch(path.name) and path.name not in names]
        if old:
            first = min(old).name
            notes.append(f"{len(old)} frames of an earlier clip are still there, {first} and on")
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
