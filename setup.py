"""Packages are found; the scenes lie beside the code in a checkout and inside `optiviz` in a wheel."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["optiviz", "optiviz.*"]), "optiviz.scenes"])
