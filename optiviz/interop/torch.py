"""Adapter of torch optimizers: the original rule, in float64."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, State
from optiviz.interop.packages import import_package


@dataclass(frozen=True)
class FromTorch:
    """A rule of torch as one of ours; see `from_torch`."""

    factory: Callable[[list[Any]], Any]
    name: str = "torch"

    def init(self, theta: Array) -> State:
        torch = import_package("torch", "from_torch")
        if theta.ndim != 1:
            raise BadInput(
                f"{self.name}: a rule of torch runs from one start at a time, got {theta.shape[1]}"
            )
        # What is remembered has names only after a step: one from 0 down no slope leaves it as it begins.
        trial, held = self.made(torch, np.zeros_like(theta))
        held.grad = torch.zeros_like(held)
        stepped(trial)
        begins = torch_state(trial, held)
        named = {name: a for name, a in begins.items() if shaped_like(torch, a, held)}
        fresh, place = self.made(torch, theta)
        memory = Memory(fresh, place, torch_state(fresh, place), groups_of(fresh), tuple(named))
        return {"count": 0, **{name: tensor.numpy() for name, tensor in named.items()}, "torch": memory}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        torch = import_package("torch", "from_torch")
        memory: Memory = state["torch"]
        optimizer, place = memory.optimizer, memory.place
        # All that the optimizer knows is put back first, so that a step depends on its arguments alone.
        with torch.no_grad():
            place.copy_(torch.from_numpy(np.array(theta)))
        place.grad = torch.from_numpy(np.array(gradient))
        optimizer.state.clear()
        held = {
            name: torch.tensor(state[name]) if name in memory.names else copied(torch, value)
            for name, value in memory.held.items()
        }
        if held:
            optimizer.state[place] = held
        for group, known in zip(optimizer.param_groups, memory.groups, strict=True):
            group.update(deepcopy(known) if memory.tensor_groups else known)
        stepped(optimizer)
        now = torch_state(optimizer, place)
        # taken out of the optimizer: what it wrote here is nobody's to change from now on
        optimizer.state.clear()
        kept = {name: now[name] for name in memory.names if shaped_like(torch, now.get(name), place)}
        named = {name: kept[name].numpy() if name in kept else np.zeros_like(theta) for name in memory.names}
        after = Memory(optimizer, place, now, groups_of(optimizer), memory.names)
        return place.detach().numpy().copy(), {"count": state["count"] + 1, **named, "torch": after}

    def made(self, torch: Any, theta: Array) -> tuple[Any, Any]:
        """A new optimizer, and the one parameter that it has, in 64 bits."""
        place = torch.tensor(np.array(theta), dtype=torch.float64, requires_grad=True)
        optimizer = self.factory([place])
        return optimizer, place


@dataclass(frozen=True, eq=False)
class Memory:
    """State of a torch optimizer between two steps; read-only.

    `optimizer` and `place` are the bench it works on: everything on it is put there before each step.
    """

    optimizer: Any
    place: Any
    held: Mapping[str, Any]
    groups: list[dict[str, Any]]
    names: tuple[str, ...]

    @cached_property
    def tensor_groups(self) -> bool:
        """Whether a setting could be written into: anything but numbers, text and pairs of them."""
        plain = (int, float, str, tuple, type(None))
        return not all(isinstance(value, plain) for group in self.groups for value in group.values())


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
        One start at a time. Rules that evaluate the loss themselves (LBFGS) are refused.

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
