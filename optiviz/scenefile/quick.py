"""Scenes of one line: a surface, a formula or two columns of a CSV file, and the rules that run on it.

Where no learning rate is given, each rule has the one that suits the surface, else the best of a grid: all
are tuned alike.
"""

from collections.abc import Mapping, Sequence
from math import hypot
from pathlib import Path
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import unknown
from optiviz.objectives.fit import Fit
from optiviz.objectives.surface import surface
from optiviz.objectives.surfaces import surfaces
from optiviz.objectives.table import read_csv
from optiviz.optimizers import OPTIMIZERS
from optiviz.runs.minimize import minimize
from optiviz.scene.alttext import comma_list
from optiviz.scenefile.catalogue import toml
from optiviz.scenefile.introspection import settings_of
from optiviz.scenefile.line_numbers import dotted_key

Document = dict[str, Any]

RATES = tuple(float(f"{mantissa}e{power}") for power in range(-5, 2) for mantissa in (1, 2, 5))
RULES = ("gd", "momentum", "adam")
MOST_RULES = 8
NEAR = 1e-3  # share of the drop that is left when a rule is down
WIDE = 1.25  # of the start's coordinates: where a formula is worth drawing, when nobody says


def race_document(
    problem: str, rules: Sequence[str] = RULES, *, steps: int = 200, start: Sequence[float] | None = None
) -> Document:
    """A scene in which rules run side by side on a surface of the catalogue or a formula.

    Parameters
    ----------
    problem : str
        The name of a surface, or a formula in x and y.
    rules : list of str
        Names of the index of optimizers, 1 to 8.
    steps : int, default 200
    start : (x, y), optional
        The surface's own unless given; a formula needs one.

    Returns
    -------
    dict
        As `tomllib` would read it from a file.

    Raises
    ------
    BadInput
        For an unknown name, a formula that cannot be read or has no start, and no or too many rules.

    Examples
    --------
    >>> race_document("booth", ["gd", "adam"], steps=100)["runs"]
    {'GD': {'optimizer': 'gd'}, 'Adam': {'optimizer': 'adam'}}
    """
    names = checked_rules(rules)
    given = {} if start is None else {"start": [float(part) for part in start]}
    if problem in surfaces:
        entries: dict[str, Any] = {"surface": problem, **given}
        known = surfaces[problem]
        own = known.learning_rates if start is None else {}
        objective: Any = known
        where = problem
    else:
        if problem.isidentifier() and problem not in ("x", "y"):
            raise unknown("surface", problem, surfaces)
        if start is None or len(start) != 2:
            surface(problem, xlim=(-1, 1), ylim=(-1, 1), start=(0.5, 0.5))  # a fault of its own is told first
            raise BadInput("a formula needs a start, such as --start=-4,2")
        reach = max(1.0, WIDE * hypot(*start))
        side = round_up(reach)
        entries = {"formula": problem, "xlim": [-side, side], "ylim": [-side, side], **given}
        objective = surface(problem, xlim=(-side, side), ylim=(-side, side), start=(start[0], start[1]))
        own, where = {}, "a surface of your own"
    runs = {
        OPTIMIZERS[name].__name__: rule_entry(
            name, {} if OPTIMIZERS[name].__name__ in own else tuned(objective, name, steps, start)
        )
        for name in names
    }
    return document(f"{comma_list(list(runs))} on {where}", ["landscape", "loss"], steps, entries, runs)


def fit_document(
    csv: Path,
    x: str,
    y: str,
    rules: Sequence[str] = RULES,
    *,
    steps: int = 60,
    start: Sequence[float] = (-1, -1),
) -> Document:
    """A scene in which rules fit a line to two columns of a CSV file; its data are beside that file.

    The columns are standardised, so that one rate serves both weights.

    Parameters
    ----------
    csv : path
    x, y : str
        Names of columns.
    rules, steps
        As in `race_text`; steps are epochs of all rows.
    start : (w, b), default (-1, -1)

    Raises
    ------
    BadInput
        As `race_text` and `read_csv` do.
    """
    names = checked_rules(rules)
    objective = Fit(read_csv(csv, x, y, standardize=True), start=np.array(start, dtype=float))
    runs = {
        OPTIMIZERS[name].__name__: rule_entry(name, tuned(objective, name, steps, start)) for name in names
    }
    entries = {
        "data": {"csv": csv.name, "x": x, "y": y, "standardize": True},
        "loss": "mse",
        "start": [float(part) for part in start],
    }
    title = f"{comma_list(list(runs))}: {y} from {x}"
    return document(title, ["fit", "landscape", "loss"], steps, entries, runs)


def checked_rules(rules: Sequence[str]) -> list[str]:
    """The names of rules, each known and there once."""
    names = [name.strip().lower() for name in rules if name.strip()]
    for name in names:
        if name not in OPTIMIZERS:
            raise unknown("optimizer", name, OPTIMIZERS)
    if not names or len(names) > MOST_RULES:
        raise BadInput(f"rules: 1 to {MOST_RULES} of them, got {len(names)}")
    twice = next((name for k, name in enumerate(names) if name in names[:k]), None)
    if twice:
        raise BadInput(f"rules: '{twice}' is there twice")
    return names


def tuned(objective: Any, name: str, steps: int, start: Sequence[float] | None) -> dict[str, float]:
    """The learning rate of 1, 2 and 5 times a power of ten with which a rule is soonest down for good.

    Down is within `NEAR` of the drop to the lowest loss of all rates; of those that are not, the lowest at
    the end. All rates run side by side. A rule that has no learning rate has nothing to tune.
    """
    rule: Any = OPTIMIZERS[name]
    if "learning_rate" not in settings_of(rule):
        return {}
    rates = np.array(RATES)
    begin = np.asarray(objective.start if start is None else start, dtype=float)
    runs = minimize(
        objective,
        rule(learning_rate=rates),
        steps=steps,
        start=np.repeat(begin[:, None], len(rates), axis=1),
        memory=False,
    )
    losses = np.where(np.isfinite(runs.losses), runs.losses, np.inf)
    losses[:, np.asarray(runs.stopped_at) >= 0] = np.inf
    down = losses.min() + NEAR * (losses[0].min() - losses.min())
    above = losses > down
    arrivals = np.where(above[-1], steps + 1, len(losses) - above[::-1].argmax(axis=0))
    arrivals[~above.any(axis=0)] = 0
    best = np.lexsort((rates, losses[-1] if above[-1].all() else np.zeros(len(rates)), arrivals))[0]
    return {"learning_rate": float(f"{rates[best]:g}")}


def rule_entry(name: str, settings: dict[str, float]) -> dict[str, Any]:
    """A run as the file has it."""
    return {"optimizer": name, **settings}


def round_up(value: float) -> float:
    """The next number of two digits that is not smaller.

    >>> round_up(5.59), round_up(0.5), round_up(123.0)
    (5.6, 0.5, 130.0)
    """
    unit = 10.0 ** (np.floor(np.log10(value)) - 1)
    return float(f"{np.ceil(value / unit - 1e-9) * unit:.6g}")


def document(
    title: str, panels: Sequence[str], steps: int, problem: dict[str, Any], runs: dict[str, dict[str, Any]]
) -> Document:
    """A scene as its file has it."""
    top = {"title": title, "panels": list(panels), "steps": steps, "seconds": 8}
    return {**top, "problem": problem, "runs": runs}


def document_text(content: Document) -> str:
    """The file of a scene: keys first, then tables.

    >>> print(document_text({"steps": 5, "runs": {"A b": {"optimizer": "gd"}}}), end="")
    steps = 5
    <BLANKLINE>
    [runs]
    "A b" = { optimizer = "gd" }
    """
    tables = {key: value for key, value in content.items() if isinstance(value, dict)}
    lines = lines_of_table({key: value for key, value in content.items() if key not in tables})
    for name, table in tables.items():
        lines += ["", f"[{name}]", *lines_of_table(table)]
    return "\n".join(lines) + "\n"


def lines_of_table(table: Mapping[str, Any]) -> list[str]:
    """Keys and values, the signs below each other."""
    keys = [dotted_key((key,)) for key in table]
    wide = max(map(len, keys), default=0)
    return [f"{key:<{wide}} = {toml(value)}" for key, value in zip(keys, table.values(), strict=True)]
