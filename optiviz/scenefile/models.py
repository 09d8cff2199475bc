"""Pydantic models of a scene file, generated from the indexes of parts."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Literal

from optiviz._lib.typing import Bounds
from optiviz.flavours import FLAVOURS
from optiviz.nn import LAYERS
from optiviz.objectives.datasets import DATASETS
from optiviz.objectives.fit import Fit
from optiviz.objectives.surfaces import surfaces
from optiviz.objectives.table import read_csv
from optiviz.objectives.training import Training
from optiviz.optimizers import OPTIMIZERS, SCHEDULES, WeightDecay
from optiviz.runs.scipy_solvers import SOLVERS
from optiviz.scene.camera import CameraMove
from optiviz.scene.scene import EASES, LAYOUTS, Scene, Slow
from optiviz.scene.tune import Tune
from optiviz.scene.words import Ask, Caption, Goal, Mark
from optiviz.scenefile.field_types import (
    by_type,
    discriminator,
    field_type,
    list_of,
    literal,
    one_of,
    picked,
    table_model,
)
from optiviz.scenefile.introspection import REQUIRED, Setting, first_sentence, panel_settings, settings_of
from optiviz.scenefile.network_models import PARTS, layers_kind, named_part, run_settings
from optiviz.scenefile.partial_schema import EVERYTHING, KEPT, Wanted
from optiviz.scenefile.rules import AROUND

# What a run may name: our rules by our names, those of the frameworks by theirs, and scipy's solvers.
RULES: Mapping[str, Callable[..., Any]] = MappingProxyType({**OPTIMIZERS, **FLAVOURS, **SOLVERS})
PROBLEMS = ("surface", "formula", "data", "recorded")
RUN_KEYS = ("batch_size", "noise", "start", "loss", "layers", "kernel_initializer", "tune")
CSV_KEYS = (
    "standardize", "classes", "delimiter", "decimal", "thousands", "encoding", "header", "comment", "missing",
)  # fmt: skip
WRAPPERS = (*AROUND, "weight_decay")
NOISE = Annotated[float, Bounds(low=0.0)]
HELD_OUT = Annotated[float, Bounds(low=0.0, high=1.0, open_low=True, open_high=True)]
SEED = Annotated[int, Bounds(low=0)]


@cache
def part_names() -> frozenset[str]:
    """The names of all parts that a scene may name."""
    from optiviz.rendering.panels import PANELS

    indexes = (RULES, SCHEDULES, PANELS, DATASETS, LAYERS, *(index for _, index in PARTS.values()))
    return frozenset(name for index in indexes for name in index)


@lru_cache(maxsize=KEPT)
def run_kind(wanted: Wanted) -> Any:
    """A run: one table for each rule."""
    common = [
        Setting(
            "batch_size", picked(Fit, "batch_size")[0].kind, None, "Rows each step sees; with data only."
        ),
        Setting("noise", NOISE, None, "Standard deviation of the gradient's noise; on surfaces only."),
        Setting("start", list[float], None, "Where this run begins, if not where all others do."),
        Setting("tune", bool, None, "Whether its learning rate is tuned; what the scene says unless given."),
        *(run_settings(wanted) if wanted.asks("loss", "layers", "kernel_initializer") else []),
    ]
    choices = {}
    for name, part in wanted.only(RULES).items():
        own = settings_of(part)
        wraps = (
            [s for s in wrappers(wanted) if s.name not in own]
            if name not in SOLVERS and wanted.asks(*WRAPPERS)
            else []
        )
        choices[f"optimizer:{name}"] = table_model(
            wanted,
            f"run {name.replace('.', ' ')}",
            [*own.values(), *common, *wraps],
            about=first_sentence(part),
            optimizer=name,
        )
    return one_of(choices, discriminator("optimizer", "optimizer", RULES))


@lru_cache(maxsize=KEPT)
def wrappers(wanted: Wanted) -> list[Setting]:
    """What is put around the rule of a run, and weight decay where it has none itself."""
    rate = field_type(wanted, picked(WeightDecay, "weight_decay")[0].kind)
    decay = by_type([rate, wrapper_table(wanted, "weight_decay")])
    return [
        *(
            Setting(key, wrapper_table(wanted, key), None, first_sentence(part))
            for key, (part, _) in AROUND.items()
        ),
        Setting("weight_decay", decay, None, first_sentence(WeightDecay)),
    ]


@lru_cache(maxsize=KEPT)
def wrapper_table(wanted: Wanted, key: str) -> Any:
    """The table of a wrapper."""
    if key in AROUND:
        part, names = AROUND[key]
        return table_model(wanted, key, picked(part, *names), about=first_sentence(part))
    rate, decoupled = picked(WeightDecay, "weight_decay", "decoupled")
    settings = [replace(rate, name="rate", default=REQUIRED), decoupled]
    return table_model(wanted, "weight decay", settings, about=first_sentence(WeightDecay))


@lru_cache(maxsize=KEPT)
def panel_kind(wanted: Wanted) -> Any:
    """A panel: its name, or a table with its settings."""
    from optiviz.rendering.panels import PANELS

    choices: dict[str, Any] = {"panel:": literal(PANELS)}
    for name, part in wanted.only(PANELS).items():
        settings = panel_settings(part).values()
        choices[f"panel:{name}"] = table_model(
            wanted, f"panel {name}", settings, about=first_sentence(part), panel=name
        )
    by_key = discriminator("panel", "panel", PANELS)
    return one_of(choices, lambda value: "panel:" if isinstance(value, str) else by_key(value))


@lru_cache(maxsize=KEPT)
def data_kind(wanted: Wanted) -> Any:
    """Data: made by one of the generators, or read from a CSV file."""
    csv = [
        Setting("csv", str, REQUIRED, "A file below the folder of the scene."),
        Setting("x", str | list[str], REQUIRED, "The column, or a list of the columns, to predict from."),
        Setting(
            "y", str | list[str], REQUIRED, "What to predict: a column, or several of numbers in a list."
        ),
        *picked(read_csv, *CSV_KEYS),
    ]
    choices = {"data:csv": table_model(wanted, "data csv", csv, about=first_sentence(read_csv))}
    for name, maker in wanted.only(DATASETS).items():
        choices[f"data:{name}"] = table_model(
            wanted, f"data {name}", settings_of(maker).values(), about=first_sentence(maker), kind=name
        )
    by_key = discriminator("data", "kind", DATASETS)

    def which(value: Any) -> str | None:
        keys = {"csv", "kind"} & set(value) if isinstance(value, dict) else set()
        return "data:csv" if keys == {"csv"} else by_key(value) if keys == {"kind"} else None

    return one_of(choices, which)


@lru_cache(maxsize=KEPT)
def problem_kind(wanted: Wanted) -> Any:
    """A problem: a surface of the catalogue, a formula, or data for a model or a network."""
    pair, spot = tuple[float, float], "Where runs begin, unless they say otherwise."
    constants: Any = dict[str, field_type(wanted, float)]  # type: ignore[misc]
    start = Setting("start", pair, None, spot)
    noise = Setting("noise", NOISE, 0.0, "Standard deviation of the noise on each gradient.")
    turned = Setting("turned", float, 0.0, "Degrees by which surface and start are turned about the middle.")
    catalogue = [
        Setting("surface", literal(surfaces), REQUIRED, "A surface of the catalogue."),
        replace(start, about="Where runs begin; the surface's own start unless given."),
        noise,
        turned,
    ]
    formula = [
        Setting("formula", str, REQUIRED, "A function of x and y, such as x**2 + 3*sin(y)."),
        Setting("xlim", pair, REQUIRED, "The window worth drawing: low, high."),
        Setting("ylim", pair, None, "The same of y; a formula of x alone needs none."),
        Setting("start", by_type([field_type(wanted, float), field_type(wanted, pair)]), REQUIRED, spot),
        Setting("constants", constants, None, "What names in the formula stand for."),
        Setting("variables", list[str], ("x", "y"), "What the formula calls its coordinates."),
        Setting("levels", Literal["linear", "log"], "linear", "How contour levels are spaced."),
        Setting("minima", list_of(list_of(field_type(wanted, float), 2)), None, "Known minima, each a pair."),
        noise,
        turned,
    ]

    def which(value: Any) -> str | None:
        kinds = [kind for kind in PROBLEMS if kind in value] if isinstance(value, dict) else []
        if kinds == ["data"] and "layers" in value:
            return "problem:layers"
        return f"problem:{kinds[0]}" if len(kinds) == 1 else None

    choices = {
        "problem:surface": table_model(
            wanted, "problem surface", catalogue, about="A surface of the catalogue."
        ),
        "problem:formula": table_model(wanted, "problem formula", formula, about="A surface from a formula."),
    }
    if wanted.asks("data"):
        choices["problem:data"] = table_model(
            wanted, "problem data", fit_settings(wanted, spot), about="A model fitted to data."
        )
    if wanted.asks("layers"):
        about = "A network that learns from data."
        choices["problem:layers"] = table_model(
            wanted, "problem network", training_settings(wanted, spot), about=about
        )
    if wanted.asks("recorded"):
        files = Setting("recorded", recorded_table(wanted), REQUIRED, "The files of what was recorded.")
        choices["problem:recorded"] = table_model(
            wanted, "problem recorded", [files], about="Runs that were made elsewhere."
        )
    return one_of(choices, which)


@lru_cache(maxsize=KEPT)
def recorded_table(wanted: Wanted) -> Any:
    """The files of runs that were made elsewhere."""
    plane = Setting("plane", str, REQUIRED, "What a landscape's `save` wrote, below the folder of the scene.")
    runs = Setting("runs", list_of(str), None, "Weight logs to show in this plane instead of its own runs.")
    return table_model(wanted, "recorded", [plane, runs], about="Runs in a plane, as data.")


def fit_settings(wanted: Wanted, spot: str) -> list[Setting]:
    """The settings of a problem that fits a model to data."""
    return [
        Setting("data", data_kind(wanted), REQUIRED, "Made by a formula and a seed, or from a CSV file."),
        *picked(Fit, "loss", "degree"),
        Setting("held_out", HELD_OUT, None, "Share of the rows that no gradient sees."),
        Setting("start", field_type(wanted, list[float]), None, spot + " Zeros unless given."),
    ]


def training_settings(wanted: Wanted, spot: str) -> list[Setting]:
    """The settings of a problem that trains a network."""
    return [
        Setting("data", data_kind(wanted), REQUIRED, "Made by a formula and a seed, or from a CSV file."),
        Setting("layers", layers_kind(wanted), REQUIRED, "The layers of the network, from the data on."),
        Setting("loss", named_part(wanted, "loss"), "mse", "What is descended."),
        Setting("held_out", HELD_OUT, None, "Share of the rows that no gradient sees."),
        replace(picked(Training, "weights_seed")[0], kind=SEED, default=None),
        Setting("start", field_type(wanted, list[float]), None, spot),
    ]


SCENE_WORDS = {
    "title": "Above the panels. Mathematics between dollar signs: '$\\theta$'.",
    "steps": "Steps that every run takes, 1 to 1,000,000.",
    "epochs": "Passes over the data that every run takes, instead of steps.",
    "seed": "Of the batches and the noise; all runs see the same.",
    "seconds": "How long the motion lasts.",
    "hold": "Seconds that the last frame then stands.",
    "opening": "Seconds that the first frame stands before anything moves.",
    "pauses": "Steps, or epochs where they are counted, at which the clip may be stopped.",
    "pause": "Seconds that the frame of a pause stands longer than others.",
    "fps": "Frames a second; a GIF has 10, 12.5, 20, 25, 33.3 or 50.",
    "loop": "Whether an animated picture begins anew when it ends.",
    "ease": "Time by what each step draws (arc), steady, or slow at the start, the end, or both.",
    "theme": "The colours of everything that is not a run.",
    "on": "The slides that the transparent theme is laid over, light or dark.",
    "size": "Width and height in pixels.",
    "scale_text": "Type so many times as large, 0.5 to 3, as far as the panels have room for it.",
    "layout": "Where the panels stand; by the panels unless given.",
    "slow": "A step to show part by part, in the panels that look inside one.",
    "captions": "What to see now: lines below the title, each from a step, an epoch or an event on.",
    "marks": "Words and lines in the panels, at a place or at a run.",
    "verdict": "The line on the last frame; one is written from the results unless given.",
    "camera": "Moves of the camera of landscape3d: fold, push, orbit, back; the clip stands meanwhile.",
    "ask": "A question at which the clip stops, before the answer is seen.",
    "goal": "What an arrival is where no loss says it; the key tells it instead of the loss.",
    "poster": "The step, the epoch or the event that a still shows; the last unless given.",
    "highlight": "The only runs that wear colours; of more than eight, seven are chosen unless given.",
    "font": "Families of installed fonts, or font files, that go before those of the package.",
    "tune": "The budget with which the learning rates of all runs are tuned, before anything is run.",
    "author": "Who made the scene.",
    "notes": "What to tell the class; it goes into the sidecar and the metadata.",
}


@lru_cache(maxsize=KEPT)
def scalars(wanted: Wanted = EVERYTHING) -> Mapping[str, Setting]:
    """The settings at the top of a file, with the defaults of `Scene`."""
    from optiviz.rendering.style import THEMES

    kinds = {
        "ease": literal(EASES),
        "layout": literal(LAYOUTS),
        "theme": literal(THEMES),
        "on": literal(("light", "dark")),
        "fps": Annotated[float, Bounds(low=0.0, open_low=True)],
        "slow": table_model(wanted, "slow", settings_of(Slow).values(), about=first_sentence(Slow)),
        "captions": list_of(
            table_model(wanted, "caption", settings_of(Caption).values(), about=first_sentence(Caption))
        ),
        "marks": list_of(table_model(wanted, "mark", settings_of(Mark).values(), about=first_sentence(Mark))),
        "ask": table_model(wanted, "ask", settings_of(Ask).values(), about=first_sentence(Ask)),
        "tune": table_model(wanted, "tune", settings_of(Tune).values(), about=first_sentence(Tune)),
        "goal": table_model(wanted, "goal", settings_of(Goal).values(), about=first_sentence(Goal)),
        "camera": list_of(
            table_model(
                wanted, "camera move", settings_of(CameraMove).values(), about=first_sentence(CameraMove)
            )
        ),
    }
    known = settings_of(Scene)
    return {
        name: replace(known[name], kind=kinds.get(name, known[name].kind), about=words)
        for name, words in SCENE_WORDS.items()
    }


@lru_cache(maxsize=KEPT)
def file_model(wanted: Wanted = EVERYTHING) -> Any:
    """The pydantic model of a whole file: what `schema` tells and `Reader` asks."""
    tables = [
        Setting(
            "panels", list_of(panel_kind(wanted)), ("landscape", "loss"), "The pictures of a frame, 1 to 6."
        ),
        Setting("problem", problem_kind(wanted), None, "What to descend; needed by all panels but `curve`."),
        Setting("runs", dict[str, run_kind(wanted)], None, "The competitors, by their labels."),  # type: ignore[misc]
    ]
    return table_model(wanted, "scene", [*scalars(wanted).values(), *tables])


def untitled(part: Any) -> Any:
    """A JSON schema without the titles that pydantic makes up."""
    if isinstance(part, dict):
        return {key: untitled(v) for key, v in part.items() if not (key == "title" and isinstance(v, str))}
    return [untitled(item) for item in part] if isinstance(part, list) else part
