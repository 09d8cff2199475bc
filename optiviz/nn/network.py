"""A network: layers in a row, and one flat vector theta that holds all their weights.

n  rows      d  inputs      k  outputs      P  weights      N  networks side by side, always the last axis

The network itself holds no weights and remembers nothing between two calls. Inside, N networks are the
first axis, (N, n, k), so that all of them go through one set of matrix products.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.display import short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.frozen import frozen
from optiviz._lib.typing import Array
from optiviz.nn import losses, passes
from optiviz.nn.layer_parts import moments
from optiviz.nn.layers import BatchNormalization, Layer, layer
from optiviz.nn.parts import as_floats, refuse_first_row
from optiviz.nn.passes import ignore_float_errors
from optiviz.nn.plan import (
    Aim,
    BoundOperation,
    Place,
    Signals,
    check_inputs,
    layer_names,
    network_first,
    network_last,
    plan_layers,
)
from optiviz.nn.regularizers import Penalties, penalties_of, price_of, with_price

MAX_WEIGHTS = 2**27  # 1 GiB


@checked_settings
@dataclass(frozen=True)
class Network:
    """Layers in a row, as functions of one flat vector of weights.

    Parameters
    ----------
    layers : sequence of layers
        `Dense(10, activation="relu")`, or as a table `{"kind": "dense", "units": 10, ...}`.
    inputs : int
        d, the columns of X.
    parameters : mapping of str to (slice, shape)
        Where each weight lies in theta: `"dense/kernel"`, `"dense/bias"`, `"dense_1/kernel"`, ...
    names : tuple of str
        Of the layers, as Keras numbers them.
    plan : tuple of Step
        The stages of all layers in a row, as the engine runs them.
    size : int
        P, the number of weights.

    Raises
    ------
    BadInput
        For no layers, two of one name, or more than 134 million weights.

    Examples
    --------
    The lecture's worked example: 2-4-2, all linear.

    >>> from optiviz.nn.layers import Dense
    >>> network = Network([Dense(4), Dense(2)], inputs=2)
    >>> network.size, list(network.parameters)
    (22, ['dense/kernel', 'dense/bias', 'dense_1/kernel', 'dense_1/bias'])
    >>> theta = network.pack({"dense/kernel": [[0.5, 1, 7, 3], [1, 2, 1, 0.5]], "dense/bias": np.ones(4),
    ...     "dense_1/kernel": [[1, 2], [0.5, 0.5], [3, 1], [2, 1]], "dense_1/bias": np.ones(2)})
    >>> X, y = np.array([[3.0, 5.0]]), np.array([[1.0, 0.0]])
    >>> network.forward(theta, X)["dense"].a.tolist(), network.predict(theta, X).tolist()
    ([[7.5, 14.0, 27.0, 12.5]], [[121.5, 62.5]])
    >>> value, gradient = network.value_and_gradient(theta, X, y, "mse")
    >>> float(value), network.unpack(gradient)["dense/bias"].tolist()
    (9213.25, [245.5, 91.5, 424.0, 303.5])
    """

    __repr__ = short_repr

    layers: tuple[Layer, ...]
    inputs: int
    names: tuple[str, ...] = field(init=False, repr=False, compare=False)
    parameters: Mapping[str, Place] = field(init=False, repr=False, compare=False)
    plan: tuple[BoundOperation, ...] = field(init=False, repr=False, compare=False)
    size: int = field(init=False, repr=False, compare=False)
    penalties: Penalties = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        layers = tuple(layer(given) for given in self.layers)
        if not layers:
            raise BadInput("a network needs at least one layer")
        if not isinstance(self.inputs, int | np.integer) or isinstance(self.inputs, bool) or self.inputs < 1:
            raise BadInput(f"inputs must be a whole number from 1, got {self.inputs!r}")
        names = layer_names(layers)
        check_inputs(layers, names, int(self.inputs))
        parameters, plan = plan_layers(layers, names, int(self.inputs))
        size = sum(prod(place.shape) for place in parameters.values())
        if size > MAX_WEIGHTS:
            raise BadInput(f"a network may have {MAX_WEIGHTS:,} weights, this one would have {size:,}")
        object.__setattr__(self, "layers", layers)
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "parameters", frozen(parameters))
        object.__setattr__(self, "plan", plan)
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "penalties", penalties_of(layers, names, parameters))

    @property
    def widths(self) -> tuple[int, ...]:
        """Numbers that pass between layers: the inputs, and the outputs of each.

        Examples
        --------
        >>> Network([{"kind": "dense", "units": 4}, {"kind": "dense", "units": 2}], inputs=3).widths
        (3, 4, 2)
        """
        widths = [int(self.inputs)]
        for part in self.layers:
            widths.append(part.outputs(widths[-1]))
        return tuple(widths)

    @property
    def outputs(self) -> int:
        """k."""
        return self.widths[-1]

    @property
    def normalizes(self) -> bool:
        """Whether there is a batch normalisation, whose predictions need statistics."""
        return any(isinstance(part, BatchNormalization) for part in self.layers)

    def initial(self, seed: int = 0) -> Array:
        """theta (P,) as the layers' initializers draw it, one after the other, from one seed.

        Examples
        --------
        >>> network = Network([{"kind": "dense", "units": 2}], inputs=1)
        >>> network.initial(0).round(3).tolist(), bool((network.initial(0) == network.initial(1)).all())
        ([0.387, -0.651, 0.0, 0.0], False)
        """
        rng = np.random.default_rng(seed)
        theta = np.empty(self.size)
        for part, name, width in zip(self.layers, self.names, self.widths, strict=False):
            for weight, (shape, begin) in part.weights(width).items():
                theta[self.parameters[f"{name}/{weight}"].at] = np.ravel(begin(rng, shape))
        return theta

    def unpack(self, theta: Array) -> dict[str, Array]:
        """The weights by name, as views: `"dense/kernel"` (i, k) or (i, k, N). Also for gradients and states.

        Examples
        --------
        >>> network = Network([{"kind": "dense", "units": 2}], inputs=1)
        >>> network.unpack(np.arange(4.0))["dense/bias"].tolist()
        [2.0, 3.0]
        """
        self._check_theta(theta)
        return {
            name: theta[at].reshape(*shape, *theta.shape[1:]) for name, (at, shape) in self.parameters.items()
        }

    def pack(self, weights: Mapping[str, Any]) -> Array:
        """theta (P,) from all weights by name.

        Examples
        --------
        >>> network = Network([{"kind": "dense", "units": 2}], inputs=1)
        >>> network.pack({"dense/kernel": [[1, 2]], "dense/bias": [3, 4]}).tolist()
        [1.0, 2.0, 3.0, 4.0]
        """
        theta = np.empty(self.size)
        if set(weights) != set(self.parameters):
            raise BadInput(f"weights must be {', '.join(self.parameters)}, got {', '.join(weights)}")
        for name, (at, shape) in self.parameters.items():
            weight = np.asarray(weights[name], dtype=float)
            if weight.shape != shape:
                raise BadInput(f"{name} must have shape {shape}, got {weight.shape}")
            theta[at] = weight.ravel()
        return theta

    # --- what a network makes of data ----------------------------------------------------------------------

    @ignore_float_errors
    def predict(self, theta: Array, X: Array, statistics: Mapping[str, Array] | None = None) -> Array:
        """The outputs for X.

        Parameters
        ----------
        theta : array (P,) or (P, N)
        X : array (n, d)
        statistics : mapping, from `statistics` or `moving_statistics`
            Needed with batch normalisation.

        Returns
        -------
        array (n, k) or (n, k, N)

        Examples
        --------
        >>> network = Network([{"kind": "dense", "units": 1, "activation": "step"}], inputs=2)
        >>> network.predict(np.array([1.0, 1.0, -1.5]), np.array([[0.0, 1.0], [1.0, 1.0]])).tolist()
        [[0.0], [1.0]]
        """
        X = self._check_X(X)
        self._check_theta(theta)
        if self.normalizes and statistics is None:
            raise BadInput(
                "predict needs the statistics of the batch normalisation: those of the data it was trained "
                "on, network.statistics(theta, X), or running ones"
            )
        x = X
        for signals in passes.forward(
            self.plan, self.layers, self.names, network_first(theta), X, statistics
        ):
            x = signals.a
        return network_last(x, theta)

    @ignore_float_errors
    def forward(
        self, theta: Array, X: Array, statistics: Mapping[str, Array] | None = None
    ) -> dict[str, Signals]:
        """What every layer did on the way, for pictures.

        Parameters
        ----------
        theta : array (P,) or (P, N)
        X : array (n, d)
        statistics : mapping, optional
            For batch normalisation; without, X is normalised by its own, as in training.

        Returns
        -------
        dict of str to Signals
            By layer: `z` and `a`, (n, width) or (n, width, N) each. The z of a layer without sums of its own
            is what it was given.

        Examples
        --------
        >>> network = Network([{"kind": "dense", "units": 1, "activation": "relu"}], inputs=1)
        >>> signals = network.forward(np.array([2.0, 1.0]), np.array([[1.0], [-1.0]]))["dense"]
        >>> signals.z.tolist(), signals.a.tolist()
        ([[3.0], [-1.0]], [[3.0], [0.0]])
        """
        X = self._check_X(X)
        self._check_theta(theta)
        found = passes.forward(self.plan, self.layers, self.names, network_first(theta), X, statistics)
        return {
            name: Signals(network_last(signals.z, theta), network_last(signals.a, theta))
            for name, signals in zip(self.names, found, strict=True)
        }

    def value(
        self, theta: Array, X: Array, y: Any, loss: Any, statistics: Mapping[str, Array] | None = None
    ) -> Array:
        """The loss over the rows of X: (P,) -> (), (P, N) -> (N,).

        Parameters
        ----------
        theta : array (P,) or (P, N)
        X : array (n, d)
        y : array (n,) or (n, k)
        loss : str, mapping or loss
            See `LOSSES`.
        statistics : mapping, optional
            For batch normalisation; without, X is normalised by its own, as in training.

        Examples
        --------
        >>> network = Network([{"kind": "dense", "units": 1}], inputs=1)
        >>> X, y = np.array([[1.0]]), np.array([1.0])
        >>> network.value(np.array([[3.0, 1.0], [0.0, 0.0]]), X, y, "mse").tolist()     # w = 3 and w = 1
        [4.0, 0.0]
        """
        self._check_theta(theta)
        return self.unchecked_value(theta, *self.checked(X, y, loss), statistics)

    def value_and_gradient(self, theta: Array, X: Array, y: Any, loss: Any) -> tuple[Array, Array]:
        """The loss over the rows of X and its slope: backpropagation.

        Forward, each stage gives its result and a pullback. Backward, the chain rule from the last stage
        to the first: the pullback takes dL/d(its result), writes dL/d(its weights) into their place of the
        gradient, and gives dL/d(what it was given), which is the next one's dL/d(its result).

        Parameters
        ----------
        theta, X, y, loss
            As in `value`.

        Returns
        -------
        value : array () or (N,)
        gradient : array shaped like theta

        Examples
        --------
        >>> network = Network([{"kind": "dense", "units": 1, "use_bias": False}], inputs=1)
        >>> value, gradient = network.value_and_gradient(np.array([3.0]), np.array([[1.0]]), [1.0], "mse")
        >>> float(value), gradient.tolist()                                          # 2 (3 - 1) 1
        (4.0, [4.0])
        """
        self._check_theta(theta)
        return self.unchecked_value_and_gradient(theta, *self.checked(X, y, loss))

    def checked(self, X: Any, y: Any, loss: Any) -> tuple[Array, Array, Aim]:
        """X (n, d) and y (n, k) as float64, and the way to the loss; or one sentence about what does not fit.

        Behind a sigmoid or softmax the cross-entropies look at z, and the last activation is left out.

        Examples
        --------
        >>> network = Network([{"kind": "dense", "units": 1}], inputs=2)
        >>> network.checked([[1.0, 2.0], [3.0, np.nan]], [0.0, 1.0], "mse")
        Traceback (most recent call last):
        optiviz.BadInput: X must be finite numbers, got [3.0, nan] in row 1
        """
        rule = losses.loss(loss)
        X = self._check_X(X)
        refuse_first_row("X must be finite numbers", X, np.isfinite(X))
        y = as_floats("y", y)
        if y.ndim < 1 or len(y) != len(X):
            raise BadInput(f"X has {len(X)} rows and y has shape {y.shape}: one target a row is needed")
        refuse_first_row("y must be finite numbers", y, np.isfinite(y))
        joined = losses.from_scores(rule, self.plan[-1].run)
        aim = Aim(rule, self.plan) if joined is None else Aim(joined, self.plan[:-1])
        return X, rule.targets(y, self.outputs), aim

    @ignore_float_errors
    def unchecked_value(
        self, theta: Array, X: Array, y: Array, aim: Aim, statistics: Mapping[str, Array] | None = None
    ) -> Array:
        """`value` of what `checked` gave (or rows of it), for those who ask at every step."""
        shares = [theta] if statistics is not None else passes.network_chunks(theta, len(X), max(self.widths))
        values = [
            passes.value(aim, self.layers, self.names, network_first(share), X, y, statistics)
            for share in shares
        ]
        value = values[0] if len(values) == 1 else np.concatenate(values)
        return value + price_of(self.penalties, theta) if self.penalties else value

    @ignore_float_errors
    def unchecked_value_and_gradient(self, theta: Array, X: Array, y: Array, aim: Aim) -> tuple[Array, Array]:
        """`value_and_gradient` of what `checked` gave (or rows of it), for those who ask at every step."""
        shares = passes.network_chunks(theta, len(X), max(self.widths))
        values, gradients = zip(
            *(passes.value_and_gradient(aim, network_first(share), X, y) for share in shares), strict=True
        )
        if theta.ndim == 1:
            value, gradient = values[0], gradients[0]
        else:
            slopes = gradients[0].T if len(gradients) == 1 else np.concatenate(gradients).T
            value = values[0] if len(values) == 1 else np.concatenate(values)
            gradient = slopes if theta.flags.f_contiguous else np.ascontiguousarray(slopes)
        return with_price(self.penalties, theta, value, gradient) if self.penalties else (value, gradient)

    # --- batch normalisation: statistics are passed in and out ---------------------------------------------

    @ignore_float_errors
    def statistics(self, theta: Array, X: Array) -> dict[str, Array]:
        """Mean and (biased) variance of what each batch normalisation is given when all of X passes.

        Parameters
        ----------
        theta : array (P,) or (P, N)
        X : array (n, d)

        Returns
        -------
        dict of str to array (i,) or (i, N)
            `"batch_normalization/mean"`, `"batch_normalization/variance"`, ...; empty without such layers.

        Examples
        --------
        >>> network = Network([{"kind": "batch_normalization"}], inputs=1)
        >>> network.statistics(network.initial(), np.array([[1.0], [3.0]]))
        {'batch_normalization/mean': array([2.]), 'batch_normalization/variance': array([1.])}
        """
        X = self._check_X(X)
        self._check_theta(theta)
        if not self.normalizes:
            return {}
        found = {}
        all_signals = passes.forward(self.plan, self.layers, self.names, network_first(theta), X)
        for part, name, signals in zip(self.layers, self.names, all_signals, strict=True):
            if isinstance(part, BatchNormalization):
                for what, moment in zip(("mean", "variance"), moments(signals.z), strict=True):
                    found[f"{name}/{what}"] = network_last(moment, theta)[0]
        return found

    def initial_statistics(self) -> dict[str, Array]:
        """Running statistics before the first step: mean 0, variance 1, (i,) each.

        Examples
        --------
        >>> Network([{"kind": "batch_normalization"}], inputs=2).initial_statistics()
        {'batch_normalization/mean': array([0., 0.]), 'batch_normalization/variance': array([1., 1.])}
        """
        begin: dict[str, Array] = {}
        for part, name, width in zip(self.layers, self.names, self.widths, strict=False):
            if isinstance(part, BatchNormalization):
                begin |= {f"{name}/mean": np.zeros(width), f"{name}/variance": np.ones(width)}
        return begin

    def moving_statistics(self, old: Mapping[str, Array], theta: Array, X: Array) -> dict[str, Array]:
        """Running statistics after the batch X was seen at theta, by each layer's momentum.

        Parameters
        ----------
        old : mapping
            From `initial_statistics` or the last call; it is not changed.
        theta : array (P,)
        X : array (n, d)

        Examples
        --------
        >>> network = Network([{"kind": "batch_normalization", "momentum": 0.5}], inputs=1)
        >>> theta, begin = network.initial(), network.initial_statistics()
        >>> network.moving_statistics(begin, theta, np.array([[1.0], [3.0]]))
        {'batch_normalization/mean': array([1.]), 'batch_normalization/variance': array([1.])}
        """
        now, moved = self.statistics(theta, X), {}
        for part, name in zip(self.layers, self.names, strict=True):
            if isinstance(part, BatchNormalization):
                mean, variance = f"{name}/mean", f"{name}/variance"
                pair = part.moved((old[mean], old[variance]), (now[mean], now[variance]), len(X))
                moved[mean], moved[variance] = pair
        return moved

    # --- inside --------------------------------------------------------------------------------------------

    def _check_theta(self, theta: Array) -> None:
        if theta.ndim not in (1, 2) or len(theta) != self.size:
            raise BadInput(f"theta must be ({self.size},) or ({self.size}, N), got shape {theta.shape}")

    def _check_X(self, X: Any) -> Array:
        table = as_floats("X", X)
        if table.ndim != 2 or table.shape[1] != self.inputs or not len(table):
            raise BadInput(f"X must be (n, {self.inputs}), one column an input, got shape {table.shape}")
        return table
