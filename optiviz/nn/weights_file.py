"""Weights of a network as a file: an `.npz` with an array for each weight, by its name."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.npz import read_arrays, write_arrays
from optiviz._lib.typing import Array
from optiviz.nn.layers import Layer
from optiviz.nn.network import Network

FORMAT = 1  # of the files; a newer one is refused
HEADER = "header"  # no weight is called so: their names have the layer's before a slash


def save_network_weights(network: Network, theta: Array, path: str | Path) -> Path:
    """Write theta (P,) of a network, each weight in its shape.

    Raises
    ------
    BadInput
        When theta is of another length, or the file cannot be written.
    """
    path = npz_path(path)
    if theta.shape != (network.size,):
        raise BadInput(f"the network has {network.size} weights, theta has the shape {theta.shape}")
    head = {"optiviz": "weights", "format": FORMAT, "inputs": int(network.inputs)}
    write_arrays(path, {HEADER: np.array(json.dumps(head)), **network.unpack(theta)})
    return path


def load_network_weights(layers: Sequence[Layer], inputs: int | None, path: str | Path) -> Array:
    """theta (P,) from a file that `save_network_weights` made of a network with these layers.

    Parameters
    ----------
    layers : sequence of layers
    inputs : int, optional
        Of the network; as the file says unless given.
    path : path
    """
    path = npz_path(path)
    arrays = read_arrays(path)
    network = Network(tuple(layers), header_of(arrays, path)["inputs"] if inputs is None else inputs)
    header_of(arrays, path)
    found = {name: array for name, array in arrays.items() if name != HEADER}
    wanted = {name: place.shape for name, place in network.parameters.items()}
    for name in [*wanted, *found]:
        if name not in found:
            raise BadInput(f"{path}: is of another network: it has no '{name}'")
        if name not in wanted:
            raise BadInput(f"{path}: is of another network: it has '{name}', this one has not")
        if found[name].shape != wanted[name]:
            told = f"{found[name].shape} in the file, {wanted[name]} here"
            raise BadInput(f"{path}: is of another network: '{name}' is {told}")
        if found[name].dtype.kind != "f":
            raise BadInput(f"{path}: is damaged: '{name}' is no array of numbers")
    return network.pack(found)


def header_of(arrays: Any, path: Path) -> dict[str, Any]:
    """What the file says of itself; refuses what is not ours, and what is newer than we are."""
    try:
        head = json.loads(str(arrays[HEADER]))
        if head["optiviz"] != "weights":
            raise ValueError
        number, inputs = int(head["format"]), int(head["inputs"])
    except (KeyError, ValueError, TypeError):
        raise BadInput(f"{path}: is not a file of weights that optiviz wrote") from None
    if number > FORMAT:
        raise BadInput(f"{path}: has the format {number}; this optiviz reads up to {FORMAT}")
    return {"inputs": inputs}


def inputs_for(layers: Sequence[Layer], size: int) -> int | None:
    """How many inputs give a network of these layers `size` weights; None where none, or any, do.

    Examples
    --------
    >>> from optiviz.nn.layers import Dense
    >>> inputs_for([Dense(4), Dense(2)], 22), inputs_for([Dense(1)], 1)
    (2, None)
    """
    if not layers:
        return None
    one, two = (Network(tuple(layers), inputs).size for inputs in (1, 2))
    more = two - one  # a network grows by as many with each input
    return (size - one) // more + 1 if more and size > one - more and (size - one) % more == 0 else None


def npz_path(path: str | Path) -> Path:
    """The path of a file of weights; refuses what is none."""
    if not isinstance(path, str | Path) or Path(path).suffix.lower() != ".npz":
        raise BadInput(f"weights are kept in an .npz, such as 'weights.npz', got {str(path)!r}")
    return Path(path)
