"""The files as the tools want them, written out by hand."""

import json

import numpy as np
import pytest

from src.base.errors import UserError
from src.labelling.writing import FORMATS, Request, write_labels
from tests.support.own_videos import write_video
from tests.support.result_files import write_own_result, write_result

# steady for four frames, then a jump, lost in frame 5 and 6
CAR = [[8.0 + 2 * k, 12, 16, 12] for k in range(4)]
CAR += [[30.0, 12, 16, 12], [1, 1, 16, 12], [1, 1, 16, 12], [32, 12, 16, 12]]
LOST = [5, 6]


@pytest.fixture
def result(tmp_path):
    """A track of eight frames in a video of ten."""
    video = write_video(tmp_path / "film.mp4", codec="mp4v")
    return write_own_result(tmp_path / "r", "film", video, CAR, LOST)


def written(tool, result, out, tolerance=1.0, address=None, label="car"):
    write_labels(tool, Request([f"{label}={result}"], None, tolerance, address), out)
    return out


def test_cvat_gets_key_frames_and_outside(result, tmp_path):
    text = written("cvat", result, tmp_path / "a.xml").read_text()
    rows = [line.strip() for line in text.splitlines() if "<box" in line]
    assert [row.split('"')[1] for row in rows] == ["0", "3", "4", "5", "7", "8"]
    assert [row.split('"')[5] for row in rows] == ["0", "0", "0", "1", "0", "1"]
    assert rows[1] == (
        '<box frame="3" keyframe="1" outside="0" occluded="0" xtl="14.0000" ytl="12.0000" '
        'xbr="30.0000" ybr="24.0000" z_order="0"></box>'
    )
    assert '<track id="0" label="car" source="auto">' in text
    assert "<name>film</name>" in text and "<size>10</size>" in text
    assert "<original_size><width>64</width><height>48</height></original_size>" in text
    assert "<source>film.mp4</source>" in text
    exact = written("cvat", result, tmp_path / "b.xml", tolerance=30).read_text()
    assert exact.count("<box") == 5


def test_label_studio_gets_predictions_in_per_cent(result, tmp_path):
    (task,) = json.loads(written("label-studio", result, tmp_path / "a.json").read_text())
    assert task["data"] == {"video": "film.mp4", "fps": 20.0} and "annotations" not in task
    (region,) = task["predictions"][0]["result"]
    assert (region["from_name"], region["to_name"]) == ("box", "video")
    assert region["type"] == "videorectangle" and region["value"]["labels"] == ["car"]
    assert (region["value"]["framesCount"], region["value"]["duration"]) == (10, 0.5)
    keys = region["value"]["sequence"]
    assert [(key["frame"], key["enabled"]) for key in keys] == [
        (1, True),
        (4, True),
        (5, False),
        (8, False),
    ]
    assert keys[0] == {
        **{"frame": 1, "time": 0.05, "enabled": True, "rotation": 0},
        **{"x": 12.5, "y": 25.0, "width": 25.0, "height": 25.0},
    }
    out = written("label-studio", result, tmp_path / "b.json", address="s3://mine/film.mp4")
    assert json.loads(out.read_text())[0]["data"]["video"] == "s3://mine/film.mp4"


def test_mot_counts_from_one_and_leaves_lost_frames_out(result, tmp_path):
    lines = written("mot", result, tmp_path / "gt.txt").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["1", "2", "3", "4", "5", "8"]
    assert lines[0] == "1,1,9.0000,13.0000,16.0000,12.0000,1,1,1"


def test_coco_vid_has_ids_as_both_of_its_readers_want(result, tmp_path):
    document = json.loads(written("coco-vid", result, tmp_path / "a.json").read_text())
    assert document["videos"] == [{"id": 1, "name": "film", "width": 64, "height": 48}]
    assert document["categories"] == [{"id": 1, "name": "car"}]
    assert len(document["images"]) == 10
    assert document["images"][2] == {
        **{"id": 3, "video_id": 1, "frame_id": 2, "frame_index": 2},
        **{"file_name": "00000002.jpg", "width": 64, "height": 48},
    }
    assert len(document["annotations"]) == 6
    assert document["annotations"][5] == {
        **{"id": 6, "image_id": 8, "video_id": 1, "category_id": 1, "track_id": 1},
        **{"instance_id": 1, "bbox": [32.0, 12.0, 16.0, 12.0], "area": 192.0, "iscrowd": 0},
    }


def test_yolo_is_a_folder_of_text_files(result, tmp_path):
    out = written("yolo", result, tmp_path / "yolo", label='say "hi"')
    names = sorted(path.name for path in (out / "labels" / "train").iterdir())
    assert names == [f"{k:08d}.txt" for k in (0, 1, 2, 3, 4, 7)]
    first = (out / "labels" / "train" / "00000000.txt").read_text()
    assert first == "0 0.250000 0.375000 0.250000 0.250000\n"
    assert (out / "train.txt").read_text().splitlines()[5] == "./images/train/00000007.jpg"
    assert (out / "data.yaml").read_text() == (
        'path: .\ntrain: train.txt\nval: train.txt\nnames:\n  0: "say \\"hi\\""\n'
    )


@pytest.mark.parametrize("tool", FORMATS)
def test_the_size_of_the_frames_is_asked_for_where_it_is_needed(tmp_path, tool):
    path = write_result(tmp_path / "r", "ball", CAR)
    out = tmp_path / "out"
    if FORMATS[tool].needs_size:
        with pytest.raises(UserError, match=rf"the size of its frames is not known, which {tool}"):
            written(tool, path, out)
        assert not out.exists()
    else:
        assert np.char.count(written(tool, path, out).read_text(), "\n") > 5
