"""`ov.jax`: records trees of parameters."""

from pathlib import Path
from typing import Any

from optiviz._lib.calls import checked_call
from optiviz.interop.recorder import Recorder


@checked_call
def jax_recorder(
    params: Any, path: str | Path, *, every: int = 10, dtype: str = "float32", append: bool = False
) -> Recorder:
    """A recorder of a tree of parameters, which is told each step: `run.step(params)`.

    Parameters
    ----------
    params : tree of arrays
        As training begins: dicts, lists and tuples of arrays.
    path, every, dtype, append
        As of `Recorder`.

    Notes
    -----
    ::

        with ov.jax.record(params, "sgd.npz", every=10) as run:
            for batch in batches:
                params, state = update(params, state, batch)  # compiled as ever
                run.step(params)
    """
    return Recorder(params, path, every=every, dtype=dtype, append=append)


record = jax_recorder
