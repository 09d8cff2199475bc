"""The contour race: Beale with six trails, beside the six loss curves; 1000 x 500."""

import matplotlib.pyplot as plt
import numpy as np
from descend import beale, dots, pace, race, until
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
    trails, steps, heads, curves, ends = [], [], [], [], []
    for label in runs:
        (trail,) = left.plot([], [], linewidth=1.8, label=label)
        color = trail.get_color()
        trails.append(trail)
        steps += left.plot([], [], "o", color=color, markersize=3, markeredgecolor="white")
        heads += left.plot([], [], "o", color=color, markersize=7, markeredgecolor="black")
        curves += right.plot([], [], color=color, linewidth=1.8, label=label)
        ends += right.plot([], [], "o", color=color, markersize=5)
    lowest = min(losses.min() for _, losses in runs.values())
    highest = max(losses.max() for _, losses in runs.values())
    right.set(xlim=(0, FRAMES - 1), ylim=(0.5 * lowest, 2 * highest), yscale="log")
    right.set(xlabel="step", ylabel="loss", title="Loss")
    right.grid(True)
    key = right.legend(loc="upper right").get_texts()
    times = pace([path for path, _ in runs.values()], FRAMES)
    curve_rows = {label: np.column_stack([np.arange(len(loss)), loss]) for label, (_, loss) in runs.items()}
    title = fig.suptitle("")

    def update(k):
        time = times[k]
        artists = zip(trails, steps, heads, curves, ends, key, strict=True)
        for (label, (path, losses)), (trail, step, head, curve, end, text) in zip(
            runs.items(), artists, strict=True
        ):
            way, falls = until(path, time), until(curve_rows[label], time)
            trail.set_data(*way.T)
            step.set_data(*dots(path, time).T)
            head.set_data(*way[-1:].T)
            curve.set_data(*falls.T)
            end.set_data(*falls[-1:].T)
            text.set_text(f"{label}  {losses[int(time)]:.3g}")
        title.set_text(f"step {int(time)} / {FRAMES}")

    return fig, update
