"""WebP: an animation with every colour exact, smaller than an APNG, for browsers."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image

from optiviz.rendering.encode.base import Film, Take, text_metadata
from optiviz.rendering.encode.lossless_frames import Pictures
from optiviz.rendering.encode.xmp import packet_of

ANIMATION, XMP, ALPHA = 0x02, 0x04, 0x10
REPLACE = 0x02  # in place of what was there, rather than laid over it


@contextmanager
def webp(file: Path, film: Film) -> Iterator[Take]:
    """A clip without loss, alpha included, for browsers."""
    stage = film.stage

    def put(picture: Image.Image, corner: tuple[int, int], over: bool, centiseconds: int) -> None:
        x, y = corner
        size = threes(x // 2, y // 2, picture.width - 1, picture.height - 1)
        control = size + threes(min(10 * centiseconds, 0xFFFFFF)) + bytes([0 if over else REPLACE])
        out.write(riff_chunk(b"ANMF", control + vp8l_chunk(picture)))

    with open(file, "w+b") as out:
        width, height = stage.size
        out.write(b"RIFF\0\0\0\0WEBP")
        out.write(
            riff_chunk(b"VP8X", bytes([ANIMATION | ALPHA | XMP, 0, 0, 0]) + threes(width - 1, height - 1))
        )
        out.write(riff_chunk(b"ANIM", struct.pack("<IH", 0, 0 if stage.scene.loop else 1)))
        pictures = Pictures(stage, put, grid=2)
        yield pictures.take
        pictures.flush()
        packet = packet_of(text_metadata(film.scene, film.comparison))
        out.write(riff_chunk(b"XMP ", packet.encode()))
        length = out.tell() - 8
        out.seek(4)
        out.write(struct.pack("<I", length))


def threes(*numbers: int) -> bytes:
    """Whole numbers of three bytes each."""
    return b"".join(struct.pack("<I", number)[:3] for number in numbers)


def riff_chunk(kind: bytes, data: bytes) -> bytes:
    """A piece of a RIFF file, of an even length."""
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def vp8l_chunk(picture: Image.Image) -> bytes:
    """The chunk of compressed pixels of a picture, out of a still WebP."""
    store = BytesIO()
    picture.save(store, "WEBP", lossless=True, quality=50, method=2)
    data, place = store.getvalue(), 12
    while place < len(data):
        kind, length = struct.unpack_from("<4sI", data, place)
        if kind == b"VP8L":
            return data[place : place + 8 + length + length % 2]
        place += 8 + length + length % 2
    raise ValueError("Pillow wrote a WebP of another kind")
