"""Pydantic models of networks: layers, activations, initializers, losses, from the indexes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

from optiviz.nn import ACTIVATIONS, INITIALIZERS, LAYERS, LOSSES, REGULARIZERS
from optiviz.scenefile.field_types import alias, discriminator, list_of, literal, one_of, table_model
from optiviz.scenefile.introspection import Setting, first_sentence, meanings, settings_of
from optiviz.scenefile.partial_schema import KEPT, Wanted

# What a setting of a layer or a problem may name -> the index it is in, and what one of them is called.
PARTS: Mapping[str, tuple[str, Mapping[str, Callable[..., Any]]]] = MappingProxyType(
    {
        "activation": ("activation", ACTIVATIONS),
        "kernel_initializer": ("initializer", INITIALIZERS),
        "bias_initializer": ("initializer", INITIALIZERS),
        "alpha_initializer": ("initializer", INITIALIZERS),
        "kernel_regularizer": ("regularizer", REGULARIZERS),
        "loss": ("loss", LOSSES),
    }
)
INITIALIZER_WORDS = "Where the kernels of all dense layers begin in this run."


@lru_cache(maxsize=KEPT)
def part_kind(wanted: Wanted, noun: str) -> Any:
    """A part of a network: its name, or a table with its `kind` and settings."""
    index = next(index for name, index in PARTS.values() if name == noun)
    choices: dict[str, Any] = {f"{noun}:": literal(index)}
    for name, part in wanted.only(index).items():
        about = first_sentence(part.func if isinstance(part, partial) else part)
        choices[f"{noun}:{name}"] = table_model(
            wanted, f"{noun} {name}", settings_of(part).values(), about=about, kind=name
        )
    by_key = discriminator(noun, "kind", index)
    return one_of(choices, lambda value: f"{noun}:" if isinstance(value, str) else by_key(value))


@lru_cache(maxsize=KEPT)
def named_part(wanted: Wanted, noun: str) -> Any:
    """The same under a name of its own, so that a schema has it once."""
    return alias(noun.capitalize(), part_kind(wanted, noun))


@lru_cache(maxsize=KEPT)
def layer_kind(wanted: Wanted) -> Any:
    """A layer: a table, dense unless it says otherwise, or the name of one that needs no settings."""
    bare = [name for name, part in LAYERS.items() if not any(s.required for s in settings_of(part).values())]
    choices: dict[str, Any] = {"layer:": literal(bare)}
    for name, part in wanted.only(LAYERS, "dense").items():
        words = meanings(part.__doc__ or "")
        settings = [
            replace(s, kind=named_part(wanted, PARTS[s.name][0]), about=words.get(s.name, ""))
            if s.name in PARTS
            else s
            for s in settings_of(part).values()
        ]
        choices[f"layer:{name}"] = table_model(
            wanted,
            f"layer {name}",
            settings,
            about=first_sentence(part),
            optional=name == "dense",
            layer=name,
        )
    by_key = discriminator("layer", "layer", LAYERS)

    def which(value: Any) -> str | None:
        if isinstance(value, str):
            return "layer:"
        return by_key(value if not isinstance(value, dict) or "layer" in value else {"layer": "dense"})

    return one_of(choices, which)


@lru_cache(maxsize=KEPT)
def layers_kind(wanted: Wanted) -> Any:
    """A list of layers."""
    return alias("Layers", list_of(layer_kind(wanted)))


def run_settings(wanted: Wanted) -> list[Setting]:
    """What a run may have of its own where the problem is a network, and its own loss with any data."""
    return [
        Setting(
            "loss", named_part(wanted, "loss"), None, "What this run descends, if not the loss of all others."
        ),
        Setting("layers", layers_kind(wanted), None, "A network of its own; with layers only."),
        Setting("kernel_initializer", named_part(wanted, "initializer"), None, INITIALIZER_WORDS),
    ]


def layer_of(entry: Any) -> Any:
    """A layer of a scene as `optiviz.nn` takes it: its name under `kind`."""
    if isinstance(entry, str):
        return entry
    settings = dict(entry)
    return {"kind": settings.pop("layer", "dense"), **settings}
