"""Worked backpropagation steps: a training step of a small network in numbers and words, beat by beat."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array
from optiviz.nn import losses
from optiviz.nn.layers import Dense
from optiviz.nn.losses import MeanSquaredError
from optiviz.objectives.training import Training
from optiviz.optimizers.gd import GD
from optiviz.scene import numbers
from optiviz.scene.numbers import MINUS

MOST = 24  # weights whose numbers have room
HIDDEN = "hklmn"  # letters of the hidden layers
BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
DOT = " · "


class Shown(NamedTuple):
    """Numbers at one layer and their tone: "plain", "forward", "back" or "new"; no numbers, nothing there."""

    numbers: Array | None
    tone: str = "plain"


@dataclass(frozen=True, eq=False)
class Beat:
    """One beat of a worked step: its texts, and the numbers that then stand at the layers.

    Of several examples, the first is told that has room. `active` is the layer, from 1, whose lines it is
    about (0: none); where they are `moving`, something travels along them, back if the tone is "back".
    """

    title: str
    formula: str
    examples: tuple[str, ...]
    loss: str
    neurons: tuple[Shown, ...]  # a column each, the inputs first
    lines: tuple[Shown, ...]  # kernels (i, k), the first layer's first
    biases: tuple[Shown, ...]
    lit: int = -1  # the column that it is about
    active: int = 0
    moving: bool = False
    tone: str = "forward"


def full_number(value: float) -> str:
    """A number with as many digits as tell it apart, and no more.

    >>> full_number(903.75), full_number(-0.2365), full_number(7.0), full_number(196.5612128857)
    ('903.75', '−0.2365', '7', '196.56')
    """
    return (
        numbers.exact(value, 2 if abs(value) >= 9.99995 else 4) if abs(value) < 1e6 else numbers.number(value)
    )


def short_number(value: float) -> str:
    """The same in at most six letters, for the inside of a neuron.

    >>> short_number(245.5), short_number(-12.734), short_number(-1.0925)
    ('245.5', '−12.7', '−1.09')
    """
    size = abs(value)
    if size >= 1e5:
        return f"{value:.0e}".replace("e+0", "e").replace("-", MINUS)
    return numbers.exact(value, 2 if size < 9.995 else 1 if size < 999.95 else 0)


def repeatable_number(value: float) -> str:
    """A number with five places, as many as products need, so that a calculator repeats them.

    >>> repeatable_number(0.09625), repeatable_number(10.7975), repeatable_number(-14.2)
    ('0.09625', '10.7975', '−14.2')
    """
    return numbers.exact(value, 5) if abs(value) < 1e4 else full_number(value)


def factor(value: float) -> str:
    """A number within a product: in brackets if it is negative."""
    return f"({repeatable_number(value)})" if value < 0 else repeatable_number(value)


def check(training: Training) -> None:
    """Refuse what cannot be followed by hand."""
    net = training.network
    if not all(isinstance(part, Dense) and part.use_bias for part in net.layers):
        raise BadInput("follows dense layers with a bias, and no others")
    if len(training.X) != 1:
        raise BadInput(f"follows one row through the network; the data have {len(training.X):,}")
    weights = sum(
        place.at.stop - place.at.start for place in net.parameters.values() if len(place.shape) == 2
    )
    if weights > MOST or len(net.layers) > len(HIDDEN) + 1:
        raise BadInput(
            f"has room for {MOST} weights in at most {len(HIDDEN) + 1} layers; this "
            f"network has {weights:,} in {len(net.layers):,} - see 'network'"
        )


@dataclass(frozen=True, eq=False)
class Worked:
    """The beats of all worked steps of a run: `at(k)` is the k-th of `count`.

    Parameters
    ----------
    training : Training
        Of one row.
    path : array (T+1, P)
    rule : Optimizer
        For the words about the update.
    """

    training: Training
    path: Array
    rule: Any

    def __post_init__(self) -> None:
        check(self.training)
        object.__setattr__(self, "at", lru_cache(maxsize=8)(self.at))

    @property
    def layers(self) -> int:
        return len(self.training.network.layers)

    @property
    def per_step(self) -> int:
        """The inputs, each layer, the loss, its slope; each layer's weights, and the way on; the update."""
        return 3 * self.layers + 3

    @property
    def count(self) -> int:
        """The beats of all steps, and of a last forward pass."""
        return (len(self.path) - 1) * self.per_step + self.layers + 1

    def letter(self, column: int) -> str:
        """What the numbers of a column are called: x, h, ..., o."""
        return "x" if column == 0 else "o" if column == self.layers else HIDDEN[column - 1]

    def place(self, column: int) -> str:
        return "output" if column == self.layers else "hidden" if self.layers == 2 else f"hidden {column}"

    def at(self, k: int) -> Beat:
        """The k-th beat."""
        step, beat = divmod(k, self.per_step)
        passed = Passed.through(self.training, self.path[step])
        if step == len(self.path) - 1:
            beat += 1  # the inputs are known by now
        count = self.layers
        if beat == 0:
            return self.inputs(passed, step)
        if beat <= count:
            return self.forward(passed, step, beat)
        if beat == count + 1:
            return self.loss(passed, step)
        if beat == count + 2:
            return self.slope(passed, step)
        if beat == self.per_step - 1:
            return self.update(passed, step)
        back, on = divmod(beat - count - 3, 2)
        return self.on(passed, step, count - back) if on else self.weights(passed, step, count - back)

    # ------------------------------------------------------------------------------- forward

    def known(self, step: int) -> str:
        """The loss so far, before the forward pass of `step` is done."""
        return "" if step == 0 else full_number(Passed.through(self.training, self.path[step - 1]).loss)

    def inputs(self, p: "Passed", step: int) -> Beat:
        values = ", ".join(full_number(v) for v in p.results[0])
        neurons = (Shown(p.results[0], "forward"), *[Shown(None)] * self.layers)
        text = f"x = ({values})"
        return self.beat(p, "Forward: the inputs", text, ("",), self.known(step), neurons, lit=0)

    def forward(self, p: "Passed", step: int, layer: int) -> Beat:
        a, b = self.letter(layer - 1), self.letter(layer)
        name = p.activations[layer - 1]
        sums = f"{a} W{subscript(layer)} + b{subscript(layer)}"
        formula = f"{b} = {name}({sums})" if name else f"{b} = {sums}"
        kernel, bias = p.kernels[layer - 1], p.biases[layer - 1]
        z, result = p.sums[layer - 1][0], p.results[layer][0]
        terms = [
            f"{factor(v)}{DOT}{factor(w)}" for v, w in zip(p.results[layer - 1], kernel[:, 0], strict=True)
        ]
        whole = f"{b}₁ = " + (f"{name}(" if name else "") + " + ".join([*terms, factor(bias[0])])
        whole += (
            f") = {name}({repeatable_number(z)}) = {repeatable_number(result)}"
            if name
            else f" = {repeatable_number(z)}"
        )
        neurons = tuple(
            Shown(values if column <= layer else None, "forward" if column == layer else "plain")
            for column, values in enumerate(p.results)
        )
        title = f"Forward: the {self.place(layer)} layer"
        examples = (whole, f"{b}₁ = {full_number(result)}")
        more = {"lit": layer, "active": layer, "moving": True}
        return self.beat(p, title, formula, examples, self.known(step), neurons, **more)

    def loss(self, p: "Passed", step: int) -> Beat:
        o, y = p.results[-1], self.training.targets[0]
        examples: tuple[str, ...] = (f"L = {full_number(p.loss)}",)
        formula = f"Loss: {type(losses.loss(self.training.loss)).__name__}"
        if p.squares:
            one = len(o) == 1
            formula = "L = (o − y)²" if one else f"L = mean of (oᵢ − yᵢ)² over the {len(o)} outputs"
            terms = [f"({repeatable_number(a)} − {factor(b)})²" for a, b in zip(o, y, strict=True)]
            whole = terms[0] if one else f"({' + '.join(terms)}) / {len(o)}"
            examples = (f"L = {whole} = {full_number(p.loss)}", *examples)
        title = "The loss" if step == 0 else f"The loss after {step} step{'s' * (step > 1)}"
        return self.beat(
            p, title, formula, examples, self.told(p, step), shown_columns(p.results), lit=self.layers
        )

    # ------------------------------------------------------------------------------- backward

    def told(self, p: "Passed", step: int) -> str:
        """The loss before and after the last update."""
        return " → ".join(filter(None, (self.known(step), full_number(p.loss))))

    def slope(self, p: "Passed", step: int) -> Beat:
        o, y, delta = p.results[-1][0], self.training.targets[0, 0], p.deltas[-1]
        count, name = len(delta), self.slope_name(self.layers, p)
        formula, examples = f"{name}, by the chain rule", (f"{name}: {full_number(delta[0])}",)
        if p.squares and not p.activations[-1]:
            formula = f"{name} = 2 (o − y)" + (f" / {count}" if count > 1 else "")
            share = f" / {count}" if count > 1 else ""
            examples = (
                f"{name}₁ = 2{DOT}({repeatable_number(o)} − {factor(y)}){share} = {full_number(delta[0])}",
            )
        neurons = (*shown_columns(p.results[:-1]), Shown(delta, "back"))
        title = "Backward: the slope at the outputs"
        return self.beat(
            p, title, formula, examples, self.told(p, step), neurons, lit=self.layers, tone="back"
        )

    def slope_name(self, column: int, p: "Passed") -> str:
        """Of what a neuron is told: the slope at its result, or at its sum if an activation lies between."""
        letter = self.letter(column)
        return f"∂L/∂{letter}" if not p.activations[column - 1] else f"∂L/∂z{subscript(column)}"

    def weights(self, p: "Passed", step: int, layer: int) -> Beat:
        a, told = self.letter(layer - 1), self.slope_name(layer, p)
        n = subscript(layer)
        formula = f"∂L/∂W{n} = {a}ᵀ{DOT}{told}      ∂L/∂b{n} = {told}"
        v, d, g = p.results[layer - 1][0], p.deltas[layer - 1][0], p.slopes[layer - 1][0, 0]
        example = f"the first weight: {factor(v)}{DOT}{factor(d)} = {full_number(g)}"
        title = f"Backward: the {self.place(layer)} layer's weights"
        return self.back(p, title, formula, (example,), step, layer)

    def on(self, p: "Passed", step: int, layer: int) -> Beat:
        """From `layer` on to the one before it."""
        told, name = self.slope_name(layer, p), p.activations[layer - 2]
        target = self.slope_name(layer - 1, p)
        formula = f"{target} = {told}{DOT}W{subscript(layer)}ᵀ" + (
            f" × {name}′(z{subscript(layer - 1)})" if name else ""
        )
        kernel, deltas, result = p.kernels[layer - 1], p.deltas[layer - 1], p.deltas[layer - 2][0]
        terms = [f"{factor(d)}{DOT}{factor(w)}" for d, w in zip(deltas, kernel[0], strict=True)]
        whole = " + ".join(terms)
        if name:
            pushed = float(kernel[0] @ deltas)
            share = f" × {factor(result / pushed)}" if pushed else ""
            whole = f"({whole}){share}"
        examples = (f"{target}₁ = {whole} = {full_number(result)}", f"{target}₁ = {full_number(result)}")
        title = f"Backward: on to the {self.place(layer - 1)} layer"
        return self.back(p, title, formula, examples, step, layer, on=True)

    def back(
        self, p: "Passed", title: str, formula: str, examples: tuple[str, ...], step: int, layer: int,
        on: bool = False,
    ) -> Beat:  # fmt: skip
        """A beat of the way back: what is `layer`'s is known, and with `on` goes on to the one before."""
        column, done = layer - on, layer + on  # on its way it meets the weights once more
        neurons = tuple(
            Shown(p.deltas[c - 1], "back") if 0 < c >= column else Shown(values)
            for c, values in enumerate(p.results)
        )
        count = range(1, self.layers + 1)
        lines = tuple(Shown(p.slopes[k - 1], "back") if k >= done else Shown(p.kernels[k - 1]) for k in count)
        biases = tuple(
            Shown(p.deltas[k - 1], "back") if k >= layer else Shown(p.biases[k - 1]) for k in count
        )
        lit = column if on else -1
        loss = self.told(p, step)
        return Beat(title, formula, examples, loss, neurons, lines, biases, lit, layer, on, "back")

    def matrices(self, k: int) -> tuple[tuple[Shown, Shown], ...]:
        """Of each layer W and dW, rows for the neurons before it, as they are known at the k-th beat."""
        step, beat = divmod(k, self.per_step)
        p, last = Passed.through(self.training, self.path[step]), step == len(self.path) - 1
        now, renewed = self.at(k), not last and beat == self.per_step - 1
        after = Passed.through(self.training, self.path[step + 1]) if renewed else p
        found = []
        for layer in range(1, self.layers + 1):
            first = 3 * self.layers + 3 - 2 * layer  # the beat at which its slopes are told
            tone = now.tone if now.active == layer and now.tone == "forward" else "plain"
            kernel = Shown(after.kernels[layer - 1], "new" if renewed else tone)
            known = p.slopes[layer - 1] if beat >= first and not last else None
            found.append((kernel, Shown(known, "back" if beat == first else "plain")))
        return tuple(found)

    def update(self, p: "Passed", step: int) -> Beat:
        after = Passed.through(self.training, self.path[step + 1])
        old, new, slope = p.kernels[0][0, 0], after.kernels[0][0, 0], p.slopes[0][0, 0]
        rate = getattr(self.rule, "learning_rate", None)
        formula = f"W and b take the step of {type(self.rule).__name__}"
        example = f"the first weight: {full_number(old)} → {full_number(new)}"
        if isinstance(self.rule, GD) and isinstance(rate, float):
            steps = [(b - a) + rate * g for a, b, g in zip(p.kernels, after.kernels, p.slopes, strict=True)]
            if all(np.abs(off).max() < 1e-9 * (1 + np.abs(slope)) for off in steps):  # nothing is clipped
                formula = f"W ← W − {rate:g}{DOT}∂L/∂W      b ← b − {rate:g}{DOT}∂L/∂b"
                update = f"{full_number(old)} − {rate:g}{DOT}{factor(slope)}"
                example = f"the first weight: {update} = {full_number(new)}"
        neurons = (Shown(p.results[0]), *[Shown(None)] * self.layers)
        lines = tuple(Shown(kernel, "new") for kernel in after.kernels)
        biases = tuple(Shown(bias, "new") for bias in after.biases)
        title = "Update: a step down the slope"
        return Beat(title, formula, (example,), self.told(p, step), neurons, lines, biases, tone="new")

    def beat(
        self, p: "Passed", title: str, formula: str, examples: tuple[str, ...], loss: str,
        neurons: tuple[Shown, ...], **more: Any,
    ) -> Beat:  # fmt: skip
        """A beat at which all weights stand there as they are."""
        lines, biases = (tuple(map(Shown, weights)) for weights in (p.kernels, p.biases))
        return Beat(title, formula, examples, loss, neurons, lines, biases, **more)


@dataclass(frozen=True, eq=False)
class Passed:
    """Forward and backward pass of one row: `deltas` are the slopes of the loss at each layer's sums."""

    kernels: Sequence[Array]  # (i, k) of each layer
    biases: Sequence[Array]  # (k,)
    activations: Sequence[str]  # "" for none
    sums: Sequence[Array]
    results: Sequence[Array]  # the inputs first
    slopes: Sequence[Array]  # (i, k)
    deltas: Sequence[Array]  # (k,)
    loss: float
    squares: bool  # whether the loss is the mean squared error

    @staticmethod
    def through(training: Training, theta: Array) -> "Passed":
        net = training.network
        weights, signals = net.unpack(theta), net.forward(theta, training.X)
        value, gradient = training.value_and_gradient(theta)
        slopes = net.unpack(gradient)
        names = [getattr(part.activation, "__name__", part.activation) for part in net.layers]  # type: ignore[attr-defined]
        plain_names = [name["kind"] if isinstance(name, dict) else str(name) for name in names]
        return Passed(
            [weights[f"{name}/kernel"] for name in net.names],
            [weights[f"{name}/bias"] for name in net.names],
            ["" if name == "linear" else name for name in plain_names],
            [signals[name].z[0] for name in net.names],
            [training.X[0], *(signals[name].a[0] for name in net.names)],
            [slopes[f"{name}/kernel"] for name in net.names],
            [slopes[f"{name}/bias"] for name in net.names],
            float(value),
            isinstance(losses.loss(training.loss), MeanSquaredError),
        )


def shown_columns(columns: Sequence[Array]) -> tuple[Shown, ...]:
    return tuple(map(Shown, columns))


def subscript(k: int) -> str:
    """A small number at the foot of a letter."""
    return str(k).translate(BELOW)
