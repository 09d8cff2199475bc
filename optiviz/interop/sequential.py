"""`Sequential`, the model interface of Keras: a list of layers, then `fit`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np

from optiviz._lib.calls import checked_call, checked_settings
from optiviz._lib.display import short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import unknown
from optiviz._lib.typing import Array
from optiviz.nn.layers import Layer, layer
from optiviz.nn.network import Network
from optiviz.nn.parts import as_floats
from optiviz.nn.weights_file import inputs_for, load_network_weights, save_network_weights
from optiviz.objectives.data import is_whole, quote_value
from optiviz.objectives.training import Training
from optiviz.optimizers import OPTIMIZERS, Optimizer
from optiviz.runs.minimize import minimize
from optiviz.runs.trajectory import Trajectory


@checked_settings
@dataclass(frozen=True)
class Sequential:
    """Layers in a row. It holds no weights: `fit` returns a trajectory, whose last point is the answer.

    Parameters
    ----------
    layers : sequence of layers
        `Dense(10, activation="relu")`, or tables as in a scene, `{"kind": "dense", "units": 10}`.
    inputs : int, optional
        Columns of X; what the first layer says (`input_dim`), or taken from the data, unless given.

    Examples
    --------
    >>> from optiviz.nn import Dense
    >>> from optiviz.optimizers import Adam
    >>> model = Sequential([Dense(8, activation="tanh"), Dense(1, activation="sigmoid")])
    >>> X, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])   # XOR
    >>> trained = model.fit(X, y, Adam(0.1), loss="binary_crossentropy", epochs=100)
    >>> model.predict(trained, X).round()[:, 0].tolist()
    [0.0, 1.0, 1.0, 0.0]
    """

    __repr__ = short_repr

    layers: tuple[Layer, ...] = ()
    inputs: int | None = None

    def __post_init__(self) -> None:
        layers = self.layers
        if not isinstance(layers, Sequence) or isinstance(layers, str):
            raise BadInput(f"Sequential needs a list of layers, got {layers!r}")
        object.__setattr__(self, "layers", tuple(layer(given) for given in layers))
        if self.layers:
            self._check()

    def add(self, one: Any) -> None:
        """Put a layer behind those that are there, as Keras does: the one thing of a model that changes.

        Examples
        --------
        >>> model = Sequential()
        >>> model.add({"kind": "dense", "units": 2})
        >>> len(model.layers)
        1
        """
        before = self.layers
        object.__setattr__(self, "layers", (*before, layer(one)))
        try:
            self._check()
        except BadInput:
            object.__setattr__(self, "layers", before)
            raise

    @property
    def said(self) -> int | None:
        """The inputs that the model or its first layer tells; None where nobody did."""
        first = getattr(self.layers[0], "input_dim", None) if self.layers else None
        return first if self.inputs is None else self.inputs

    def _check(self) -> None:
        if self.said is not None:
            Network(self.layers, self.said)

    def network(self, inputs: int | None = None) -> Network:
        """The engine behind it, for so many columns of X.

        Examples
        --------
        >>> Sequential([{"kind": "dense", "units": 2}]).network(3).size
        8
        """
        said = self.said
        inputs = said if inputs is None else inputs
        if not self.layers:
            raise BadInput("the model has no layers yet: Sequential([Dense(1)]), or model.add(Dense(1))")
        if inputs is None:
            raise BadInput("the number of inputs is not known yet: Sequential([...], inputs=2)")
        if said is not None and inputs != said:
            raise BadInput(f"X has {inputs} columns, the network takes {said} inputs")
        return Network(self.layers, inputs)

    @checked_call
    def training(
        self,
        X: Any,
        y: Any,
        *,
        loss: Any = "mse",
        batch_size: int | None = None,
        seed: int = 0,
        held_out: tuple[Any, Any] | None = None,
        losses: Literal["exact", "batch"] = "exact",
        shuffle: bool = True,
    ) -> Training:
        """The objective that `fit` descends, for `compare`, planes and pictures; it starts by `seed`.

        Examples
        --------
        >>> training = Sequential([{"kind": "dense", "units": 1}]).training([[0], [1]], [1, 3])
        >>> float(training.value(np.array([2.0, 1.0])))
        0.0
        """
        shape = np.shape(X)
        if len(shape) != 2:
            raise BadInput(f"X must be a table (n, d), one row an example, got shape {shape}")
        network = self.network(shape[1])
        start = network.initial(seed)
        return Training(network, X, y, loss, batch_size, start, held_out, losses, shuffle=shuffle)

    @checked_call
    def fit(
        self,
        X: Any,
        y: Any,
        optimizer: Optimizer | str,
        *,
        loss: Any = "mse",
        epochs: int = 1,
        batch_size: int | None = None,
        validation_data: tuple[Any, Any] | None = None,
        shuffle: bool = True,
        seed: int = 0,
        losses: Literal["exact", "batch"] = "exact",
        every: int = 1,
        memory: bool = True,
        tolerance: float | None = None,
        patience: int | None = None,
        callback: Any = None,
    ) -> Trajectory:
        """Train from the start that `seed` draws.

        Parameters
        ----------
        X : array (n, d)
        y : array (n,) or (n, k)
        optimizer : Optimizer or str
            `Adam(0.01)`, or a name for one with its defaults: `"adam"`.
        loss : str, mapping or loss, default "mse"
        epochs : int, default 1
            Times that each row is seen.
        batch_size : int, optional
            Rows a step; None for all (Keras takes 32).
        validation_data : (X, y), optional
            Rows that no step sees. `patience` then looks at the loss over them, and
            `evaluate(trained.path.T, *validation_data)` is their loss at each step.
        shuffle : bool, default True
            Whether each epoch has an order of its own, or all of them that of the rows.
        seed : int, default 0
            Of the first weights and of the order of the rows.
        losses : "exact" or "batch", default "exact"
            As in `Training`: "batch" spares a pass over all rows at every step.
        every, memory
            As in `minimize`: what is recorded.
        tolerance, patience, callback
            As in `minimize`: when it ends early; counted in steps.

        Returns
        -------
        Trajectory
            Of epochs ceil(n / batch_size) steps.

        Examples
        --------
        >>> model = Sequential([{"kind": "dense", "units": 1}])
        >>> line = model.fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], "sgd", epochs=2, batch_size=1)
        >>> line.steps, line.path.shape
        (6, (7, 2))
        """
        if isinstance(optimizer, str) and optimizer not in OPTIMIZERS:
            raise unknown("optimizer", optimizer, OPTIMIZERS)
        rule = OPTIMIZERS[optimizer]() if isinstance(optimizer, str) else optimizer
        if not is_whole(epochs) or epochs < 1:
            raise BadInput(f"epochs must be a whole number from 1, got {quote_value(epochs)}")
        training = self.training(
            X, y, loss=loss, batch_size=batch_size, seed=seed, held_out=validation_data, losses=losses,
            shuffle=shuffle,
        )  # fmt: skip
        steps = epochs * training.steps_per_epoch
        return minimize(
            training, rule, steps=steps, seed=seed, every=every, memory=memory,
            tolerance=tolerance, patience=patience, callback=callback,
        )  # fmt: skip

    def evaluate(
        self,
        trained: Trajectory | Array,
        X: Any,
        y: Any,
        *,
        loss: Any = "mse",
        statistics: Mapping[str, Array] | None = None,
    ) -> Any:
        """The loss over given rows, by the last point of a trajectory or by any theta.

        Parameters
        ----------
        trained : Trajectory, or array (P,) or (P, N)
            `trained.path.T` for the loss at each step.
        X : array (n, d)
        y : array (n,) or (n, k)
        loss : str, mapping or loss, default "mse"
        statistics : mapping, optional
            Needed with batch normalisation, as for `predict`.

        Returns
        -------
        float, or array (N,)

        Examples
        --------
        >>> model = Sequential([{"kind": "dense", "units": 1}])
        >>> model.evaluate(np.array([2.0, 1.0]), [[0.0], [1.0]], [1.0, 5.0])     # off by 0 and 2
        2.0
        """
        network, theta = self._network_for(X), weights_of(trained)
        if network.normalizes and statistics is None:
            raise BadInput(
                "evaluate needs the statistics of the batch normalisation, those of the data that it was "
                "trained on: model.training(X, y).statistics(theta)"
            )
        value = network.value(theta, X, y, loss, statistics)
        return float(value) if value.ndim == 0 else value

    def predict(
        self, trained: Trajectory | Array, X: Any, statistics: Mapping[str, Array] | None = None
    ) -> Array:
        """The outputs for X, by the last point of a trajectory or by any theta.

        Parameters
        ----------
        trained : Trajectory, or array (P,) or (P, N)
        X : array (n, d)
        statistics : mapping, optional
            Needed with batch normalisation: `model.training(X, y).statistics(theta)`.

        Returns
        -------
        array (n, k) or (n, k, N)

        Examples
        --------
        >>> Sequential([{"kind": "dense", "units": 1}]).predict(np.array([2.0, 1.0]), [[10.0]]).tolist()
        [[21.0]]
        """
        return self._network_for(X).predict(weights_of(trained), X, statistics)

    def _network_for(self, X: Any) -> Network:
        """The engine for the columns of X."""
        shape = np.shape(X)
        return self.network(shape[1] if len(shape) == 2 else None)

    def save_weights(self, trained: Trajectory | Array, path: str | Path) -> Path:
        """Write the weights at the end of a run, or any theta (P,), to an `.npz`: an array for each, by name.

        The same weights give the same bytes, and the file is whole or not there. `numpy.load` reads it, too.
        Statistics of batch normalisation are no weights: `model.training(X, y).statistics(theta)` has them.

        Raises
        ------
        BadInput
            When theta is not of this model, or the file cannot be written.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> model = Sequential([{"kind": "dense", "units": 1}], inputs=1)
        >>> with TemporaryDirectory() as folder:
        ...     file = model.save_weights(np.array([2.0, 1.0]), f"{folder}/line.npz")
        ...     model.load_weights(file).tolist()
        [2.0, 1.0]
        """
        theta = weights_of(trained)
        inputs = self.said if self.said is not None else inputs_for(self.layers, theta.size)
        return save_network_weights(self.network(inputs), theta, path)

    def load_weights(self, path: str | Path) -> Array:
        """theta (P,), exactly as `save_weights` was given it.

        Raises
        ------
        BadInput
            When there is no such file, or it is damaged, or of a network with other layers.
        """
        return load_network_weights(self.layers, self.said, path)

    def summary(self) -> str:
        """A table of the layers, as text.

        Examples
        --------
        >>> model = Sequential([{"kind": "dense", "units": 4}, {"kind": "dense", "units": 2}], inputs=2)
        >>> print(model.summary())
        layer    outputs  weights
        dense    4        12
        dense_1  2        10
        total             22
        """
        network = self.network()
        rows = [("layer", "outputs", "weights")]
        for name, width in zip(network.names, network.widths[1:], strict=True):
            own = (p.shape for key, p in network.parameters.items() if key.rsplit("/", 1)[0] == name)
            rows.append((name, str(width), f"{sum(prod(shape) for shape in own):,}"))
        rows.append(("total", "", f"{network.size:,}"))
        left, middle = (max(len(row[k]) for row in rows) for k in (0, 1))
        return "\n".join(f"{a:<{left}}  {b:<{middle}}  {c}".rstrip() for a, b, c in rows)


def weights_of(trained: Any) -> Array:
    """The last point of a trajectory, or theta as given: (P,) or (P, N)."""
    return np.asarray(trained.path[-1]) if isinstance(trained, Trajectory) else as_floats("theta", trained)
