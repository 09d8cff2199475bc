"""A line through 80 points, the loss over its two weights, and the loss curve; 1000 x 500."""

import matplotlib.pyplot as plt
import numpy as np
from descend import descend, dots, pace, until

FRAMES = 100


def picture():
    """The figure, and the function that shows frame k by giving its artists new data."""
    x = np.linspace(-2, 2, 80)
    y = 2 * x + 1 + 0.5 * np.random.default_rng(0).standard_normal(80)

    def mse(w, b):
        residual = w * x + b - y
        return np.mean(residual**2), np.array([2 * np.mean(residual * x), 2 * np.mean(residual)])

    path, losses = descend(mse, (-1.0, -1.5), "momentum", 0.02, FRAMES - 1)
    fig, (left, middle, right) = plt.subplots(1, 3, figsize=(10, 5), dpi=100)
    fig.subplots_adjust(left=0.06, right=0.98, bottom=0.12, top=0.85, wspace=0.3)
    ends = np.array([-2.2, 2.2])
    left.scatter(x, y, s=12, color="grey")
    left.plot(ends, 2 * ends + 1, "k--")
    (model,) = left.plot([], [], color="C3", linewidth=2)
    left.set(xlim=ends, xlabel="x", ylabel="y", title="Ground truth & model")
    w, b = np.meshgrid(np.linspace(-1.6, 4.0, 200), np.linspace(-2, 3, 200))
    z = np.mean((w[..., None] * x + b[..., None] - y) ** 2, axis=-1)
    middle.contourf(w, b, z, levels=25, cmap="magma_r")
    (trail,) = middle.plot([], [], color="C0", linewidth=1.8)
    (steps,) = middle.plot([], [], "o", color="C0", markersize=3, markeredgecolor="white")
    (head,) = middle.plot([], [], "o", color="C0", markersize=7, markeredgecolor="black")
    middle.set(xlabel="w", ylabel="b", title="Weights & loss")
    (curve,) = right.plot([], [], linewidth=1.8)
    (end,) = right.plot([], [], "o", color="C0", markersize=5)
    times, falls = pace([path], FRAMES), np.column_stack([np.arange(len(losses)), losses])
    right.set(xlim=(0, FRAMES - 1), ylim=(0, 1.05 * losses.max()), xlabel="epoch", title="Loss")
    right.grid(True)
    title = fig.suptitle("")

    def update(k):
        way, fallen = until(path, times[k]), until(falls, times[k])
        w, b = way[-1]
        model.set_data(ends, w * ends + b)
        trail.set_data(*way.T)
        steps.set_data(*dots(path, times[k]).T)
        head.set_data([w], [b])
        curve.set_data(*fallen.T)
        end.set_data(*fallen[-1:].T)
        epoch = int(times[k])
        title.set_text(f"epoch {epoch}   w = {w:.3f}   b = {b:.3f}   loss = {losses[epoch]:.4f}")

    return fig, update
