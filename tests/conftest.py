"""The same examples, and the same last bits, in every run: a test that fails today fails tomorrow too."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does; two threads wait for each other

from hypothesis import settings  # noqa: E402

settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")
