"""Make references.json and references.npz: what Keras, torch and optax really do, in true float64.

    python -m venv refs
    refs/bin/pip install torch==2.13.0 keras==3.15.1 optax==0.2.8 jax==0.10.2 numpy==2.4.6
    refs/bin/python tests/references/make_references.py            # from the root of the repository, a minute

Nothing of `optiviz.optimizers` runs here; the surfaces are ours, since any gradient will do. The
entries of configurations.txt are spelled as their framework spells them, so that the tests can give the
same words to `optiviz.flavours`. Two runs of this script write the same bytes.

    replay     a tape of 40 recorded gradients (3,) is fed to each configuration        -> path (41, 3)
    closed     a rule walks down a surface and its gradients are taken where it stands  -> path (101, 2)
    schedules  the rate before each of 60 steps                                         -> rates (60,)

Traps, all of which turn float64 into float32 in silence: torch's NAdam keeps its product of momenta in the
default dtype; Keras' rate is float32 unless floatx is float64, and several of its operations are float32
even then (issues 23223, 23704) unless a table is emptied; jax needs jax_enable_x64, and optax still counts
in int32, so that a schedule's count / steps is float32 unless the count is made float64 first.
"""

import ast
import json
import os
import sys
from collections.abc import Callable
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

Call = list[Any]  # [name, {argument: value}]
Configuration = tuple[str, dict[str, Any], dict[str, Any]]  # name, settings, schedule or clip


def call(text: str | ast.expr) -> Call:
    """`torch.Adam(lr=0.1)` -> ["torch.Adam", {"lr": 0.1}]; an argument may be a call itself."""
    node = ast.parse(text.strip(), mode="eval").body if isinstance(text, str) else text
    assert isinstance(node, ast.Call) and not node.args, text
    value = lambda part: call(part) if isinstance(part, ast.Call) else ast.literal_eval(part)
    return [ast.unparse(node.func), {str(word.arg): value(word.value) for word in node.keywords}]


def sections() -> dict[str, list[str]]:
    """The lines of configurations.txt by section."""
    found: dict[str, list[str]] = {}
    for line in (HERE / "configurations.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = []
        elif line and not line.startswith("#"):
            found[list(found)[-1]].append(line)
    return found


def replayed(line: str) -> Configuration:
    """`rule`, `rule | clip(...)` or `rule | our schedule = theirs`."""
    rule, _, extra = line.partition(" | ")
    name, settings = call(rule)
    if extra.startswith("clip"):
        return name, settings, {"clip": call(extra)[1]}
    return name, settings, {"schedule": scheduled(extra)} if extra else {}


def scheduled(line: str) -> dict[str, Call]:
    """`ours = theirs`, both calls."""
    ours, theirs = line.split(" = ")
    return {"ours": call(ours), "theirs": call(theirs)}


def closed(line: str) -> tuple[str, dict[str, Any], str, float]:
    """`rule as Adam * 0.2` -> the rule, and whose rate it takes, times what."""
    rule, _, like = line.partition(" as ")
    name, _, factor = like.partition(" * ")
    return *call(rule), name, float(factor or 1.0)


def tape() -> np.ndarray:
    """40 gradients: an ordinary coordinate, one from 1e-7 to 1e5, one that is often exactly 0."""
    rng = np.random.default_rng(20240607)
    ordinary = rng.standard_normal(TAPE_STEPS)
    wild = rng.choice([-1.0, 1.0], TAPE_STEPS) * 10.0 ** rng.uniform(-7, 3, TAPE_STEPS)
    wild[[7, 23]] = 1e5, -3e4
    sparse = rng.standard_normal(TAPE_STEPS) * (rng.random(TAPE_STEPS) < 0.3)
    sparse[:4] = 0.0
    return np.stack([ordinary, wild, sparse], axis=1)


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

        schedule = getattr(optax, name)(**arguments)
        found = [schedule(jax.numpy.asarray(k)) for k in range(RATES)]
    return np.array([float(rate) for rate in found])


def main() -> None:
    sys.path.insert(0, str(HERE.parents[1]))
    from optiviz.objectives.surfaces import surfaces

    asked, gradients = sections(), tape()
    told: dict[str, list[Any]] = {"replay": [], "closed": [], "schedules": []}
    done: dict[str, list[np.ndarray]] = {"replay": [], "closed": [], "schedules": []}
    for line in asked["replay"]:
        print(line)
        flavour, settings, extras = replayed(line)
        told["replay"].append({"flavour": flavour, "settings": settings} | extras)
        recorded = lambda k, _: gradients[k]
        done["replay"].append(walk(flavour, settings, extras, START, recorded, TAPE_STEPS))
    for line in asked["closed"]:
        print(line)
        flavour, settings, like, factor = closed(line)
        word = "lr" if flavour.startswith("torch") else "learning_rate"
        for name in SURFACES:
            surface = surfaces[name]
            rated = settings | {word: surface.learning_rates[like] * factor}
            told["closed"].append({"flavour": flavour, "settings": rated, "surface": name})
            slope = lambda _, theta, at=surface: at.gradient(theta)
            done["closed"].append(walk(flavour, rated, {}, surface.start, slope, CLOSED_STEPS))
    for line in asked["schedules"]:
        print(line)
        told["schedules"].append(scheduled(line))
        done["schedules"].append(rates(*told["schedules"][-1]["theirs"]))
    (HERE / "references.json").write_text(lines({"versions": versions()} | told), encoding="utf-8")
    paths = {name: np.stack(found) for name, found in done.items()}
    np.savez(HERE / "references.npz", tape=gradients, start=START, **paths)


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
