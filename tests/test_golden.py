"""Golden trajectories: what shipped scenes did when someone last looked; `make bless` writes them anew."""

from pathlib import Path

import numpy as np
import pytest

import optiviz as ov
from optiviz.runs.load import load_saved_runs
from optiviz.testing import differences

ROOT = Path(__file__).parents[1]
GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.json"))


def test_there_are_some():
    assert {"momentum", "race_saddle", "zigzag"} <= {file.stem for file in GOLDEN}


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_scene_runs_as_it_did(file):
    played = ov.play(ov.load(ROOT / "scenes" / f"{file.stem}.toml"))
    golden = load_saved_runs(file)
    assert list(golden.runs) == list(played.trajectories) == list(golden.within)
    assert all(np.isfinite(within).all() for within in golden.within.values())
    assert differences(played, golden.runs, within=golden.within) == []
