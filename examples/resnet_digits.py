"""A ResNet-20 on scikit-learn's digits: three optimizers, recorded, in one plane of its 271,994 weights.

    python examples/resnet_digits.py            # trains, records, works out the plane: some minutes
    optiviz render examples/resnet_digits.toml  # draws what was recorded; needs no torch

It needs torch and scikit-learn. The plane and the paths in it go to examples/resnet_digits.npz, which is
shipped.
"""

from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy

import optiviz as ov

HERE = Path(__file__).parent
STEPS, BATCH, ROWS, RESOLUTION = 300, 64, 500, 35


class Block(nn.Module):
    """Two convolutions and the way around them (He et al. 2015, with the shortcut of their option B)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.one = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.two = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)])
        same = stride == 1 and inputs == outputs
        self.around = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.relu(self.norms[0](self.one(x)))
        return torch.relu(self.norms[1](self.two(y)) + self.around(x))


def resnet20() -> nn.Module:
    """Three stages of three blocks, 16, 32 and 64 channels wide."""
    blocks = [nn.Conv2d(1, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    inputs = 16
    for stage, outputs in enumerate((16, 32, 64)):
        for k in range(3):
            blocks.append(Block(inputs, outputs, 2 if stage and not k else 1))
            inputs = outputs
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def train(rule: str, X: torch.Tensor, y: torch.Tensor, path: Path) -> nn.Module:
    """Train one net from the same start, on the same batches, and record it."""
    torch.manual_seed(0)
    net = resnet20()
    optimizer = {
        "SGD": lambda: torch.optim.SGD(net.parameters(), lr=0.02),
        "Momentum": lambda: torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9),
        "Adam": lambda: torch.optim.Adam(net.parameters(), lr=0.002),
    }[rule]()
    orders = torch.Generator().manual_seed(1)
    with ov.Recorder(net, path, every=5):
        for _ in range(STEPS):
            rows = torch.randint(len(X), (BATCH,), generator=orders)
            optimizer.zero_grad()
            cross_entropy(net(X[rows]), y[rows]).backward()
            optimizer.step()
    return net


def main() -> None:
    torch.set_num_threads(1)
    images, labels = load_digits(return_X_y=True)
    X = torch.tensor(images, dtype=torch.float32).reshape(-1, 1, 8, 8) / 8 - 1
    y = torch.tensor(labels)
    logs = {rule: HERE.parent / "outputs" / f"resnet_{rule}.npz" for rule in ("SGD", "Momentum", "Adam")}
    nets = [train(rule, X, y, log) for rule, log in logs.items()]

    def loss(net: nn.Module) -> float:
        """Over the first rows; batch normalisations use their statistics, as in training."""
        with torch.no_grad():
            return float(cross_entropy(net(X[:ROWS]), y[:ROWS]))

    found = ov.landscape(loss, logs, model=nets[0], resolution=RESOLUTION)
    found.save(HERE / "resnet_digits.npz", axes=False)


if __name__ == "__main__":
    main()
