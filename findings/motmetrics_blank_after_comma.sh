#!/usr/bin/env bash
# motmetrics 1.4.0: io.loadtxt(..., fmt="mot16") and a blank behind each comma.
#
# One would guess: "1, 3, 794.27, ..." is read; this is how the MOTChallenge's page writes the
#   format, and the function's documentation allows blanks, tabs and commas between fields.
# What happens: comma and blank count as two separators, so a line has nearly twice its fields and
#   pandas raises ParserError. sep="," reads the same file.
# Why it matters: files of results written after the challenge's own example fail, with a
#   sentence about counts of fields and quotes that does not lead to the blanks.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet motmetrics==1.4.0 pandas==3.1.1 numpy==2.4.6
cd "$folder"

"$folder/env/bin/python" - <<'PY'
import sys
from importlib.metadata import version
from pathlib import Path

import motmetrics
from pandas.errors import ParserError

print(f"motmetrics {version('motmetrics')}, pandas {version('pandas')}")

Path("blanks.txt").write_text("1, 3, 794, 247, 71, 174, 1, -1, -1, -1\n")
Path("tight.txt").write_text("1,3,794,247,71,174,1,-1,-1,-1\n")


def widths(name, **options):
    try:
        return motmetrics.io.loadtxt(name, fmt="mot16", **options)["Width"].tolist()
    except ParserError as error:
        return f"ParserError: {error}"


seen = {
    "commas alone": widths("tight.txt"),
    "commas and blanks": widths("blanks.txt"),
    'commas and blanks, sep=","': widths("blanks.txt", sep=","),
}
for words, answer in seen.items():
    print(f"{words}: {answer}")

tight, blanks, told = seen.values()
if tight != [71] or told != [71] or not str(blanks).startswith("ParserError"):
    sys.exit("No longer as stated")
print("As stated: a blank behind the comma breaks the reader.")
PY
