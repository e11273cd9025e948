"""Turns tracks into labels that CVAT, Label Studio and others import, to be corrected there.

RESULTS are result files of the targets of one video: results/<tracker>/<dataset>/<video>.txt, or
the csv or json file of an own video. LABEL=FILE says what a target is. --out is a new file, of
yolo a new folder. Where the tracker lost its target there is no box (cvat: outside, label-studio:
not enabled). cvat and label-studio get key frames alone, as many as keep a line between them within
--tolerance. The size of the frames, which all but cvat and mot need, is known of own videos and of
data sets that are still there; else --frames tells it.

Example:
    python -m src annotations --to cvat --out holiday.xml car=results/SiamFC/videos/holiday.txt
"""

import argparse
import sys
from pathlib import Path

from src.base.errors import UserError
from src.base.files import new_file, new_folder
from src.parameters.command_line import run_door

# how --out ends; that of yolo is a folder
SUFFIXES = {"cvat": ".xml", "mot": ".txt", "coco-vid": ".json", "label-studio": ".json", "yolo": ""}


def options(parser: argparse.ArgumentParser) -> None:
    """Adds tool, results and files; parameters stand in the results."""
    parser.add_argument(
        "--to", choices=SUFFIXES, metavar="TOOL", help=f"one of {', '.join(SUFFIXES)} (needed)"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="the file to write, of yolo a folder (needed)"
    )
    parser.add_argument(
        "--frames", type=Path, metavar="PATH", help="the video file or the folder of its frames"
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=1.0,
        metavar="PIXELS",
        help="how far edges between key frames may be off (default: 1.0)",
    )
    parser.add_argument(
        "--address",
        metavar="URL",
        help="what Label Studio finds the video by, else the name of its file",
    )
    parser.add_argument("results", nargs="*", metavar="RESULTS", help="FILE or LABEL=FILE")


def main(parameters: None, options: argparse.Namespace) -> None:
    """Reads the results and writes the labels."""
    if options.to is None:
        raise UserError(f"--to is missing: name one of {', '.join(SUFFIXES)}")
    if not 0 <= options.tolerance < float("inf"):
        raise UserError(f"--tolerance {options.tolerance:g}: 0 or more pixels are right")
    suffix = SUFFIXES[options.to]
    out = new_file(options.out, suffix) if suffix else new_folder(options.out)
    from src.labelling.writing import Request, write_labels

    asked = Request(options.results, options.frames, options.tolerance, options.address)
    labels = write_labels(options.to, asked, out)
    for number, track in enumerate(labels.tracks, 1):
        n_frames = len(track.boxes_ltwh)
        print(f"Target {number}: {track.label}, in {track.n_visible} of {n_frames} frames")
    print(f"Labels: {out}")


if __name__ == "__main__":
    sys.exit(run_door(sys.modules[__name__], sys.argv[1:]))
