"""What recording costs a training in torch, and what a plane of a long log takes of memory.

python benchmarks/logs.py overhead            # needs torch
python benchmarks/logs.py memory [FOLDER]     # writes 10 GB there: 1e7 weights, 256 records
"""

import resource
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import optiviz as ov
from optiviz.runs.weight_log import LogWriter

PAIRS = 7


def nets() -> dict[str, tuple[Any, Any, int]]:
    """Name -> what makes a net, its data, and the steps that are timed."""
    import torch
    from torch import nn

    def wide() -> Any:
        widths = (64, 400, 400, 10)
        pairs = zip(widths, widths[1:], strict=False)
        layers = [layer for a, b in pairs for layer in (nn.Linear(a, b), nn.ReLU())]
        return nn.Sequential(*layers[:-1])

    def deep() -> Any:
        one = lambda: (nn.Conv2d(32, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU())
        block = [layer for _ in range(8) for layer in one()]
        return nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), *block, nn.Flatten(), nn.Linear(2048, 10))

    small = lambda: nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    flat, images = torch.randn(64, 64), torch.randn(64, 1, 8, 8)
    return {
        "64-64-10": (small, flat, 1000),
        "64-400-400-10": (wide, flat, 300),
        "8 convolutions": (deep, images, 40),
    }


def train(make: Any, X: Any, steps: int, path: Path | None) -> float:
    """CPU seconds of a training, recorded at every tenth step where a path is given."""
    import torch
    from torch.nn.functional import cross_entropy

    torch.manual_seed(0)
    net, y = make(), torch.arange(len(X)) % 10
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)

    def steps_taken() -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            cross_entropy(net(X), y).backward()
            optimizer.step()

    begin = time.process_time()
    if path is None:
        steps_taken()
    else:
        with ov.Recorder(net, path, every=10):
            steps_taken()
    return time.process_time() - begin


def overhead() -> None:
    """Pairs of trainings with and without a recorder, and the median of their quotients."""
    import torch

    torch.set_num_threads(1)
    with TemporaryDirectory() as folder:
        for name, (make, X, steps) in nets().items():
            path = Path(folder) / "run.npz"
            train(make, X, steps // 4, path)
            pairs = [(train(make, X, steps, None), train(make, X, steps, path)) for _ in range(PAIRS)]
            count = sum(p.numel() for p in make().parameters())
            plain = median(a for a, _ in pairs) / steps * 1e3
            more = median(b / a - 1 for a, b in pairs)
            print(f"{name}: {count:,} weights, {plain:.2f} ms a step, recorded {more:+.1%}")


def memory(folder: str) -> None:
    """The most that a process has of memory while it spans a plane over a log of 10 GB."""
    count, records, path = 10**7, 256, Path(folder) / "long.npz"
    rng, place = np.random.default_rng(0), np.zeros(10**7, dtype=np.float32)
    way = rng.standard_normal((2, count), dtype=np.float32)
    with LogWriter(path, {"w": (count,)}) as log:
        for k in range(records):
            place += np.float32(np.cos(k / 40)) * way[0] + np.float32(np.sin(k / 20)) * way[1]
            log.write(k, place)
    begin = time.perf_counter()
    found = ov.landscape(lambda w: float(np.dot(w["w"], w["w"])), path, resolution=5)
    took = time.perf_counter() - begin
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{path.stat().st_size / 2**30:.1f} GiB of log, {took:.0f} s, at most {most:.2f} GiB, "
          f"shares {found.plane.explained}")  # fmt: skip
    path.unlink()


if __name__ == "__main__":
    overhead() if sys.argv[1:] == ["overhead"] else memory(*(sys.argv[2:] or ["/tmp"]))
