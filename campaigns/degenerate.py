"""Every panel over every degenerate problem: no exception but a sentence, no warning. Some minutes.

python campaigns/degenerate.py [word in the name of a problem] [panel]
"""

import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from degenerate import PROBLEMS, draw, played, scenes  # noqa: E402

from optiviz._lib.errors import BadInput  # noqa: E402
from optiviz.scenefile import read  # noqa: E402

PANELS = 'panels = ["loss"]\n'


def main() -> int:
    """Draw the grid, say what escaped and what was refused; 1 when anything escaped."""
    wanted, panels = (sys.argv[1:] + ["", ""])[:2]
    counts: Counter[str] = Counter()
    begin = time.perf_counter()
    with TemporaryDirectory() as folder:
        for name, text in PROBLEMS.items():
            if wanted not in name:
                continue
            path = Path(folder) / "scene.toml"
            path.write_text(PANELS + text, encoding="utf-8")
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    scene, _ = read(path)
                    comparison = played(scene)
            except BadInput as error:
                counts["refused by check"] += 1
                print(f"{name}: check: {error.__cause__ or error}".replace(str(path), "scene.toml"))
                continue
            except Exception as error:
                counts["failed"] += 1
                print(f"{name}: FAILED in check or play: {type(error).__name__}: {error}")
                continue
            for panel, settings, one in scenes(scene, [panels] if panels else None):
                found = draw(one, comparison)
                counts[found.outcome] += 1
                if found.outcome == "failed":
                    print(f"{name}: {panel} {settings}: FAILED: {found.why}")
                elif found.outcome == "refused" and "-v" in sys.argv:
                    print(f"{name}: {panel} {settings}: {found.why}")
    print(f"{dict(counts)} in {time.perf_counter() - begin:.0f} s")
    return int(counts["failed"] > 0)


if __name__ == "__main__":
    sys.exit(main())
