"""Golden trajectories: what shipped scenes did when someone last looked; `make bless` writes them anew."""

from pathlib import Path

import pytest

import optiviz as ov
from optiviz.testing import assert_same_path

ROOT = Path(__file__).parents[1]
GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.json"))


def test_there_are_some():
    assert {"momentum", "race_saddle", "zigzag"} <= {file.stem for file in GOLDEN}


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_scene_runs_as_it_did(file):
    runs = ov.play(ov.load(ROOT / "scenes" / f"{file.stem}.toml")).trajectories
    golden = ov.load_trajectories(file)
    assert list(golden) == list(runs)
    for label, run in runs.items():
        assert_same_path(run, golden[label], rtol=1e-9, atol=1e-12)
