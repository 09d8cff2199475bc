"""APNG: an animation with every colour exact, for browsers."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image

from optiviz.rendering.encode.base import Film, Take, text_metadata
from optiviz.rendering.encode.lossless_frames import Pictures
from optiviz.rendering.encode.png import XMP_KEYWORD
from optiviz.rendering.encode.xmp import packet_of

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COUNT_AT = 33  # where the count of frames stands: after the signature and the header


@contextmanager
def apng(file: Path, film: Film) -> Iterator[Take]:
    """A clip without loss, alpha included, for browsers."""
    stage = film.stage
    plays = 0 if stage.scene.loop else 1
    with open(file, "w+b") as out:
        number = frames = 0  # of chunks that count, of pictures

        def put(picture: Image.Image, corner: tuple[int, int], over: bool, centiseconds: int) -> None:
            nonlocal number, frames
            delay = min(centiseconds, 65535)
            control = struct.pack(">5I2H2B", number, *picture.size, *corner, delay, 100, 0, over)
            data = idat_data(picture)
            number, frames = number + 2 - (not frames), frames + 1
            out.write(png_chunk(b"fcTL", control))
            first = frames == 1
            out.write(
                png_chunk(b"IDAT", data)
                if first
                else png_chunk(b"fdAT", struct.pack(">I", number - 1) + data)
            )

        width, height = stage.size
        out.write(SIGNATURE + png_chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 6, 0, 0, 0)))
        out.write(png_chunk(b"acTL", struct.pack(">2I", 0, plays)))
        packet = packet_of(text_metadata(film.scene, film.comparison)).encode()
        out.write(png_chunk(b"iTXt", XMP_KEYWORD.encode() + b"\0\0\0\0\0" + packet))
        pictures = Pictures(stage, put)
        yield pictures.take
        pictures.flush()
        out.write(png_chunk(b"IEND", b""))
        out.seek(COUNT_AT)
        out.write(png_chunk(b"acTL", struct.pack(">2I", frames, plays)))


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """A piece of a PNG: its length, its kind, what is in it, and a checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def idat_data(picture: Image.Image) -> bytes:
    """The compressed pixels of a picture, as they stand in a PNG."""
    store = BytesIO()
    picture.save(store, "PNG", compress_level=6)
    data, place, parts = store.getvalue(), len(SIGNATURE), []
    while place < len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        if kind == b"IDAT":
            parts.append(data[place + 8 : place + 8 + length])
        place += 12 + length
    return b"".join(parts)
