"""How fast networks learn: seconds for one epoch, against the same nets in torch where it is importable.

    python benchmarks/networks.py

Stochastic gradient descent, float64, one thread, the same sizes and batches on both sides; the contestants
take turns, and the median counts. Last, a thousand small networks at once against a thousand in turn.
"""

import os
import statistics
import time
from importlib.util import find_spec

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import optiviz as ov

ROWS, EPOCHS = 256, 5
NETS = {
    "2-10-10-2, sample by sample": ([10, 10, 2], 2, 1, 7),
    "2-10-10-2, 64 in a batch": ([10, 10, 2], 2, 64, 15),
    "1-1025x4-1, all 256 rows": ([1025, 1025, 1025, 1025, 1], 1, ROWS, 5),
}


def data(inputs, outputs):
    """Noise will do: the work is the same whatever is learned."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(ROWS, inputs)), rng.normal(size=(ROWS, outputs))


def training(units, inputs, batch):
    """Our objective; the loss of each step is that of its batch, as it is in torch's loop."""
    layers = [ov.Dense(n, activation="relu") for n in units[:-1]] + [ov.Dense(units[-1])]
    X, y = data(inputs, units[-1])
    return ov.Training(ov.Network(tuple(layers), inputs), X, y, batch_size=batch, losses="batch")


def ours(units, inputs, batch):
    objective = training(units, inputs, batch)

    def epochs():
        ov.minimize(objective, ov.GD(0.001), steps=EPOCHS * ROWS // batch, every=0, memory=False)

    return epochs


def torchs(units, inputs, batch):
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    parts, before = [], inputs
    for n in units:
        parts += [torch.nn.Linear(before, n), torch.nn.ReLU()]
        before = n
    net = torch.nn.Sequential(*parts[:-1])
    X, y = (torch.from_numpy(part) for part in data(inputs, units[-1]))
    optimizer, loss = torch.optim.SGD(net.parameters(), lr=0.001), torch.nn.MSELoss()

    def epochs():
        for _ in range(EPOCHS):
            order = torch.randperm(ROWS)
            for low in range(0, ROWS, batch):
                rows = order[low : low + batch]
                optimizer.zero_grad()
                loss(net(X[rows]), y[rows]).backward()
                optimizer.step()

    return epochs


def seconds(race, turns):
    """The median of each contestant; the first turn only warms up."""
    taken = {name: [] for name in race}
    for turn in range(turns + 1):
        for name, run in race.items():
            began = time.perf_counter()
            run()
            if turn:
                taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in taken.items()}


def main():
    for title, (units, inputs, batch, turns) in NETS.items():
        race = {"optiviz": ours(units, inputs, batch)}
        if find_spec("torch"):
            race["torch"] = torchs(units, inputs, batch)
        taken = seconds(race, turns)
        told = ", ".join(f"{name} {1e3 * time / EPOCHS:.2f} ms" for name, time in taken.items())
        print(f"{title}: {told} an epoch")
        if "torch" in taken:
            print(f"  torch takes {taken['torch'] / taken['optiviz']:.2f} times ours")
    objective = training([10, 10, 2], 2, 64)
    starts = np.stack([objective.network.initial(seed) for seed in range(1000)], axis=1)
    steps = {"steps": 20, "every": 0, "memory": False}
    at_once = lambda: ov.minimize(objective, ov.GD(0.001), start=starts, **steps)
    in_turn = lambda: [ov.minimize(objective, ov.GD(0.001), start=column, **steps) for column in starts.T]
    taken = seconds({"at once": at_once, "in turn": in_turn}, 3)
    each = {name: 1e6 * time / 20_000 for name, time in taken.items()}
    told = ", ".join(f"{name} {time:.1f} us" for name, time in each.items())
    print(f"1,000 networks 2-10-10-2, 64 rows: {told} for a step of one of them")


if __name__ == "__main__":
    main()
