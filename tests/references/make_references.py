"""Make references.json and references.npz: what Keras, torch and optax really do, in true float64.

    python -m venv refs
    refs/bin/pip install torch==2.13.0 keras==3.15.1 optax==0.2.8 jax==0.10.2 numpy==2.4.6
    refs/bin/python tests/references/make_references.py            # from the root of the repository, a minute

Nothing of `optiviz.optimizers` runs here; the surfaces are ours, since any gradient will do. Every entry of
the table below is spelled as its framework spells it, so that the tests can give the same words to
`optiviz.flavours`. Two runs of this script write the same bytes.

    replay     a tape of 40 recorded gradients (3,) is fed to each configuration        -> path (41, 3)
    closed     a rule walks down a surface and its gradients are taken where it stands  -> path (101, 2)
    schedules  the rate before each of 60 steps                                         -> rates (60,)

Traps, all of which turn float64 into float32 in silence: torch's NAdam keeps its product of momenta in the
default dtype; Keras' rate is float32 unless floatx is float64, and several of its operations are float32
even then (issues 23223, 23704) unless a table is emptied; jax needs jax_enable_x64, and optax still counts
in int32, so that a schedule's count / steps is float32 unless the count is made float64 first.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent

TAPE_STEPS, CLOSED_STEPS, RATES = 40, 100, 60
START = np.array([1.0, -2.0, 0.5])
SURFACES = (
    "ravine",
    "rosenbrock",
    "beale",
    "himmelblau",
    "three_hump_camel",
    "ackley",
    "saddle",
    "plateau",
)
NADAMS = ("nadam", "nadamw")  # at Adam's rate their runs on himmelblau are chaotic: no use as a reference

# A configuration is (name, settings), and sometimes a schedule (ours, theirs) or a clip of torch and optax.
Configuration = tuple[str, dict[str, Any], dict[str, Any]]


def tape() -> np.ndarray:
    """40 gradients: an ordinary coordinate, one from 1e-7 to 1e5, one that is often exactly 0."""
    rng = np.random.default_rng(20240607)
    ordinary = rng.standard_normal(TAPE_STEPS)
    wild = rng.choice([-1.0, 1.0], TAPE_STEPS) * 10.0 ** rng.uniform(-7, 3, TAPE_STEPS)
    wild[[7, 23]] = 1e5, -3e4
    sparse = rng.standard_normal(TAPE_STEPS) * (rng.random(TAPE_STEPS) < 0.3)
    sparse[:4] = 0.0
    return np.stack([ordinary, wild, sparse], axis=1)


SCHEDULES: list[tuple[list[Any], list[Any]]] = [
    (
        ["step", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5}],
        ["torch.StepLR", {"lr": 0.1, "step_size": 7, "gamma": 0.5}],
    ),
    (
        ["exponential", {"initial_learning_rate": 0.1, "decay_steps": 1, "decay_rate": 0.97}],
        ["torch.ExponentialLR", {"lr": 0.1, "gamma": 0.97}],
    ),
    (
        ["piecewise", {"boundaries": [9, 19, 34], "values": [0.1, 0.05, 0.025, 0.0125]}],
        ["torch.MultiStepLR", {"lr": 0.1, "milestones": [10, 20, 35], "gamma": 0.5}],
    ),
    (
        ["cosine", {"initial_learning_rate": 0.1, "decay_steps": 59, "alpha": 0.05}],
        ["torch.CosineAnnealingLR", {"lr": 0.1, "T_max": 59, "eta_min": 0.005}],
    ),
    (
        ["warmup", {"learning_rate": 0.1, "warmup_steps": 12, "initial_learning_rate": 0.025}],
        ["torch.LinearLR", {"lr": 0.1, "start_factor": 0.25, "total_iters": 12}],
    ),
    (
        ["one_cycle", {"max_learning_rate": 0.1, "total_steps": 60}],
        ["torch.OneCycleLR", {"lr": 0.1, "max_lr": 0.1, "total_steps": 60, "cycle_momentum": False}],
    ),
    (
        [
            "one_cycle",
            {
                "max_learning_rate": 0.2,
                "total_steps": 60,
                "pct_start": 0.45,
                "div_factor": 10.0,
                "final_div_factor": 100.0,
                "anneal_strategy": "linear",
            },
        ],
        [
            "torch.OneCycleLR",
            {
                "lr": 0.1,
                "max_lr": 0.2,
                "total_steps": 60,
                "pct_start": 0.45,
                "div_factor": 10.0,
                "final_div_factor": 100.0,
                "anneal_strategy": "linear",
                "cycle_momentum": False,
            },
        ],
    ),
    (
        ["exponential", {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.5}],
        ["keras.ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.5}],
    ),
    (
        [
            "exponential",
            {"initial_learning_rate": 0.1, "decay_steps": 9, "decay_rate": 0.5, "staircase": True},
        ],
        [
            "keras.ExponentialDecay",
            {"initial_learning_rate": 0.1, "decay_steps": 9, "decay_rate": 0.5, "staircase": True},
        ],
    ),
    (
        ["inverse_time", {"initial_learning_rate": 0.1, "decay_steps": 8, "decay_rate": 0.5}],
        ["keras.InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 8, "decay_rate": 0.5}],
    ),
    (
        [
            "inverse_time",
            {"initial_learning_rate": 0.1, "decay_steps": 8, "decay_rate": 0.5, "staircase": True},
        ],
        [
            "keras.InverseTimeDecay",
            {"initial_learning_rate": 0.1, "decay_steps": 8, "decay_rate": 0.5, "staircase": True},
        ],
    ),
    (
        ["cosine", {"initial_learning_rate": 0.1, "decay_steps": 40, "alpha": 0.1}],
        ["keras.CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 40, "alpha": 0.1}],
    ),
    (
        [
            "warmup",
            {
                "learning_rate": ["cosine", {"initial_learning_rate": 0.1, "decay_steps": 30, "alpha": 0.2}],
                "warmup_steps": 10,
                "initial_learning_rate": 0.01,
            },
        ],
        [
            "keras.CosineDecay",
            {
                "initial_learning_rate": 0.01,
                "decay_steps": 30,
                "alpha": 0.2,
                "warmup_target": 0.1,
                "warmup_steps": 10,
            },
        ],
    ),
    (
        ["piecewise", {"boundaries": [10, 30], "values": [0.1, 0.03, 0.01]}],
        ["keras.PiecewiseConstantDecay", {"boundaries": [10, 30], "values": [0.1, 0.03, 0.01]}],
    ),
    (["constant", {"learning_rate": 0.1}], ["optax.constant_schedule", {"value": 0.1}]),
    (
        ["exponential", {"initial_learning_rate": 0.1, "decay_steps": 15, "decay_rate": 0.6}],
        ["optax.exponential_decay", {"init_value": 0.1, "transition_steps": 15, "decay_rate": 0.6}],
    ),
    (
        ["step", {"initial_learning_rate": 0.1, "decay_steps": 15, "decay_rate": 0.6}],
        [
            "optax.exponential_decay",
            {"init_value": 0.1, "transition_steps": 15, "decay_rate": 0.6, "staircase": True},
        ],
    ),
    (
        ["cosine", {"initial_learning_rate": 0.1, "decay_steps": 45, "alpha": 0.02}],
        ["optax.cosine_decay_schedule", {"init_value": 0.1, "decay_steps": 45, "alpha": 0.02}],
    ),
    (
        [
            "warmup",
            {
                "learning_rate": ["cosine", {"initial_learning_rate": 0.1, "decay_steps": 40}],
                "warmup_steps": 15,
            },
        ],
        [
            "optax.warmup_cosine_decay_schedule",
            {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 15, "decay_steps": 55},
        ],
    ),
    (
        ["warmup", {"learning_rate": 0.1, "warmup_steps": 10, "initial_learning_rate": 0.02}],
        ["optax.warmup_constant_schedule", {"init_value": 0.02, "peak_value": 0.1, "warmup_steps": 10}],
    ),
    (
        ["piecewise", {"boundaries": [9, 29], "values": [0.1, 0.05, 0.0125]}],
        [
            "optax.piecewise_constant_schedule",
            {"init_value": 0.1, "boundaries_and_scales": {"10": 0.5, "30": 0.25}},
        ],
    ),
    (
        ["one_cycle", {"max_learning_rate": 0.1, "total_steps": 51, "pct_start": 16 / 51}],
        ["optax.cosine_onecycle_schedule", {"transition_steps": 50, "peak_value": 0.1, "pct_start": 0.3}],
    ),
]


def configurations() -> Iterator[Configuration]:
    """Every rule of every framework with every option that changes a number."""
    ball, nesterov = {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}
    decay = {"weight_decay": 0.05}

    lr = {"lr": 0.1}
    torch_table: dict[str, list[dict[str, Any]]] = {
        "SGD": [
            {},
            lr,
            lr | ball,
            lr | nesterov,
            lr | ball | {"dampening": 0.4},
            lr | decay,
            lr | ball | decay,
            lr | nesterov | decay,
            lr | {"momentum": 0.99},
            lr | ball | {"dampening": 0.9} | decay,
        ],
        "Adagrad": [
            {},
            lr,
            lr | {"lr_decay": 0.05},
            lr | {"initial_accumulator_value": 0.1},
            lr | {"eps": 1e-3},
            lr | decay,
        ],
        "Adadelta": [{}, {"lr": 10.0}, {"lr": 5.0, "rho": 0.95, "eps": 1e-4}, {"lr": 10.0} | decay],
        "RMSprop": [
            {},
            lr,
            lr | {"alpha": 0.9},
            lr | {"eps": 1e-2},
            lr | ball,
            lr | {"centered": True},
            lr | ball | {"centered": True},
            lr | decay,
            lr | ball | decay,
        ],
        "Adam": [
            {},
            lr,
            lr | {"betas": [0.5, 0.9]},
            lr | {"betas": [0.0, 0.99]},
            lr | {"eps": 1e-2},
            lr | {"amsgrad": True},
            lr | decay,
            lr | decay | {"decoupled_weight_decay": True},
            lr | decay | {"amsgrad": True},
        ],
        "AdamW": [
            {},
            lr,
            lr | {"weight_decay": 0.3},
            lr | {"amsgrad": True, "weight_decay": 0.1},
            lr | {"eps": 1e-3},
        ],
        "NAdam": [
            {},
            lr,
            lr | {"momentum_decay": 0.1},
            lr | {"betas": [0.8, 0.99], "eps": 1e-3},
            lr | decay,
            lr | decay | {"decoupled_weight_decay": True},
        ],
        "RAdam": [
            {},
            lr,
            lr | {"betas": [0.9, 0.99]},
            lr | {"betas": [0.9, 0.6]},
            lr | {"eps": 1e-2},
            lr | decay,
            lr | decay | {"decoupled_weight_decay": True},
        ],
        "Adamax": [{}, lr, lr | {"betas": [0.5, 0.9]}, lr | {"eps": 1e-2}, lr | decay],
    }
    rate = {"learning_rate": 0.1}
    keras_table: dict[str, list[dict[str, Any]]] = {
        "SGD": [
            {},
            rate,
            rate | ball,
            rate | nesterov,
            rate | decay,
            rate | ball | decay,
            rate | nesterov | decay,
            rate | {"clipnorm": 1.0},
            rate | ball | {"clipvalue": 0.5},
            rate | nesterov | {"global_clipnorm": 2.0},
        ],
        "Adagrad": [
            {},
            rate,
            rate | {"initial_accumulator_value": 0.0},
            rate | {"epsilon": 1e-2},
            rate | decay,
        ],
        "Adadelta": [
            {},
            {"learning_rate": 10.0},
            {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-4},
            {"learning_rate": 10.0} | decay,
        ],
        "RMSprop": [
            {},
            rate,
            rate | {"rho": 0.99},
            rate | {"epsilon": 1e-2},
            rate | ball,
            rate | {"centered": True},
            rate | ball | {"centered": True, "epsilon": 1e-4},
            rate | decay,
            rate | {"clipnorm": 1.0},
        ],
        "Adam": [
            {},
            rate,
            rate | {"beta_1": 0.5, "beta_2": 0.9},
            rate | {"epsilon": 1e-2},
            rate | {"amsgrad": True},
            rate | decay,
            rate | {"clipnorm": 1.0},
            rate | {"clipvalue": 0.5} | decay,
            rate | {"global_clipnorm": 0.3},
        ],
        "AdamW": [
            {},
            rate,
            rate | {"weight_decay": 0.3},
            rate | {"amsgrad": True},
            rate | {"weight_decay": 0.0},
        ],
        "Nadam": [{}, rate, rate | {"beta_1": 0.5, "beta_2": 0.9}, rate | {"epsilon": 1e-2}, rate | decay],
        "Adamax": [{}, rate, rate | {"beta_1": 0.5, "beta_2": 0.9}, rate | {"epsilon": 1e-2}, rate | decay],
        "Lion": [{}, rate, rate | {"beta_1": 0.5, "beta_2": 0.9}, rate | decay],
    }
    optax_table: dict[str, list[dict[str, Any]]] = {
        "sgd": [rate, rate | ball, rate | nesterov],
        "adagrad": [rate, rate | {"initial_accumulator_value": 0.0}, rate | {"eps": 1e-2}],
        "adadelta": [
            {"learning_rate": 1.0},
            {"learning_rate": 10.0, "rho": 0.95, "eps": 1e-4},
            {"learning_rate": 10.0} | decay,
        ],
        "rmsprop": [
            rate,
            rate | {"decay": 0.99},
            rate | {"eps_in_sqrt": False},
            rate | {"initial_scale": 1.0},
            rate | {"bias_correction": True},
            rate | {"bias_correction": True, "eps_in_sqrt": False},
            rate | ball,
            rate | nesterov,
            rate | {"centered": True, "eps": 1e-4},
            rate | {"centered": True, "bias_correction": True, "eps": 1e-2},
            rate | {"centered": True, "eps_in_sqrt": False, "initial_scale": 1.0},
            rate | nesterov | {"centered": True, "eps": 1e-4},
        ],
        "adam": [
            rate,
            rate | {"b1": 0.5, "b2": 0.9},
            rate | {"eps": 1e-2},
            rate | {"eps_root": 1e-3},
            rate | {"nesterov": True},
        ],
        "adamw": [
            rate,
            rate | {"weight_decay": 0.3},
            rate | {"eps_root": 1e-3},
            rate | {"nesterov": True},
            rate | {"weight_decay": 0.0},
        ],
        "amsgrad": [
            rate,
            rate | {"b1": 0.5, "b2": 0.9, "eps": 1e-3},
            rate | {"eps_root": 1e-3},
            rate | {"bias_correction_mu": False, "bias_correction_nu": False},
        ],
        "nadam": [rate, rate | {"b1": 0.5, "b2": 0.9, "eps": 1e-3}],
        "nadamw": [rate, rate | {"weight_decay": 0.3}],
        "adamax": [rate, rate | {"b1": 0.5, "b2": 0.9, "eps": 1e-2}],
        "adamaxw": [rate, rate | {"weight_decay": 0.3}],
        "lion": [rate, rate | {"b1": 0.5, "b2": 0.9, "weight_decay": 0.0}, rate | {"weight_decay": 0.3}],
        "radam": [rate, rate | {"b2": 0.99}, rate | {"eps": 1e-2, "threshold": 7.0}],
    }
    for framework, table in {"torch": torch_table, "keras": keras_table, "optax": optax_table}.items():
        for rule, rows in table.items():
            yield from ((f"{framework}.{rule}", row, {}) for row in rows)

    by_name = {
        "torch.ExponentialLR": [
            ("SGD", {"momentum": 0.9}),
            ("SGD", nesterov),
            ("Adam", {}),
            ("AdamW", {}),
            ("RMSprop", ball),
            ("Adagrad", {"lr_decay": 0.1}),
        ],
        "keras.ExponentialDecay": [
            ("SGD", {"momentum": 0.9}),
            ("SGD", nesterov),
            ("RMSprop", ball),
            ("AdamW", {}),
            ("Nadam", {}),
        ],
        "optax.exponential_decay": [
            ("sgd", {"momentum": 0.9}),
            ("sgd", nesterov),
            ("rmsprop", ball),
            ("rmsprop", nesterov),
            ("adamw", {}),
        ],
    }
    for ours, theirs in SCHEDULES:
        for rule, row in by_name.pop(theirs[0], []):
            yield f"{theirs[0].split('.')[0]}.{rule}", row, {"schedule": {"ours": ours, "theirs": theirs}}

    for name in ("torch.SGD", "torch.Adam", "optax.sgd", "optax.adamw"):
        rated = lr if name.startswith("torch") else rate
        for clip in ({"norm": 1.0}, {"norm": 1e3}, {"value": 0.5}):
            yield name, rated, {"clip": clip}
    yield "torch.SGD", lr | ball | decay, {"clip": {"norm": 1.0}}


def closed_configurations() -> Iterator[tuple[str, dict[str, Any], str]]:
    """A representative of each rule and framework; the last is the rule whose rate on a surface it takes."""
    momentum, nesterov = {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}
    for sgd in ("torch.SGD", "keras.SGD", "optax.sgd"):
        yield from ((sgd, {}, "GD"), (sgd, momentum, "Momentum"), (sgd, nesterov, "NAG"))
    for framework, names in {
        "torch": "Adagrad Adadelta RMSprop Adam AdamW NAdam RAdam Adamax",
        "keras": "Adagrad Adadelta RMSprop Adam AdamW Nadam Adamax Lion",
        "optax": "adagrad adadelta rmsprop adam adamw amsgrad nadam nadamw adamax adamaxw lion radam",
    }.items():
        for name in names.split():
            like = {"adagrad": "Adagrad", "adadelta": "Adadelta", "rmsprop": "RMSprop", "radam": "Momentum"}
            yield f"{framework}.{name}", {}, like.get(name.lower(), "Adam")
    yield "torch.Adam", {"amsgrad": True}, "Adam"
    yield "torch.SGD", momentum | {"weight_decay": 0.05}, "Momentum"


# One stepper a framework: (name, settings, extras, start) -> a function gradient -> new theta


def torch_stepper(name: str, settings: dict[str, Any], extras: dict[str, Any], start: np.ndarray) -> Callable:
    import torch

    torch.set_default_dtype(torch.float64)
    theta = torch.tensor(start, requires_grad=True)
    settings = {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}
    scheduler = None
    if "schedule" in extras:
        kind, arguments = extras["schedule"]["theirs"]
        arguments = dict(arguments)
        settings["lr"] = arguments.pop("lr")
    optimizer = getattr(torch.optim, name)([theta], **settings, foreach=False)
    if "schedule" in extras:
        scheduler = getattr(torch.optim.lr_scheduler, kind.split(".")[1])(optimizer, **arguments)

    def step(gradient: np.ndarray) -> np.ndarray:
        theta.grad = torch.tensor(gradient)
        if "norm" in extras.get("clip", {}):
            torch.nn.utils.clip_grad_norm_([theta], extras["clip"]["norm"])
        if "value" in extras.get("clip", {}):
            torch.nn.utils.clip_grad_value_([theta], extras["clip"]["value"])
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        return theta.detach().numpy().copy()

    return step


def keras_double() -> Any:
    """Keras, held to float64."""
    os.environ["KERAS_BACKEND"] = "jax"
    import jax

    jax.config.update("jax_enable_x64", True)
    import keras
    from keras.src.backend.common import dtypes

    keras.config.set_floatx("float64")
    dtypes.BIT64_TO_BIT32_DTYPE.clear()
    return keras


def keras_stepper(name: str, settings: dict[str, Any], extras: dict[str, Any], start: np.ndarray) -> Callable:
    keras = keras_double()
    if "schedule" in extras:
        kind, arguments = extras["schedule"]["theirs"]
        schedule = getattr(keras.optimizers.schedules, kind.split(".")[1])
        settings = settings | {"learning_rate": schedule(**arguments)}
    optimizer = getattr(keras.optimizers, name)(**settings)
    theta = keras.Variable(start, dtype="float64")

    def step(gradient: np.ndarray) -> np.ndarray:
        optimizer.apply([keras.ops.convert_to_tensor(gradient, dtype="float64")], [theta])
        return np.array(theta)

    return step


def optax_stepper(name: str, settings: dict[str, Any], extras: dict[str, Any], start: np.ndarray) -> Callable:
    import jax

    jax.config.update("jax_enable_x64", True)
    import optax

    if "schedule" in extras:
        kind, arguments = extras["schedule"]["theirs"]
        schedule = getattr(optax, kind.split(".")[1])(**arguments)
        settings = settings | {"learning_rate": lambda count: schedule(count.astype("float64"))}
    rule = getattr(optax, name)(**settings)
    if "norm" in extras.get("clip", {}):
        rule = optax.chain(optax.clip_by_global_norm(extras["clip"]["norm"]), rule)
    if "value" in extras.get("clip", {}):
        rule = optax.chain(optax.clip(extras["clip"]["value"]), rule)
    theta = jax.numpy.asarray(start)
    state = rule.init(theta)

    @jax.jit
    def both(theta: Any, gradient: Any, state: Any) -> Any:
        updates, state = rule.update(gradient, state, theta)
        return optax.apply_updates(theta, updates), state

    def step(gradient: np.ndarray) -> np.ndarray:
        nonlocal theta, state
        theta, state = both(theta, jax.numpy.asarray(gradient), state)
        return np.array(theta)

    return step


STEPPERS = {"torch": torch_stepper, "keras": keras_stepper, "optax": optax_stepper}


def walk(
    flavour: str,
    settings: dict[str, Any],
    extras: dict[str, Any],
    start: np.ndarray,
    gradient: Callable[[int, np.ndarray], np.ndarray],
    steps: int,
) -> np.ndarray:
    """The path (steps + 1, P)."""
    framework, name = flavour.split(".")
    step = STEPPERS[framework](name, settings, extras, start)
    path = [start]
    for k in range(steps):
        path.append(step(gradient(k, path[-1])))
    done = np.stack(path)
    if done.dtype != np.float64 or not np.isfinite(done).all():
        raise SystemExit(f"{flavour} {settings} {extras}: not a finite float64 path")
    return done


def rates(kind: str, arguments: dict[str, Any]) -> np.ndarray:
    """The rate before each of 60 steps (60,)."""
    framework, name = kind.split(".")
    if framework == "torch":
        import torch

        arguments = dict(arguments)
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=arguments.pop("lr"))
        scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **arguments)
        found = []
        for _ in range(RATES):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if len(found) < RATES:
                scheduler.step()
    elif framework == "keras":
        schedule = getattr(keras_double().optimizers.schedules, name)(**arguments)
        found = [schedule(k) for k in range(RATES)]
    else:
        import jax

        jax.config.update("jax_enable_x64", True)
        import optax

        if "boundaries_and_scales" in arguments:
            whole = {int(key): value for key, value in arguments["boundaries_and_scales"].items()}
            arguments = arguments | {"boundaries_and_scales": whole}
        schedule = getattr(optax, name)(**arguments)
        found = [schedule(jax.numpy.asarray(k)) for k in range(RATES)]
    return np.array([float(rate) for rate in found])


def main() -> None:
    sys.path.insert(0, str(HERE.parents[1]))
    from optiviz.objectives.surfaces import surfaces

    gradients = tape()
    replay, replayed = [], []
    for flavour, settings, extras in configurations():
        replay.append({"flavour": flavour, "settings": settings} | extras)
        replayed.append(walk(flavour, settings, extras, START, lambda k, _: gradients[k], TAPE_STEPS))
        print(flavour, settings, extras)

    closed, closed_paths = [], []
    for flavour, settings, like in closed_configurations():
        for name in SURFACES:
            surface = surfaces[name]
            rate = surface.learning_rates[like] * (
                0.2 if flavour.lower().endswith(("lion", *NADAMS)) else 1.0
            )
            rated = settings | {"lr" if flavour.startswith("torch") else "learning_rate": rate}
            closed.append({"flavour": flavour, "settings": rated, "surface": name})
            slope = lambda _, theta, at=surface: at.gradient(theta)
            closed_paths.append(walk(flavour, rated, {}, surface.start, slope, CLOSED_STEPS))
        print(flavour, settings)

    table = {
        "versions": versions(),
        "replay": replay,
        "closed": closed,
        "schedules": [{"ours": ours, "theirs": theirs} for ours, theirs in SCHEDULES],
    }
    (HERE / "references.json").write_text(lines(table), encoding="utf-8")
    np.savez(
        HERE / "references.npz",
        tape=gradients,
        start=START,
        replay=np.stack(replayed),
        closed=np.stack(closed_paths),
        schedules=np.stack([rates(*theirs) for _, theirs in SCHEDULES]),
    )


def lines(table: dict[str, Any]) -> str:
    """JSON with one line a configuration, for diffs that can be read."""
    parts = []
    for key, value in table.items():
        rows = ",\n".join(json.dumps(row) for row in value)
        parts.append(f'"{key}": ' + (f"[\n{rows}\n]" if isinstance(value, list) else json.dumps(value)))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("torch", "keras", "optax", "jax", "numpy")}


if __name__ == "__main__":
    main()
