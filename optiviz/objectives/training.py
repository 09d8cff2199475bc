"""A network learning from data: its loss, as a function of all its weights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.calls import checked_call, checked_settings
from optiviz._lib.display import short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import hint
from optiviz._lib.typing import Array, Batch, Batches, Bounds
from optiviz.nn import losses
from optiviz.nn.layers import Dense, Layer, layer
from optiviz.nn.losses import BinaryCrossentropy
from optiviz.nn.network import Network
from optiviz.nn.plan import Aim, Place
from optiviz.objectives.base import shuffled
from optiviz.objectives.data import HUGE, Data, asks_for_classes, is_whole, quote_value
from optiviz.objectives.targets import aimed, class_numbers, refuse_one_class

LOSSES_RECORDED = ("exact", "batch")


@checked_settings
@dataclass(frozen=True, eq=False)
class Training:
    """How badly a network with weights theta does on the data: the mean loss over its rows.

    Parameters
    ----------
    network : Network
    X : array (n, d)
        One row an example. Kept as a read-only copy, as is `y`.
    y : array (n,) or (n, k)
    loss : str, mapping or loss, default "mse"
        See `LOSSES` in `optiviz.nn`.
    batch_size : int, optional
        Rows that one step's gradient sees, 1 to n; None for all of them.
    start : array (P,), optional
        Where runs begin; `network.initial(weights_seed)` unless given.
    held_out : (X, y), optional
        Rows that no gradient sees, for `held_out_value` and `held_out_accuracy`. Kept as (X, targets).
    losses : "exact" or "batch", default "exact"
        What `value_and_gradient` says about the loss when its gradient sees a batch. Exact is the loss
        over all rows, for the price of a pass over them at every step. "batch" is the loss of that batch,
        which costs nothing: what Keras prints, and what the lecture averages over an epoch. `value` is
        exact in either case.
    name : str
    data : Data, optional
        Where X, y and held_out are taken from, with the names of columns and classes; see `training`.
    weights_seed : int, default 0
        Of the weights that runs begin with.
    shuffle : bool, default True
        Whether each epoch has an order of its own, or all of them that of the rows.

    Raises
    ------
    BadInput
        For shapes that do not meet, numbers that are not finite, labels outside the classes, one class
        only, a batch larger than the data, or a start of the wrong length.

    Notes
    -----
    With batch normalisation, `value` and the gradients normalise by the rows they see, as training does;
    `predict`, the accuracies and `held_out_value` by mean and variance over all of X.

    Examples
    --------
    >>> from optiviz.nn import Dense
    >>> X, y = np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0])
    >>> training = Training(Network([Dense(1)], inputs=1), X, y, start=(1.0, 1.0))
    >>> value, gradient = training.value_and_gradient(training.start)        # residuals 0, -1, -2
    >>> round(float(value), 6), gradient.round(6).tolist()
    (1.666667, [-3.333333, -2.0])
    """

    __repr__ = short_repr

    network: Network
    X: Array
    y: Array
    loss: Any = "mse"
    batch_size: Annotated[int, Bounds(low=1)] | None = None
    start: Array = ()  # type: ignore[assignment]
    held_out: tuple[Any, Any] | None = None
    losses: Literal["exact", "batch"] = "exact"
    name: str = "network"
    data: Data | None = field(default=None, repr=False)
    weights_seed: int = 0
    shuffle: bool = True
    targets: Array = field(init=False, repr=False)
    aim: Aim = field(init=False, repr=False)

    def __post_init__(self) -> None:
        given_X, given_y, held_out = self.X, self.y, self.held_out
        if self.data is not None:
            data = self.data.labelled() if asks_for_classes(self.loss) else self.data
            object.__setattr__(self, "data", data)
            apart = data.held_out
            given_X, given_y = data.x, aimed(data, self.network.outputs, self.loss)
            held_out = None if apart is None else (apart.x, aimed(apart, self.network.outputs, self.loss))
        X, targets, aim = checked_arrays(self.network, given_X, given_y, self.loss)
        refuse_one_class(targets, aim)
        if self.batch_size is not None:
            if not is_whole(self.batch_size) or self.batch_size < 1:
                raise BadInput(
                    f"must be a whole number from 1, got {quote_value(self.batch_size)}", field="batch_size"
                )
            if self.batch_size > len(X):
                raise BadInput(
                    f"batch_size {self.batch_size} is larger than the data's {len(X)} rows",
                    field="batch_size",
                )
        if self.losses not in LOSSES_RECORDED:
            near = hint(str(self.losses), LOSSES_RECORDED)
            raise BadInput(f"must be exact or batch, got {quote_value(self.losses)}{near}", field="losses")
        start = (
            np.array(self.start, dtype=float)
            if np.size(self.start)
            else self.network.initial(self.weights_seed)
        )
        if start.shape != (self.network.size,) or not np.all(np.abs(start) < HUGE):
            raise BadInput(
                f"must be {self.network.size} finite numbers, got {quote_value(self.start)}", field="start"
            )
        if held_out is not None:
            if not isinstance(held_out, tuple | list) or len(held_out) != 2:
                raise BadInput("must be two tables, X and y", field="held_out")
            try:
                held_out = checked_arrays(
                    self.network, held_out[0], class_numbers(held_out[1], aim), self.loss
                )[:2]
            except BadInput as error:
                raise BadInput(f"held out: {error}") from error
        y = np.array(given_y, dtype=float)
        y.setflags(write=False)
        own = {"X": X, "y": y, "targets": targets, "aim": aim, "start": start, "held_out": held_out}
        for key, value in own.items():
            object.__setattr__(self, key, value)

    @property
    def variables(self) -> Mapping[str, Place]:
        """What theta is made of: each kernel, bias, ... by its name, (slice, shape)."""
        return self.network.parameters

    @property
    def x_names(self) -> tuple[str, ...]:
        """What the columns of X are called; empty when nobody said."""
        return () if self.data is None else self.data.x_names

    @property
    def class_names(self) -> tuple[str, ...]:
        """What the classes are called, in the order of their numbers; empty when nobody said."""
        return () if self.data is None else self.data.classes

    @property
    def truth(self) -> Callable[[Array], Array] | None:
        """What made data were made of, x (m,) -> y (m,) without noise; None where it is not known."""
        return None if self.data is None else self.data.truth

    @property
    def far(self) -> float:
        """A million times the largest number in the start, at least 1e6."""
        return 1e6 * float(max(1.0, np.abs(self.start).max(initial=0.0)))

    @property
    def parameter_names(self) -> tuple[str, ...] | None:
        """(P,) what the weights of a single neuron are called: `w` or `w1`, `w2`, ..., and `b`; else None."""
        first, *others = self.network.layers
        if others or not isinstance(first, Dense) or first.units != 1 or not first.use_bias:
            return None
        weights = self.network.inputs
        return ("w", "b") if weights == 1 else (*(f"w{k + 1}" for k in range(weights)), "b")

    @property
    def steps_per_epoch(self) -> int:
        """Steps until each row was seen once: ceil(n / batch_size); 1 when every step sees all.

        Examples
        --------
        >>> from optiviz.nn import Dense
        >>> Training(Network([Dense(1)], inputs=1), [[0], [1], [2]], [1, 3, 5], batch_size=2).steps_per_epoch
        2
        """
        return 1 if self.batch_size is None else -(-len(self.X) // self.batch_size)

    def value(self, theta: Array, batch: Batch = None) -> Array:
        """The exact loss over all rows, or over those in `batch`: (P,) -> (), (P, N) -> (N,)."""
        X, targets = (self.X, self.targets) if batch is None else (self.X[batch], self.targets[batch])
        return self.network.unchecked_value(theta, X, targets, self.aim)

    def gradient(self, theta: Array, batch: Batch = None) -> Array:
        """The slope of the loss over the rows in `batch`, over all without one; shaped like theta."""
        return self._at(theta, batch)[1]

    def value_and_gradient(self, theta: Array, batch: Batch = None) -> tuple[Array, Array]:
        """The gradient over the rows in `batch`, and the loss as `losses` says.

        Examples
        --------
        >>> from optiviz.nn import Dense
        >>> X, y, theta = np.array([[1.0], [2.0]]), np.array([1.0, 2.0]), np.zeros(2)
        >>> training = Training(Network([Dense(1)], inputs=1), X, y, batch_size=1, losses="batch")
        >>> value, gradient = training.value_and_gradient(theta, np.array([1]))
        >>> float(value), gradient.tolist(), float(training.value(theta))
        (4.0, [-8.0, -4.0], 2.5)
        """
        value, gradient = self._at(theta, batch)
        if batch is not None and self.losses == "exact":
            value = self.value(theta)
        return value, gradient

    def batches(self, rng: np.random.Generator) -> Batches:
        """Row indices (k,) for steps 1, 2, 3, ...; None for ever without a `batch_size`. See `shuffled`."""
        return shuffled(len(self.X), self.batch_size, rng, self.shuffle)

    def statistics(self, theta: Array) -> dict[str, Array]:
        """What batch normalisation divides by in predictions: mean and variance over all of X at theta."""
        return self.network.statistics(theta, self.X)

    def moving_statistics(self, path: Array, seed: int = 0) -> dict[str, Array]:
        """The running statistics that Keras and torch would have after the run, by going through it again.

        Parameters
        ----------
        path : array (T+1, P)
            Of the run.
        seed : int
            Of the run: it gives the same batches.
        """
        found = self.network.initial_statistics()
        for theta, batch in zip(path[:-1], self.batches(np.random.default_rng(seed)), strict=False):
            rows = self.X if batch is None else self.X[batch]
            found = self.network.moving_statistics(found, theta, rows)
        return found

    def predict(self, theta: Array, X: Any = None) -> Array:
        """The outputs for X, the data's own unless given: (n, k) or (n, k, N).

        Examples
        --------
        >>> from optiviz.nn import Dense
        >>> training = Training(Network([Dense(1)], inputs=1), [[0], [1]], [1, 3])
        >>> training.predict(np.array([2.0, 1.0]), [[10.0]]).tolist()
        [[21.0]]
        """
        return self.network.predict(theta, self.X if X is None else X, self.statistics(theta))

    def accuracy(self, theta: Array) -> Array:
        """The share of rows whose class is told right: (P,) -> (), (P, N) -> (N,).

        The class is that of the largest output; with one output, the side of the middle between the two
        targets (0.5 for 0 and 1; score 0 when the loss is `from_logits`) on which it lies.

        Examples
        --------
        >>> from optiviz.nn import Dense
        >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]
        >>> both = Training(Network([Dense(1, "step")], inputs=2), X, y)
        >>> both.accuracy(np.array([[1.0, 1.0], [1.0, 1.0], [-1.5, -0.5]])).tolist()        # and, or
        [1.0, 0.5]
        """
        return self._right(self.predict(theta), self.targets)

    def held_out_accuracy(self, theta: Array) -> Array:
        """The same over the held-out rows."""
        X, targets = self._held_out()
        return self._right(self.predict(theta, X), targets)

    def rows_right(self, theta: Array) -> NDArray[np.bool_]:
        """(n,) of which rows the class is told right by theta (P,).

        Examples
        --------
        >>> from optiviz.nn import Dense
        >>> both = Training(Network([Dense(1, "step")], inputs=2), [[0, 0], [0, 1], [1, 1]], [0, 0, 1])
        >>> both.rows_right(np.array([1.0, 1.0, -0.5])).tolist()  # or, where and is asked
        [True, False, True]
        """
        return self._told_right(self.predict(theta), self.targets)

    def held_out_rows_right(self, theta: Array) -> NDArray[np.bool_]:
        """The same of the held-out rows."""
        X, targets = self._held_out()
        return self._told_right(self.predict(theta, X), targets)

    def held_out_value(self, theta: Array) -> Array:
        """The loss over the held-out rows: (P,) -> (), (P, N) -> (N,)."""
        X, targets = self._held_out()
        statistics = self.statistics(theta) if self.network.normalizes else None
        return self.network.unchecked_value(theta, X, targets, self.aim, statistics)

    def _at(self, theta: Array, batch: Batch) -> tuple[Array, Array]:
        X, targets = (self.X, self.targets) if batch is None else (self.X[batch], self.targets[batch])
        return self.network.unchecked_value_and_gradient(theta, X, targets, self.aim)

    def _held_out(self) -> tuple[Array, Array]:
        if self.held_out is None:
            raise BadInput("no rows are held out: give held_out=(X, y)")
        return self.held_out

    def confusion_matrix(self, theta: Array, held_out: bool = False) -> NDArray[np.int64]:
        """(k, k) rows of each class (down) by the class that they are told as by theta (P,) (across).

        Parameters
        ----------
        theta : array (P,)
        held_out : bool, default False
            Count the rows held out instead.

        Examples
        --------
        >>> from optiviz.nn import Dense
        >>> both = Training(Network([Dense(1, "step")], inputs=2), [[0, 0], [0, 1], [1, 1]], [0, 0, 1])
        >>> both.confusion_matrix(np.array([1.0, 1.0, -0.5])).tolist()  # or, where and is asked
        [[1, 1], [0, 1]]
        """
        X, targets = self._held_out() if held_out else (self.X, self.targets)
        truth, found = self._classes(self.predict(theta, X), targets)
        count = max(self.network.outputs, 2)
        return np.bincount(count * truth + found, minlength=count**2).reshape(count, count)

    def _right(self, p: Array, targets: Array) -> Array:
        """The share of rows of p (n, k) or (n, k, N) whose class is that of their target."""
        share: Array = self._told_right(p, targets).mean(axis=-1)
        return share

    def _told_right(self, p: Array, targets: Array) -> NDArray[np.bool_]:
        """(n,) or (N, n) whether the class of each row of p (n, k) or (n, k, N) is that of its target."""
        truth, found = self._classes(p, targets)
        return np.asarray(truth == found.T)

    def _classes(self, p: Array, targets: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(n,) the class of each target, and (n,) or (n, N) that of each row of p (n, k) or (n, k, N)."""
        if targets.shape[1] > 1:
            if not np.all(np.isin(self.targets, (0, 1)) & (self.targets.sum(axis=1, keepdims=True) == 1)):
                raise BadInput("accuracy needs classes: with several outputs, y must be one-hot")
            return targets.argmax(axis=1), p.argmax(axis=1)
        values = np.unique(self.targets)
        if len(values) > 2:
            raise BadInput(f"accuracy needs classes, but y has {len(values)} different values")
        middle = values.mean()
        rule = losses.loss(self.loss)
        scores = isinstance(rule, BinaryCrossentropy) and rule.from_logits
        found = p[:, 0] >= (0.0 if scores else middle)
        return (targets[:, 0] >= middle).astype(np.int64), found.astype(np.int64)


@checked_call
def training(data: Data, layers: Sequence[Any], **settings: Any) -> Training:
    """A network that learns from a table.

    Labelled data become what the loss asks for: the number of the class for one output or a sparse loss,
    one-hot rows for the others. The rows that the data hold out are held out.

    Parameters
    ----------
    data : Data
    layers : sequence of layers
        `Dense(10, activation="relu")`, or tables `{"kind": "dense", "units": 10}`.
    settings
        loss, batch_size, start, losses, weights_seed of `Training`.

    Raises
    ------
    BadInput
        As `Training`, and when the last layer has not an output for each class.

    Examples
    --------
    >>> from optiviz.nn import Dense
    >>> flowers = Data([1, 2, 3, 4], [0, 1, 2, 1], classes=("a", "b", "c"))
    >>> training(flowers, [Dense(3)]).targets.tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    network = Network(tuple(layers), data.x.shape[1])
    return Training(network, data.x, data.y, data=data, **{"name": data.name, **settings})


def rebuilt(network: Network, layers: Sequence[Any] | None = None, kernel_initializer: Any = None) -> Network:
    """A network for the same inputs with other layers, or the same ones with their kernels begun otherwise.

    Parameters
    ----------
    network : Network
    layers : sequence of layers, optional
    kernel_initializer : str, mapping or callable, optional
        For every dense layer.

    Examples
    --------
    >>> from optiviz.nn import Dense
    >>> first = Network([Dense(2, "tanh"), Dense(1)], 1)
    >>> rebuilt(first, kernel_initializer="zeros").initial().tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    >>> rebuilt(first, [Dense(1)]).widths
    (1, 1)
    """
    parts: list[Layer] = [layer(part) for part in (network.layers if layers is None else layers)]
    if kernel_initializer is not None:
        parts = [
            replace(part, kernel_initializer=kernel_initializer) if isinstance(part, Dense) else part
            for part in parts
        ]
    return Network(tuple(parts), network.inputs)


def checked_arrays(network: Network, X: Any, y: Any, loss: Any) -> tuple[Array, Array, Aim]:
    """The network's own check, on read-only copies, with numbers that may be squared."""
    X, targets, aim = network.checked(X, y, loss)
    if not (np.all(np.abs(X) < HUGE) and np.all(np.abs(targets) < HUGE)):
        raise BadInput(f"X and y must be smaller than {HUGE:g}")
    X, targets = X.copy(), targets.copy()
    X.setflags(write=False)
    targets.setflags(write=False)
    return X, targets, aim
