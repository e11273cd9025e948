#!/usr/bin/env bash
# got10k 0.1.3: its readers of LaSOT and TrackingNet.
#
# One would guess: each reads its data set as it is downloaded; both are documented.
# What happens, each by its own slip:
#   LaSOT        cannot be made at all: its check is called with an argument more than it takes.
#   TrackingNet  can be made, but asks for folder "frames" and looks for pictures beside it; where
#                pictures do lie beside it, it sorts them by the number of their WHOLE path.
# (Also: it imports six without asking for it, so six is installed by hand below.)
# Why it matters: it is the toolkit that others read these sets by, and compare their readers to.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet got10k==0.1.3 numpy==2.4.6 six==1.17.0
cd "$folder"

"$folder/env/bin/python" - <<'PY'
import sys
from importlib.metadata import version
from pathlib import Path

from got10k.datasets import LaSOT, TrackingNet

print(f"got10k {version('got10k')}")


def write(path, text=""):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)


def outcome(read):
    try:
        return read()
    except (AssertionError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


# The pictures stay empty: these readers only list them.
BOXES = "10,20,30,40\n11,20,30,40\n"
write("lasot/airplane/airplane-1/groundtruth.txt", BOXES)
for chunk in range(12):
    for folder in ("anno", "frames"):
        Path(f"downloaded/TRAIN_{chunk}/{folder}").mkdir(parents=True)
        Path(f"beside/TRAIN_{chunk}/{folder}").mkdir(parents=True)
write("downloaded/TRAIN_0/anno/boat.txt", BOXES)
write("beside/TRAIN_0/anno/boat.txt", BOXES)
for frame in (0, 1):
    write(f"lasot/airplane/airplane-1/img/{frame + 1:08}.jpg")
    write(f"downloaded/TRAIN_0/frames/boat/{frame}.jpg")
    write(f"beside/TRAIN_0/boat/{frame}.jpg")

seen = {
    "LaSOT": outcome(lambda: LaSOT("lasot", subset="test")),
    "TrackingNet as downloaded": outcome(lambda: TrackingNet("downloaded", subset="train")[0]),
    "TrackingNet, pictures beside": outcome(lambda: TrackingNet("beside", subset="train")[0]),
}
for words, result in seen.items():
    print(f"{words}: {result}")

stated = {
    "LaSOT": "TypeError",
    "TrackingNet as downloaded": "AssertionError",
    "TrackingNet, pictures beside": "ValueError",
}
if any(not str(seen[words]).startswith(error) for words, error in stated.items()):
    sys.exit(f"No longer as stated, which was {stated}")
print("As stated: neither reads its data set.")
PY
