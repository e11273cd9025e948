#!/usr/bin/env bash
# trackers 2.6.1 (of the makers of supervision): evaluate_mot_sequence, beside trackeval 1.3.0.
#
# One would guess: tracks that equal the labels score 1, whatever they follow, or an error says what
#   is not supported. The function takes "the standard MOT format" and names no class; it says that
#   it was made to give what TrackEval gives.
# What happens: labels count where the eighth column is 1, MOT17's pedestrian. MOT15's own labels
#   have -1 there: perfect tracks score 0, every box a false alarm (TrackEval: 1). Class 2, the
#   second name in CVAT's export, is a "distractor": labels and tracks both vanish, 0 of 0. Without
#   that column all is well. No error, no warning.
# Why it matters: whoever compares trackers on cars, or on a label file with two kinds of targets,
#   gets zeros that look like a bad tracker, or a score of one kind that looks like that of all.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet \
    trackers==2.6.1 supervision==0.31.2 trackeval==1.3.0 numpy==2.4.6
cd "$folder"

"$folder/env/bin/python" -W error::UserWarning - <<'PY'
import contextlib
import io
import sys
from importlib.metadata import version
from pathlib import Path

import trackeval
from trackers.eval import evaluate_mot_sequence

print(f"trackers {version('trackers')}, trackeval {version('trackeval')}")

FRAMES = range(1, 11)
ENDS = {  # of the labels' lines, behind the box
    "MOT17, a pedestrian": "1,1,1",
    "MOT15": "1,-1,-1,-1",
    "second class": "1,2,1",
    "third class": "1,3,1",
    "no class": "1",
}


def write(path, end):
    """Writes a target that moves to the right: frame, id, left, top, width, height, end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{frame},1,{10 + frame},20,30,40,{end}\n" for frame in FRAMES))


def by_trackers(end):
    write(Path("labels.txt"), end)
    write(Path("tracks.txt"), "1,-1,-1,-1")
    scores = evaluate_mot_sequence("labels.txt", "tracks.txt", metrics=["CLEAR", "HOTA"])
    found, missed, wrong = scores.CLEAR.CLR_TP, scores.CLEAR.CLR_FN, scores.CLEAR.CLR_FP
    return scores.CLEAR.MOTA, scores.HOTA.HOTA, found, missed, wrong


def mota_of_mot15_by_trackeval():
    write(Path("truth/MOT15-train/film/gt/gt.txt"), ENDS["MOT15"])
    write(Path("found/MOT15-train/mine/data/film.txt"), "1,-1,-1,-1")
    settings = {
        "GT_FOLDER": "truth",
        "TRACKERS_FOLDER": "found",
        "BENCHMARK": "MOT15",
        "SEQ_INFO": {"film": len(FRAMES)},
    }
    with contextlib.redirect_stdout(io.StringIO()):
        films = trackeval.datasets.MotChallenge2DBox(settings)
        data = films.get_preprocessed_seq_data(
            films.get_raw_seq_data("mine", "film"), "pedestrian"
        )
        return float(trackeval.metrics.CLEAR().eval_sequence(data)["MOTA"])


seen = {words: by_trackers(end) for words, end in ENDS.items()}
for words, (mota, hota, found, missed, wrong) in seen.items():
    print(f"{words}: MOTA {mota}, HOTA {hota}, found {found}, missed {missed}, false {wrong}")
of_trackeval = mota_of_mot15_by_trackeval()
print(f"MOT15 by TrackEval: MOTA {of_trackeval}")

stated = {
    "MOT17, a pedestrian": (1.0, 1.0, 10, 0, 0),
    "MOT15": (0.0, 0.0, 0, 0, 10),
    "second class": (0.0, 0.0, 0, 0, 0),
    "third class": (0.0, 0.0, 0, 0, 10),
    "no class": (1.0, 1.0, 10, 0, 0),
}
if seen != stated or of_trackeval != 1.0:
    sys.exit(f"No longer as stated, which was {stated}")
print("As stated: the same perfect tracks score 1 or 0 by what the class column holds.")
PY
