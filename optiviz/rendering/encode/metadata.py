"""Sidecar files of a clip: its alt text, and metadata of everything that was rendered, as JSON."""

import json as encoder
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from optiviz._lib.machine import version_of
from optiviz.rendering.alttext import alt_text
from optiviz.rendering.encode.base import Film, Take
from optiviz.rendering.encode.png import SEQUENCES, animategraphics, seen_from
from optiviz.rendering.timeline import begins
from optiviz.rendering.typeface import families
from optiviz.runs.trajectory import Trajectory
from optiviz.scene.limits import FONT_FILES
from optiviz.scene.scene import Panel, Run, Scene, counter
from optiviz.scene.script import script

FORMAT = 1
LONG = 100  # numbers; of longer arrays the shape is told
DECIDING = ("numpy", "scipy", "matplotlib", "pillow")  # another version of these may give other bytes


@contextmanager
def txt(file: Path, film: Film) -> Iterator[Take]:
    """The alt text: the result in a sentence or two, for those who cannot see the clip."""
    yield lambda k, pixels: None
    file.write_text(alt_text(film.scene, film.comparison) + "\n", encoding="utf-8", newline="\n")


@contextmanager
def json(file: Path, film: Film) -> Iterator[Take]:
    """The resolved scene, how each run ended, when each pause is seen, the files made along with it."""
    yield lambda k, pixels: None
    told = encoder.dumps(sidecar(film, file.parent), indent=1, ensure_ascii=False, allow_nan=False)
    file.write_text(told + "\n", encoding="utf-8", newline="\n")


def sidecar(film: Film, folder: Path) -> dict[str, Any]:
    """What the JSON file says: no clock, no path, no host, so that the same scene gives the same bytes."""
    scene = film.scene
    moments = film.moments
    seen = zip(moments, begins(moments), strict=True)
    latex = [animategraphics(made.path, made.frames, scene, folder) for made in film.files]
    return {
        "optiviz": "sidecar",
        "format": FORMAT,
        "title": scene.title,
        "author": scene.author,
        "notes": scene.notes,
        "typeface": families()[0],
        "captions": caption_records(film),
        "alt": alt_text(scene, film.comparison),
        "frames": len(moments),
        "seconds": sum(moment.centiseconds for moment in moments) / 100,
        "files": [
            {
                "name": f"{seen_from(made.path, folder)}{'/' * (made.path.suffix in SEQUENCES)}",
                "frames": made.frames,
                "seconds": made.seconds,
                "notes": [*made.notes],
            }
            for made in film.files
        ],
        "animategraphics": [line for line in latex if line],
        "pauses": [
            {counter(scene)[0]: moment.pause, "frame": k, "step": moment.step, "seconds": begin / 100}
            for k, (moment, begin) in enumerate(seen)
            if moment.pause is not None
        ],
        "runs": {label: run_result(run) for label, run in film.comparison.at_positions.trajectories.items()},
        "scene": resolved(replace(scene, font=tuple(map(font_name, scene.font)))),
        "versions": {name: version_of(name) for name in ("optiviz-lab", *DECIDING)},
    }


def font_name(font: str) -> str:
    """A family as it is, a font file by its name alone.

    >>> font_name("Noto Sans"), font_name("/home/me/fonts/Mine.ttf")
    ('Noto Sans', 'Mine.ttf')
    """
    return Path(font).name if font.lower().endswith(FONT_FILES) else font


def caption_records(film: Film) -> list[dict[str, Any]]:
    """The lines below the title, with the second at which each is whole, and the verdict."""
    lines, moments = script(film.scene, film.comparison.at_positions), film.moments
    seen: dict[int, int] = {}
    for moment, begin in zip(moments, begins(moments), strict=True):
        if moment.line >= 0 and moment.strength == 1:
            seen.setdefault(moment.line, begin)
    return [
        {"text": lines[k].text, "seconds": begin / 100, "verdict": lines[k].verdict}
        for k, begin in seen.items()
    ]


def run_result(run: Trajectory) -> dict[str, Any]:
    """How a run ended."""
    return {
        "status": run.status,
        "stopped_at": run.stopped_at,
        "steps": run.steps,
        "parameters": run.path.shape[1],
        "final_loss": resolved(run.losses[-1]),
    }


def resolved(part: Any) -> Any:
    """A part of a scene with all its settings, the defaults too, as JSON has it.

    A part with settings becomes a table with its name under `is`; a long array tells its shape, a number
    that is not finite is text, and what is code stays away.

    >>> from optiviz.optimizers import GD
    >>> resolved({"rule": GD(0.1), "far": np.inf, "start": np.zeros(1), "data": np.zeros((300, 2))})
    {'rule': {'is': 'GD', 'learning_rate': 0.1}, 'far': 'inf', 'start': [0.0], 'data': {'shape': [300, 2]}}
    """
    if isinstance(part, np.generic):
        part = part.item()
    if isinstance(part, float) and not np.isfinite(part):
        return str(part)
    if part is None or isinstance(part, bool | int | float | str):
        return part
    if isinstance(part, np.ndarray):
        return {"shape": [*part.shape]} if part.size > LONG else resolved(part.tolist())
    if isinstance(part, Mapping):
        return {str(name): resolved(value) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [resolved(item) for item in part]
    if is_dataclass(part):
        own = {field.name: getattr(part, field.name, None) for field in fields(part) if field.init}
        told = {name: value for name, value in own.items() if is_dataclass(value) or not callable(value)}
        name = {} if isinstance(part, Scene | Run | Panel) else {"is": type(part).__name__}
        return {**name, **{name: resolved(value) for name, value in told.items()}}
    return type(part).__name__
