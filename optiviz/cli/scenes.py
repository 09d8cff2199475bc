"""The argument SCENE: a path or the name of a shipped scene, with shell completion."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optiviz._lib.errors import BadInput
from optiviz.cli.completion import SCENE_NAME
from optiviz.cli.signals import hold_signals

if TYPE_CHECKING:
    from optiviz.rendering.timeline import Moment
    from optiviz.scene.scene import Scene
    from optiviz.scenefile import Change


scenes_argument = click.argument("scenes", metavar="SCENE...", type=SCENE_NAME, nargs=-1, required=True)
scene_argument = click.argument("scene", metavar="SCENE", type=SCENE_NAME)


def read_scene(
    name: str, quality: str | None = None, changes: "Sequence[Change]" = (), kept: Path | None = None
) -> tuple[Path, "Scene", list[str]]:
    """The file, the scene in it, and its notes; changed, and at a quality of its own, if that is asked for.

    What its runs are tuned to is kept in the file `kept`.
    `-` is the scene of standard input, whose data are files below the current folder.
    """
    ready_to_draw()
    from optiviz.scene.quality import at_quality
    from optiviz.scenefile import read, read_text, resolve, stdin_text
    from optiviz.scenefile.source import STDIN

    if name == "-":
        path = Path(STDIN)
        scene, notes = read_text(stdin_text(), STDIN, Path.cwd(), changes, kept)
    else:
        path = resolve(name)
        scene, notes = read(path, changes, kept)
    try:
        return path, scene if quality is None else at_quality(scene, quality), notes
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None


def ready_to_draw() -> None:
    """Load the libraries that scenes are read and drawn with."""
    with hold_signals():
        import pydantic  # noqa: F401

        import optiviz.rendering.render
        import optiviz.scene.quality
        import optiviz.scenefile  # noqa: F401


def faults_of(error: BadInput) -> list[dict[str, Any]]:
    """A refusal for `--json`: a line, a path and a message each."""
    faults = getattr(error, "faults", None)
    if faults is None:
        return [{"line": None, "path": "", "message": str(error)}]
    return [{"line": f.line or None, "path": f.path, "message": f.message} for f in faults]


def report_failure(name: str, error: BadInput, text: str, as_json: bool, code: int) -> int:
    """Say what went wrong with a scene, and give its exit code."""
    if as_json:
        print_json({"scene": name, "ok": False, "faults": faults_of(error)})
    else:
        click.echo(text, err=True)
    return code


def print_json(record: dict[str, Any]) -> None:
    """One JSON object on one line of stdout."""
    click.echo(json.dumps(record, ensure_ascii=False))


@contextmanager
def faults_with_lines(path: Path) -> Iterator[None]:
    """What a scene of this file says wrongly, which only its runs can show, is told with its line."""
    from optiviz.scene.words import BadWords
    from optiviz.scenefile import located_faults

    try:
        yield
    except BadWords as error:
        raise located_faults(path, error) from None


def rehearsed(path: Path, scene: "Scene") -> "tuple[Moment, ...] | None":
    """The frames of a scene whose runs cost little."""
    from optiviz.rendering.rehearsal import rehearse

    with faults_with_lines(path):
        return rehearse(scene)


def clip_size(scene: "Scene", frames: "tuple[Moment, ...] | None" = None) -> dict[str, Any]:
    """How large the clip of a scene will be; without its `frames` the rests of its captions are left out."""
    from optiviz.rendering.timeline import timeline

    moments = frames or timeline(scene)
    return {
        "frames": len(moments),
        "seconds": sum(moment.centiseconds for moment in moments) / 100,
        "size": list(scene.size),
        "fps": round(scene.fps, 2),
    }


def code_for(good: int, codes: list[int]) -> int:
    """The exit code of several scenes: `codes` are those of the ones that failed."""
    if not codes:
        return 0
    return 3 if good else min(codes)
