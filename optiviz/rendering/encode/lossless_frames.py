"""Lossless animation frames: of each what changed, all else transparent, blended over the one before.

Pillow compresses the pictures but keeps a whole clip in memory and stores what stands still again, so
APNG and WebP are put together here, picture by picture, as they come.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from optiviz.rendering.encode.frame_diff import changes
from optiviz.rendering.stage import Frame, Stage

# A picture (h, w, 4), the (x, y) of its corner, whether it is laid over, and its hundredths of a second.
Put = Callable[[Image.Image, tuple[int, int], bool, int], None]


class Pictures:
    """Turns frames into difference pictures for `put`; a frame like the last only lengthens it.

    `grid` is what the corners of pictures are multiples of.
    """

    def __init__(self, stage: Stage, put: Put, grid: int = 1) -> None:
        self.stage, self.put, self.grid = stage, put, grid
        self.shown: NDArray[np.uint32] = np.empty((0, 0), np.uint32)
        self.held: tuple[Any, tuple[int, int], bool] | None = None
        self.centiseconds = 0

    def take(self, k: int, pixels: Frame) -> None:
        """The next frame."""
        now = pixels.view(np.uint32)[..., 0]
        if not self.shown.size:
            self.shown = now.copy()
            self.held = now.copy(), (0, 0), False
        else:
            found = changes(self.shown, ((w, now[w]) for w in self.stage.touched(k)), clear=0)
            if found:
                self.flush()
                patch, (x, y) = found
                left, top = x - x % self.grid, y - y % self.grid
                bottom, right = y + patch.shape[0], x + patch.shape[1]
                over = bool((self.shown[top:bottom, left:right] >> 24 == 255).all())
                if over:
                    patch = np.pad(patch, ((y - top, 0), (x - left, 0)))
                else:  # something clear may have to be cleared: the rectangle as it is, in place of the old
                    patch = self.shown[top:bottom, left:right].copy()
                self.held = patch, (left, top), over
        self.centiseconds += self.stage.moments[k].centiseconds

    def flush(self) -> None:
        """Hand over the picture that is held back until it is known how long it stands."""
        if self.held is not None:
            patch, corner, over = self.held
            height, width = patch.shape
            picture = Image.frombuffer("RGBA", (width, height), np.ascontiguousarray(patch).view(np.uint8))
            self.put(picture, corner, over, self.centiseconds)
        self.held, self.centiseconds = None, 0
