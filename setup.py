"""Packages are found; scenes and suites lie beside the code in a checkout, in a wheel inside `optiviz`.

The long description is the README with absolute links, since package indexes show it away from the tree.
"""

import re
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent


def absolute(readme: str, home: str) -> str:
    """The README with its links and pictures as they are seen from anywhere."""
    readme = re.sub(r"\]\((?!https?:|#)([^)]+)\)", rf"]({home}/blob/main/\1)", readme)
    return re.sub(r'src="(?!https?:)([^"]+)"', rf'src="{home}/raw/main/\1"', readme)


metadata = ConfigParser()
metadata.read(HERE / "setup.cfg", encoding="utf-8")
setup(
    packages=[*find_packages(include=["optiviz", "optiviz.*"]), "optiviz.scenes", "optiviz.suites"],
    long_description=absolute((HERE / "README.md").read_text("utf-8"), metadata["metadata"]["url"]),
)
