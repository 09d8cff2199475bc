"""Files are whole or not there."""

import os

import pytest

from optiviz._lib.atomic import replacing
from optiviz._lib.errors import BadInput


def test_the_new_file_takes_the_place_of_the_old(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with replacing(target) as temporary:
        assert temporary.suffix == ".txt" and temporary.parent == tmp_path
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), replacing(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_permissions_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "a.txt") as temporary:
            temporary.write_text("x")
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640


def test_places_that_cannot_be_written(tmp_path):
    with pytest.raises(BadInput, match="is a folder; name a file in it"), replacing(tmp_path):
        pass
    with pytest.raises(BadInput, match="there is no folder"), replacing(tmp_path / "none" / "a.txt"):
        pass
