"""MP4 and WebM: frames are piped to ffmpeg, which encodes them in a process of its own.

A video has a constant rate, so a frame that stands is repeated; its length is that of the scene to the
frame. Chapters begin where the clip may be stopped. One thread and the `bitexact` flags make two renders the
same bytes.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from shutil import which
from typing import IO, Any

from optiviz._lib.errors import BadInput
from optiviz.rendering.encode.base import Film, Take, flattened, text_metadata
from optiviz.rendering.stage import Frame, Stage
from optiviz.rendering.style import theme_of
from optiviz.rendering.timeline import begins
from optiviz.scene.scene import counter

H264 = "-c:v libx264 -preset slow -crf 28 -aq-mode 3 -movflags +faststart"
VP9 = "-c:v libvpx-vp9 -crf 26 -b:v 0 -deadline realtime -cpu-used 6 -row-mt 0"
SAME = "-threads 1 -fflags +bitexact -flags:v +bitexact -map_metadata 1"  # bytes each time
COLORS = "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709"
# a group of its own: Ctrl-C in the terminal is ours to handle
APART: Any = (
    {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    if sys.platform == "win32"
    else {"start_new_session": True}
)
MARKS = ";FFMETADATA1\n"
MISSING = (
    "a video needs ffmpeg: install it with the package manager of the system, or with "
    "pip install imageio-ffmpeg"
)


@contextmanager
def mp4(file: Path, film: Film) -> Iterator[Take]:
    """A video in H.264, for PowerPoint, Keynote and everything else."""
    with encode_video(file, film, H264) as take:
        yield take


@contextmanager
def webm(file: Path, film: Film) -> Iterator[Take]:
    """A video in VP9, for web pages."""
    with encode_video(file, film, VP9) as take:
        yield take


def ffmpeg() -> str:
    """The ffmpeg to use: the one of imageio-ffmpeg where that is installed, else the system's.

    Raises
    ------
    BadInput
        When there is neither.
    """
    with suppress(ImportError, RuntimeError):
        return str(import_module("imageio_ffmpeg").get_ffmpeg_exe())
    found = which("ffmpeg")
    if found is None:
        raise BadInput(MISSING)
    return found


@contextmanager
def encode_video(file: Path, film: Film, codec: str) -> Iterator[Take]:
    """Encode into `file`; its suffix says in which container."""
    program = ffmpeg()
    stage = film.stage
    delay = round(100 / stage.scene.fps)
    with tempfile.TemporaryFile() as said, tempfile.TemporaryDirectory() as folder:
        marks = Path(folder, "chapters")
        marks.write_text(chapters(stage, delay), encoding="utf-8")
        words = command(program, stage, delay, codec, marks)
        process = subprocess.Popen(
            [*words, str(file)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, **APART,
        )  # fmt: skip
        pipe: Any = process.stdin
        elapsed = 0

        def take(k: int, pixels: Frame) -> None:
            nonlocal elapsed
            before = round(elapsed / delay)
            elapsed += stage.moments[k].centiseconds
            solid = flattened(stage, pixels)
            try:
                for _ in range(max(round(elapsed / delay) - before, k == 0)):
                    pipe.write(solid)
            except BrokenPipeError:
                raise failure(process, said) from None

        try:
            yield take
            with suppress(BrokenPipeError):  # its exit code says why
                pipe.close()
            if process.wait():
                raise failure(process, said)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            with suppress(BrokenPipeError):
                pipe.close()


def chapters(stage: Stage, delay: int) -> str:
    """Where players may jump to, in ffmpeg's words: the start, each pause, and nothing if there is no pause.

    A chapter begins with the frame of the video that first shows its pause.
    """
    starts, word = {0: "start"}, counter(stage.scene)[0]
    told = tags(text_metadata(stage.scene, stage.comparison))
    for moment, begin in zip(stage.moments, begins(stage.moments), strict=True):
        if moment.pause is not None:
            starts[round(begin / delay) * delay] = f"{word} {moment.pause}"
    if len(starts) == 1 and starts[0] == "start":
        return MARKS + told
    edges = [*starts, sum(moment.centiseconds for moment in stage.moments)]
    return (
        MARKS
        + told
        + "".join(
            f"[CHAPTER]\nTIMEBASE=1/100\nSTART={begin}\nEND={end}\ntitle={title}\n"
            for (begin, end), title in zip(pairwise(edges), starts.values(), strict=True)
        )
    )


def tags(told: Mapping[str, str]) -> str:
    """The title, the author, the notes and the alt text of a scene in ffmpeg's words.

    >>> print(tags({"Title": "a = b", "Description": "x"}), end="")
    title=a \\= b
    comment=x
    """
    names = {"Title": "title", "Author": "artist", "Description": "comment", "Alt": "description"}
    escaped = {names[name]: re.sub(r"([=;#\\\n])", r"\\\1", text) for name, text in told.items()}
    return "".join(f"{name}={text}\n" for name, text in escaped.items())


def command(program: str, stage: Stage, delay: int, codec: str, marks: Path) -> list[str]:
    """How ffmpeg is called: raw frames come in, each `delay` hundredths of a second long, and chapter marks.

    H.264 halves the colours along both sides and so needs even ones: an odd frame is padded by a column
    on the right or a row below, in the colour of the ground.
    """
    width, height = stage.size
    ground = theme_of(stage.scene.theme, stage.scene.on).ground.replace("#", "0x")
    steps = [
        f"pad={width + width % 2}:{height + height % 2}:0:0:{ground}",
        "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int+bitexact",
        "format=yuv420p",
    ]
    first = f"-y -loglevel error -f rawvideo -pix_fmt rgba -s {width}x{height} -r 100/{delay} -i pipe:0"
    second = ["-f", "ffmetadata", "-i", str(marks), "-map", "0:v"]
    filters = ["-vf", ",".join(steps if width % 2 or height % 2 else steps[1:])]
    return [program, *first.split(), *second, *filters, *codec.split(), *COLORS.split(), *SAME.split()]


def failure(process: subprocess.Popen[bytes], said: IO[bytes]) -> OSError:
    """What ffmpeg said at its end."""
    code = process.wait()
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines() or ["it said nothing"]
    return OSError(f"ffmpeg ended with code {code}: {lines[-1]}")
