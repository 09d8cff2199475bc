"""The same examples, and the same last bits, in every run: a test that fails today fails tomorrow too."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does; two threads wait for each other

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

collect_ignore_glob = ["references*/make_*.py"]  # scripts for an environment with the frameworks

settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")


@pytest.fixture
def no_system_fonts(monkeypatch):
    """A machine that has no fonts but those of matplotlib and ours."""
    from optiviz.rendering import typeface

    monkeypatch.setattr(typeface, "system_fonts", lambda: ())
    typeface.family_with.cache_clear()
    yield
    typeface.family_with.cache_clear()


@pytest.fixture(scope="module")
def browser():
    """A browser for the pages of a file of tests; it goes with them, as open pages keep a core busy."""
    from browser import Browser, chromium

    one = Browser(chromium())
    yield one
    one.close()
