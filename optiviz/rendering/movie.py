"""Render: play, set the stage, write. The whole story in a few lines."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from optiviz.errors import BadInput
from optiviz.files import replacing
from optiviz.names import hint
from optiviz.rendering.encode import WRITERS
from optiviz.rendering.stage import set_stage
from optiviz.run import Comparison
from optiviz.scene import Scene, play


def render(
    scene: Scene,
    out: str | Path,
    *,
    comparison: Comparison | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Write `scene` to the file `out`; its suffix says in which format.

    Parameters
    ----------
    scene : Scene
    out : path
        `.gif` for the clip, `.png` for its last frame. The file is whole or not there: it is written
        beside its place, synced and renamed.
    comparison : Comparison, optional
        What `play(scene)` gave, where it was already asked.
    progress : callable, optional
        Is told (frames done, frames in all).

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    BadInput
        When the suffix is not known or the file cannot be written.
    """
    write = writer_of(out)
    with replacing(Path(out)) as file:
        write(file, set_stage(scene, comparison or play(scene)), progress)
    return Path(out)


def still(scene: Scene, out: str | Path, *, at: int | None = None) -> Path:
    """Write one moment of `scene`: the one that shows step `at`, the last one unless given.

    Raises
    ------
    BadInput
        As `render` does, and when the scene has no step `at`.
    """
    write = writer_of(out)
    if at is not None and not 0 <= at <= scene.steps:
        raise BadInput(f"there is no step {at}: this scene goes from 0 to {scene.steps}")
    with replacing(Path(out)) as file:
        stage = set_stage(scene, play(scene))
        step = scene.steps if at is None else at
        moment = min(stage.moments, key=lambda moment: abs(moment.step - step))
        stage.moments = (replace(moment, step=step),)
        write(file, stage, lambda done, total: None)
    return Path(out)


def writer_of(out: str | Path) -> Callable[..., None]:
    """The writer that the suffix of `out` names."""
    suffix = Path(out).suffix.lower()
    if suffix not in WRITERS:
        raise BadInput(f"{out}: unknown format '{suffix}'{hint(suffix, WRITERS)}")
    return WRITERS[suffix]
