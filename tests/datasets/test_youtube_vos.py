import json
import os

import numpy as np
import pytest

from src.base.errors import UserError
from src.datasets.youtube_vos import SOURCE
from tests.support.mask_files import save_frames, save_mask

NAN_ROW = [np.nan] * 4
VIDEO = "0a7b27fde9"
# every frame of `all_frames`, not beginning at 0; every fifth has a mask
FRAMES = [f"{k:05d}" for k in range(5, 21)]
MASKS = {
    "00005": [(1, 5, 2, 9, 8)],
    "00010": [(1, 6, 2, 10, 8), (4, 0, 3, 2, 6)],
    "00015": [(1, 7, 2, 11, 8)],
    "00020": [(1, 8, 2, 12, 8), (4, 0, 3, 0, 6)],
}
OBJECTS = {
    "1": {"category": "giant_panda", "frames": ["00005", "00010", "00015", "00020"]},
    "4": {"category": "ball", "frames": ["00010", "00015", "00020"]},
}


def write_part(part, objects=OBJECTS, masks=MASKS, frames=FRAMES, mode="P"):
    save_frames(part / "JPEGImages" / VIDEO, [f"{frame}.jpg" for frame in frames])
    for frame, rectangles in masks.items():
        save_mask(part / "Annotations" / VIDEO / f"{frame}.png", rectangles, mode)
    (part / "meta.json").write_text(json.dumps({"videos": {VIDEO: {"objects": objects}}}))
    return part


def read(path):
    (video,) = SOURCE.read(path, VIDEO)
    return video


def test_a_target_is_an_object_of_the_meta_file(tmp_path):
    write_part(tmp_path / "train")
    assert SOURCE.recognise(tmp_path) and SOURCE.units(tmp_path) == [VIDEO]
    video = read(tmp_path)
    assert (video.name, video.size_wh, video.film, video.left_out) == (VIDEO, (20, 12), "", [])
    assert video.frames[3] == tmp_path / "train" / "JPEGImages" / VIDEO / "00008.jpg"
    panda, ball = video.targets
    assert (panda.name, panda.label, ball.name, ball.label) == ("1", "giant_panda", "4", "ball")
    assert panda.rows.tolist() == [0, 5, 10, 15] and panda.rows.dtype == np.int32
    expected = [[5, 2, 5, 7], [6, 2, 5, 7], [7, 2, 5, 7], [8, 2, 5, 7]]
    np.testing.assert_array_equal(panda.boxes_ltwh, expected)
    # not labelled before the first frame that is listed for it, absent in 00015
    assert ball.rows.tolist() == [5, 10, 15] and ball.flags.tolist() == [0, 0, 0]
    np.testing.assert_array_equal(ball.boxes_ltwh, [[0, 3, 3, 4], NAN_ROW, [0, 3, 1, 4]])


def test_the_train_package_has_labelled_frames_only(tmp_path):
    write_part(tmp_path / "train", frames=MASKS)
    video = read(tmp_path)
    assert len(video.frames) == 4
    assert [target.rows.tolist() for target in video.targets] == [[0, 1, 2, 3], [1, 2, 3]]


def test_masks_of_the_validation_part_show_only_what_begins_there(tmp_path):
    masks = {"00005": [(1, 5, 2, 9, 8)], "00010": [(4, 0, 3, 2, 6)]}
    write_part(tmp_path / "train")
    write_part(tmp_path / "valid", masks=masks)
    panda, ball = read(tmp_path / "valid").targets
    assert panda.rows.tolist() == [0] and ball.rows.tolist() == [5]
    np.testing.assert_array_equal(panda.boxes_ltwh, [[5, 2, 5, 7]])
    np.testing.assert_array_equal(ball.boxes_ltwh, [[0, 3, 3, 4]])
    assert len(read(tmp_path).targets[0].rows) == 4


def test_a_list_that_begins_too_early_makes_it_absent(tmp_path):
    objects = {**OBJECTS, "4": {"category": "ball", "frames": ["00005", "00010"]}}
    ball = read(write_part(tmp_path, objects)).targets[1]
    assert ball.rows.tolist() == [0, 5, 10, 15]
    assert np.isnan(ball.boxes_ltwh[:, 0]).tolist() == [True, False, True, False]


def test_objects_that_one_side_does_not_know_are_told(tmp_path):
    objects = {"1": OBJECTS["1"], "3": {"category": "cat", "frames": ["00005"]}}
    video = read(write_part(tmp_path, objects))
    assert [target.name for target in video.targets] == ["1"]
    where = f"{tmp_path}/meta.json, video {VIDEO}"
    assert video.left_out == [
        f"{where}, object 3: no mask shows it",
        f"{where}: has no object 4, which masks show",
    ]


def test_evidence_is_all_that_is_read(tmp_path):
    part = write_part(tmp_path / "train", masks={"00005": [], "00010": []})
    masks = part / "Annotations" / VIDEO
    assert SOURCE.evidence(tmp_path, VIDEO) == [
        part / "meta.json",
        part / "JPEGImages" / VIDEO,
        masks,
        masks / "00005.png",
        masks / "00010.png",
    ]


def test_the_meta_file_is_read_anew_when_it_has_changed(tmp_path):
    write_part(tmp_path)
    assert SOURCE.units(tmp_path) == [VIDEO]
    (tmp_path / "meta.json").write_text('{"videos": {"b10": {}, "b9": {}}}')
    os.utime(tmp_path / "meta.json", ns=(1, 1))
    assert SOURCE.units(tmp_path) == ["b9", "b10"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"videos": {}}', "tells of no video"),
        ('{"videos": []}', '"videos" is no JSON object'),
        ('{"movies": {}}', 'a JSON object with "videos" is right'),
        ("[]", 'a JSON object with "videos" is right'),
        ('{"videos": {\n"a": }}', "line 2 column 6"),
    ],
)
def test_a_wrong_meta_file_is_told(tmp_path, text, words):
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "meta.json").write_text(text)
    assert SOURCE.recognise(tmp_path)
    with pytest.raises(UserError) as caught:
        SOURCE.units(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}/meta.json: ") and words in str(caught.value)


def changed(number, **values):
    return {**OBJECTS, number: {**OBJECTS["4"], **values}}


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        (changed("4", frames=["00010", "00011"]), ", object 4: names frame 00011, which has no"),
        (changed("4", frames=["00030"]), ", object 4: there is no frame 00030 in "),
        (changed("4", frames=[]), ", object 4: a number and some frames are right"),
        (changed("four"), ", object four: a number and some frames are right"),
        (changed("4", frames=None), ": objects by number, each with a category and frames, are"),
        ({"4": {"frames": ["00010"]}}, ": objects by number, each with a category and frames, are"),
        ([], ": objects by number, each with a category and frames, are right"),
    ],
)
def test_a_wrong_object_is_told(tmp_path, objects, words):
    write_part(tmp_path, objects)
    with pytest.raises(UserError) as caught:
        read(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}/meta.json, video {VIDEO}{words}")


def test_what_is_missing_is_named(tmp_path):
    assert not SOURCE.recognise(tmp_path)
    with pytest.raises(UserError, match=r"meta\.json: there is no such file of labels"):
        SOURCE.units(tmp_path)
    write_part(tmp_path)
    save_mask(tmp_path / "Annotations" / VIDEO / "00025.png", [])
    with pytest.raises(UserError, match=r"00025\.png: there is no frame 00025 of this mask"):
        read(tmp_path)


def test_masks_are_palette_images(tmp_path):
    write_part(tmp_path, masks={frame: [] for frame in MASKS}, mode="L")
    with pytest.raises(UserError, match=r"00005\.png: is black and white; palette images"):
        read(tmp_path)
