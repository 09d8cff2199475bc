"""The contour race: Beale with six trails, beside the six loss curves; 1000 x 500."""

import matplotlib.pyplot as plt
import numpy as np
from descend import beale, race
from matplotlib.colors import LogNorm

FRAMES = 200


def picture():
    """The figure, and the function that shows frame k by giving its artists new data."""
    runs = race()
    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 5), dpi=100)
    fig.subplots_adjust(left=0.06, right=0.98, wspace=0.2)
    x, y = np.meshgrid(np.linspace(-4.5, 4.5, 400), np.linspace(-4.5, 4.5, 400))
    z = np.maximum(beale(x, y)[0], 1e-2)
    levels = np.logspace(-2, np.log10(z.max()), 30)
    filled = left.contourf(x, y, z, levels=levels, norm=LogNorm(), cmap="viridis")
    fig.colorbar(filled, ax=left, ticks=10.0 ** np.arange(-2, 6))
    left.plot(3, 0.5, "*", color="white", markeredgecolor="black", markersize=12)
    left.set(xlabel="x", ylabel="y", title="Beale")
    trails, heads, curves = [], [], []
    for label in runs:
        (trail,) = left.plot([], [], linewidth=1.8, label=label)
        color = trail.get_color()
        trails.append(trail)
        heads += left.plot([], [], "o", color=color, markersize=7, markeredgecolor="black")
        curves += right.plot([], [], color=color, linewidth=1.8, label=label)
    lowest = min(losses.min() for _, losses in runs.values())
    highest = max(losses.max() for _, losses in runs.values())
    right.set(xlim=(0, FRAMES - 1), ylim=(0.5 * lowest, 2 * highest), yscale="log")
    right.set(xlabel="step", ylabel="loss", title="Loss")
    right.grid(True)
    right.legend(loc="upper right")
    title = fig.suptitle("")

    def update(k):
        for (path, losses), trail, head, curve in zip(runs.values(), trails, heads, curves, strict=True):
            trail.set_data(path[: k + 1, 0], path[: k + 1, 1])
            head.set_data(path[k : k + 1, 0], path[k : k + 1, 1])
            curve.set_data(np.arange(k + 1), losses[: k + 1])
        title.set_text(f"step {k} / {FRAMES}")

    return fig, update
