"""NPZ: the numbers behind the picture."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optiviz.rendering.encode.base import Film, Take
from optiviz.runs.save import save


@contextmanager
def npz(file: Path, film: Film) -> Iterator[Take]:
    """All trajectories, for numpy and `load_trajectories`; nothing is drawn."""
    yield lambda k, pixels: None
    save(film.comparison.trajectories, file)
