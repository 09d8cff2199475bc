"""Adapter of torch optimizers: the original rule, in float64."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, State
from optiviz.interop.packages import import_package
from optiviz.optimizers.base import Variables


@dataclass(frozen=True)
class FromTorch:
    """A rule of torch as one of ours; see `from_torch`."""

    factory: Callable[[list[Any]], Any]
    name: str = "torch"
    places: tuple[tuple[slice, tuple[int, ...]], ...] = ()

    def with_variables(self, variables: Variables) -> "FromTorch":
        """The same for theta that is made of `variables`: a parameter of torch each."""
        return replace(self, places=tuple(variables.values()))

    def init(self, theta: Array) -> State:
        torch = import_package("torch", "from_torch")
        if theta.ndim != 1:
            raise BadInput(
                f"{self.name}: a rule of torch runs from one start at a time, got {theta.shape[1]}"
            )
        # What is remembered has names only after a step: one from 0 down no slope leaves it as it begins.
        trial, held = self.made(torch, np.zeros_like(theta))
        for place in held:
            place.grad = torch.zeros_like(place)
        stepped(trial)
        begins = [torch_state(trial, place) for place in held]
        names = tuple(name for name in begins[0] | begins[-1] if recordable(torch, name, begins, held))
        named = {name: self.whole(numbers(name, begins, held)) for name in names}
        fresh, places = self.made(torch, theta)
        states = [torch_state(fresh, place) for place in places]
        return {"count": 0, **named, "torch": Memory(fresh, places, states, groups_of(fresh), names)}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        torch = import_package("torch", "from_torch")
        memory: Memory = state["torch"]
        optimizer, places = memory.optimizer, memory.places
        known = {name: self.pieces(state[name]) for name in memory.names}
        # All that the optimizer knows is put back first, so that a step depends on its arguments alone.
        optimizer.state.clear()
        parts = zip(places, self.pieces(theta), self.pieces(gradient), memory.states, strict=True)
        for k, (place, here, slope, before) in enumerate(parts):
            with torch.no_grad():
                place.copy_(torch.from_numpy(np.array(here)))
            place.grad = torch.from_numpy(np.array(slope))
            held = {
                name: torch.tensor(np.array(known[name][k])) if name in memory.names else copied(torch, value)
                for name, value in before.items()
            }
            if held:
                optimizer.state[place] = held
        for group, settings in zip(optimizer.param_groups, memory.groups, strict=True):
            group.update(deepcopy(settings) if memory.tensor_groups else settings)
        stepped(optimizer)
        now = [torch_state(optimizer, place) for place in places]
        # taken out of the optimizer: what it wrote here is nobody's to change from now on
        optimizer.state.clear()
        named = {name: self.whole(numbers(name, now, places)) for name in memory.names}
        after = Memory(optimizer, places, now, groups_of(optimizer), memory.names)
        reached = self.whole([place.detach().numpy().copy() for place in places])
        return reached, {"count": state["count"] + 1, **named, "torch": after}

    def made(self, torch: Any, theta: Array) -> tuple[Any, list[Any]]:
        """A new optimizer, and its parameters, in 64 bits."""
        pieces = [np.array(piece) for piece in self.pieces(theta)]
        places = [torch.tensor(piece, dtype=torch.float64, requires_grad=True) for piece in pieces]
        try:
            return self.factory(places), places
        except ValueError as error:
            seen = ", ".join(str(piece.shape) for piece in pieces)
            raise BadInput(f"{self.name}: {error} - it was given variables of shape {seen}") from error

    def pieces(self, theta: Array) -> list[Array]:
        """theta (P,) cut into variables as torch shapes them: kernels (out, in)."""
        if not self.places:
            return [theta]
        cut = [theta[at].reshape(shape) for at, shape in self.places]
        return [piece.T if piece.ndim == 2 else piece for piece in cut]

    def whole(self, pieces: list[Array]) -> Array:
        """(P,) what `pieces` cuts."""
        if not self.places:
            return pieces[0]
        return np.concatenate([np.ravel(piece.T if piece.ndim == 2 else piece) for piece in pieces])


def recordable(torch: Any, name: str, states: list[dict[str, Any]], places: list[Any]) -> bool:
    """Whether something remembered has the shape of its variable, wherever there is any."""
    found = [
        shaped_like(torch, state[name], place)
        for state, place in zip(states, places, strict=True)
        if name in state
    ]
    return bool(found) and all(found)


def numbers(name: str, states: list[dict[str, Any]], places: list[Any]) -> list[Array]:
    """What is remembered under a name of each variable; 0 where there is nothing."""
    return [
        np.zeros(tuple(place.shape)) if state.get(name) is None else state[name].numpy()
        for state, place in zip(states, places, strict=True)
    ]


@dataclass(frozen=True, eq=False)
class Memory:
    """State of a torch optimizer between two steps; read-only.

    `optimizer` and `places` are the bench it works on: everything on it is put there before each step.
    """

    optimizer: Any
    places: list[Any]
    states: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    names: tuple[str, ...]

    @cached_property
    def tensor_groups(self) -> bool:
        """Whether a setting could be written into: anything but numbers, text and pairs of them."""
        plain = (int, float, str, tuple, type(None))
        return not all(isinstance(value, plain) for group in self.groups for value in group.values())


@checked_call
def from_torch(factory: Callable[[list[Any]], Any]) -> FromTorch:
    """A rule of torch as an optimizer here: the original, not our version of it.

    It works on 64-bit floats, whatever torch's default is. A step depends on its arguments alone: before
    it everything that the optimizer remembers is put back, `lr` and the other settings included. What it
    remembers in the shape of theta (`exp_avg`, `momentum_buffer`, ...) is recorded under torch's name; in
    row 0, where torch has nothing yet, stands what a step from 0 down no slope leaves. What an optimizer
    keeps outside of `state` and `param_groups` is its own affair: two steps from one state may then differ.

    Parameters
    ----------
    factory : callable
        `parameters -> torch.optim.Optimizer`, such as
        `lambda parameters: torch.optim.Adam(parameters, lr=0.1)`. It is called anew for each run.

    Returns
    -------
    FromTorch
        One start at a time. On a network each kernel and each bias is a parameter of torch, kernels as its
        layers have them, (out, in); all else is one. Rules that evaluate the loss themselves (LBFGS) are
        refused.

    Raises
    ------
    BadInput
        When torch is not installed.

    Notes
    -----
    ::

        import torch, optiviz as ov
        adam = ov.from_torch(lambda parameters: torch.optim.Adam(parameters, lr=0.1))
        race = ov.compare(ov.beale, {"torch": adam, "ours": ov.Adam(0.1, epsilon=1e-8)}, steps=200)
    """
    import_package("torch", "from_torch")
    return FromTorch(factory)


def stepped(optimizer: Any) -> None:
    """Let an optimizer of torch step; one that needs more than a gradient is refused."""
    try:
        optimizer.step()
    except TypeError as error:
        if "closure" not in str(error):
            raise
        kind = type(optimizer).__name__
        raise BadInput(
            f"torch's {kind} evaluates the loss itself; a rule here gets a gradient only"
        ) from error


def torch_state(optimizer: Any, place: Any) -> dict[str, Any]:
    """What an optimizer of torch remembers of its parameter; None is nothing."""
    return dict(optimizer.state[place]) if place in optimizer.state else {}


def groups_of(optimizer: Any) -> list[dict[str, Any]]:
    """The settings of an optimizer of torch, as they are now."""
    return [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]


def shaped_like(torch: Any, value: Any, place: Any) -> bool:
    """Whether this is a tensor of one float for each coordinate."""
    return isinstance(value, torch.Tensor) and value.shape == place.shape and value.dtype == place.dtype


def copied(torch: Any, value: Any) -> Any:
    """A copy that may be written into."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    return value if isinstance(value, int | float | str | None) else deepcopy(value)
