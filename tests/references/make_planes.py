"""Makes planes.npz: planes through recorded weights, computed by torch alone.

    python tests/references/make_planes.py

Two nets of the same layers, one in float32 and one in float64, are trained by two rules each. Of their
weights at every second step torch computes: principal components (its SVD), coordinates, distances, the loss
on the grids of two planes by `torch.func.functional_call`, and filter-normalised directions written as loops
over filters. Nothing of optiviz takes part.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.func import functional_call

HERE = Path(__file__).parent
SIDE, STEPS = 5, 24


def make(kind: torch.dtype) -> dict[str, np.ndarray]:
    torch.manual_seed(3)
    net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 4), nn.Tanh(), nn.Linear(4, 2)).to(kind)
    start = {name: p.detach().clone() for name, p in net.named_parameters()}
    X, y = torch.randn(30, 3, dtype=kind), torch.randn(30, 2, dtype=kind)
    found = {"X": X.numpy(), "y": y.numpy()}
    rows, losses = {}, {}
    for rule in ("sgd", "adam"):
        net.load_state_dict(start)
        made = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.5) if rule == "sgd" else None
        optimizer = made or torch.optim.Adam(net.parameters(), lr=0.03)
        places = []
        for step in range(STEPS + 1):
            if step % 2 == 0:
                places.append(torch.cat([p.detach().reshape(-1) for p in net.parameters()]).clone())
            optimizer.zero_grad()
            ((net(X) - y) ** 2).mean().backward()
            optimizer.step()
        rows[rule] = torch.stack(places)
        losses[rule] = torch.stack([loss_at(net, place, X, y) for place in places])
        found[f"{rule}/rows"], found[f"{rule}/losses"] = rows[rule].numpy(), losses[rule].double().numpy()
    best = min(rows, key=lambda rule: float(losses[rule][-1]))
    origin = rows[best][-1].double()
    every = torch.cat([rows["sgd"], rows["adam"]]).double()
    _, sizes, ways = torch.linalg.svd(every - every.mean(0), full_matrices=False)
    axes = ways[:2]
    away = axes @ (rows["sgd"][0].double() - origin)
    axes = axes * torch.tensor([-1.0 if away[0] > 0 else 1.0, -1.0 if away[1] < 0 else 1.0])[:, None]
    found["pca/explained"] = (sizes[:2] ** 2 / (sizes**2).sum()).numpy()
    normal = np.random.default_rng(7).standard_normal((2, len(origin)))
    drawn = torch.tensor(normal)
    end = rows["sgd"][-1].double()
    random = torch.stack([normalized(net, one, end) for one in drawn])
    planes = {"pca": (origin, axes, 3.0), "random": (end, random, 0.5)}
    for name, (middle, two, reach) in planes.items():
        side = torch.linspace(-reach, reach, SIDE, dtype=torch.float64)
        z = [[loss_at(net, (middle + a * two[0] + b * two[1]).to(kind), X, y) for a in side] for b in side]
        found |= {f"{name}/origin": middle.numpy(), f"{name}/axes": two.numpy(), f"{name}/side": side.numpy()}
        found[f"{name}/z"] = np.array([[float(one) for one in line] for line in z])
        for rule, path in rows.items():
            gap = path.double() - middle
            where = torch.linalg.lstsq(two.T, gap.T).solution.T
            found[f"{name}/{rule}/where"] = where.numpy()
            found[f"{name}/{rule}/distance"] = torch.linalg.norm(gap - where @ two, dim=1).numpy()
    return found


def loss_at(net: nn.Module, row: torch.Tensor, X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    named, first = {}, 0
    for name, p in net.named_parameters():
        named[name] = row[first : first + p.numel()].reshape(p.shape)
        first += p.numel()
    return ((functional_call(net, named, (X,)) - y) ** 2).mean().detach()


def normalized(net: nn.Module, direction: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
    """Filter by filter, as the published code of Li et al. does for weights, with biases left alone."""
    parts, first = [], 0
    for p in net.parameters():
        d, w = (one[first : first + p.numel()].reshape(p.shape).clone() for one in (direction, theta))
        first += p.numel()
        if p.dim() == 1:
            d.zero_()
        else:
            for one, like in zip(d, w, strict=True):
                one.mul_(like.norm() / one.norm())
        parts.append(d.reshape(-1))
    return torch.cat(parts)


if __name__ == "__main__":
    torch.set_num_threads(1)
    kinds = {"float32": torch.float32, "float64": torch.float64}
    arrays = {f"{k}/{name}": a for k, kind in kinds.items() for name, a in make(kind).items()}
    np.savez_compressed(HERE / "planes.npz", **arrays)
