"""Recording plans: which rows of each run a scene keeps, within bounds on memory."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz.nn.network import Network
from optiviz.objectives.data import many
from optiviz.objectives.training import Training
from optiviz.optimizers.base import told_variables
from optiviz.optimizers.function import as_optimizer
from optiviz.runs.minimize import MAX_RECORD, Competitor
from optiviz.runs.record import recorded
from optiviz.runs.scipy_solvers import Scipy
from optiviz.scene.scene import Scene

LARGE = 1000  # weights; of a run with more of them, only the path is recorded, and thinned
MAX_ROWS = 601
MAX_PATHS = 544 * 2**20  # bytes, of all large runs together: the whole process then stays below 1 GiB
MAX_PASS = 2**30  # bytes that all rows take on their way through a network


@dataclass(frozen=True)
class Recording:
    """Recording plan of a run: every how many of its `steps`, and whether with optimizer state."""

    steps: int
    every: int
    memory: bool


def recordings(scene: Scene) -> dict[str, Recording]:
    """The recording plan of each run of a scene.

    A run of up to 1,000 parameters is recorded whole: every step, with gradients and state. Of a larger one
    the path and the losses are, at up to 601 steps evenly spread, and fewer where all large runs together
    would take more than 544 MiB: the largest then get least.

    Raises
    ------
    BadInput
        When this would not fit into memory, with an estimate; nothing is allocated by then.
    """
    if scene.objective is None:
        return {}
    steps, sizes = {}, {}
    whole = 0
    for label, run in scene.runs.items():
        share = 1 if scene.epochs is None else run.steps_per_epoch(scene.objective)
        steps[label] = scene.steps if scene.epochs is None else scene.epochs * share
        network = run.network(scene.objective) or getattr(scene.objective, "network", None)
        sizes[label] = int(np.size(scene.objective.start)) if network is None else network.size
        if isinstance(scene.objective, Training) and network is not None:
            check_pass(label, len(scene.objective.X), network)
        if sizes[label] <= LARGE:
            whole += (
                (steps[label] + 1) * sizes[label] * 8 * arrays_per_step(run.optimizer, sizes[label], network)
            )
    if whole > MAX_RECORD:
        asked = "steps" if scene.epochs is None else "epochs"
        raise BadInput(
            f"{scene.steps:,} steps of {many(len(scene.runs), 'run')} would take "
            f"{whole / 2**30:.1f} GiB to record; the limit is {MAX_RECORD / 2**30:.0f} GiB",
            field=asked,
        )
    rows = rows_of_large({k: (size, steps[k]) for k, size in sizes.items() if size > LARGE})
    return {
        label: Recording(steps[label], -(-steps[label] // (rows[label] - 1)), False)
        if label in rows
        else Recording(steps[label], 1, True)
        for label in scene.runs
    }


def rows_of_large(runs: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Rows for each of the large runs, (size, steps), so that all paths together stay within `MAX_PATHS`."""
    weights = sum(size for size, _ in runs.values())
    if 24 * weights > MAX_PATHS:
        raise BadInput(
            f"{weights:,} weights would take {24 * weights / 2**20:,.0f} MiB for the start, the first "
            f"and the last place alone; the limit is {MAX_PATHS / 2**20:.0f} MiB - fewer units "
            "or runs",
            field="runs",
        )
    found, left, others = {}, MAX_PATHS - 8 * weights, len(runs)
    wanted = {label: min(steps + 1, MAX_ROWS) * size * 8 for label, (size, steps) in runs.items()}
    least = 16 * weights
    for label in sorted(wanted, key=lambda label: wanted[label]):
        size, _ = runs[label]
        least -= 16 * size
        given = min(wanted[label], max(left // others, 16 * size), left - least)
        found[label] = max(given // (8 * size), 2)
        left, others = left - given, others - 1
    return found


def check_pass(label: str, rows: int, network: Network) -> None:
    """Refuse a network through which the rows would not go at once."""
    neurons = sum(network.widths)
    need = 24 * rows * neurons  # sums, activations and their slopes
    if need > MAX_PASS:
        raise BadInput(
            f"{rows:,} rows through the {neurons:,} neurons of '{label}' would take "
            f"{need / 2**30:.1f} GiB; the limit is {MAX_PASS / 2**30:.0f} GiB",
            field="runs",
        )


def arrays_per_step(optimizer: Competitor, size: int, network: Network | None = None) -> int:
    """Arrays of `size` numbers that a step of a run writes down: its place, the gradient, its memory."""
    rule = as_optimizer(optimizer)
    if isinstance(rule, Scipy):
        return 2
    theta = np.zeros(size)
    rule = told_variables(rule, network.parameters if network else None)
    return 2 + len(recorded(rule.init(theta), theta))
