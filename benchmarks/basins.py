"""How fast a map of basins is made: Himmelblau's function, Adam, a run from each of 400 x 400 starts.

    python benchmarks/basins.py                 against jitted optax where jax and optax are importable

Both are to say of every start which minimum it reached and since which step it is there for good, in
float64 and on all cores. In each round they take turns, each in a process of its own, so that the peak of
its memory is its own; medians of the rounds count. What jax takes to compile is told apart, and so is when
the first map is there, imports and compiling included. On a busy machine look at the seconds of cpu.
"""

import argparse
import json
import os
import resource
import statistics
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from process import Failed, measure, python

STARTS, STEPS, RATE, TOLERANCE = 400, 200, 0.5, 0.1
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8
TURNS = 5  # of each process, after a first one


def ours() -> dict:
    """`ov.basin_map`."""
    begin = time.perf_counter()
    import optiviz as ov

    rule = ov.Adam(RATE, BETA_1, BETA_2, EPSILON, epsilon_hat=False)
    ov.basin_map(ov.himmelblau, rule, 20, steps=3)  # what is imported is not held against the map
    before = peak()
    make = lambda: ov.basin_map(ov.himmelblau, rule, STARTS, steps=STEPS, tolerance=TOLERANCE)
    first, costs, found = timed(make, begin)
    return told(first, costs, before, found.minimum, found.steps)


def theirs(everything: bool = True) -> dict:
    """optax in a `fori_loop`, vmapped and jitted, with the same bookkeeping inside; or the ends alone."""
    begin = time.perf_counter()
    import jax
    import jax.numpy as jnp
    import numpy as np
    import optax

    jax.config.update("jax_enable_x64", True)
    rule = optax.adam(RATE, BETA_1, BETA_2, EPSILON)

    def value(theta):
        x, y = theta
        return (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2

    def home_of(theta):
        home = -1  # one comparison after the other: an argmin would keep XLA from making one loop of it all
        for k, (x, y) in enumerate(MINIMA):
            home = jnp.where((theta[0] - x) ** 2 + (theta[1] - y) ** 2 <= TOLERANCE**2, k, home)
        return home

    def one(start):
        home = home_of(start)

        def step(k, carried):
            theta, state, home, since = carried
            moves, state = rule.update(jax.grad(value)(theta), state, theta)
            theta = optax.apply_updates(theta, moves)
            if not everything:
                return theta, state, home, since
            now = home_of(theta)
            return theta, state, now, jnp.where(now == home, since, k + 1)

        theta, _, home, since = jax.lax.fori_loop(0, STEPS, step, (start, rule.init(start), home, 0))
        home = home_of(theta)
        return home, jnp.where(home < 0, -1, since)

    axis = np.linspace(-5, 5, STARTS)
    starts = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    before = peak()
    compiling = -time.perf_counter()
    compiled = jax.jit(jax.vmap(one)).lower(starts).compile()
    compiling += time.perf_counter()
    first, costs, (home, since) = timed(lambda: jax.block_until_ready(compiled(starts)), begin)
    shape = STARTS, STARTS
    return told(first, costs, before, np.asarray(home).reshape(shape), np.asarray(since).reshape(shape)) | {
        "compile s": compiling
    }


MINIMA = [  # in the order of ours
    (-3.7793102533777469, -3.2831859912861694),
    (-2.8051180869527449, 3.1313125182505730),
    (3.0, 2.0),
    (3.5844283403304917, -1.8481265269644036),
]


def timed(make, begin):
    """When the first map was there, counted from `begin`; (wall, cpu) seconds of `TURNS` more; the last."""
    make()
    first = time.perf_counter() - begin
    costs, made = [], None
    for _ in range(TURNS):
        wall, cpu = time.perf_counter(), sum(os.times()[:4])
        made = make()
        costs.append((time.perf_counter() - wall, sum(os.times()[:4]) - cpu))
    return first, costs, made


def told(first, costs, before, minimum, steps) -> dict:
    """What a process reports; the map as numbers that another's can be compared with."""
    return {
        "s": statistics.median(wall for wall, _ in costs),
        "cpu s": statistics.median(cpu for _, cpu in costs),
        "first s": first,
        "MiB more at the peak": peak() - before,
        "minimum": minimum.ravel().tolist(),
        "steps": steps.ravel().tolist(),
    }


def peak() -> float:
    """MiB held at most until now, by this process or the largest of its children."""
    unit = 1 if sys.platform == "darwin" else 1024
    who = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    return max(resource.getrusage(one).ru_maxrss for one in who) * unit / 2**20


RACE = {
    "optiviz": ours,
    "optax, jitted": theirs,
    "optax, ends alone": lambda: theirs(everything=False),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=RACE, help="this contestant alone, as JSON")
    parser.add_argument("--pairs", type=int, default=5, help="how many rounds")
    parser.add_argument("--json", metavar="FILE", help="write all figures there as well")
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(RACE[arguments.only]()))
        return
    race = list(RACE) if find_spec("jax") and find_spec("optax") else ["optiviz"]
    rounds = []
    for _ in range(arguments.pairs):
        one = {}
        for name in race:
            one[name] = json.loads(measure(python("basins.py", "--only", name))[1])
        rounds.append(one)
    for line in lines(race, rounds):
        print(line)
    if arguments.json:
        keep = [{n: {k: v for k, v in f.items() if k not in MAPS} for n, f in one.items()} for one in rounds]
        Path(arguments.json).write_text(json.dumps(keep, indent=1) + "\n")


MAPS = ("minimum", "steps")


def lines(race: list[str], rounds: list[dict]) -> list[str]:
    """The figures in words."""
    text = [f"{STARTS} x {STARTS} starts of {STEPS} steps of Adam, median of {len(rounds)} rounds"]
    middle = lambda name, key: statistics.median(one[name][key] for one in rounds)
    for name in race:
        nanoseconds = 1e9 * middle(name, "s") / (STARTS**2 * STEPS)
        figures = f"{middle(name, 's'):6.3f} s ({middle(name, 'cpu s'):.2f} of cpu)  "
        figures += f"{nanoseconds:5.1f} ns a step and run  {middle(name, 'MiB more at the peak'):4.0f} MiB  "
        figures += f"the first after {middle(name, 'first s'):.1f} s"
        if name != "optiviz":
            ratios = sorted(one[name]["s"] / one["optiviz"]["s"] for one in rounds)
            figures += f"  compiled in {middle(name, 'compile s'):.2f} s  "
            figures += f"{statistics.median(ratios):.2f} times ours ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        text.append(f"{name:18} {figures}")
    if len(race) > 1:
        last = rounds[-1]
        same = [
            statistics.mean(
                a == b for a, b in zip(last["optiviz"][key], last["optax, jitted"][key], strict=True)
            )
            for key in MAPS
        ]
        text.append(
            f"the same minimum from {100 * same[0]:.3f} % of starts, the same step from {100 * same[1]:.3f} %"
        )
    else:
        text.append("left out, because they are not installed here: jax, optax")
    return text


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(str(error))
