"""`ov.keras`: its `Recorder` is a callback of `fit`; and the adapter of Keras' optimizers."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, State
from optiviz.interop.callbacks import keras_recorder as Recorder
from optiviz.interop.packages import import_package
from optiviz.optimizers.base import Variables


@dataclass(frozen=True)
class FromKeras:
    """A rule of Keras as one of ours; see `from_keras`."""

    factory: Callable[[], Any]
    name: str = "keras"
    variables: Variables = field(default_factory=dict)

    def with_variables(self, variables: Variables) -> "FromKeras":
        """The same for theta that is made of `variables`: a variable of Keras each, under its name."""
        return replace(self, variables=variables)

    def init(self, theta: Array) -> State:
        keras = import_package("keras", "from_keras")
        if theta.ndim != 1:
            raise BadInput(
                f"{self.name}: a rule of Keras runs from one start at a time, got {theta.shape[1]}"
            )
        with float64_policy(keras):  # its rate is a variable, too
            optimizer = self.factory()
        if not callable(getattr(optimizer, "apply", None)) or not callable(getattr(optimizer, "build", None)):
            raise BadInput(
                f"from_keras takes a function that makes an optimizer of Keras, got {optimizer!r:.80}"
            )
        with float64_policy(keras):
            places = [
                keras.Variable(piece, dtype="float64", name=name.rpartition("/")[2])
                for name, piece in self.pieces(theta).items()
            ]
            optimizer.build(places)
        bench = Bench(optimizer, places, self.names_of(optimizer, places))
        return {"count": 0, **self.recorded(bench), "keras": (bench, bench.numbers())}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        keras = import_package("keras", "from_keras")
        bench, numbers = state["keras"]
        # All that the optimizer knows is put back first, so that a step depends on its arguments alone.
        for variable, value in zip(bench.optimizer.variables, numbers, strict=True):
            variable.assign(value)
        for place, piece in zip(bench.places, self.pieces(theta).values(), strict=True):
            place.assign(piece)
        slopes = [keras.ops.convert_to_tensor(np.array(g), "float64") for g in self.pieces(gradient).values()]
        with float64_policy(keras):
            bench.optimizer.apply(slopes, bench.places)
        reached = np.concatenate([np.ravel(numbers_of_variable(place)) for place in bench.places])
        after = {"count": state["count"] + 1, **self.recorded(bench), "keras": (bench, bench.numbers())}
        return reached, after

    def pieces(self, theta: Array) -> dict[str, Array]:
        """theta (P,) cut into variables, by their names."""
        if not self.variables:
            return {"theta": theta}
        return {name: theta[at].reshape(shape) for name, (at, shape) in self.variables.items()}

    def names_of(self, optimizer: Any, places: list[Any]) -> dict[str, list[Any]]:
        """What is remembered in the shape of theta: for each name the variables of Keras, one a place."""
        found: dict[str, list[Any]] = {}
        own = [variable for variable in optimizer.variables if tuple(variable.shape)]
        for place in places:
            for variable in own:
                name = str(variable.name)
                mark = f"{place.name}_"
                if name.startswith(mark) and tuple(variable.shape) == tuple(place.shape):
                    found.setdefault(name.removeprefix(mark), []).append(variable)
        return {name: some for name, some in found.items() if fits_places(some, places)}

    def recorded(self, bench: "Bench") -> dict[str, Array]:
        """What is remembered in the shape of theta, (P,) each."""
        return {
            name: np.concatenate([np.ravel(numbers_of_variable(one)) for one in some])
            for name, some in bench.names.items()
        }


@dataclass(frozen=True, eq=False)
class Bench:
    """An optimizer of Keras and the variables it works on: everything is put there before each step."""

    optimizer: Any
    places: list[Any]
    names: dict[str, list[Any]]

    def numbers(self) -> list[Any]:
        """All that the optimizer knows, copied."""
        return [numbers_of_variable(variable) for variable in self.optimizer.variables]


def fits_places(found: list[Any], places: list[Any]) -> bool:
    """Whether there is one for each place, in its shape."""
    shapes = [[tuple(one.shape) for one in some] for some in (found, places)]
    return shapes[0] == shapes[1]


def numbers_of_variable(variable: Any) -> Array:
    """A copy of a variable of Keras."""
    import_package("keras", "from_keras")
    from keras.ops import convert_to_numpy  # type: ignore[import-not-found]

    return np.array(convert_to_numpy(variable.value))


class float64_policy:
    """Keras counts in float64 within this block: optimizers cast to its `floatx`."""

    def __init__(self, keras: Any) -> None:
        self.config = keras.config
        self.before = keras.config.floatx()

    def __enter__(self) -> None:
        self.config.set_floatx("float64")

    def __exit__(self, *fault: Any) -> None:
        self.config.set_floatx(self.before)


@checked_call
def from_keras(factory: Callable[[], Any]) -> FromKeras:
    """A rule of Keras as an optimizer here: the original, not our version of it.

    It works on 64-bit floats. A step depends on its arguments alone: before it everything that the optimizer
    remembers is put back, its counter and its seeds included. What it remembers in the shape of theta is
    recorded under Keras' name (`momentum`, `velocity`, ...).

    Parameters
    ----------
    factory : callable
        `() -> keras.optimizers.Optimizer`, such as `lambda: keras.optimizers.Adam(0.1)`. It is called anew
        for each run.

    Returns
    -------
    FromKeras
        One start at a time. On a network each kernel and each bias is a variable of Keras, as its
        layers have them, so that Lamb, Adafactor and Muon see what they would there; all else is one.

    Raises
    ------
    BadInput
        When Keras is not installed.

    Notes
    -----
    ::

        import keras, optiviz as ov
        adam = ov.from_keras(lambda: keras.optimizers.Adam(0.1))
        race = ov.compare(ov.beale, {"keras": adam, "ours": ov.Adam(0.1)}, steps=200)
    """
    import_package("keras", "from_keras")
    if not callable(factory):
        raise BadInput(
            f"from_keras takes a function, such as lambda: keras.optimizers.Adam(0.1), got {factory!r:.80}"
        )
    return FromKeras(factory)


__all__ = ["FromKeras", "Recorder", "from_keras"]
