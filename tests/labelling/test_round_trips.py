"""What is written for a tool is read back as the same boxes, from the same results."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.datasets import cvat, label_studio, mot
from src.labelling.frame_files import coco_vid_lines, mot_lines, write_yolo
from src.labelling.frames import VideoFrames
from src.labelling.key_frame_files import cvat_lines, label_studio_lines
from src.labelling.labels import Labels, LabelTrack, cut_at_frame
from tests.support.helpers import touch_frames
from tests.support.own_videos import write_video
from tests.support.result_files import SIZE, random_tracks

N_FRAMES = 30
FILES = [f"{number:08d}.jpg" for number in range(N_FRAMES)]
TRACKS = st.lists(random_tracks(N_FRAMES), min_size=1, max_size=3)
TOLERANCES = st.sampled_from([0.0, 1.0, 4.0])
# the folder is filled anew by every example
ONE_FOLDER = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def labels_of(tracks):
    """Two of three targets have the same label."""
    names = ("a car", 'x<&">', "a car")
    frames = VideoFrames("holiday", FILES, SIZE, 20.0, "holiday.mp4")
    return Labels(frames, [LabelTrack(*pair) for pair in zip(names, tracks, strict=False)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The video that labels speak of, and the frames of one for MOT."""
    place = tmp_path_factory.mktemp("labels")
    write_video(place / "holiday.mp4", N_FRAMES, codec="mp4v")
    touch_frames(place / "film" / "img1", range(1, N_FRAMES + 1), digits=6)
    (place / "film" / "gt").mkdir()
    return place


def check_targets(targets, labels, expected, tolerance):
    """Edges within the tolerance; what is not told lies before the first box."""
    assert [target.label for target in targets] == [track.label for track in labels.tracks]
    for target, boxes in zip(targets, expected, strict=True):
        read = np.full((N_FRAMES, 4), np.nan)
        read[target.rows] = target.boxes_ltwh
        np.testing.assert_array_equal(np.isnan(read), np.isnan(boxes))
        assert target.rows.tolist() == list(range(target.rows[0], N_FRAMES))
        off = np.concatenate([read - boxes, (read - boxes)[:, :2] + (read - boxes)[:, 2:]], axis=1)
        assert np.nanmax(np.abs(off[:, [0, 1, 4, 5]])) <= tolerance + 2e-4


@ONE_FOLDER
@given(tracks=TRACKS, tolerance=TOLERANCES)
def test_cvat(folder, tracks, tolerance):
    labels = labels_of(tracks)
    path = folder / "annotations.xml"
    path.write_text("".join(cvat_lines(labels, tolerance)), encoding="utf-8")
    (unit,) = cvat.SOURCE.units(path)
    (video,) = cvat.SOURCE.read(path, unit)
    assert video.video_file == folder / "holiday.mp4" and video.size_wh == SIZE
    assert len(video.frames) == N_FRAMES and list(video.left_out) == []
    check_targets(video.targets, labels, [track.boxes_ltwh for track in labels.tracks], tolerance)


@ONE_FOLDER
@given(tracks=TRACKS, tolerance=TOLERANCES)
def test_label_studio(folder, tracks, tolerance):
    labels = labels_of(tracks)
    path = folder / "tasks.json"
    text = "".join(label_studio_lines(labels, tolerance, "/data/upload/1/0a1b2c3d-holiday.mp4"))
    path.write_text(text, encoding="utf-8")
    (unit,) = label_studio.SOURCE.units(path)
    (video,) = label_studio.SOURCE.read(path, unit)
    assert video.video_file == folder / "holiday.mp4" and len(video.frames) == N_FRAMES
    expected = [cut_at_frame(track.boxes_ltwh, SIZE) for track in labels.tracks]
    check_targets(video.targets, labels, expected, tolerance)


@ONE_FOLDER
@given(tracks=TRACKS)
def test_mot(folder, tracks):
    labels = labels_of(tracks)
    path = folder / "film" / "gt" / "gt.txt"
    path.write_text("".join(mot_lines(labels)))
    (video,) = mot.SOURCE.read(folder / "film", mot.SOURCE.units(folder / "film")[0])
    assert [target.name for target in video.targets] == ["1", "2", "3"][: len(tracks)]
    for target, boxes in zip(video.targets, tracks, strict=True):
        read = np.full((N_FRAMES, 4), np.nan)
        read[target.rows] = target.boxes_ltwh
        np.testing.assert_allclose(read, boxes, rtol=0, atol=1e-9)


@given(tracks=TRACKS)
def test_coco_vid(tracks):
    labels = labels_of(tracks)
    document = json.loads("".join(coco_vid_lines(labels)))
    frames = {image["id"]: image["frame_index"] for image in document["images"]}
    names = {category["id"]: category["name"] for category in document["categories"]}
    assert [image["file_name"] for image in document["images"]] == FILES
    assert [names[track["category_id"]] for track in document["tracks"]] == [
        track.label for track in labels.tracks
    ]
    read = np.full((len(labels.tracks), N_FRAMES, 4), np.nan)
    for one in document["annotations"]:
        assert names[one["category_id"]] == labels.tracks[one["track_id"] - 1].label
        read[one["track_id"] - 1, frames[one["image_id"]]] = one["bbox"]
    np.testing.assert_array_equal(read, [track.boxes_ltwh for track in labels.tracks])


@settings(max_examples=30)
@given(tracks=TRACKS)
def test_yolo(tmp_path_factory, tracks):
    labels, place = labels_of(tracks), tmp_path_factory.mktemp("yolo")
    write_yolo(labels, place)
    texts = {path.stem: path.read_text() for path in (place / "labels" / "train").iterdir()}
    listed = (place / "train.txt").read_text().splitlines()
    assert listed == [f"./images/train/{name}.jpg" for name in sorted(texts)]
    for frame, name in enumerate(FILES):
        expected = []
        for track in labels.tracks:
            (box,) = cut_at_frame(track.boxes_ltwh[frame : frame + 1], SIZE)
            if not np.isnan(box).any():
                expected.append([labels.names.index(track.label), *box])
        rows = [list(map(float, row.split())) for row in texts.get(name[:-4], "").splitlines()]
        read = np.array(rows).reshape(-1, 5)
        read[:, 1:] *= np.tile(SIZE, 2)
        read[:, 1:3] -= read[:, 3:] / 2
        np.testing.assert_allclose(read, np.array(expected).reshape(-1, 5), rtol=0, atol=1e-4)
