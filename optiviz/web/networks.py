"""Networks in training as plain data: dense layers, loss, rows and weights, for `js/dense.js` to train.

Live are networks of dense layers with the activations of `js/forward_pass.js` and the losses of `optiviz.nn`,
on data that a browser gets through in a moment (`MOST_WORK`); any other is played from its record.
"""

import base64
from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any

import numpy as np

from optiviz.nn.activations import ACTIVATIONS
from optiviz.nn.layers import Dense
from optiviz.nn.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
)
from optiviz.objectives.training import Training

FORWARD = frozenset(ACTIVATIONS) - {"gelu", "log_softmax"}  # what js/forward_pass.js has
SETTINGS = {"leaky_relu": "negative_slope", "elu": "alpha"}  # the one number that an activation takes
KINDS: Mapping[type, str] = MappingProxyType(
    {
        MeanSquaredError: "mse",
        MeanAbsoluteError: "mae",
        Huber: "huber",
        BinaryCrossentropy: "binary_crossentropy",
        CategoricalCrossentropy: "categorical_crossentropy",
    }
)
MOST_WORK = 20_000_000  # weights times rows times steps of a run: half a second


def dense_layers(training: Training) -> list[dict[str, Any]] | None:
    """The layers as js/forward_pass.js takes them, or None where one is not dense or has its own function."""
    found = []
    for layer in training.network.layers:
        if not isinstance(layer, Dense):
            return None
        if layer.kernel_regularizer is not None:
            return None
        given: Any = layer.activation
        told = dict(given) if isinstance(given, dict) else {"kind": "linear" if given is None else given}
        kind = told.pop("kind", None)
        if not isinstance(kind, str) or kind not in FORWARD:
            return None
        one: dict[str, Any] = {"units": layer.units, "activation": kind}
        if told:
            if list(told) != [SETTINGS.get(kind)]:
                return None
            one["setting"] = float(next(iter(told.values())))
        found.append(one if layer.use_bias else one | {"bias": False})
    return found


def training_record(training: Training, steps: int) -> dict[str, Any] | None:
    """What the page needs to train a network for so many steps; None where it can but replay it.

    Examples
    --------
    >>> from optiviz.nn import Network
    >>> line = Training(Network([Dense(1)], inputs=1), [[0], [1], [2]], [1, 3, 5])
    >>> record = training_record(line, 100)
    >>> record["layers"], record["loss"], record["sums"], record["exact"]
    ([{'units': 1, 'activation': 'linear'}], {'kind': 'mse', 'reduction': 'mean'}, False, True)
    """
    layers, rule = dense_layers(training), training.aim.loss
    seen = len(training.X) + (training.batch_size or 0)
    kept: Any = rule
    if type(rule) in KINDS and (kept.reduction != "mean" or getattr(kept, "label_smoothing", 0.0)):
        return None  # played from its record
    if layers is None or type(rule) not in KINDS or training.network.size * seen * steps > MOST_WORK:
        return None
    settings = {field.name: getattr(rule, field.name) for field in fields(rule)}  # type: ignore[arg-type]
    return {
        "layers": layers,
        "loss": {"kind": KINDS[type(rule)], **settings},
        "sums": len(training.aim.plan) < len(training.network.plan),
        "targets": packed_floats(training.targets),
        "start": packed_floats(training.start),
        "far": training.far,
        "exact": training.losses == "exact",
    }


def packed_floats(values: Any) -> str:
    """Numbers as base64 of little-endian doubles."""
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f8").tobytes()).decode("ascii")


__all__ = ["FORWARD", "dense_layers", "packed_floats", "training_record"]
