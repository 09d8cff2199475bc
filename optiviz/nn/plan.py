"""Where the weights of a network lie in its flat vector, and the stages they pass through.

n  rows      k  width of a layer      P  weights      N  networks side by side: last outside, first inside
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import prod
from typing import NamedTuple

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.nn.activations import Pullback
from optiviz.nn.layer_parts import Operation, affine
from optiviz.nn.layers import Layer
from optiviz.nn.losses import Loss


class Place(NamedTuple):
    """Where a weight lies in theta, and its shape."""

    at: slice
    shape: tuple[int, ...]


class Signals(NamedTuple):
    """What one layer did: `z`, its sums (what its activation was given), and `a`, what it passed on."""

    z: Array
    a: Array


class BoundOperation(NamedTuple):
    """A stage of a layer, with the places of its weights; vectors stand as rows (1, k)."""

    run: Callable[..., tuple[Array, Pullback]]
    places: tuple[Place, ...]
    layer: int  # which one it belongs to
    sums: bool  # whether its result is a layer's z


class Aim(NamedTuple):
    """A loss, and the steps that lead to what it looks at."""

    loss: Loss
    plan: tuple[BoundOperation, ...]


def plan_layers(
    layers: Sequence[Layer], names: Sequence[str], inputs: int
) -> tuple[dict[str, Place], tuple[BoundOperation, ...]]:
    """Every weight its place in theta, in the order of the layers, and all stages in a row.

    Examples
    --------
    >>> from optiviz.nn.layers import Dense
    >>> parameters, plan = plan_layers([Dense(4, "relu")], ["dense"], 2)
    >>> parameters["dense/bias"], len(plan)
    (Place(at=slice(8, 12, None), shape=(4,)), 2)
    """
    parameters: dict[str, Place] = {}
    plan: list[BoundOperation] = []
    first, width = 0, inputs
    for k, (part, name) in enumerate(zip(layers, names, strict=True)):
        for weight, (shape, _) in part.weights(width).items():
            parameters[f"{name}/{weight}"] = Place(slice(first, first + prod(shape)), shape)
            first += prod(shape)
        for stage in part.stages():
            sums = stage.run is affine
            run = partial(affine, first=True) if sums and not plan else stage.run
            plan.append(BoundOperation(run, weight_places(stage, name, parameters), k, sums))
        width = part.outputs(width)
    return parameters, tuple(plan)


def check_inputs(layers: Sequence[Layer], names: Sequence[str], inputs: int) -> None:
    """Hold each layer that says how many numbers it is given (`input_dim`) to what it is given.

    Examples
    --------
    >>> from optiviz.nn.layers import Dense
    >>> check_inputs([Dense(4, input_dim=2)], ["dense"], 3)
    Traceback (most recent call last):
    optiviz.BadInput: layer 'dense' is given 3 inputs, its input_dim says 2
    """
    width = inputs
    for part, name in zip(layers, names, strict=True):
        said = getattr(part, "input_dim", None)
        if said is not None and said != width:
            raise BadInput(f"layer '{name}' is given {width} inputs, its input_dim says {said}")
        width = part.outputs(width)


def network_first(theta: Array) -> Array:
    """(P,) as it is, (P, N) as (N, P): a network's weights lie together."""
    return theta if theta.ndim == 1 else np.ascontiguousarray(theta.T)


def network_last(x: Array, theta: Array) -> Array:
    """(n, k) as it is, (N, n, k) as (n, k, N)."""
    if theta.ndim == 1:
        return x
    whole = x if x.ndim == 3 else np.broadcast_to(x, (theta.shape[1], *x.shape))  # no weights met it yet
    return np.moveaxis(whole, 0, -1)


def views(flat: Array, at: tuple[Place, ...]) -> list[Array]:
    """The weights at these places of (P,) or (N, P); nothing is copied."""
    if not at:
        return []
    if flat.ndim == 1:
        return [flat[where].reshape(shape) for where, shape in at]
    return [flat[:, where].reshape(-1, *shape) for where, shape in at]


def weight_places(stage: Operation, name: str, parameters: Mapping[str, Place]) -> tuple[Place, ...]:
    """Of a stage's weights, with vectors as rows, so that they broadcast in both forms."""
    found = (parameters[f"{name}/{weight}"] for weight in stage.weights)
    return tuple(Place(at, shape if len(shape) == 2 else (1, *shape)) for at, shape in found)


def statistic_row(statistics: Mapping[str, Array], name: str) -> Array:
    """A statistic (i,) as (1, i), or (i, N) as (N, 1, i)."""
    if name not in statistics:
        raise BadInput(f"statistics need '{name}', they have {', '.join(statistics) or 'nothing'}")
    statistic = statistics[name]
    return statistic[np.newaxis] if statistic.ndim == 1 else statistic.T[:, np.newaxis]


def layer_names(layers: tuple[Layer, ...]) -> tuple[str, ...]:
    """Each layer's own name, or its kind: dense, dense_1, dense_2, ...

    Examples
    --------
    >>> from optiviz.nn.layers import Dense
    >>> layer_names((Dense(1), Dense(1), Dense(1, name="last")))
    ('dense', 'dense_1', 'last')
    """
    names: list[str] = []
    counts: dict[str, int] = {}
    for part in layers:
        count = counts.get(part.kind, 0)
        counts[part.kind] = count + (not part.name)
        names.append(part.name or (f"{part.kind}_{count}" if count else part.kind))
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"two layers are named '{name}'")
    return tuple(names)
