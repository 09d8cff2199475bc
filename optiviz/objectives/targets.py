"""Targets of a network: y as a loss wants it - numbers, class numbers or one-hot rows - and its checks."""

from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.nn import losses
from optiviz.nn.losses import BinaryCrossentropy, CategoricalCrossentropy
from optiviz.nn.plan import Aim
from optiviz.objectives.data import Data


def aimed(data: Data, outputs: int, loss: Any) -> Array:
    """y of a table as the loss wants it: numbers (n,), the number of the class (n,), or one-hot (n, k)."""
    k = len(data.classes)
    if not k:
        return data.y
    rule = losses.loss(loss)
    sparse = isinstance(rule, CategoricalCrossentropy) and rule.sparse
    if outputs == 1 and k == 2 or outputs == 1 and sparse:
        return data.y
    if outputs != k:
        alone = ", or one alone" if k == 2 else ""
        raise BadInput(
            f"'{data.y_name}' has {k} classes, so the last layer needs {k} units{alone}; it has {outputs}",
            field="layers",
        )
    return data.y if sparse else data.one_hot


def class_numbers(y: Any, aim: Aim) -> Any:
    """One-hot rows, as a sparse loss has made them of class numbers, as class numbers again."""
    sparse = isinstance(aim.loss, CategoricalCrossentropy) and aim.loss.sparse
    return np.argmax(y, axis=1) if sparse and np.ndim(y) == 2 and np.shape(y)[1] > 1 else y


def refuse_one_class(targets: Array, aim: Aim) -> None:
    """A cross-entropy on one class has nothing to learn, and no minimum."""
    if isinstance(aim.loss, BinaryCrossentropy):
        found = f"{targets[0, 0]:g}" if targets.shape[1] == 1 else f"{targets[0].tolist()}"
    elif isinstance(aim.loss, CategoricalCrossentropy):
        found = f"class {targets[0].argmax()}"
    else:
        return
    if np.all(targets == targets[0]):
        raise BadInput(
            f"y is {found} in every row: there is one class only, and two are needed to tell apart"
        )
