"""The same race on the surface itself, 80 x 80 quads of log10(1 + f); 800 x 600."""

import matplotlib.pyplot as plt
import numpy as np
from descend import beale, dots, pace, race, until

FRAMES = 200
ELEVATION, AZIMUTH = 42, -125


def picture(orbit=False):
    """The figure, and the function that shows frame k; with `orbit` the camera turns a degree a frame."""
    runs = race()
    fig = plt.figure(figsize=(8, 6), dpi=100)
    ax = fig.add_subplot(projection="3d")
    x, y = np.meshgrid(np.linspace(-4.5, 4.5, 81), np.linspace(-4.5, 4.5, 81))
    z = np.log10(1 + beale(x, y)[0])
    ax.plot_surface(x, y, z, rcount=81, ccount=81, cmap="viridis", linewidth=0, antialiased=False)
    ax.set(xlabel="x", ylabel="y", zlabel="log10(1 + f)")
    ax.view_init(ELEVATION, AZIMUTH)
    points = [np.column_stack([path, np.log10(1 + losses)]) for path, losses in runs.values()]
    trails, steps, heads = [], [], []
    for label in runs:
        (trail,) = ax.plot([], [], [], linewidth=1.8, label=label, zorder=10)
        trails.append(trail)
        dot = {"color": trail.get_color(), "markersize": 3, "markeredgecolor": "white", "zorder": 10}
        steps += ax.plot([], [], [], "o", **dot)
        heads += ax.plot(
            [], [], [], "o", color=trail.get_color(), markersize=7, markeredgecolor="black", zorder=11
        )
    key = ax.legend(loc="upper left").get_texts()
    times = pace([path for path, _ in runs.values()], FRAMES)
    title = fig.suptitle("")

    def update(k):
        time = times[k]
        for path, trail, step, head in zip(points, trails, steps, heads, strict=True):
            way = until(path, time)
            trail.set_data_3d(*way.T)
            step.set_data_3d(*dots(path, time).T)
            head.set_data_3d(*way[-1:].T)
        for (label, (_, losses)), text in zip(runs.items(), key, strict=True):
            text.set_text(f"{label}  {losses[int(time)]:.3g}")
        if orbit:
            ax.view_init(ELEVATION, AZIMUTH + k)
        title.set_text(f"step {int(time)} / {FRAMES}")

    return fig, update
