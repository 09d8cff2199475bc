"""Adapters and recorders of frameworks; none of them is imported before it is used."""

from importlib import import_module
from typing import Any

FRAMEWORKS = ("jax", "keras", "lightning", "transformers")  # as `ov.keras` and so on


def __getattr__(name: str) -> Any:
    """The module for a framework, which imports that framework only when something in it is called."""
    if name in FRAMEWORKS:
        return import_module(f"optiviz.interop.{name}")
    raise AttributeError(f"module 'optiviz.interop' has no attribute '{name}'")
