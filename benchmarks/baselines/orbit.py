"""The race on the surface, from a camera that turns by one degree a frame; 800 x 600."""

from functools import partial

import race3d

FRAMES = race3d.FRAMES
picture = partial(race3d.picture, orbit=True)
