#!/bin/sh
# The lowest versions that setup.cfg allows, installed together in a throw-away environment, and the tests with them.
#
#     campaigns/lowest_versions.sh [arguments of pytest]      # from the root; some minutes, needs a package index
set -e
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder"
"$python" - > "$folder/lowest.txt" <<'END'
import configparser

setup = configparser.ConfigParser()
setup.read("setup.cfg")
needed = setup["options"]["install_requires"].split() + setup["options.extras_require"]["test"].split()
print("\n".join(sorted({line.replace(">=", "==") for line in needed})))
print("pyparsing<3.3")  # older releases of matplotlib call it by names of which 3.3 warns
END
cat "$folder/lowest.txt"
"$folder/bin/python" -m pip install --quiet -r "$folder/lowest.txt"
"$folder/bin/python" -m pip install --quiet --no-deps --no-build-isolation -e .
"$folder/bin/python" -m pytest -W ignore::DeprecationWarning "$@"  # old libraries with new Python packages below them
