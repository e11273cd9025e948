import numpy as np
import pytest

from src.base.errors import UserError
from src.datasets.cvat import SOURCE
from src.datasets.labels import INTERPOLATED, OCCLUDED
from tests.support.cvat_exports import VIDEO, box, draw_images, head, track, write_export

CAR = (4.0, 8.0, 14.0, 20.0)


def frame_names(numbers):
    return [f"frame_{number:06d}.png" for number in numbers]


def read_one(path, unit=None):
    (video,) = SOURCE.read(path, unit or SOURCE.units(path)[0])
    return video


def boxes_of(target):
    """By row, None for absent."""
    boxes = target.boxes_ltwh.tolist()
    pairs = zip(target.rows.tolist(), boxes, strict=True)
    return {row: None if np.isnan(box[0]) else box for row, box in pairs}


@pytest.fixture
def export(tmp_path):
    """Two targets: one that hides and returns, and one that leaves the image."""
    car = [
        box(0, CAR),
        box(1, (6.5, 8, 16.5, 20.25), keyframe=0),
        box(2, (9, 8, 19, 20.5), occluded=1),
        box(3, (9, 8, 19, 20.5), outside=1),
        box(6, (20, 10, 30, 22)),
        box(7, (20, 10, 30, 22), outside=1),
    ]
    person = [box(8, (50, 30, 60, 45)), box(9, (58.5, 30, 70.5, 45))]
    folder = tmp_path / "street"
    tracks = track(0, car), track(1, person, label="person")
    xml = write_export(folder, head(rest=VIDEO), *tracks)
    draw_images(folder / "images", frame_names(range(10)))
    return xml


def test_tracks_become_targets(export):
    video = read_one(export.parent)
    assert video.name == "street" and video.size_wh == (64, 48) and video.video_file is None
    images = export.parent / "images"
    assert list(video.frames) == [images / name for name in frame_names(range(10))]
    assert list(video.left_out) == []
    car, person = video.targets
    assert (car.name, car.label, person.name, person.label) == ("0", "car", "1", "person")
    # right minus left is the width: nothing is added
    assert boxes_of(car) == {
        0: [4, 8, 10, 12],
        1: [6.5, 8, 10, 12.25],
        2: [9, 8, 10, 12.5],
        3: None,
        4: None,
        5: None,
        6: [20, 10, 10, 12],
        7: None,
        8: None,
        9: None,
    }
    assert car.flags.tolist() == [0, INTERPOLATED, OCCLUDED, 0, 0, 0, 0, 0, 0, 0]
    assert boxes_of(person) == {8: [50, 30, 10, 15], 9: [58.5, 30, 12, 15]}
    assert car.rows.dtype == np.int32 and car.boxes_ltwh.dtype == np.float64


def test_the_file_its_folder_and_the_folder_above_are_the_same(export):
    for path, unit in (
        (export, "annotations.xml"),
        (export.parent, "annotations.xml"),
        (export.parent.parent, "street/annotations.xml"),
    ):
        assert SOURCE.recognise(path) and SOURCE.units(path) == [unit]
        assert [target.name for target in read_one(path, unit).targets] == ["0", "1"]
        images = export.parent / "images"
        assert list(SOURCE.evidence(path, unit)) == [path if path == export else export, images]


def test_exports_side_by_side_are_units_in_natural_order(tmp_path):
    for name in ("day10", "day2"):
        write_export(tmp_path / name, head())
    assert SOURCE.units(tmp_path) == ["day2/annotations.xml", "day10/annotations.xml"]


def test_other_trees_are_not_recognised(tmp_path):
    (tmp_path / "other.xml").write_text("<annotation><folder>VID</folder></annotation>")
    (tmp_path / "video").mkdir()
    assert not SOURCE.recognise(tmp_path) and not SOURCE.recognise(tmp_path / "other.xml")
    assert not SOURCE.recognise(tmp_path / "nothing")
    with pytest.raises(
        UserError, match=r"holds no labels of CVAT for video 1\.1; annotations\.xml"
    ):
        SOURCE.units(tmp_path)


def test_numbers_are_those_of_the_video_not_of_the_task(tmp_path):
    """Start 100, every fifth frame: numbers 100, 105 ... as CVAT's `abs_frame_id` computes them."""
    rows = [box(105, CAR), box(115, (8, 8, 18, 20))]
    write_export(tmp_path / "a", head(size=4, first=100, step=5, rest=VIDEO), track(0, rows))
    (tmp_path / "a" / "holiday.mp4").write_bytes(b"-")
    draw_images(tmp_path / "b" / "images", frame_names(range(100, 120, 5)))
    write_export(tmp_path / "b", head(size=4, first=100, step=5, rest=VIDEO), track(0, rows))

    from_file = read_one(tmp_path / "a")
    assert from_file.video_file == tmp_path / "a" / "holiday.mp4"
    assert [path.name for path in from_file.frames[:2]] == ["00000000.jpg", "00000001.jpg"]
    assert from_file.frames[0].parent.name == "holiday.mp4.frames"
    assert len(from_file.frames) == 116
    # frames that are not in the task were not labelled
    assert boxes_of(from_file.targets[0]) == {
        105: [4, 8, 10, 12],
        110: [6, 8, 10, 12],
        115: [8, 8, 10, 12],
    }
    from_images = read_one(tmp_path / "b")
    assert [path.name for path in from_images.frames] == frame_names(range(100, 120, 5))
    assert boxes_of(from_images.targets[0]) == {
        1: [4, 8, 10, 12],
        2: [6, 8, 10, 12],
        3: [8, 8, 10, 12],
    }


def test_gaps_are_filled_in_a_line_and_nothing_is_known_behind_the_end(tmp_path):
    rows = [box(1, CAR), box(5, (8, 10, 22, 20), occluded=1)]
    write_export(tmp_path, head(rest=VIDEO), track(0, rows))
    (tmp_path / "holiday.mp4").write_bytes(b"-")
    (car,) = read_one(tmp_path).targets
    assert boxes_of(car) == {
        1: [4, 8, 10, 12],
        2: [5, 8.5, 11, 11.5],
        3: [6, 9, 12, 11],
        4: [7, 9.5, 13, 10.5],
        5: [8, 10, 14, 10],
    }
    assert car.flags.tolist() == [0, INTERPOLATED, INTERPOLATED, INTERPOLATED, OCCLUDED]


def test_deleted_frames_have_no_image_and_no_row(tmp_path):
    draw_images(tmp_path / "images", frame_names([0, 1, 3, 4]))
    rows = [box(0, CAR), box(1, CAR, keyframe=0), box(3, CAR, keyframe=0), box(4, CAR)]
    write_export(tmp_path, head(size=5), track(0, rows))
    video = read_one(tmp_path)
    assert [path.name for path in video.frames] == frame_names([0, 1, 3, 4])
    assert video.targets[0].rows.tolist() == [0, 1, 2, 3]


def test_a_box_that_was_turned_is_the_upright_one_of_its_corners(tmp_path):
    """By 90 degrees around its centre (9, 14): width and height change places."""
    rows = [box(0, CAR, more='rotation="90.00" '), box(1, CAR, more='rotation="350.00" ')]
    rows += [box(3, CAR, more='rotation="10.00" ')]
    write_export(tmp_path, head(rest=VIDEO), track(0, rows))
    (tmp_path / "holiday.mp4").write_bytes(b"-")
    (car,) = read_one(tmp_path).targets
    np.testing.assert_allclose(car.boxes_ltwh[0], [3, 9, 12, 10], atol=1e-9)
    # from 350 to 10 degrees the shorter way leads over 0
    np.testing.assert_allclose(car.boxes_ltwh[2], [4, 8, 10, 12], atol=1e-9)
    np.testing.assert_allclose(car.boxes_ltwh[1], car.boxes_ltwh[3], atol=1e-9)


def test_images_of_a_task_of_images_keep_their_names_and_are_in_order(tmp_path):
    names = ["a/0009.jpg", "a/0010.jpg", "b/0001.jpg"]
    draw_images(tmp_path / "images", names)
    write_export(tmp_path, head(size=3, mode="annotation"), track(0, [box(1, CAR), box(2, CAR)]))
    video = read_one(tmp_path)
    assert [path.relative_to(tmp_path / "images").as_posix() for path in video.frames] == names
    assert video.targets[0].rows.tolist() == [1, 2]
    # frame_000001.jpg of a user is not CVAT's frame 1
    other = tmp_path / "other"
    draw_images(other / "images", frame_names([1, 2, 3]))
    write_export(other, head(size=3, mode="annotation"), track(0, [box(0, CAR)]))
    assert read_one(other).targets[0].rows.tolist() == [0]


def test_a_project_is_a_video_for_each_task(tmp_path):
    """Numbers go on from task to task of a subset: `_init_task_frame_offsets`."""
    told = (
        "<task><id>{}</id><size>2</size><mode>interpolation</mode><start_frame>{}</start_frame>"
        "<frame_filter></frame_filter><subset>{}</subset><original_size><width>64</width>"
        "<height>48</height></original_size><source>v{}.mp4</source></task>"
    )
    tasks = told.format(10, 3, "", 10) + told.format(9, 0, "", 9) + told.format(11, 0, "val", 11)
    meta = f"<meta><project><id>1</id><name>p</name><tasks>{tasks}</tasks></project></meta>"
    folder = tmp_path / "project"
    more = ' task_id="{}" subset="{}"'
    write_export(
        folder,
        meta,
        track(0, [box(5, CAR)], more=more.format(10, "default")),
        track(1, [box(1, CAR)], more=more.format(9, "default")),
        track(2, [box(0, CAR)], more=more.format(11, "val")),
    )
    draw_images(folder / "images" / "default", frame_names([0, 1, 5, 6]))
    draw_images(folder / "images" / "val", frame_names([0, 1]))
    videos = list(SOURCE.read(tmp_path, "project/annotations.xml"))
    found = {
        video.name: ([path.name for path in video.frames], boxes_of(video.targets[0]))
        for video in videos
    }
    box_ltwh = [4, 8, 10, 12]
    assert found == {
        "project-9": (frame_names([0, 1]), {1: box_ltwh}),
        "project-10": (frame_names([5, 6]), {0: box_ltwh}),
        "project-11": (frame_names([0, 1]), {0: box_ltwh}),
    }


def test_a_job_tells_its_size_behind_itself(tmp_path):
    meta = (
        "<meta><job><id>3</id><size>2</size><mode>interpolation</mode><start_frame>4"
        "</start_frame><stop_frame>5</stop_frame><frame_filter></frame_filter></job>"
        "<original_size><width>64</width><height>48</height></original_size></meta>"
    )
    write_export(tmp_path, meta, track(0, [box(5, CAR)]))
    draw_images(tmp_path / "images", frame_names([4, 5]))
    video = read_one(tmp_path)
    assert video.size_wh == (64, 48) and boxes_of(video.targets[0]) == {1: [4, 8, 10, 12]}


def test_what_is_no_visible_box_is_passed_over_and_told(tmp_path):
    (tmp_path / "holiday.mp4").write_bytes(b"-")
    polygon = (
        '    <polygon frame="0" keyframe="1" outside="0" occluded="0" points="1,2;3,4;5,6"/>\n'
    )
    hidden, empty = track(4, [box(0, CAR, outside=1)]), track(5, [])
    xml = write_export(tmp_path, head(rest=VIDEO), track(3, [polygon]), hidden, empty)
    video = read_one(tmp_path)
    assert list(video.targets) == []
    assert list(video.left_out) == [
        f"{xml}, track 3: is drawn as polygon; boxes are read",
        f"{xml}, track 4: has no visible box",
        f"{xml}, track 5: has no visible box",
    ]


def test_a_track_may_end_behind_the_task_if_it_is_outside_there(tmp_path):
    (tmp_path / "holiday.mp4").write_bytes(b"-")
    rows = [box(9, CAR), box(10, CAR, outside=1)]
    write_export(tmp_path, head(rest=VIDEO), track(0, rows))
    assert read_one(tmp_path).targets[0].rows.tolist() == [9]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([box(0, CAR), box(10, CAR)], r"line 48, track 5: names frame 10, but .* frames 0 to 9"),
        ([box(3, CAR), box(3, CAR)], r"line 48, track 5: names frame 3, but .* twice"),
        (
            [box(0, (4, 8, 4, 20))],
            r"line 45, track 5: the box \[4\.0, 8\.0, 4\.0, 20\.0\] .* extent",
        ),
        ([box(0, CAR).replace('xtl="4.00"', 'xtl="nan"')], "the box .nan, .* has no extent"),
        (
            [box(0, CAR).replace('ybr="20.00"', "")],
            r"line 45, track 5: a box that lacks a number .'ybr'.",
        ),
        ([box(0, CAR).replace("8.00", "eight")], r"line 45, .* 'eight'"),
    ],
)
def test_wrong_rows_are_told_with_line_and_track(tmp_path, rows, told):
    (tmp_path / "holiday.mp4").write_bytes(b"-")
    write_export(tmp_path, head(rest=VIDEO), track(5, rows))
    with pytest.raises(UserError, match=rf"annotations\.xml.*{told}"):
        read_one(tmp_path)


def test_frames_beside_the_step_are_no_frames_of_the_task(tmp_path):
    (tmp_path / "holiday.mp4").write_bytes(b"-")
    write_export(tmp_path, head(size=3, step=5, rest=VIDEO), track(0, [box(3, CAR)]))
    with pytest.raises(UserError, match=r"frame 3, but the task has the frames 0 to 10, every 5th"):
        read_one(tmp_path)


def test_a_label_needs_its_image(tmp_path):
    draw_images(tmp_path / "images", frame_names([0, 1]))
    write_export(tmp_path, head(size=3), track(0, [box(2, CAR)]))
    with pytest.raises(UserError, match=r"line 45, track 0: names frame 2, but it has no image"):
        read_one(tmp_path)


def test_images_without_numbers_must_be_all_and_in_a_clear_order(tmp_path):
    draw_images(tmp_path / "images", ["a.jpg", "b.jpg"])
    write_export(tmp_path, head(size=3, mode="annotation"))
    with pytest.raises(UserError, match=r"speaks of 3 frames, but .*images holds 2 images"):
        read_one(tmp_path)
    draw_images(tmp_path / "images", ["b10.jpg"])
    with pytest.raises(UserError, match="the order of the images is not the same by text"):
        draw_images(tmp_path / "images", ["b9.jpg"])
        (tmp_path / "images" / "a.jpg").unlink()
        read_one(tmp_path)


def test_without_images_the_video_file_is_needed(tmp_path):
    xml = write_export(tmp_path / "a", head(rest=VIDEO))
    with pytest.raises(UserError, match=r"video file holiday\.mp4 beside it .* there is none"):
        read_one(xml)
    (tmp_path / "a" / "other.mp4").write_bytes(b"-")
    with pytest.raises(UserError, match=r"holiday\.mp4 beside it is right, and there are 1 others"):
        read_one(xml)
    # labels that do not tell the name take the only one
    write_export(tmp_path / "a", head())
    assert read_one(xml).video_file == tmp_path / "a" / "other.mp4"
    assert list(SOURCE.evidence(xml, xml.name)) == [xml, tmp_path / "a" / "other.mp4"]


@pytest.mark.parametrize(
    ("meta", "told"),
    [
        ("<meta><dumped>now</dumped></meta>", "tells of no task"),
        ("<meta><task><size>ten</size></task></meta>", r"is no number \(.*'ten'\)"),
        ("<meta><task><id>1</id></task></meta>", r"is no number \('size'\)"),
        ("<meta><task><size>0</size></task></meta>", "has 0 frames from number 0 on"),
    ],
)
def test_a_head_that_tells_nothing_is_refused(tmp_path, meta, told):
    xml = write_export(tmp_path, meta)
    with pytest.raises(UserError, match=f"annotations.xml: .*{told}"):
        read_one(xml)


def test_an_export_for_images_is_told_from_one_for_video(tmp_path):
    draw_images(tmp_path / "images", ["a.jpg"])
    image = '<image id="0" name="a.jpg" width="64" height="48"></image>'
    xml = write_export(tmp_path, head(size=1, mode="annotation"), image)
    assert SOURCE.recognise(xml)
    with pytest.raises(UserError, match=r"line 44: is an export as CVAT for images"):
        read_one(xml)


def test_an_unknown_task_of_a_track_is_refused(tmp_path):
    draw_images(tmp_path / "images", frame_names([0]))
    xml = write_export(tmp_path, head(size=1), track(0, [box(0, CAR)], more=' task_id="4"'))
    with pytest.raises(UserError, match="track 0: its task '4' is not told of"):
        read_one(xml)


def test_entities_are_refused(tmp_path):
    xml = write_export(tmp_path, head())
    text = xml.read_text().replace("<annotations>", '<!DOCTYPE a [<!ENTITY x "y">]>\n<annotations>')
    xml.write_text(text)
    with pytest.raises(UserError, match="line 2: declares the XML entity 'x'"):
        read_one(xml)
