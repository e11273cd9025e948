"""Trees in the layout of ILSVRC2015 VID, of any size, quickly."""

import os
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

PACKAGE = 1000

_FILE = """<annotation>
	<folder>{folder}</folder>
	<filename>{frame:06d}</filename>
	<source>
		<database>ILSVRC_2015</database>
	</source>
	<size>
		<width>{width}</width>
		<height>{height}</height>
	</size>
{objects}</annotation>
"""
_OBJECT = """	<object>
		<trackid>{trackid}</trackid>
		<name>{name}</name>
		<bndbox>
			<xmax>{xmax}</xmax>
			<xmin>{xmin}</xmin>
			<ymax>{ymax}</ymax>
			<ymin>{ymin}</ymin>
		</bndbox>
		<occluded>{occluded}</occluded>
		<generated>{generated}</generated>
	</object>
"""


def vid_object(trackid, xmin, ymin, xmax, ymax, name="n02084071", occluded=0, generated=0):
    """One `<object>` as the download has it."""
    return _OBJECT.format(**locals())


def vid_xml(folder: str, frame: int, size: tuple[int, int], objects: Iterable[str]) -> str:
    """One XML file as the download has it; `folder` is the video's path below `Data/VID/train`."""
    width, height = size
    return _FILE.format(
        folder=folder, frame=frame, width=width, height=height, objects="".join(objects)
    )


def make_vid_tree(folder: Path, videos: int, frames: int) -> None:
    """Writes the training part of a download, each video of another film.

    Every second video has a second target, absent from every fourth frame. All frames of a video
    are one small JPEG file.

    Args:
        folder: Becomes `ILSVRC2015`; must not be there.
        videos: How many.
        frames: In each.
    """
    for number in range(videos):
        name = f"ILSVRC2015_VID_train_{number // PACKAGE:04d}/ILSVRC2015_train_{number:05d}000"
        _make_video(folder, name, frames, two=number % 2 == 1)


def _make_video(top: Path, name: str, n_frames: int, two: bool) -> None:
    images, labels = top / "Data/VID/train" / name, top / "Annotations/VID/train" / name
    images.mkdir(parents=True)
    labels.mkdir(parents=True)
    # a file has 65,000 names at most on ext4, so each video has one of its own
    Image.new("RGB", (64, 48), "grey").save(images / "000000.JPEG")
    for frame in range(n_frames):
        if frame:
            os.link(images / "000000.JPEG", images / f"{frame:06d}.JPEG")
        objects = [vid_object(0, frame % 20, 5, 20 + frame % 20, 40, generated=int(frame % 5 > 0))]
        if two and frame % 4:
            objects.append(vid_object(1, 30, frame % 8, 63, 20 + frame % 8, "n02958343"))
        text = vid_xml(name, frame, (64, 48), objects)
        (labels / f"{frame:06d}.xml").write_text(text, encoding="ascii")
