"""The words of a page: captions with the names of runs in them, marks, a question, the table of results."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from optiviz.rendering.header import segments
from optiviz.rendering.style import Look
from optiviz.rendering.timeline import motion_times
from optiviz.runs.trajectory import Comparison
from optiviz.scene.crossings import crossing_of
from optiviz.scene.numbers import number
from optiviz.scene.scene import Scene
from optiviz.scene.script import CaptionLine, fill_fields, standings, time_of

RATE = 20  # frames a second of the page's clock
Parts = list[tuple[str, str]]


def clock_of(scene: Scene, comparison: Comparison) -> list[float]:
    """When each frame of the motion is, in steps: 20 a second, without the rests."""
    count = max(2, round(scene.seconds * RATE))
    times = motion_times(replace(scene, fps=float(RATE)), comparison, count)
    return [round(float(time), 4) for time in times]


def parts_of_text(scene: Scene, text: str) -> Parts:
    """A text in parts of (label of the run that it names or "", words).

    >>> parts_of_text(Scene("booth", ["gd", "adam"]), "Adam leads GD.")
    [('Adam', 'Adam'), ('', ' leads '), ('GD', 'GD'), ('', '.')]
    """
    nobody = Look("", "o")
    return [
        (words if bold else "", words)
        for words, _, bold in segments(text, dict.fromkeys(scene.runs, nobody), "")
    ]


def goal_record(scene: Scene) -> dict[str, Any]:
    """What an arrival is, where the scene says it: a limit of coordinate 0 or 1, or of the loss (-1).

    >>> goal_record(Scene("saddle", ["gd"], goal={"when": "|y|>1", "word": "out"}))
    {'goal': {'axis': 1, 'size': True, 'above': True, 'limit': 1.0, 'word': 'out'}}
    """
    crossing = crossing_of(scene.goal.when) if scene.goal else None
    if scene.goal is None or crossing is None:
        return {}
    names = list(getattr(scene.objective, "parameter_names", None) or ("x", "y"))
    axis = -1 if crossing.name == "loss" else names.index(crossing.name)
    limit = {"size": crossing.size, "above": crossing.above, "limit": crossing.limit}
    return {"goal": {"axis": axis, **limit, "word": scene.goal.word}}


def captions_of(scene: Scene, lines: Sequence[CaptionLine], clock: Sequence[float]) -> list[dict[str, Any]]:
    """The captions in their order; each rests until it can be read, as far as it moves on too soon."""
    spoken = [line for line in lines if not line.verdict and not line.question]
    frames = [bisect_left(clock, line.time) for line in spoken] + [len(clock)]
    return [
        {
            "time": round(float(line.time), 4),
            "rest": round(max(line.rest, line.needed - (frames[k + 1] - frames[k]) / RATE, 0.0), 2),
            "text": parts_of_text(scene, line.text),
            "late": line.late,
        }
        for k, line in enumerate(spoken)
    ]


def asked(lines: Sequence[CaptionLine]) -> dict[str, Any] | None:
    """The question of a scene, where it has one."""
    return next(
        (
            {"time": float(one.time), "question": one.text, "seconds": one.rest}
            for one in lines
            if one.question
        ),
        None,
    )


def marks_of_page(
    scene: Scene, comparison: Comparison, panels: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Words in the panels that the page draws itself; the pictures of others have theirs."""
    found = []
    for k, mark in enumerate(scene.marks):
        time = None
        if mark.step is not None:
            named = isinstance(mark.step, str) and ":" not in mark.step
            at = f"{mark.step}:{mark.run}" if named else mark.step
            time = time_of(scene, comparison, at, f"marks.{k}.step")
        text = fill_fields(
            scene, comparison, mark.text, float(scene.steps) if time is None else time, f"marks.{k}.text"
        )
        for place, panel in enumerate(panels):
            shown = panel.get("run", "")
            if (
                panel["of"] != mark.panel
                or panel["kind"] == "picture"
                or shown not in ("", mark.run or shown)
            ):
                continue
            found.append(
                {
                    "panel": place,
                    "at": None if mark.at is None else list(mark.at),
                    **({"line": mark.line} if mark.line is not None else {}),
                    **({"run": mark.run} if mark.run else {}),
                    **({"time": time} if time is not None else {}),
                    "text": text,
                }
            )
    return found


def results_table(scene: Scene, comparison: Comparison) -> list[list[str]]:
    """Headings, then a row for each run: its loss in the beginning and in the end, what became of it."""
    ends = standings(scene, comparison)
    rows = [
        [label, number(run.losses[0]), number(run.losses[-1]), ends[label]]
        for label, run in comparison.trajectories.items()
    ]
    return [["run", "loss at the start", "loss in the end", "outcome"], *rows]
