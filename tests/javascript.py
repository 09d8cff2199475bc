"""One Node process for all tests of the page's modules: call an exported function, get its answer.

Arrays of floats and of integers go through as base64, so that bits, nan and infinities survive.
"""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

JS = Path(__file__).parents[1] / "optiviz" / "web" / "js"
SERVER = Path(__file__).parent / "web" / "server.mjs"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="no `node` here to run the page")


def plain(value):
    """A value as JSON; arrays as `{"f64": base64}` or `{"i32": base64}`."""
    if isinstance(value, np.ndarray):
        kind, name = ("<i4", "i32") if value.dtype.kind in "iu" else ("<f8", "f64")
        return {name: base64.b64encode(np.ascontiguousarray(value, dtype=kind).tobytes()).decode()}
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value.item() if isinstance(value, np.generic) else value


def revived(value):
    """The inverse of `plain`."""
    if isinstance(value, dict) and len(value) == 1 and (value.keys() & {"f64", "i32"}):
        ((name, text),) = value.items()
        return np.frombuffer(base64.b64decode(text), dtype={"f64": "<f8", "i32": "<i4"}[name]).copy()
    if isinstance(value, dict):
        return {key: revived(part) for key, part in value.items()}
    return [revived(part) for part in value] if isinstance(value, list) else value


class Node:
    """The process, over the modules of a folder."""

    def __init__(self, folder, programs):
        for file in JS.glob("*.js"):
            shutil.copy(file, folder)
        (folder / "programs.js").write_text(programs, encoding="utf-8")
        (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
        shutil.copy(SERVER, folder)
        self.process = subprocess.Popen(
            [NODE, str(folder / SERVER.name)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def __call__(self, call, *args):
        """The answer of a function of `server.mjs`."""
        self.process.stdin.write(json.dumps({"call": call, "args": plain(args)}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"{call}: the process has ended"
        answer = json.loads(line)
        assert "fault" not in answer, answer["fault"]
        return revived(answer["answer"])

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)
