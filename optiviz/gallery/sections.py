"""The order in which the shipped scenes are taught: sections of the gallery, rows of the README's table."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol, TypeVar

SECTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "the first lecture": (
            "one_weight", "momentum", "momentum_decay", "nag", "zigzag", "batch_sizes", "cars",
        ),
        "the races": ("race_beale", "race_rosenbrock", "race_saddle", "race_himmelblau", "sparse_features"),
        "networks": (
            "perceptron", "xor", "activations", "rectifiers", "losses", "blobs_linear", "relu_softmax",
            "worked_example", "capacity", "capacity_regions", "initialisation", "initialisation_schemes",
            "batch_normalisation", "placement",
        ),
        "rules of today": (
            "newton_quadratic", "gradient_flow", "averaging_noise", "schedule_free", "river_valley",
        ),
        "inside a step": ("anatomy_nag", "anatomy_adam", "ewma"),
        "why a rate fails": (
            "stability_momentum", "momentum_regions", "robustness", "tuned_race", "curvature",
            "edge_of_stability", "sgd_temperature", "trainability",
        ),
        "where it ends": (
            "local_minimum", "local_minimum_fit", "convexity", "basins_himmelblau", "basins_rates", "graphs",
            "meshc",
        ),
        "the loss of a network": (
            "weight_space", "wide_narrow", "solutions", "batch_landscape", "ground_moves",
        ),
    }
)  # fmt: skip
OTHERS = "scenes"  # the section of those that are in none


class Named(Protocol):
    """What has a name and a section, "" for none."""

    @property
    def name(self) -> str: ...
    @property
    def section(self) -> str: ...


One = TypeVar("One", bound=Named)


def section_of(name: str) -> str:
    """The section of a shipped scene; "" for one that is in none.

    >>> section_of("nag"), section_of("mine")
    ('the first lecture', '')
    """
    return next((section for section, names in SECTIONS.items() if name in names), "")


def cards_by_section(cards: Sequence[One]) -> dict[str, list[One]]:
    """Cards by their section, in teaching order; those of none come last, in the order they are given in."""
    found: dict[str, list[One]] = {}
    for section, names in SECTIONS.items():
        inside = [card for card in cards if card.section == section]
        if inside:
            found[section] = sorted(inside, key=lambda card: names.index(card.name))
    others = [card for card in cards if card.section not in SECTIONS]
    return {**found, OTHERS: others} if others else found
