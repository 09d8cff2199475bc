"""How fast the steps are: one run, ten thousand with their paths, a million in bounded memory.

    python benchmarks/trajectories.py                 against NumPy, and torch and optax where importable

The rule is Adam everywhere, the surface Rosenbrock's, the numbers float64. Each part is a process of
its own; its contestants take turns, and the median counts.
"""

import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from process import Failed, measure, python

RATE, BETA_1, BETA_2, EPSILON = 0.002, 0.9, 0.999, 1e-8
START = (-1.5, 2.0)
Race = dict[str, Callable[[], object]]


def rosenbrock(x, y):
    """Value and gradient, on floats, NumPy arrays and JAX arrays alike."""
    a, b = 1 - x, y - x * x
    return a * a + 100 * b * b, (-2 * a - 400 * x * b, 200 * b)


# --- one run -------------------------------------------------------------------------------------


def trajectory(steps=2000):
    """Path, losses, gradients and both moments recorded; microseconds a step."""
    import numpy as np

    race: Race = {"optiviz": lambda: ours(steps, None).path, "numpy loop": lambda: numpy_loop(steps)}
    if find_spec("torch"):
        race["torch loop"] = lambda: torch_loop(steps)
    ends = {name: np.asarray(run())[-1] for name, run in race.items()}
    return timed(race, 1e6 / steps) | {"apart": apart(ends), "unit": "us a step"}


def numpy_loop(steps):
    """The loop that one would write by hand."""
    import numpy as np

    theta, m, v = np.array(START), np.zeros(2), np.zeros(2)
    path, firsts, seconds = np.empty((3, steps + 1, 2))
    losses, gradients = np.empty(steps + 1), np.empty((steps, 2))
    value, slope = rosenbrock(*theta)
    path[0], firsts[0], seconds[0], losses[0] = theta, m, v, value
    for t in range(1, steps + 1):
        g = np.array(slope)
        gradients[t - 1] = g
        m = BETA_1 * m + (1 - BETA_1) * g
        v = BETA_2 * v + (1 - BETA_2) * g * g
        theta = theta - RATE * (m / (1 - BETA_1**t)) / (np.sqrt(v / (1 - BETA_2**t)) + EPSILON)
        value, slope = rosenbrock(*theta)
        path[t], firsts[t], seconds[t], losses[t] = theta, m, v, value
    return path


def torch_loop(steps):
    """The loop of torch's tutorials, with the same things written down."""
    import torch

    torch.set_default_dtype(torch.float64)
    theta = torch.tensor(START, requires_grad=True)
    rule = torch.optim.Adam([theta], lr=RATE, betas=(BETA_1, BETA_2), eps=EPSILON)
    path, firsts, seconds = torch.zeros(3, steps + 1, 2)
    losses, gradients = torch.empty(steps + 1), torch.empty(steps, 2)
    path[0] = theta.detach()
    for t in range(steps):
        rule.zero_grad()
        loss, _ = value_of(theta)
        loss.backward()
        losses[t], gradients[t] = loss.detach(), theta.grad
        rule.step()
        path[t + 1] = theta.detach()
        firsts[t + 1], seconds[t + 1] = rule.state[theta]["exp_avg"], rule.state[theta]["exp_avg_sq"]
    losses[steps] = value_of(theta.detach())[0]
    return path


# --- rules of today -----------------------------------------------------------------------------


def rules(steps=1000):
    """Some rules of `minimize` against loops by hand, all recorded; microseconds a step."""
    import numpy as np

    import optiviz as ov

    ours = {
        "AdaBelief": ov.AdaBelief(RATE),
        "Adan": ov.Adan(RATE),
        "LAMB": ov.LAMB(RATE),
        "Rprop": ov.Rprop(RATE),
    }
    by_hand = {"AdaBelief": adabelief_steps, "Adan": adan_steps, "LAMB": lamb_steps, "Rprop": rprop_steps}
    start, seconds, ratios = np.array(START), {}, {}
    for name, rule in ours.items():
        race = {
            "optiviz": lambda rule=rule: ov.minimize(ov.rosenbrock, rule, steps=steps, start=start).path,
            "by hand": lambda name=name: hand_loop(by_hand[name], steps),
        }
        told = timed(race, 1e6 / steps) | {"apart": apart({who: run()[-1] for who, run in race.items()})}
        assert told["apart"] < 1e-9, name
        seconds |= {name: told["seconds"]["optiviz"], f"{name} by hand": told["seconds"]["by hand"]}
        ratios[f"{name} by hand"] = told["ratios"]["by hand"]
    return {"seconds": seconds, "ratios": ratios, "unit": "us a step"}


def hand_loop(step, steps):
    """A loop with all that it remembers written down, as one would write it."""
    import numpy as np

    theta, state = np.array(START), {}
    path, losses, gradients = np.empty((steps + 1, 2)), np.empty(steps + 1), np.empty((steps, 2))
    value, slope = rosenbrock(*theta)
    path[0], losses[0], kept = theta, value, {}
    for t in range(1, steps + 1):
        gradients[t - 1] = g = np.array(slope)
        theta, state = step(np, theta, g, state, t)
        value, slope = rosenbrock(*theta)
        path[t], losses[t] = theta, value
        for name, array in state.items():
            if name not in kept:
                kept[name] = np.zeros((steps + 1, 2))
            kept[name][t] = array
    return path


def adabelief_steps(np, theta, g, state, t):
    m = 0.9 * state.get("m", 0.0) + 0.1 * g
    s = 0.999 * state.get("s", 0.0) + 0.001 * (g - m) ** 2 + 1e-16
    theta = theta - RATE * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-16)
    return theta, {"m": m, "s": s}


def adan_steps(np, theta, g, state, t):
    d = g - state.get("g", g)
    m = 0.98 * state.get("m", 0.0) + 0.02 * g
    v = 0.92 * state.get("v", 0.0) + 0.08 * d
    n = 0.99 * state.get("n", 0.0) + 0.01 * (g + 0.08 * d) ** 2
    u = m / (1 - 0.98**t) + 0.08 * v / (1 - 0.92**t)
    theta = theta - RATE * u / (np.sqrt(n / (1 - 0.99**t) + 1e-8) + 1e-8)
    return theta, {"g": g, "m": m, "v": v, "n": n}


def lamb_steps(np, theta, g, state, t):
    m = 0.9 * state.get("m", 0.0) + 0.1 * g
    v = 0.999 * state.get("v", 0.0) + 0.001 * g * g
    u = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
    long, far = np.linalg.norm(theta), np.linalg.norm(u)
    return theta - RATE * (long / far if long > 0 and far > 0 else 1.0) * u, {"m": m, "v": v}


def rprop_steps(np, theta, g, state, t):
    same = np.sign(g * state.get("g", 0.0 * g))
    size = state.get("size", np.full(2, RATE)) * np.where(same > 0, 1.2, np.where(same < 0, 0.5, 1.0))
    size, g = np.clip(size, 1e-6, 50.0), np.where(same < 0, 0.0, g)
    return theta - size * np.sign(g), {"g": g, "size": size}


# --- ten thousand runs ---------------------------------------------------------------------------


def batch(count=10_000, steps=500):
    """The path of every run recorded; nanoseconds for each step of each run."""
    import numpy as np

    starts = scattered(count)
    race: Race = {"optiviz": lambda: ours(steps, starts, memory=False).path[-1]}
    if find_spec("torch"):
        race["torch"] = lambda: torch_batch(starts, steps)[-1].numpy()
    if find_spec("jax") and find_spec("optax"):
        jitted = optax_batch(steps)
        race["optax, jitted"] = lambda: np.asarray(jitted(starts.T)[-1]).T
    ends = {name: run() for name, run in race.items()}  # this also compiles
    return timed(race, 1e9 / (count * steps)) | {"apart": apart(ends), "unit": "ns a step and run"}


def torch_batch(starts, steps):
    import torch

    torch.set_default_dtype(torch.float64)
    theta = torch.tensor(starts, requires_grad=True)
    rule = torch.optim.Adam([theta], lr=RATE, betas=(BETA_1, BETA_2), eps=EPSILON)
    path = torch.empty(steps + 1, *theta.shape)
    path[0] = theta.detach()
    for t in range(steps):
        rule.zero_grad()
        value_of(theta)[0].sum().backward()
        rule.step()
        path[t + 1] = theta.detach()
    return path


def optax_batch(steps):
    """A compiled function: starts (N, 2) -> paths (steps + 1, N, 2)."""
    import jax
    import jax.numpy as jnp
    import optax

    jax.config.update("jax_enable_x64", True)
    rule = optax.adam(RATE, BETA_1, BETA_2, EPSILON)
    slope = jax.grad(lambda theta: value_of(theta)[0])

    def one(start):
        def step(carried, _):
            theta, state = carried
            moves, state = rule.update(slope(theta), state, theta)
            theta = optax.apply_updates(theta, moves)
            return (theta, state), theta

        _, path = jax.lax.scan(step, (start, rule.init(start)), length=steps)
        return jnp.concatenate([start[None], path])

    compiled = jax.jit(jax.vmap(one, out_axes=1))
    return lambda starts: compiled(starts).block_until_ready()


# --- a million runs ------------------------------------------------------------------------------


def million(count=1_000_000, steps=200):
    """Nothing recorded but the start and the end; nanoseconds for each step of each run, and memory."""
    starts = scattered(count)
    ours(1, None)  # what is imported is not held against the run
    before = peak()
    wall, cpu = time.perf_counter(), time.process_time()
    ours(steps, starts, memory=False, every=0)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {
        "seconds": {"optiviz": 1e9 * wall / (count * steps)},
        "unit": "ns a step and run",
        "wall s": wall,
        "cores kept busy": cpu / wall,
        "MiB of the starts": starts.nbytes / 2**20,
        "MiB more at the peak": peak() - before,
    }


# --- what all share ------------------------------------------------------------------------------


def ours(steps, starts, **settings):
    import numpy as np

    import optiviz as ov

    rule = ov.Adam(learning_rate=RATE, beta_1=BETA_1, beta_2=BETA_2, epsilon=EPSILON, epsilon_hat=False)
    start = np.array(START) if starts is None else starts
    return ov.minimize(ov.rosenbrock, rule, steps=steps, start=start, **settings)


def value_of(theta):
    return rosenbrock(theta[0], theta[1])


def scattered(count):
    """(2, count) starts in the usual window of the surface."""
    import numpy as np

    low, high = np.array([[-2.0], [-1.0]]), np.array([[2.0], [3.0]])
    return low + (high - low) * np.random.default_rng(0).random((2, count))


def timed(race: Race, scale: float, turns: int = 7) -> dict:
    """Median, times `scale`, of `turns` runs of each contestant, who take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in race}
    for _ in range(turns):
        for name, run in race.items():
            begin = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - begin)
    ratios = {
        name: statistics.median(a / b for a, b in zip(times, seconds["optiviz"], strict=True))
        for name, times in seconds.items()
    }
    return {"seconds": {n: scale * statistics.median(t) for n, t in seconds.items()}, "ratios": ratios}


def apart(ends: dict) -> float:
    """How far the ends lie from ours, at most: the contestants must have done the same work."""
    import numpy as np

    return max(float(np.abs(np.asarray(end) - ends["optiviz"]).max()) for end in ends.values())


def peak() -> float:
    """MiB held at most until now."""
    return (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 2**20
    )


PARTS = {"trajectory": trajectory, "rules": rules, "batch": batch, "million": million}

# (part, contestant) -> what its time divided by ours is to be at least
TARGETS = {
    ("trajectory", "numpy loop"): 1 / 1.5,
    ("trajectory", "torch loop"): 4.0,
    **{("rules", f"{name} by hand"): 1 / 1.5 for name in ("AdaBelief", "Adan", "LAMB", "Rprop")},
    ("batch", "torch"): 1.0,
    ("batch", "optax, jitted"): 1.0,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=PARTS, help="this part alone, as JSON")
    parser.add_argument("--json", metavar="FILE", help="write all figures there as well")
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(PARTS[arguments.only]()))
        return
    results = {}
    for name, part in PARTS.items():
        results[name] = json.loads(measure(python("trajectories.py", "--only", name))[1])
        print(f"{name}: {part.__doc__}")
        for line in lines(name, results[name]):
            print(f"  {line}")
    missing = [name for name in ("torch", "jax", "optax") if not find_spec(name)]
    if missing:
        print(f"left out, because they are not installed here: {', '.join(missing)}")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1) + "\n")


def lines(part: str, result: dict) -> list[str]:
    """The figures of one part in words."""
    text = []
    for name, figure in result["seconds"].items():
        ratio, target = result.get("ratios", {}).get(name), TARGETS.get((part, name))
        against = f"   {ratio:.2f} times ours" if ratio and name != "optiviz" else ""
        short = "*" * (target is not None and ratio is not None and ratio < target)
        asked = f"{short} [>= {target:.2f}]" if target and against else ""
        text.append(f"{name:14} {figure:9.2f} {result['unit']}{against}{asked}")
    if "apart" in result:
        text.append(f"all ends agree to {result['apart']:.1e}")
    known = ("seconds", "unit", "ratios", "apart")
    return text + [f"{name}: {value:.2f}" for name, value in result.items() if name not in known]


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(str(error))
