import json

import numpy as np
import pytest

from src.base.errors import UserError
from src.datasets.label_studio import SOURCE
from src.datasets.labels import INTERPOLATED
from tests.support.label_studio_exports import annotation, key, region, task, write_tasks
from tests.support.own_videos import write_video

# per cent of 64 x 48 pixels: left 16, top 12, width 8, height 6
CAR = (25.0, 25.0, 12.5, 12.5)


@pytest.fixture
def video(tmp_path):
    """Ten frames of 64 x 48 pixels, 20 a second."""
    return write_video(tmp_path / "holiday.mp4", codec="mp4v")


def read_all(path):
    return [video for unit in SOURCE.units(path) for video in SOURCE.read(path, unit)]


def read_one(path):
    (video,) = read_all(path)
    return video


def boxes_of(target):
    """By row, None for absent."""
    pairs = zip(target.rows.tolist(), target.boxes_ltwh.tolist(), strict=True)
    return {row: None if np.isnan(box[0]) else box for row, box in pairs}


def test_regions_become_targets_in_pixels_with_lines_between_key_frames(video):
    car = [key(2, CAR), key(4, (50, 25, 25, 12.5), enabled=False), key(8, CAR), key(9, CAR, False)]
    # leaves the image to the left, and stands still behind its last key frame
    person = [key(7, (-6.25, 50, 25, 50))]
    regions = [region("aB3", car), region("x_9", person, label="person")]
    file = write_tasks(video.parent, task([annotation(regions)]))
    found = read_one(video.parent)
    assert found.name == "holiday" and found.video_file == video and found.size_wh == (64, 48)
    decoded = video.with_name("holiday.mp4.frames")
    assert list(found.frames) == [decoded / f"{k:08d}.jpg" for k in range(10)]
    assert list(found.left_out) == [] and found.film == "holiday"
    first, second = found.targets
    assert (first.name, first.label, second.name, second.label) == ("aB3", "car", "x_9", "person")
    # frame 2 is the file's frame 1; disabled in frame 4: there, and absent behind it
    assert boxes_of(first) == {
        1: [16, 12, 8, 6],
        2: [24, 12, 12, 6],
        3: [32, 12, 16, 6],
        4: None,
        5: None,
        6: None,
        7: [16, 12, 8, 6],
        8: [16, 12, 8, 6],
        9: None,
    }
    assert first.flags.tolist() == [0, INTERPOLATED, 0, 0, 0, 0, 0, 0, 0]
    still = [-4, 24, 16, 24]
    assert boxes_of(second) == {6: still, 7: still, 8: still, 9: still}
    assert second.flags.tolist() == [0, INTERPOLATED, INTERPOLATED, INTERPOLATED]
    assert list(SOURCE.evidence(file, file.name)) == [file, video]


def test_the_file_and_its_folder_are_the_same(video):
    file = write_tasks(video.parent, task([annotation([region("a", [key(1, CAR)])])]))
    assert SOURCE.recognise(file) and SOURCE.recognise(video.parent)
    assert SOURCE.units(file) == SOURCE.units(video.parent) == [file.name]
    assert read_one(file).name == read_one(video.parent).name


def test_other_files_are_not_recognised(tmp_path):
    (tmp_path / "coco.json").write_text('{"videos": [], "images": [], "annotations": []}')
    (tmp_path / "report.json").write_text('[{"sequence": 3}]')
    assert not SOURCE.recognise(tmp_path) and not SOURCE.recognise(tmp_path / "coco.json")
    with pytest.raises(UserError, match=r"holds no labels of Label Studio; tasks\.json as it was"):
        SOURCE.units(tmp_path)


def test_frames_that_label_studio_filled_in_itself_say_so(video):
    keys = [key(1, CAR), key(2, CAR, auto=True), key(3, CAR, enabled=False)]
    write_tasks(video.parent, task([annotation([region("a", keys)])]))
    (target,) = read_one(video.parent).targets
    assert target.flags[:3].tolist() == [0, INTERPOLATED, 0]


def test_a_box_turns_around_its_left_upper_corner_in_pixels(video):
    """By 90 degrees clockwise: what was to the right is below, what was below is to the left."""
    turned = region("a", [key(1, CAR, rotation=90, enabled=False)])
    ways = region("b", [key(1, CAR, rotation=350), key(3, CAR, rotation=10)])
    write_tasks(video.parent, task([annotation([turned, ways])]))
    first, second = read_one(video.parent).targets
    np.testing.assert_allclose(first.boxes_ltwh[0], [16 - 6, 12, 6, 8], atol=1e-9)
    np.testing.assert_allclose(second.boxes_ltwh[1], [16, 12, 8, 6], atol=1e-9)


@pytest.mark.parametrize(
    "address",
    [
        "/data/upload/1/0a1b2c3d-holiday.mp4",
        "/data/local-files/?d=clips/holiday.mp4",
        "s3://bucket/some/holiday.mp4",
        "https://example.org/holiday.mp4?signature=a.b",
        "holiday.mp4",
    ],
)
def test_the_video_is_found_by_the_name_in_any_address(video, address):
    write_tasks(video.parent, task([annotation([region("a", [key(1, CAR)])])], video=address))
    assert read_one(video.parent).video_file == video


def test_the_name_it_was_uploaded_by_and_other_keys_do_as_well(video):
    uploaded = video.rename(video.parent / "0a1b2c3d-holiday.mp4")
    one = task([annotation([region("a", [key(1, CAR)])])])
    one["data"] = {"fps": 20, "clip": one["data"]["video"], "note": "see https://[broken"}
    write_tasks(video.parent, one)
    assert read_one(video.parent).video_file == uploaded


def test_of_several_annotations_the_ground_truth_counts_then_the_newest(video):
    def with_id(number, name, **more):
        return annotation([region(name, [key(1, CAR)])], id=number, **more)

    older = with_id(1, "old", updated_at="2026-05-01T00:00:00Z")
    newer, cancelled = with_id(2, "new"), with_id(3, "no", updated_at="2027", was_cancelled=True)
    file = write_tasks(video.parent, task([newer, older, cancelled]))
    found = read_one(video.parent)
    assert [target.name for target in found.targets] == ["new"]
    assert list(found.left_out) == [f"{file}, task 1: of 2 annotations only 2 is read"]
    write_tasks(video.parent, task([newer, older | {"ground_truth": True}]))
    assert [target.name for target in read_one(video.parent).targets] == ["old"]


def test_predictions_count_in_a_file_to_be_imported_alone(video):
    guess = {"model_version": "m", "result": [region("g", [key(1, CAR)])]}
    file = video.parent / "import.json"
    file.write_text(json.dumps([{"data": {"video": "holiday.mp4"}, "predictions": [guess]}]))
    assert [target.name for target in read_one(file).targets] == ["g"]
    exported = task([], predictions=[guess])
    file.write_text(json.dumps([exported]))
    assert read_all(file) == []


def test_a_video_of_two_tasks_has_two_names_and_is_one_film(video):
    both = [task([annotation([region("a", [key(1, CAR)])])], number=number) for number in (4, 7)]
    write_tasks(video.parent, *both)
    assert [(one.name, one.film) for one in read_all(video.parent)] == [
        ("holiday", "holiday"),
        ("holiday-7", "holiday"),
    ]


def test_other_regions_and_empty_tasks_are_passed_over(video):
    other = {"type": "timelinelabels", "id": "t", "value": {"ranges": []}}
    regions = [other, region("a", [key(1, CAR)])]
    write_tasks(video.parent, task([]), task([annotation([other])]), task([annotation(regions)]))
    assert [target.name for target in read_one(video.parent).targets] == ["a"]


def test_the_shorter_of_both_counts_of_frames_holds(video):
    """A browser counts to the end of the sound."""
    write_tasks(
        video.parent, task([annotation([region("a", [key(1, CAR)], count=12, seconds=0.6)])])
    )
    assert len(read_one(video.parent).frames) == 10
    write_tasks(
        video.parent, task([annotation([region("a", [key(1, CAR)], count=9, seconds=0.45)])])
    )
    assert len(read_one(video.parent).frames) == 9
    bare = region("a", [key(1, CAR)])
    del bare["value"]["framesCount"], bare["value"]["duration"]
    write_tasks(video.parent, task([annotation([bare])]))
    assert len(read_one(video.parent).frames) == 10


def test_frames_counted_at_another_rate_are_refused(video):
    """Label Studio takes 24 a second where nobody said else; the file has 20."""
    file = write_tasks(
        video.parent, task([annotation([region("a", [key(1, CAR)], count=240, seconds=10)])])
    )
    told = (
        rf"{file.name}, task 1: counts 24 frames a second, but .*holiday\.mp4 has 20, .*"
        r'ffmpeg -i holiday\.mp4 -r 24 \.\.\..*framerate="20"'
    )
    with pytest.raises(UserError, match=told):
        read_all(video.parent)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ([key(1, (101, 0, 5, 5))], r"frame 1: x, y, width and height are \[101\.0, .* above 100"),
        ([key(2, (5, 5, 160, 90))], "frame 2: x, y, .* per cent of the frame are right"),
        ([key(3, (5, 5, 0, 9))], "frame 3: x, y, .* width and height above 0"),
        ([key(1, CAR), key(11, CAR)], "names frame 11; the video has the frames 1 to 10"),
        ([key(0, CAR)], "names frame 0; the video has the frames 1 to 10"),
        ([key(5, CAR), key(5, CAR)], "has frame 5 twice"),
        ([], "has no key frame"),
        ([{"frame": 1, "x": 1, "y": 1}], r"not made of frame, .* \('width'\)"),
        ([key(1, CAR) | {"x": "left"}], r"not made of .*'left'"),
    ],
)
def test_wrong_key_frames_are_told_with_task_and_region(video, keys, told):
    file = write_tasks(video.parent, task([annotation([region("r5", keys)])], number=3))
    with pytest.raises(UserError, match=rf"{file.name}, task 3, region r5.*{told}"):
        read_all(video.parent)


def test_what_is_no_export_is_told(video):
    file = video.parent / "min.json"
    file.write_text('[{"id": 5, "video": "a.mp4", "box": [{"framesCount": 1, "sequence": []}]}]')
    with pytest.raises(UserError, match=r"min\.json, task 5: is no task .* \(not JSON-MIN\)"):
        read_all(file)
    wrong = task([annotation([region("a", [key(1, CAR)], count="many")])])
    file.write_text(json.dumps([wrong]))
    with pytest.raises(UserError, match="task 1: framesCount or duration of a region is no number"):
        read_all(file)
    file.write_text(json.dumps([task([annotation([region("a", [])])], video="notes.txt")]))
    with pytest.raises(UserError, match=r"task 1: its data name no video file; a video of \.mp4"):
        read_all(file)


def test_a_video_that_is_not_there_is_told(video):
    missing = task([annotation([region("a", [key(1, CAR)])])], video="/data/upload/1/trip.mp4")
    write_tasks(video.parent, missing)
    with pytest.raises(UserError, match=r"its frames are missing; the video file trip\.mp4 beside"):
        read_all(video.parent)


def test_a_broken_record_is_told_by_its_number(video):
    file = write_tasks(video.parent, *[task([annotation([region("a", [key(1, CAR)])])])] * 3)
    text = file.read_text()
    place = text.index('{"id": 1, "annotations"', 10)
    file.write_text(f"{text[:place]}{{id{text[place + 5 :]}")
    videos = SOURCE.read(file, file.name)
    assert next(videos).name == "holiday"
    with pytest.raises(UserError, match=rf"{file.name}, record 2: is not well-formed JSON"):
        list(videos)
    file.write_text('["sequence", {"type": "videorectangle"}]')
    with pytest.raises(UserError, match="record 1: is no object in braces"):
        read_all(file)
