"""Whether the adapters step as the frameworks do: true torch and optax against `from_torch`, `from_optax`.

Needs torch, jax and optax, which neither the package nor its tests do: run it by hand.

    JAX_ENABLE_X64=1 PYTHONPATH=. python benchmarks/frameworks.py
"""

import time

import jax
import numpy as np
import optax
import torch

import optiviz as ov

STEPS = 200
GROUND = ov.rosenbrock
T = torch.optim
FACTORIES = {
    "SGD": lambda p: T.SGD(p, 1e-4, momentum=0.9, dampening=0.1, weight_decay=0.01),
    "SGD nesterov": lambda p: T.SGD(p, 1e-4, momentum=0.9, nesterov=True),
    "Adam": lambda p: T.Adam(p, 0.1),
    "Adam fused": lambda p: T.Adam(p, 0.1, fused=True),
    "Adam amsgrad": lambda p: T.Adam(p, 0.1, amsgrad=True, weight_decay=0.1),
    "Adam tensor lr": lambda p: T.Adam(p, torch.tensor(0.1, dtype=torch.float64)),
    "AdamW": lambda p: T.AdamW(p, 0.1),
    "Adagrad": lambda p: T.Adagrad(p, 0.1, initial_accumulator_value=0.5, lr_decay=0.1),
    "RMSprop": lambda p: T.RMSprop(p, 0.01, centered=True, momentum=0.5),
    "Adadelta": lambda p: T.Adadelta(p),
    "NAdam": lambda p: T.NAdam(p, 0.05),
    "RAdam": lambda p: T.RAdam(p, 1e-3),
    "Adamax": lambda p: T.Adamax(p, 0.1),
    "Rprop": lambda p: T.Rprop(p, 0.01),
    "ASGD": lambda p: T.ASGD(p, 1e-4),
    "Adafactor": lambda p: T.Adafactor(p, 0.1),
}
TRANSFORMATIONS = {
    "adam": optax.adam(0.1),
    "sgd": optax.sgd(1e-4, momentum=0.9, nesterov=True),
    "chain": optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(0.05), optax.ema(0.9)),
    "amsgrad": optax.amsgrad(0.1),
    "lion": optax.lion(0.01),
    "adadelta": optax.adadelta(1.0),
    "schedule": optax.adam(optax.cosine_decay_schedule(0.1, 50)),
    "inject": optax.inject_hyperparams(optax.adam)(learning_rate=0.1),
}


def torch_alone(factory):
    """(STEPS + 1, 2): torch as its users run it."""
    place = torch.tensor(GROUND.start, dtype=torch.float64, requires_grad=True)
    optimizer, path = factory([place]), [GROUND.start]
    for _ in range(STEPS):
        place.grad = torch.from_numpy(GROUND.gradient(place.detach().numpy().copy()))
        optimizer.step()
        path.append(place.detach().numpy().copy())
    return np.array(path)


def optax_alone(transformation):
    """(STEPS + 1, 2): optax as its users run it, not compiled."""
    place = jax.numpy.asarray(GROUND.start)
    state, path = transformation.init(place), [GROUND.start]
    for _ in range(STEPS):
        slope = jax.numpy.asarray(GROUND.gradient(np.array(place)))
        updates, state = transformation.update(slope, state, place)
        place = optax.apply_updates(place, updates)
        path.append(np.array(place))
    return np.array(path)


def off(run, alone):
    """The largest relative difference of two paths."""
    alone = alone[: len(run.path)]
    return float(np.max(np.abs(run.path - alone) / np.maximum(np.abs(alone), 1e-300)))


def microseconds(rule):
    """A step of `minimize`, the best of five runs of 500."""
    best = np.inf
    for _ in range(5):
        began = time.perf_counter()
        ov.minimize(GROUND, rule, steps=500)
        best = min(best, time.perf_counter() - began)
    return best / 500 * 1e6


def main():
    for name, factory in FACTORIES.items():
        rule = ov.from_torch(factory)
        run = ov.minimize(GROUND, rule, steps=STEPS)
        theta, state, slope = run.path[0], rule.init(run.path[0]), run.gradients[0]
        for _ in range(3):
            once, after = rule.step(theta, slope, state)
            rule.step(2 * once, 3 * slope, after)
            again, _ = rule.step(theta, slope, state)
            assert (once == again).all(), f"{name} is not pure"
            theta, state = once, after
        print(f"torch {name:15} off by {off(run, torch_alone(factory)):.1e}  {run.status}  {list(run.state)}")
    for name, transformation in TRANSFORMATIONS.items():
        rule = ov.from_optax(transformation)
        run = ov.minimize(GROUND, rule, steps=STEPS)
        many = ov.minimize(GROUND, rule, steps=STEPS, start=np.tile(GROUND.start[:, None], 3))
        beside = np.abs(many.path[..., 1] - run.path).max()
        told = f"off by {off(run, optax_alone(transformation)):.1e}, side by side {beside:.1e}"
        print(f"optax {name:15} {told}  {run.status}  {list(run.state)}")
    for name, rule in {
        "ours": ov.Adam(0.1),
        "from_torch": ov.from_torch(FACTORIES["Adam"]),
        "from_optax": ov.from_optax(TRANSFORMATIONS["adam"]),
    }.items():
        print(f"Adam, {name}: {microseconds(rule):.1f} us a step")


if __name__ == "__main__":
    main()
