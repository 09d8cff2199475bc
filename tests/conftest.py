"""The same examples in every run: a test that fails today fails tomorrow too."""

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")
