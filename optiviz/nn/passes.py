"""Forward and backward passes through the stages of a network: backpropagation.

n  rows      k  width of a layer      P  weights      N  networks side by side, here the first axis
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np

from optiviz._lib.typing import Array
from optiviz.nn.layers import BatchNormalization, Layer
from optiviz.nn.plan import Aim, BoundOperation, Signals, statistic_row, views

CELLS = 2**19  # numbers (networks times rows times widest layer) at once: 4 MiB, what a processor keeps near

Settings = ParamSpec("Settings")
Result = TypeVar("Result")


def ignore_float_errors(method: Callable[Settings, Result]) -> Callable[Settings, Result]:
    """Wraps a function so that a network that has diverged says so by its numbers, not by warnings."""

    @wraps(method)
    def silenced(*args: Settings.args, **settings: Settings.kwargs) -> Result:
        with np.errstate(all="ignore"):
            return method(*args, **settings)

    return silenced


def forward(
    plan: Sequence[BoundOperation],
    layers: Sequence[Layer],
    names: Sequence[str],
    flat: Array,
    X: Array,
    statistics: Mapping[str, Array] | None = None,
) -> list[Signals]:
    """Sums z and activations a of each layer, for weights `flat` (P,) or (N, P) and rows X (n, d)."""
    x, found = X, []
    for k in range(len(layers)):
        z = x
        for step in plan:
            if step.layer == k:
                x = pass_step(step, layers, names, flat, x, statistics)
                z = x if step.sums else z
        found.append(Signals(z, x))
    return found


def pass_step(
    step: BoundOperation,
    layers: Sequence[Layer],
    names: Sequence[str],
    flat: Array,
    x: Array,
    statistics: Mapping[str, Array] | None,
) -> Array:
    """One stage forward, by the statistics given if it has any use for them."""
    weights, part = views(flat, step.places), layers[step.layer]
    if statistics is None or not isinstance(part, BatchNormalization):
        result, _ = step.run(x, *weights)
        return result
    name = names[step.layer]
    return part.infer(
        x, weights, statistic_row(statistics, f"{name}/mean"), statistic_row(statistics, f"{name}/variance")
    )


def value(
    aim: Aim,
    layers: Sequence[Layer],
    names: Sequence[str],
    flat: Array,
    X: Array,
    y: Array,
    statistics: Mapping[str, Array] | None,
) -> Array:
    """The loss: () for (P,), (N,) for (N, P)."""
    x = X
    for step in aim.plan:
        x = pass_step(step, layers, names, flat, x, statistics)
    return aim.loss.value(x, y)


def value_and_gradient(aim: Aim, flat: Array, X: Array, y: Array) -> tuple[Array, Array]:
    """The loss and its gradient, shaped like `flat`: every stage forward, then every pullback backward."""
    x, way = X, []
    for run, at, _, _ in aim.plan:
        x, pull = run(x, *views(flat, at))
        way.append((pull, at))
    loss, g = aim.loss.pull(x, y)
    gradient = np.empty(flat.shape, flat.dtype)  # complex where a curvature is asked for
    for pull, at in reversed(way):
        g = pull(g, *views(gradient, at))
    return loss, gradient


def network_chunks(theta: Array, rows: int, widest: int) -> list[Array]:
    """theta (P, N) cut along its networks, so that what one layer passes on stays small."""
    if theta.ndim == 1:
        return [theta]
    count = -(-rows * widest * theta.shape[1] // CELLS)
    return np.array_split(theta, min(theta.shape[1], count), axis=1) if count > 1 else [theta]
