#!/usr/bin/env bash
# tfrecord 1.14.6 (reads TFRecord files without TensorFlow): tfrecord_loader with an index file.
#
# One would guess: the records in the order of the file, as without an index; the index is there
#   for several workers, and order is changed by its own option, shuffle_queue_size, alone.
# What happens: reading starts at a record drawn anew each time, by NumPy's global generator, goes
#   to the end and then from the start to it. Nothing in the package's documentation says so.
#   With shard=(0, 1), which means "one worker, all of it", the order is that of the file.
# Why it matters: a film written frame by frame comes back cut and turned: a tracker's first frame
#   is frame 5, and the target jumps once. Records of two files of one set (crops here, labels
#   there) no longer belong together, and both look complete.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet tfrecord==1.14.6 numpy==2.4.6 protobuf==7.36.2
cd "$folder"

"$folder/env/bin/python" - <<'PY'
import sys
from importlib.metadata import metadata, version

import numpy as np
import tfrecord
from tfrecord.tools.tfrecord2idx import create_index

print(f"tfrecord {version('tfrecord')}")
FRAMES = list(range(8))

writer = tfrecord.TFRecordWriter("film.tfrecord")
for frame in FRAMES:
    writer.write({"frame": (frame, "int"), "box": ([10.0 + frame, 20, 30, 40], "float")})
writer.close()
create_index("film.tfrecord", "film.index")


def frames_read(index, **options):
    records = tfrecord.tfrecord_loader("film.tfrecord", index, {"frame": "int"}, **options)
    return [int(record["frame"][0]) for record in records]


np.random.seed(0)
plain = [frames_read(None) for _ in range(20)]
indexed = [frames_read("film.index") for _ in range(20)]
one_worker = [frames_read("film.index", shard=(0, 1)) for _ in range(20)]
print(f"without an index: {plain[0]}")
print(f"with an index: {indexed[0]}, then {indexed[1]}, then {indexed[2]}")
print(f"with an index and shard=(0, 1): {one_worker[0]}")
starts = sorted({frames[0] for frames in indexed})
print(f"first frames in 20 readings with an index: {starts}")
text = str(metadata("tfrecord").get_payload()) + str(tfrecord.tfrecord_loader.__doc__)
told = any(word in text.lower() for word in ("random", "rotat", "arbitrary"))
print(f"documentation speaks of it: {told}")

turned = all(frames == FRAMES[frames[0] :] + FRAMES[: frames[0]] for frames in indexed)
in_order = all(frames == FRAMES for frames in plain + one_worker)
if not (turned and in_order and len(starts) > 3) or told:
    sys.exit("No longer as stated")
print("As stated: with an index, the order begins anywhere.")
PY
