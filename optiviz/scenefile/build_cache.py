"""Build cache of clips: fingerprints of all that a clip depends on, and manifests of the files made."""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from optiviz._lib.atomic import replacing
from optiviz.scenefile.font_files import fonts_below
from optiviz.scenefile.header import data_file

FORMAT = 1
HOUSE = Path(__file__).parents[1]
LIBRARIES = ("numpy", "scipy", "matplotlib", "pillow", "imageio", "imageio-ffmpeg")
ASIDE = ("cli", "deck", "gallery", "league")  # rooms of the house that no frame depends on

Record = dict[str, Any]  # of a scene: key, alt, size, files {name: {bytes, sha256}}


def key_of(
    document: Mapping[str, Any], folder: Path, quality: str | None, formats: Sequence[str] = ()
) -> str:
    """What stands for all that a scene's files depend on: other files, another key.

    That is what the scene says (its comments and its layout do not count), the content of the data and font
    files it reads, the quality and the formats, this program, and the libraries.
    """
    data = data_file(document, folder)
    parts = {
        "scene": document,
        "fonts": [
            digest(file)
            for file in fonts_below(document, folder).values()
            if isinstance(file, Path) and file.is_file()
        ],
        "data": digest(data) if data is not None and data.is_file() else "",
        "formats": list(formats),
        "quality": quality or "",
        "made with": made_with(),
    }
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


@cache
def made_with() -> dict[str, str]:
    """The versions that matter; of this program the code itself."""
    code = hashlib.sha256()
    for file in sorted(HOUSE.rglob("*.py")):
        place = file.relative_to(HOUSE)
        if place.parts[0] not in ASIDE:
            code.update(f"{place.as_posix()}\0".encode() + file.read_bytes() + b"\0")
    found = {"optiviz": code.hexdigest(), "python": platform.python_version(), "cpu": platform.machine()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # ffmpeg is an extra
            found[name] = ""
    return found


def digest(path: Path) -> str:
    """The checksum of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_record(path: Path) -> Record:
    """What is noted of a file."""
    return {"bytes": path.stat().st_size, "sha256": digest(path)}


def is_ours(folder: Path, name: str, noted: Any) -> bool:
    """Whether the file of that name is there, and still as it was made."""
    path = folder / name
    if not isinstance(noted, dict) or path.name != name or path.is_symlink() or not path.is_file():
        return False
    return path.stat().st_size == noted.get("bytes") and digest(path) == noted.get("sha256")


@dataclass
class Manifest:
    """What was made in a folder: a record for each scene, by the stem of its files, and files without one."""

    records: dict[str, Record]
    left: dict[str, Any]  # files of records that are no more, by name, as they were noted

    def put(self, stem: str, record: Record | None) -> None:
        """Another record in place of the one there is, or none."""
        before = self.records.pop(stem, None)
        self.left |= before["files"] if before else {}
        if record is not None:
            self.records[stem] = record

    def clear(self, folder: Path) -> None:
        """Remove the files that are left; those that somebody changed, and those in use again, stay."""
        kept = {name for record in self.records.values() for name in record["files"]}
        for name, noted in self.left.items():
            if name not in kept and is_ours(folder, name, noted):
                (folder / name).unlink()
        self.left = {}


def read_manifest(file: Path, kind: str) -> Manifest:
    """The manifest in a file, of a gallery or of another kind; an empty one where none can be read."""
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        if known["optiviz"] == kind and known["format"] == FORMAT:
            records = {
                stem: {**record, "files": {**record["files"]}} for stem, record in known["scenes"].items()
            }
            return Manifest(records, {**known["left"]})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return Manifest({}, {})


def write_manifest(file: Path, kind: str, manifest: Manifest) -> None:
    """Write down what was made, so that it is not made again, and may be cleared away."""
    known = {"optiviz": kind, "format": FORMAT, "scenes": manifest.records, "left": manifest.left}
    with replacing(file) as place:
        place.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8", newline="\n")
