"""All weights of somebody's model as one row, and back: torch modules, Keras models, trees of arrays.

No framework is imported: a model brings along all that is asked of it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz.runs.weight_log import Filters


@dataclass(frozen=True, eq=False)
class ModelWeights:
    """The trainable variables of a model, by name.

    Parameters
    ----------
    variables : mapping of str to tuple of int
        Their shapes, in the order of a row.
    filters : "first" or "last"
        The axis of a kernel that counts its filters.
    read : callable
        `() -> [array, ...]`, the variables as they are now.
    loaded : callable
        `{name: array} -> model`: what a user's loss function takes, with these weights in it. A module or a
        Keras model is the one that was given, changed in place; a tree is a new one.
    snapshot : callable
        `() -> () -> None`: keeps all that a model knows, and gives it back when it is called.
    in_place : bool
        Whether `loaded` changes the model.
    """

    variables: Mapping[str, tuple[int, ...]]
    filters: Filters
    read: Callable[[], list[NDArray[Any]]]
    loaded: Callable[[Mapping[str, NDArray[Any]]], Any]
    snapshot: Callable[[], Callable[[], Any]]
    in_place: bool

    def row(self, dtype: str) -> NDArray[Any]:
        """(P,) all weights, one variable after the other."""
        row = np.empty(sum(map(prod, self.variables.values())), dtype)
        at = 0
        for array in self.read():
            row[at : at + array.size] = array.ravel()
            at += array.size
        return row


def weights_of_model(model: Any) -> ModelWeights:
    """The weights of a torch module, a Keras model, or a tree of dicts, lists and tuples of arrays.

    Examples
    --------
    >>> tree = {"dense": {"kernel": np.ones((2, 3)), "bias": np.zeros(3)}}
    >>> found = weights_of_model(tree)
    >>> found.variables, found.row("float32").tolist()
    ({'dense/bias': (3,), 'dense/kernel': (2, 3)}, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    """
    if getattr(model, "trainable_variables", None) is not None:  # Keras on torch is a module, too
        return weights_of_keras(model)
    if callable(getattr(model, "named_parameters", None)):
        return weights_of_module(model)
    return weights_of_tree(model)


def weights_of_module(module: Any) -> ModelWeights:
    """Of a torch module: the parameters that are trained."""
    known = {name: p for name, p in module.named_parameters() if p.requires_grad}
    if not known:
        raise BadInput("the module has no parameters that are trained")

    def read() -> list[NDArray[Any]]:
        return [numbers_of_tensor(p) for p in known.values()]

    def loaded(weights: Mapping[str, NDArray[Any]]) -> Any:
        for name, p in known.items():
            p.data.copy_(p.data.new_tensor(weights[name]))
        return module

    def snapshot() -> Callable[[], Any]:
        before = {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}
        return lambda: module.load_state_dict(before)

    shapes = {name: tuple(p.shape) for name, p in known.items()}
    return ModelWeights(shapes, "first", read, loaded, snapshot, True)


def numbers_of_tensor(tensor: Any) -> NDArray[Any]:
    """A tensor of torch as an array; bfloat16, which numpy does not have, as float32."""
    plain = tensor.detach().cpu()
    plain = plain.float() if plain.element_size() < 4 else plain
    found: NDArray[Any] = plain.numpy()
    return found


def weights_of_keras(model: Any) -> ModelWeights:
    """Of a Keras model: the variables that are trained."""
    known = {variable.path: variable for variable in model.trainable_variables}
    if not known:
        raise BadInput("the model has no weights that are trained, or is not built yet: give it an Input")

    def read() -> list[NDArray[Any]]:
        return [as_array(variable) for variable in known.values()]

    def loaded(weights: Mapping[str, NDArray[Any]]) -> Any:
        for name, variable in known.items():
            variable.assign(weights[name])
        return model

    def snapshot() -> Callable[[], Any]:
        before = model.get_weights()
        return lambda: model.set_weights(before)

    shapes = {name: tuple(v.shape) for name, v in known.items()}
    return ModelWeights(shapes, "last", read, loaded, snapshot, True)


def as_array(variable: Any) -> NDArray[Any]:
    """A variable of Keras, whatever computes behind it."""
    value = variable.value
    value = value.detach().cpu() if callable(getattr(value, "detach", None)) else value
    found: NDArray[Any] = np.asarray(value)
    return found


def weights_of_tree(tree: Any) -> ModelWeights:
    """Of dicts, lists and tuples, however deep, with arrays at their ends."""
    known = dict(leaves_of(tree))
    if not known or any(array.dtype.kind not in "fV" for array in known.values()):
        raise BadInput(
            "a model is a torch module, a Keras model, or dicts, lists and tuples of arrays of floats, "
            f"got {type(tree).__name__}"
        )
    shapes = {name: tuple(array.shape) for name, array in known.items()}
    return ModelWeights(
        shapes,
        "last",
        lambda: list(known.values()),
        lambda weights: tree_with(tree, weights, ""),
        lambda: lambda: None,
        False,
    )


def leaves_of(tree: Any, way: str = "") -> Iterator[tuple[str, NDArray[Any]]]:
    """(name, array) for each leaf; keys of a dict in sorted order, as JAX has them."""
    for key, branch in branches_of(tree):
        name = f"{way}/{key}" if way else str(key)
        if branches_of(branch):
            yield from leaves_of(branch, name)
        elif getattr(branch, "shape", None) is not None:
            yield name, np.asarray(branch)


def branches_of(tree: Any) -> list[tuple[Any, Any]]:
    """What grows from a node, in its order; nothing from an array."""
    if isinstance(tree, Mapping):
        return sorted(tree.items(), key=lambda item: str(item[0]))
    return list(enumerate(tree)) if isinstance(tree, list | tuple) else []


def tree_with(tree: Any, weights: Mapping[str, NDArray[Any]], way: str) -> Any:
    """A tree of the same form with other arrays."""
    grown = {
        key: tree_with(branch, weights, f"{way}/{key}" if way else str(key))
        for key, branch in branches_of(tree)
    }
    if isinstance(tree, Mapping):
        return type(tree)(grown)  # type: ignore[call-arg]
    if isinstance(tree, list | tuple):
        made = [grown[k] for k in range(len(tree))]
        plain = type(tree) in (list, tuple)
        return type(tree)(made) if plain else type(tree)(*made)  # a named tuple takes its fields one by one
    return weights.get(way, tree)
