"""Adapter of optax gradient transformations as optimizers: the original rule, compiled."""

from collections.abc import Mapping
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
class FromOptax:
    """A transformation of optax as one of our rules; see `from_optax`."""

    transformation: Any
    name: str = "optax"
    variables: Variables | None = None

    def with_variables(self, variables: Variables) -> "FromOptax":
        """The same for theta that is made of `variables`: a leaf of the tree of parameters each."""
        return replace(self, variables=variables)

    def init(self, theta: Array) -> State:
        jax = self.jax()
        start, _ = self.compiled(theta.ndim)
        tree = start(jax.numpy.asarray(theta))
        names = leaf_names(jax, tree, theta.shape, self.variables)
        return {"count": 0, **named_leaves(jax, tree, names, theta.shape), "optax": Tree(tree, names)}

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
        arrays = named_leaves(jax, tree, known.names, theta.shape)
        return np.array(after), {"count": state["count"] + 1, **arrays, "optax": Tree(tree, known.names)}

    def jax(self) -> Any:
        """jax, which must count in 64 bits."""
        jax = import_package("jax", "from_optax", also="optax")
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
            change, tree = self.transformation.update(self.cut(gradient), tree, self.cut(theta))
            return theta + self.joined(jax, change), tree

        return jax.jit(lambda theta: self.transformation.init(self.cut(theta))), jax.jit(update)

    def cut(self, theta: Any) -> Any:
        """theta (P,) as a tree of variables; as it is where it is one."""
        if self.variables is None:
            return theta
        return {name: theta[at].reshape(shape) for name, (at, shape) in self.variables.items()}

    def joined(self, jax: Any, tree: Any) -> Any:
        """(P,) what `cut` makes a tree of."""
        if self.variables is None:
            return tree
        return jax.numpy.concatenate([jax.numpy.ravel(tree[name]) for name in self.variables])

    @cached_property
    def for_many(self) -> Any:
        jax = self.jax()
        start, update = self.for_one
        last = {"in_axes": -1, "out_axes": -1}
        return jax.jit(jax.vmap(start, **last)), jax.jit(jax.vmap(update, **last))


@checked_call
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
        Takes runs side by side too. On a network each kernel and each bias is a leaf, by its name
        ("dense/kernel"), so that `lamb` or `adafactor` see what they would in optax; all else is one array.
        Transformations that need the loss (`optax.lbfgs`) are refused.

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
    import_package("optax", "from_optax")
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
    """State pytree of a transformation, and the names of those of its leaves that are recorded."""

    tree: Any
    names: Mapping[str, tuple[int, ...]]


def leaf_names(
    jax: Any, tree: Any, shape: tuple[int, ...], variables: Variables | None
) -> dict[str, tuple[int, ...]]:
    """What is recorded of a state of optax: a name, the last one on the way there, and the leaves it is.

    That is one leaf shaped like theta, `shape`, or where theta is several variables one for each of them.
    """
    groups: dict[str, tuple[Any, dict[str, int]]] = {}
    sizes = {"": shape} if variables is None else {k: (*v[1], *shape[1:]) for k, v in variables.items()}
    for k, (way, leaf) in enumerate(jax.tree_util.tree_flatten_with_path(tree)[0]):
        key = "" if variables is None else str(getattr(way[-1], "key", "")) if way else ""
        if leaf.dtype == np.float64 and key in sizes and leaf.shape == sizes[key]:
            place = str(k) if variables is None else str(way[:-1])
            groups.setdefault(place, (way if variables is None else way[:-1], {}))[1][key] = k
    found: dict[str, tuple[int, ...]] = {}
    for way, leaves in groups.values():
        if set(leaves) != set(sizes):
            continue
        attributes = [str(key.name) for key in way if isinstance(key, jax.tree_util.GetAttrKey)]
        name = attributes[-1] if attributes else "memory"
        again = sum(known == name or known.startswith(f"{name}_") for known in found)
        found[f"{name}_{again + 1}" if again else name] = tuple(leaves[key] for key in sizes)
    return found


def named_leaves(
    jax: Any, tree: Any, names: Mapping[str, tuple[int, ...]], shape: tuple[int, ...]
) -> dict[str, Array]:
    """The named leaves, each made one array shaped like theta."""
    leaves = jax.tree_util.tree_leaves(tree)
    flat = {k: np.asarray(leaves[k]).reshape(-1, *shape[1:]) for some in names.values() for k in some}
    return {name: np.concatenate([flat[k] for k in some]).reshape(shape) for name, some in names.items()}
