#!/usr/bin/env bash
# What others say of our slides: openxml-audit (the checks of Open XML SDK) of a small deck and of the shipped one, and
# the pages that LibreOffice makes of it, to look at, where it is installed.
# From the root of the repository: campaigns/office.sh [FOLDER]
set -euo pipefail
place=${1:-outputs/office}
mkdir -p "$place"
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet openxml-audit
.venv/bin/optiviz render momentum --set 'pauses=[4, 10]' -ql -o "$place/momentum.pptx"
.venv/bin/optiviz deck optimizers -ql -o "$place/"
for file in "$place"/*.pptx; do
  "$place/venv/bin/openxml-audit" --policy strict "$file"
done
if command -v soffice; then
  soffice --headless --convert-to pdf --outdir "$place" "$place/optimizers.pptx"
fi
