"""The ways in which a matplotlib figure becomes a clip today."""

from io import BytesIO

import imageio.v2 as imageio
import numpy as np
from matplotlib.animation import FFMpegWriter, FuncAnimation, PillowWriter

FPS = 20


def funcanimation(fig, update, frames, out):
    """What the tutorials show."""
    FuncAnimation(fig, update, frames=frames).save(out, PillowWriter(fps=FPS))


def ffmpeg(fig, update, frames, out):
    """The same, to an MP4."""
    FuncAnimation(fig, update, frames=frames).save(out, FFMpegWriter(fps=FPS))


def canvas(fig, update, frames, out):
    """Draw, copy the pixels, let imageio write them all: the best of the common ways."""
    shots = []
    for k in range(frames):
        update(k)
        fig.canvas.draw()
        shots.append(np.asarray(fig.canvas.buffer_rgba())[..., :3].copy())
    imageio.mimsave(out, shots, duration=1000 / FPS, loop=0)


def savefig(fig, update, frames, out):
    """Save each frame as a PNG in memory, read it again, let imageio write them all."""
    shots = []
    for k in range(frames):
        update(k)
        with BytesIO() as buffer:
            fig.savefig(buffer, format="png")
            buffer.seek(0)
            shots.append(imageio.imread(buffer))
    imageio.mimsave(out, shots, duration=1000 / FPS, loop=0)


WAYS = {"funcanimation": funcanimation, "canvas": canvas, "savefig": savefig, "ffmpeg": ffmpeg}
