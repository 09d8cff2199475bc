"""python benchmarks/baselines PICTURE WAY OUT: one of the pictures, made in one of today's ways."""

import argparse
from importlib import import_module

from ways import WAYS

PICTURES = ("race", "race3d", "orbit", "fit")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", choices=PICTURES)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("out")
    arguments = parser.parse_args()
    module = import_module(arguments.picture)
    fig, update = module.picture()
    WAYS[arguments.way](fig, update, module.FRAMES, arguments.out)


if __name__ == "__main__":
    main()
