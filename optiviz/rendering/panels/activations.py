"""Activation histograms per layer: alive, vanished or saturated."""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np

from optiviz._lib.typing import Array, Bounds
from optiviz.objectives.training import Training
from optiviz.rendering.cell import Cell
from optiviz.rendering.panels._shared.layer_histograms import layer_axes, violins
from optiviz.rendering.panels._shared.needs import a_network, ascending
from optiviz.rendering.panels._shared.network_runs import cached_by_step, learner, learners
from optiviz.rendering.panels._shared.spec import PanelSpec
from optiviz.runs.trajectory import Comparison

ROWS = 100  # of the data that are sent through the network for each picture
SAMPLES = 4  # steps of each run that are looked at for the limits


def activations(
    cell: Cell,
    comparison: Comparison,
    *,
    run: str = "",
    signal: Literal["a", "z"] = "a",
    limits: tuple[float, float] | None = None,
    bins: Annotated[int, Bounds(low=3, high=200)] = 31,
) -> None:
    """A histogram of the activations of each hidden layer, over all its neurons and the rows of the data.

    Parameters
    ----------
    run : str
        The label of the run whose network is shown; the first one unless given.
    signal : "a" or "z"
        What a layer passes on, or the sums that its activation function is given.
    limits : (low, high), optional
        Of the axis; beyond them values are counted in the outermost bar. What the networks of all runs
        need unless given, so that panels beside each other share one axis.
    bins : int
    """
    shown = learner(comparison, "activations", run)
    training, label = shown.training, shown.run.label
    blocks = hidden_blocks(training)
    if limits is None:
        limits = reach(comparison, signal)
    what = "activations" if signal == "a" else "weighted sums"
    forms = cell.form([f"{{}}: {what} by layer", f"{{}}: {what}", "{}"], comparison.trajectories)
    ax = layer_axes(cell, [form.replace("{}", label) for form in forms], len(blocks), limits)
    values = cached_by_step(lambda step: signals(training, shown.theta(step), signal))
    violins(cell, ax, values, limits, bins, cell.looks[label].color)


def hidden_blocks(training: Training) -> list[str]:
    """The names of the layers whose results the next sums are made of; the last layer if there are none.

    A block is sums, perhaps a normalisation, and an activation: it is named by its last layer.
    """
    network = training.network
    with_sums = sorted({step.layer for step in network.plan if step.sums})
    return [network.names[k - 1] for k in with_sums if k > 0] or [network.names[-1]]


def signals(training: Training, theta: Array, signal: str) -> Sequence[Array]:
    """For each hidden block its activations, or sums, (rows, width); normalised as in training."""
    rows = np.unique(np.linspace(0, len(training.X) - 1, min(ROWS, len(training.X))).astype(int))
    statistics = training.statistics(theta) if training.network.normalizes else None
    with np.errstate(all="ignore"):
        found = training.network.forward(theta, training.X[rows], statistics)
    return [found[name].a if signal == "a" else found[name].z for name in hidden_blocks(training)]


def reach(comparison: Comparison, signal: str) -> tuple[float, float]:
    """Limits that hold nearly all values of all runs, at some steps of each."""
    lows, highs = [], []
    for one in learners(comparison, "activations"):
        for row in one.rows(SAMPLES):
            for values in signals(one.training, one.run.path[row], signal):
                low, high = np.nan_to_num(np.quantile(values, (0.005, 0.995)))
                lows.append(low)
                highs.append(high)
    low, high = float(min(lows)), float(max(highs))
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room


SPEC = PanelSpec(problem=(a_network, ascending("limits")))
