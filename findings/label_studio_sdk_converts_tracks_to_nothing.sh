#!/usr/bin/env bash
# label-studio-sdk 2.1.2: its converter, for boxes in videos (VideoRectangle), to YOLO and COCO.
#
# One would guess: the boxes of the labelled frames, or an error that says that videos cannot be
#   written in this format (the converter knows: its supported_formats leaves both out).
# What happens: it returns as after a success. YOLO is one EMPTY label file for the whole video,
#   which in YOLO says "seen, nothing in it"; COCO has the class but no picture and no box. A box
#   in a photograph goes through the same calls and is written.
# Why it matters: the empty files look like labels; a training set made of them teaches that
#   there is nothing to see.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet label-studio-sdk==2.1.2
cd "$folder"

"$folder/env/bin/python" - <<'PY'
import json
import sys
from importlib.metadata import version
from pathlib import Path

from label_studio_sdk.converter import Converter

print(f"label-studio-sdk {version('label-studio-sdk')}")

PLACE = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0}
VIDEO = (
    '<View><Labels name="kind" toName="video"><Label value="Car"/></Labels>'
    '<Video name="video" value="$video" framerate="25"/>'
    '<VideoRectangle name="box" toName="video"/></View>',
    {"video": "street.mp4"},
    {
        "to_name": "video",
        "type": "videorectangle",
        "value": {
            "framesCount": 10,
            "duration": 0.4,
            "labels": ["Car"],
            "sequence": [
                PLACE | {"frame": 1, "time": 0.04, "enabled": True},
                PLACE | {"frame": 6, "time": 0.24, "enabled": False},
            ],
        },
    },
)
PHOTOGRAPH = (
    '<View><Image name="image" value="$image"/><RectangleLabels name="box" toName="image">'
    '<Label value="Car"/></RectangleLabels></View>',
    {"image": "street.jpg"},
    {
        "to_name": "image",
        "type": "rectanglelabels",
        "original_width": 200,
        "original_height": 100,
        "value": PLACE | {"rectanglelabels": ["Car"]},
    },
)


def converted(name, configuration, data, region):
    """Returns the lines of the YOLO labels, and how many pictures and boxes COCO has."""
    annotation = {"id": 1, "result": [{"id": "one", "from_name": "box"} | region]}
    Path(f"{name}.json").write_text(
        json.dumps([{"id": 1, "data": data, "annotations": [annotation]}])
    )
    converter = Converter(configuration, project_dir=".", download_resources=False)
    print(f"{name}: formats that it says it can write: {converter.supported_formats}")
    for kind in ("YOLO", "COCO"):
        converter.convert(f"{name}.json", f"{name}_{kind}", kind, is_dir=False)
    files = sorted(Path(f"{name}_YOLO/labels").glob("*.txt"))
    coco = json.loads(Path(f"{name}_COCO/result.json").read_text())
    yolo = [file.read_text().split("\n")[:-1] for file in files]
    print(f"  lines in each YOLO label file: {[len(lines) for lines in yolo]}")
    print(f"  COCO: {len(coco['images'])} pictures, {len(coco['annotations'])} boxes")
    return [len(lines) for lines in yolo], len(coco["images"]), len(coco["annotations"])


of_photograph = converted("photograph", *PHOTOGRAPH)
of_video = converted("video", *VIDEO)
if of_photograph != ([1], 1, 1) or of_video != ([0], 0, 0):
    sys.exit("No longer as stated")
print("As stated: a track becomes an empty label file and a COCO file without a box.")
PY
