"""The frameworks' own spellings and defaults; each gives one of our rules, wrapped where needed.

A script written for Keras, torch or optax keeps its numbers: `FLAVOURS["torch.Adam"](lr=0.1)` steps as
`torch.optim.Adam(parameters, lr=0.1)` does, to the last few bits. An argument we do not have is refused
by name, never passed over in silence.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from optiviz._lib.registry import Parts
from optiviz.flavours import keras, optax, torch

# The index: a scene's spelling -> the maker. Tests, `optiviz list` and the scene schema read it.
FLAVOURS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    Parts(
        {
            "keras.SGD": keras.SGD,
            "keras.Adagrad": keras.Adagrad,
            "keras.Adadelta": keras.Adadelta,
            "keras.RMSprop": keras.RMSprop,
            "keras.Adam": keras.Adam,
            "keras.AdamW": keras.AdamW,
            "keras.Nadam": keras.Nadam,
            "keras.Adamax": keras.Adamax,
            "keras.Lion": keras.Lion,
            "torch.SGD": torch.SGD,
            "torch.Adagrad": torch.Adagrad,
            "torch.Adadelta": torch.Adadelta,
            "torch.RMSprop": torch.RMSprop,
            "torch.Adam": torch.Adam,
            "torch.AdamW": torch.AdamW,
            "torch.NAdam": torch.NAdam,
            "torch.RAdam": torch.RAdam,
            "torch.Adamax": torch.Adamax,
            "optax.sgd": optax.sgd,
            "optax.adagrad": optax.adagrad,
            "optax.adadelta": optax.adadelta,
            "optax.rmsprop": optax.rmsprop,
            "optax.adam": optax.adam,
            "optax.adamw": optax.adamw,
            "optax.amsgrad": optax.amsgrad,
            "optax.nadam": optax.nadam,
            "optax.nadamw": optax.nadamw,
            "optax.adamax": optax.adamax,
            "optax.adamaxw": optax.adamaxw,
            "optax.lion": optax.lion,
            "optax.radam": optax.radam,
            "torch.Rprop": torch.Rprop,
            "torch.Adafactor": torch.Adafactor,
            "torch.Muon": torch.Muon,
            "keras.Ftrl": keras.Ftrl,
            "keras.Lamb": keras.Lamb,
            "keras.Adafactor": keras.Adafactor,
            "keras.Muon": keras.Muon,
            "optax.adabelief": optax.adabelief,
            "optax.yogi": optax.yogi,
            "optax.adan": optax.adan,
            "optax.sign_sgd": optax.sign_sgd,
            "optax.lamb": optax.lamb,
            "optax.lars": optax.lars,
            "optax.adafactor": optax.adafactor,
            "optax.contrib.ademamix": optax.ademamix,
            "optax.contrib.prodigy": optax.prodigy,
            "optax.contrib.schedule_free_sgd": optax.schedule_free_sgd,
            "optax.contrib.schedule_free_adamw": optax.schedule_free_adamw,
        }
    )
)

__all__ = ["FLAVOURS", "keras", "optax", "torch"]
