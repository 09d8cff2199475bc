"""The same race on the surface itself, 80 x 80 quads of log10(1 + f); 800 x 600."""

import matplotlib.pyplot as plt
import numpy as np
from descend import beale, race

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
    trails, heads = [], []
    for label in runs:
        (trail,) = ax.plot([], [], [], linewidth=1.8, label=label, zorder=10)
        trails.append(trail)
        heads += ax.plot(
            [], [], [], "o", color=trail.get_color(), markersize=7, markeredgecolor="black", zorder=11
        )
    ax.legend(loc="upper left")
    title = fig.suptitle("")

    def update(k):
        for path, trail, head in zip(points, trails, heads, strict=True):
            trail.set_data_3d(*path[: k + 1].T)
            head.set_data_3d(*path[k : k + 1].T)
        if orbit:
            ax.view_init(ELEVATION, AZIMUTH + k)
        title.set_text(f"step {k} / {FRAMES}")

    return fig, update
