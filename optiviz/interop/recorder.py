"""`Recorder`: writes the weights of somebody's model to a file while it trains."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz.interop.packages import import_package
from optiviz.runs.model_weights import ModelWeights, weights_of_model
from optiviz.runs.weight_log import LogWriter


@checked_settings
class Recorder:
    """Record the weights of a model at every so many steps, for `landscape`.

    Of a torch module steps count by themselves: those of all optimizers that hold a parameter of it. Of
    anything else tell it each step, `recorder.step()`; where weights are new objects at every step, as in
    JAX, give them, `recorder.step(params)`.

    Parameters
    ----------
    model : torch module, Keras model, or tree of arrays
        Dicts, lists and tuples of arrays are a tree. What is not trained is not recorded.
    path : path
        Ends in `.npz`. A file that is there is replaced.
    every : int, default 10
        Steps from record to record. The start and the end are always recorded.
    dtype : "float32", "float16" or "float64", default "float32"
        Of the file; half the size with "float16", with three digits.
    loss : callable, optional
        `() -> number`, asked at each record: the loss over data of your choice. It may cost more than all
        else.
    append : bool, default False
        Go on with the file of an earlier part of the same training.

    Raises
    ------
    BadInput
        When there is nothing to record, or the file cannot be written or belongs to another model.

    Notes
    -----
    ::

        with ov.Recorder(model, "sgd.npz", every=10):
            train(model)

    A process that is killed loses the record it was writing, no other.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from optiviz.runs.weight_log import read_weight_log
    >>> weights = {"w": np.array([1.0, 2.0])}
    >>> with TemporaryDirectory() as folder:
    ...     with Recorder(weights, f"{folder}/run.npz", every=2) as recorder:
    ...         for k in range(3):
    ...             weights = {"w": weights["w"] / 2}
    ...             recorder.step(weights)
    ...     found = read_weight_log(f"{folder}/run.npz")
    ...     found.at.tolist(), found.rows.tolist()
    ([0, 2, 3], [[1.0, 2.0], [0.25, 0.5], [0.125, 0.25]])
    """

    def __init__(
        self,
        model: Any,
        path: str | Path,
        *,
        every: int = 10,
        dtype: str = "float32",
        loss: Callable[[], Any] | None = None,
        append: bool = False,
    ) -> None:
        if not isinstance(every, int) or isinstance(every, bool) or every < 1:
            raise BadInput(f"must be a whole number from 1, got {every!r}", field="every")
        self.weights: ModelWeights = weights_of_model(model)
        self.model, self.every, self.dtype, self.loss = model, every, dtype, loss
        self.log = LogWriter(path, self.weights.variables, self.weights.filters, dtype, append)
        self.count = self.log.steps[-1] if self.log.steps else 0
        self.hook: Any = None

    def __enter__(self) -> "Recorder":
        if callable(getattr(self.model, "named_parameters", None)):
            self.hook = step_hook(self.model, self.step)
        self.record()
        return self

    def step(self, model: Any = None) -> None:
        """Count a step that was taken; `model` is the tree of weights after it, where that is a new one."""
        if model is not None:
            self.weights = weights_of_model(model)
        self.count += 1
        if self.count % self.every == 0:
            self.record()

    def record(self) -> None:
        """Write the weights as they are, unless this step is written already."""
        if self.log.steps and self.log.steps[-1] == self.count:
            return
        loss = np.nan if self.loss is None else float(self.loss())
        self.log.write(self.count, self.weights.row(self.dtype), loss)

    def close(self) -> None:
        """Record the end, and write the directory of the file."""
        if self.log.file < 0:
            return
        if self.hook is not None:
            self.hook.remove()
        self.record()
        self.log.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def step_hook(module: Any, told: Callable[[], None]) -> Any:
    """A hook of torch behind each step of an optimizer that holds a parameter of a module."""
    optimizers = import_package("torch.optim.optimizer", "Recorder", also="torch")
    ours = {id(parameter) for parameter in module.parameters()}
    known: dict[int, bool] = {}

    def after(optimizer: Any, args: Any, settings: Any) -> None:
        if id(optimizer) not in known:
            held = (p for group in optimizer.param_groups for p in group["params"])
            known[id(optimizer)] = any(id(parameter) in ours for parameter in held)
        if known[id(optimizer)]:
            told()

    return optimizers.register_optimizer_step_post_hook(after)
