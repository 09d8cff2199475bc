"""Anyone's optimizer: a plain function, torch's and optax's rules here, and our rules in scipy."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from inspect import Parameter, isclass, signature
from types import MappingProxyType
from typing import Any

import numpy as np

from optiviz.errors import BadInput
from optiviz.notation import Array, State

# ---- plain functions


@dataclass(frozen=True)
class Rule:
    """An optimizer made of a plain function; see `rule`."""

    function: Callable[..., Any]
    start: Mapping[str, Any]
    remembers: bool

    @property
    def name(self) -> str:
        """That of the function."""
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    def init(self, theta: Array) -> State:
        named = {name: value(theta) if callable(value) else value for name, value in self.start.items()}
        arrays = {name: np.full_like(theta, value) for name, value in named.items()}
        return {"count": 0, **arrays}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        # copies: a function that writes into what it is given changes nobody's record
        given = theta.copy(), gradient.copy()
        count = {"count": state["count"] + 1}
        if not self.remembers:
            return self.fit(self.function(*given), theta), {**state, **count}
        mine = {
            name: value.copy() if isinstance(value, np.ndarray) else value for name, value in state.items()
        }
        answer = self.function(*given, mine)
        if not (isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], Mapping)):
            raise BadInput(f"{self.name}: must return (theta, state), the state a dict, got {answer!r:.80}")
        told = {
            name: self.fit(value, theta, name) if name in self.start else value
            for name, value in answer[1].items()
        }
        return self.fit(answer[0], theta), {**mine, **told, **count}

    def fit(self, value: Any, theta: Array, name: str = "theta") -> Array:
        """`value` as an array shaped like theta; refuses another shape."""
        array = np.asarray(value, dtype=float)
        if array.shape != theta.shape:
            raise BadInput(f"{self.name}: {name} must keep its shape {theta.shape}, got {array.shape}")
        return array


def rule(function: Callable[..., Any], **state: Any) -> Rule:
    """An optimizer from a plain function.

    A class of your own needs no help: whatever has `init(theta) -> state` and
    `step(theta, gradient, state) -> (theta, state)` is an optimizer already.

    Parameters
    ----------
    function : callable
        `(theta, gradient) -> theta`, or `(theta, gradient, state) -> (theta, state)`. Arguments after
        these have defaults. The state is a dict; of it the function returns what it changed, and `count`,
        the number of finished steps, is kept for it.
    **state : number, array or callable
        What is remembered, at the start: a number for each coordinate, or `theta -> array`. These names
        are recorded with the run.

    Returns
    -------
    Rule

    Raises
    ------
    BadInput
        When the function takes neither two nor three arguments.

    Examples
    --------
    >>> def signs(theta, gradient):
    ...     return theta - 0.5 * np.sign(gradient)
    >>> theta, state = rule(signs).step(np.ones(2), np.array([3.0, -7.0]), {"count": 0})
    >>> theta.tolist(), state
    ([0.5, 1.5], {'count': 1})

    One with a memory:

    >>> def ball(theta, gradient, state, rate=0.1):
    ...     velocity = 0.5 * state["velocity"] - rate * gradient
    ...     return theta + velocity, {"velocity": velocity}
    >>> heavy = rule(ball, velocity=0.0)
    >>> theta, state = heavy.step(np.ones(1), np.ones(1), heavy.init(np.ones(1)))
    >>> theta.tolist(), state["velocity"].tolist()
    ([0.9], [-0.1])
    """
    if isclass(function) or not callable(function):
        raise BadInput(f"a rule is a function (theta, gradient) -> theta, got {function!r:.80}")
    try:
        parameters = list(signature(function).parameters.values())
    except ValueError:  # some functions written in C do not tell
        count = 3 if state else 2
    else:
        by_place = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        count = sum(p.kind in by_place and p.default is Parameter.empty for p in parameters)
    if count not in (2, 3):
        raise BadInput(
            "a rule is a function (theta, gradient) -> theta or (theta, gradient, state) -> (theta, state); "
            f"{getattr(function, '__name__', function)} takes {count} arguments"
        )
    if state and count == 2:
        raise BadInput(f"a rule that remembers ({', '.join(state)}) takes (theta, gradient, state)")
    return Rule(function, MappingProxyType(state), remembers=count == 3)


def as_optimizer(part: Any) -> Any:
    """What takes part in a race: a plain function becomes a rule, an optimizer stays what it is."""
    if isclass(part):
        raise BadInput(f"{part.__name__} is a class; an optimizer is made of it: {part.__name__}(...)")
    if callable(getattr(part, "init", None)) and callable(getattr(part, "step", None)):
        return part
    if callable(getattr(part, "walk", None)):  # a solver that finds its own way
        return part
    if callable(part):
        return rule(part)
    raise BadInput(
        f"an optimizer has init(theta) and step(theta, gradient, state), or is a function; got {part!r:.80}"
    )


# ---- torch


@dataclass(frozen=True)
class FromTorch:
    """A rule of torch as one of ours; see `from_torch`."""

    factory: Callable[[list[Any]], Any]
    name: str = "torch"

    def init(self, theta: Array) -> State:
        torch = imported("torch", "from_torch")
        if theta.ndim != 1:
            raise BadInput(
                f"{self.name}: a rule of torch runs from one start at a time, got {theta.shape[1]}"
            )
        # What is remembered has names only after a step: one from 0 down no slope leaves it as it begins.
        trial, held = self.made(torch, np.zeros_like(theta))
        held.grad = torch.zeros_like(held)
        stepped(trial)
        begins = memory_of(trial, held)
        named = {name: a for name, a in begins.items() if shaped_like(torch, a, held)}
        fresh, place = self.made(torch, theta)
        memory = Memory(fresh, place, memory_of(fresh, place), groups_of(fresh), tuple(named))
        return {"count": 0, **{name: tensor.numpy() for name, tensor in named.items()}, "torch": memory}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        torch = imported("torch", "from_torch")
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
        now = memory_of(optimizer, place)
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
    """All that a rule of torch remembers between two steps; nobody writes into it.

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
    imported("torch", "from_torch")
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


def memory_of(optimizer: Any, place: Any) -> dict[str, Any]:
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


# ---- optax


@dataclass(frozen=True)
class FromOptax:
    """A transformation of optax as one of our rules; see `from_optax`."""

    transformation: Any
    name: str = "optax"

    def init(self, theta: Array) -> State:
        jax = self.jax()
        start, _ = self.compiled(theta.ndim)
        tree = start(jax.numpy.asarray(theta))
        names = leaf_names(jax, tree, theta.shape)
        return {"count": 0, **arrays_of(jax, tree, names), "optax": Tree(tree, names)}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        jax = self.jax()
        _, update = self.compiled(theta.ndim)
        known: Tree = state["optax"]
        try:
            after, tree = update(theta, gradient, known.tree)
        except TypeError as error:
            if "missing" not in str(error):
                raise
            raise BadInput(f"from_optax: it needs more than a gradient: {error}") from error
        arrays = arrays_of(jax, tree, known.names)
        return np.array(after), {"count": state["count"] + 1, **arrays, "optax": Tree(tree, known.names)}

    def jax(self) -> Any:
        """jax, which must count in 64 bits."""
        jax = imported("jax", "from_optax", also="optax")
        if not jax.config.jax_enable_x64:
            raise BadInput(
                "from_optax: jax is in 32 bits; before anything else call "
                "jax.config.update('jax_enable_x64', True), or set JAX_ENABLE_X64=1"
            )
        return jax

    def compiled(self, ndim: int) -> Any:
        """`init` and `update` compiled, for one run or for runs side by side."""
        return self.for_one if ndim == 1 else self.for_many

    @cached_property
    def for_one(self) -> Any:
        jax = self.jax()

        def update(theta: Any, gradient: Any, tree: Any) -> Any:
            change, tree = self.transformation.update(gradient, tree, theta)
            return theta + change, tree

        return jax.jit(self.transformation.init), jax.jit(update)

    @cached_property
    def for_many(self) -> Any:
        jax = self.jax()
        start, update = self.for_one
        last = {"in_axes": -1, "out_axes": -1}
        return jax.jit(jax.vmap(start, **last)), jax.jit(jax.vmap(update, **last))


def from_optax(transformation: Any) -> FromOptax:
    """A transformation of optax as an optimizer here: the original, not our version of it.

    What it remembers in the shape of theta (`mu`, `nu`, `trace`, ...) is recorded under optax's name; a
    name that occurs again gets a number. Updates are compiled, once a shape: some tenths of a second.

    Parameters
    ----------
    transformation : optax.GradientTransformation
        Such as `optax.adam(0.1)` or a chain of several. jax must be in 64 bits:
        `jax.config.update("jax_enable_x64", True)` before anything else.

    Returns
    -------
    FromOptax
        Takes runs side by side too. Transformations that need the loss (`optax.lbfgs`) are refused.

    Raises
    ------
    BadInput
        When optax or jax is not installed, or jax is in 32 bits.

    Notes
    -----
    ::

        import jax, optax, optiviz as ov
        jax.config.update("jax_enable_x64", True)
        run = ov.minimize(ov.beale, ov.from_optax(optax.adam(0.1)), steps=200)
    """
    imported("optax", "from_optax")
    for name in ("init", "update"):
        if not callable(getattr(transformation, name, None)):
            raise BadInput(
                f"from_optax takes a transformation such as optax.adam(0.1), got {transformation!r:.80}"
            )
    made = FromOptax(transformation)
    made.jax()
    return made


@dataclass(frozen=True, eq=False)
class Tree:
    """All that a transformation remembers, and the names of those of its leaves that are recorded."""

    tree: Any
    names: Mapping[int, str]


def leaf_names(jax: Any, tree: Any, shape: tuple[int, ...]) -> dict[int, str]:
    """The leaves of a state of optax that are shaped like theta, each by the last name on its way."""
    found: dict[int, str] = {}
    for k, (way, leaf) in enumerate(jax.tree_util.tree_flatten_with_path(tree)[0]):
        if leaf.shape != shape or leaf.dtype != np.float64:
            continue
        attributes = [str(key.name) for key in way if isinstance(key, jax.tree_util.GetAttrKey)]
        name = attributes[-1] if attributes else "memory"
        again = sum(known == name or known.startswith(f"{name}_") for known in found.values())
        found[k] = f"{name}_{again + 1}" if again else name
    return found


def arrays_of(jax: Any, tree: Any, names: Mapping[int, str]) -> dict[str, Array]:
    """The named leaves."""
    leaves = jax.tree_util.tree_leaves(tree)
    return {name: np.asarray(leaves[k]) for k, name in names.items()}


def imported(name: str, asker: str, also: str = "") -> Any:
    """A framework, imported when it is used; one that is missing is named."""
    try:
        return import_module(name)
    except ImportError:
        wanted = also or name
        raise BadInput(f"{asker} needs {wanted}, which is not installed: pip install {wanted}") from None
