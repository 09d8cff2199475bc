"""How fast the loss is worked out on a plane: 100 x 100 places of a 2-64-64-2 network, against torch.

    python benchmarks/planes.py                     # PYTHONPATH=. from the root of the checkout

float64 on both sides, all cores, 200 rows, the same weights and directions. torch does it in two ways, `vmap`
of a `functional_call` and batched matrix products written out by hand, in chunks of several sizes; with
`--compile`, which takes a minute more, also under `torch.compile`. (A loop over the places takes ten times as
long.) All are tried once, and the three fastest race against ours: in turns, and medians count, of the clock
and of the processor's seconds. The losses must agree, and so must our filter normalisation with that of Li et
al. (2018), whose loop over tensors stands below.
"""

import os
import resource
import sys
import time
from importlib.util import find_spec

import numpy as np

import optiviz as ov
from optiviz.analysis.directions import filter_normalized
from optiviz.analysis.planes import heights

ROWS, PLACES, TURNS = 200, 100, 9
CHUNKS = (10, 20, 50, 100)  # divisors of 10,000: a compiled rule then sees one shape


def problem():
    """The network in training, two normal directions, and the grid."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, 2))
    y = np.eye(2)[(X[:, 0] * X[:, 1] > 0).astype(int)]
    layers = (ov.Dense(64, "relu"), ov.Dense(64, "relu"), ov.Dense(2))
    training = ov.Training(ov.Network(layers, 2), X, y)
    drawn = rng.standard_normal((2, training.network.size))
    return training, drawn, np.linspace(-1, 1, PLACES)


def torchs(training, drawn, grid):
    """Each way of torch, by its name, and the directions as Li et al. make them."""
    import torch
    from torch.func import functional_call, vmap

    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(os.cpu_count() or 1)
    net = torch.nn.Sequential(
        torch.nn.Linear(2, 64), torch.nn.ReLU(),
        torch.nn.Linear(64, 64), torch.nn.ReLU(),
        torch.nn.Linear(64, 2),
    )  # fmt: skip
    X, y = torch.from_numpy(training.X.copy()), torch.from_numpy(training.targets.copy())
    loss = torch.nn.functional.mse_loss
    names = list(dict(net.named_parameters()))

    def tensors(theta):
        """theta as torch's tensors: a kernel is (out, in)."""
        parts = training.network.unpack(theta).values()
        return dict(zip(names, (torch.from_numpy(part.T.copy()) for part in parts), strict=True))

    def normalized(direction, weights):
        """Their net_plotter.py: normalize_directions_for_weights(..., norm='filter', ignore='biasbn')."""
        for d, w in zip(direction.values(), weights.values(), strict=True):
            if d.dim() <= 1:
                d.fill_(0)
            else:
                for one, own in zip(d, w, strict=True):
                    one.mul_(own.norm() / (one.norm() + 1e-10))
        return direction

    begin = tensors(training.start)
    one, two = (normalized(tensors(direction), begin) for direction in drawn)
    up, across = torch.meshgrid(*[torch.from_numpy(grid)] * 2, indexing="ij")
    places = torch.stack([across.ravel(), up.ravel()], dim=1)

    def at(place):
        weights = {k: begin[k] + place[0] * one[k] + place[1] * two[k] for k in begin}
        return loss(functional_call(net, weights, (X,)), y)

    def batched(part):
        """The losses (N,) at places (N, 2): weights (N, out, in), and `baddbmm` through the layers."""
        signal = X.expand(len(part), *X.shape)
        for layer in (0, 2, 4):
            kernel, bias = (whole(f"{layer}.{name}", *part.T) for name in ("weight", "bias"))
            signal = torch.baddbmm(bias[:, None], signal.relu_() if layer else signal, kernel.transpose(1, 2))
        return (signal - y).square_().mean((1, 2))

    def whole(name, x, y):
        shape = (-1, *[1] * begin[name].dim())
        return begin[name] + x.view(shape) * one[name] + y.view(shape) * two[name]

    def chunked(losses, chunk):
        return lambda: torch.cat([losses(part) for part in places.split(chunk)])

    rules = {"vmap": vmap(at), "baddbmm": batched}
    if "--compile" in sys.argv:
        rules |= {f"{name} compiled": torch.compile(rule, dynamic=False) for name, rule in rules.items()}
    ways = {
        f"{name}, {chunk} at once": chunked(rule, chunk) for name, rule in rules.items() for chunk in CHUNKS
    }
    ways = {f"torch, {name}": torch.no_grad()(way) for name, way in ways.items()}
    axes = [np.concatenate([d[name].numpy().T.ravel() for name in names]) for d in (one, two)]
    return ways, np.stack(axes)


def busy():
    """Seconds of processor so far, children included."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in used)


def timed(run):
    """What a run gives, and its (clock, processor)."""
    work, clock = busy(), time.perf_counter()
    result = run()
    return result, (time.perf_counter() - clock, busy() - work)


def main():
    training, drawn, grid = problem()
    axes = np.stack([filter_normalized(training.variables, direction, training.start) for direction in drawn])
    contestants = {"optiviz": lambda: heights(training, training.start, axes, grid, grid)}
    if find_spec("torch"):
        ways, theirs = torchs(training, drawn, grid)
        print(f"filter normalisation: off by {np.abs(axes - theirs).max():.1e}")
        z, quick = contestants["optiviz"]().ravel(), {}
        for name, way in ways.items():
            way()  # some compile first
            found, quick[name] = timed(way)
            off = np.abs(found.numpy() / z - 1).max()
            print(
                f"  {name}: {quick[name][0]:.2f} s, cpu {quick[name][1]:.2f} s; off by {off:.1e}", flush=True
            )
            assert off < 1e-8
        contestants |= {name: ways[name] for name in sorted(ways, key=lambda name: quick[name])[:3]}
    taken = {name: [] for name in contestants}
    for turn in range(TURNS + 1):
        for name, run in contestants.items():
            spent = timed(run)[1]
            if turn:  # the first one only warms up
                taken[name].append(spent)
    ours = np.array(taken["optiviz"])
    for name, turns in taken.items():
        (clock, work), ratios = np.median(turns, axis=0), np.array(turns) / ours
        told = f"{name}: {clock:.3f} s, cpu {work:.3f} s"
        if name != "optiviz":
            (in_clock, in_cpu), (low, _), (high, _) = np.median(ratios, axis=0), ratios.min(0), ratios.max(0)
            told += f"; {in_clock:.2f} times ours ({low:.2f} to {high:.2f}), in cpu {in_cpu:.2f}"
        print(told)


if __name__ == "__main__":
    main()
