"""Tunes the runs of a scene with its budget, and keeps what was chosen in a file beside the output."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from optiviz._lib.atomic import replacing
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.analysis.many_runs import hyperparameters, with_settings
from optiviz.analysis.starts import starts_at
from optiviz.analysis.tuning import Trials, known_least_loss, tune
from optiviz.objectives.base import replaced
from optiviz.objectives.surface import Surface
from optiviz.objectives.training import Training
from optiviz.optimizers.function import as_optimizer
from optiviz.runs.scipy_solvers import Scipy
from optiviz.scene.numbers import number, thousands
from optiviz.scene.recording import recordings
from optiviz.scene.scene import Run, Scene
from optiviz.scene.tune import Tune, TunedRun
from optiviz.scene.words import Caption, caption_rows, letters

SHARE = 1e-3  # of the drop that is left at the target
MAX_WORK = 20_000_000_000  # numbers times steps of all trials
MAX_KEPT = 2**20  # bytes of a file of tuned values


def tuned_scene(scene: Scene, kept: Path | None = None, key: str = "") -> Scene:
    """The scene with tuned learning rates, which its caption and its sidecar tell.

    Every run that may be tuned tries the same number of rates from the same starts, or with the same seeds;
    solvers of scipy and functions without a rate stay as they are.

    Parameters
    ----------
    scene : Scene
    kept : Path, optional
        Where the choice is kept: what stands there is taken if it is of the same scene, else it is written.
    key : str
        What stands for all that the choice depends on.

    Examples
    --------
    >>> from optiviz.objectives.surfaces import surfaces
    >>> from optiviz.optimizers import GD
    >>> bowl = Scene(surfaces["sphere"], {"GD": GD(0.001)}, steps=30, tune=Tune(budget=10))
    >>> bool(0.2 < tuned_scene(bowl).runs["GD"].optimizer.learning_rate < 0.8)
    True
    """
    budget = scene.tune or Tune()
    labels = [label for label, run in scene.runs.items() if may_be_tuned(scene, run)]
    found = read_tuned(kept, key, labels)
    if found is None:
        check_work(scene, budget, labels)
        found = {label: tuned_run(scene, label, budget) for label in labels}
        if kept is not None and labels:
            write_tuned(kept, key, found, budget_words(scene, budget))
    return with_tuned(scene, found, budget)


def may_be_tuned(scene: Scene, run: Run) -> bool:
    """Whether a run is to be tuned, and has a rate."""
    rule = as_optimizer(run.optimizer)
    wanted = run.tune if run.tune is not None else scene.tune is not None
    return wanted and not isinstance(rule, Scipy) and "learning_rate" in hyperparameters(rule)


def check_work(scene: Scene, budget: Tune, labels: list[str]) -> None:
    """Refuse what would take hours."""
    whole: Any = scene.objective
    size = sum(np.size(scene.runs[label].objective(whole).start) for label in labels)
    work = size * scene.steps * budget.budget * max(budget.starts, budget.seeds)
    if work > MAX_WORK:
        raise BadInput(f"{work:,} numbers times steps are too many; the limit is {MAX_WORK:,}", field="tune")


def tuned_run(scene: Scene, label: str, budget: Tune) -> TunedRun:
    """What a run is tuned to."""
    run = scene.runs[label]
    steps = recordings(scene)[label].steps
    trials = all_trials(scene, run, steps, budget)
    middle = float(np.median(trials.times[trials.best]))
    reached = bool(np.isfinite(trials.times).any())
    works = trials.working if reached else np.isfinite(np.median(trials.last, axis=1))
    return TunedRun(
        trials.chosen["learning_rate"],
        int(works.sum()),
        middle if np.isfinite(middle) else None,
        trials.at_edge,
    )


def all_trials(scene: Scene, run: Run, steps: int, budget: Tune) -> Trials:
    """All trials of a run: from starts round the scene's own on a surface, else with other seeds."""
    whole: Any = scene.objective
    rule, objective = as_optimizer(run.optimizer), run.objective(whole)
    seen: Any = objective
    if run.start is not None:
        objective = replace(seen, start=np.asarray(run.start, dtype=float))
    settings: dict[str, Any] = {"trials": budget.budget, "steps": steps, "share": SHARE}
    if isinstance(objective, Surface):
        drawn = {"count": budget.starts, "own": False, "seed": scene.seed}
        starts = starts_at(drawn, objective, np.arange(budget.starts))
        return tune(rule, objective, starts, seed=scene.seed, **settings)
    parts = []
    for k in range(1, budget.seeds + 1):
        other, start = with_seed(objective, scene.seed + k)
        # of every seed the same grid, whose shift is that of the scene
        parts.append(tune(rule, other, start[:, None], seed=scene.seed + k, shift=scene.seed, **settings))
    times, last = (np.concatenate([getattr(p, name) for p in parts], axis=1) for name in ("times", "last"))
    return Trials(parts[0].settings, times, last)


def with_seed(objective: Any, seed: int) -> tuple[Any, Array]:
    """A problem with data as another seed has it: a network begins with other weights, a fit elsewhere."""
    if isinstance(objective, Training) and np.array_equal(
        objective.start, objective.network.initial(objective.weights_seed)
    ):
        seen = replaced(objective, start=(), weights_seed=seed)
        return seen, np.asarray(seen.start)
    start = starts_at({"count": 1, "own": False, "seed": seed}, objective, np.arange(1))[:, 0]
    return objective, start


# ---- the scene that tells it


def with_tuned(scene: Scene, found: Mapping[str, TunedRun], budget: Tune) -> Scene:
    """The scene with rates as they were tuned; its frames say so from the first on."""
    runs: dict[str, Run] = {}
    for label, run in scene.runs.items():
        if label in found:
            rule = with_settings(as_optimizer(run.optimizer), {"learning_rate": found[label].learning_rate})
            runs[label] = replace(run, optimizer=rule)
        else:
            runs[label] = run
    changes: dict[str, Any] = {}
    if budget.untuned and scene.tune is not None:
        runs |= {f"{label}, untuned": replace(scene.runs[label], tune=False) for label in found}
        changes["highlight"] = scene.highlight or tuple(scene.runs)
    if found:
        words = budget_words(scene, budget)
        if any(caption.at == 0 for caption in scene.captions):
            changes["title"] = f"{scene.title} ({words[0].lower()}{words[1:]})"
        else:
            caption = Caption(0, caption_text(scene, found, words))
            changes["captions"] = (caption, *scene.captions)
    # `steps` of a scene of epochs are made from them
    return replace(scene, runs=runs, tuned=dict(found), **changes)


def budget_words(scene: Scene, budget: Tune) -> str:
    """How runs were tuned, in words."""
    surface = isinstance(scene.objective, Surface)
    luck = f"{budget.starts} starts" if surface else f"{budget.seeds} seeds"
    target = "" if known_least_loss(scene.objective) is None else f", target {100 * SHARE:g} % kept"
    return f"Tuned: {budget.budget} rates, {luck}, {thousands(scene.steps)} steps{target}"


def caption_text(scene: Scene, found: Mapping[str, TunedRun], words: str) -> str:
    """The budget, and what each run was tuned to where there is room."""
    values = ", ".join(
        f"{label} {number(one.learning_rate, 2)}{'*' * one.edge}" for label, one in found.items()
    )
    text = f"{words}. {values}"
    fits = len(text) <= letters(scene.size) * caption_rows(scene.size)
    return text if fits and not set("${}") & set(text) else f"{words}."


# ---- the file


def key_of_tuning(document: Mapping[str, Any], data: str) -> str:
    """What stands for all that a choice depends on: the problem, the runs, the budget, and this program."""
    from optiviz.scenefile.build_cache import made_with

    told = {name: document.get(name) for name in ("problem", "runs", "steps", "epochs", "seed", "tune")}
    parts = json.dumps([told, data, made_with()["optiviz"]], sort_keys=True, default=str)
    return hashlib.sha256(parts.encode()).hexdigest()


def signature(key: str, found: Mapping[str, TunedRun]) -> str:
    """What a file is known by: values that somebody changed by hand are not of this choice."""
    rates = {label: one.learning_rate for label, one in found.items()}
    return hashlib.sha256(f"{key} {json.dumps(rates, sort_keys=True)}".encode()).hexdigest()


def read_tuned(kept: Path | None, key: str, labels: list[str]) -> dict[str, TunedRun] | None:
    """What is kept in a file, if it is of just this scene; None else."""
    if kept is None or not kept.is_file() or kept.stat().st_size > MAX_KEPT:
        return None
    try:
        told = tomllib.loads(kept.read_text(encoding="utf-8"))
        found = {
            label: TunedRun(
                float(run["learning_rate"]), int(run["works"]), told_steps(run), bool(run["edge"])
            )
            for label, run in told["runs"].items()
        }
        same = told["of"] == signature(key, found) and list(found) == labels
    except (OSError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return found if same else None


def told_steps(run: Mapping[str, Any]) -> float | None:
    """The steps of a run that has some; whatever is no number is refused."""
    steps = run.get("steps")
    return None if steps is None else steps + 0


def write_tuned(kept: Path, key: str, found: Mapping[str, TunedRun], words: str) -> None:
    """Keep what was chosen, so that a scene does not tune twice and a reader sees it."""
    lines = [
        f"# {words}. Written by optiviz; made anew when the scene changes.",
        f'of = "{signature(key, found)}"',
    ]
    for label, one in found.items():
        lines += [
            "",
            f"[runs.{json.dumps(label, ensure_ascii=False)}]",
            f"learning_rate = {one.learning_rate!r}",
        ]
        lines += [f"works = {one.works}", f"edge = {str(one.edge).lower()}"]
        lines += [] if one.steps is None else [f"steps = {one.steps!r}"]
    kept.parent.mkdir(parents=True, exist_ok=True)
    with replacing(kept) as place:
        place.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
