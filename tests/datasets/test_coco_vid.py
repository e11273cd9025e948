import json

import numpy as np
import pytest

from src.base.errors import UserError
from src.datasets.coco import SOURCE as PHOTOGRAPHS
from src.datasets.coco_vid import SOURCE
from src.datasets.labels import INTERPOLATED, OCCLUDED
from src.geometry.region_to_bbox import clip_box_ltwh
from tests.support.coco_files import annotation, image, write_json
from tests.support.labelled_trees import SIZE, draw_frames, red_box

NAN_ROW = [np.nan] * 4
TAO, VIS = "annotations/train.json", "train/instances.json"
YARD, STREET = "train/YFCC100M/v_yard", "train/HACS/v_street"
VIDEOS = [
    {"id": 3, "name": YARD, "width": 64, "height": 48, "metadata": {"dataset": "YFCC100M"}},
    {"id": 1, "name": STREET, "width": 64, "height": 48},
]
# one frame a second is labelled; records are in no order
FRAMES = [
    image(30, f"{YARD}/frame0061.jpg", video_id=3, frame_index=60),
    image(11, f"{STREET}/frame0001.jpg", video_id=1, frame_index=0),
    image(29, f"{YARD}/frame0031.jpg", video_id=3, frame_index=30),
    image(31, f"{YARD}/frame0091.jpg", video_id=3, frame_index=90),
    image(32, f"{YARD}/frame0121.jpg", video_id=3, frame_index=120),
]
CAR = {"track_id": 8, "category": 3}
BOXES = [
    annotation(5, 32, 50.5, 20, 30, 10.25, track_id=7),
    annotation(6, 29, 10, 5, 20, 12, track_id=7),
    annotation(1, 11, 1, 2, 3, 4, track_id=9),
    annotation(7, 30, 12, 6, 20, 12, track_id=7),
    annotation(8, 32, 2, 2, 9, 9, **CAR),
    annotation(9, 31, 3, 2, 9, 9, **CAR, iscrowd=1),
    annotation(10, 30, 4, 2, 9, 0.5, **CAR),
]


@pytest.fixture
def tao(tmp_path):
    top = tmp_path / "TAO"
    write_json(top / TAO, videos=VIDEOS, images=FRAMES, annotations=BOXES, tracks=[{"id": 7}])
    write_json(top / "annotations/validation.json", videos=VIDEOS[1:], images=FRAMES[1:2])
    yard = top / "frames" / YARD
    for first, box in ((31, (10, 5, 20, 12)), (61, (12, 6, 20, 12)), (91, None)):
        draw_frames(yard, [box], first=first, digits=4)
    draw_frames(yard, [(51, 20, 30, 10)], first=121, digits=4)
    draw_frames(top / "frames" / STREET, [None], first=1, digits=4)
    for frame in (top / "frames").rglob("*.jpg"):
        frame.rename(frame.with_name(f"frame{frame.name}"))
    return top


TRACKS = [
    {
        "id": 2,
        "video_id": 4,
        "category_id": 18,
        "iscrowd": 0,
        "bboxes": [[10, 5, 20, 12], None, [11.5, 5.0, 20, 12]],
        "segmentations": [{"counts": [1, 2], "size": [48, 64]}, None, None],
    },
    {"id": 5, "video_id": 4, "category_id": 3, "bboxes": [None, [60, 40, 20, 20], [1, 1, 0, 0]]},
    {"id": 6, "video_id": 4, "category_id": 3, "bboxes": [None, None, None]},
    {"id": 1, "video_id": 9, "category_id": 3, "bboxes": [[1, 2, 3, 4]]},
]
VIS_VIDEOS = [
    {"id": 4, "width": 64, "height": 48, "file_names": [f"yard/0000{k}.jpg" for k in (0, 5)]},
    {"id": 9, "width": 64, "height": 48, "length": 1, "file_names": ["street/00000.jpg"]},
]
VIS_VIDEOS[0]["file_names"].append("yard/00010.jpg")


@pytest.fixture
def vis(tmp_path):
    top = tmp_path / "youtube_vis_2021"
    write_json(top / VIS, videos=VIS_VIDEOS, annotations=TRACKS)
    write_json(top / "valid/instances.json", videos=VIS_VIDEOS, annotations=[])
    images = top / "train/JPEGImages"
    draw_frames(images / "yard", [(10, 5, 20, 12)], first=0, digits=5)
    draw_frames(images / "yard", [None], first=5, digits=5)
    draw_frames(images / "yard", [None], first=10, digits=5)
    draw_frames(images / "street", [None], first=0, digits=5)
    return top


def read_all(path, unit=None):
    return list(SOURCE.read(path, unit or SOURCE.units(path)[0]))


def rewrite(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_tracks_of_images(tao):
    assert not SOURCE.photographs and SOURCE.first_index == 0
    yard, street = read_all(tao)
    assert (yard.name, street.name) == ("train-YFCC100M-v_yard", "train-HACS-v_street")
    assert yard.size_wh == SIZE and yard.film == ""
    names = ["frame0031.jpg", "frame0061.jpg", "frame0091.jpg", "frame0121.jpg"]
    assert [frame.name for frame in yard.frames] == names
    assert yard.frames[0].parent == tao / "frames" / YARD
    dog, car = yard.targets
    assert (dog.name, dog.label, car.name, car.label) == ("7", "dog", "8", "car")
    np.testing.assert_array_equal(
        dog.boxes_ltwh, [[10, 5, 20, 12], [12, 6, 20, 12], NAN_ROW, [50.5, 20, 30, 10.25]]
    )
    for row in (0, 1):
        assert red_box(yard.frames[row]) == clip_box_ltwh(dog.boxes_ltwh[row], SIZE).tolist()
    assert dog.rows.tolist() == [0, 1, 2, 3] and not dog.flags.any()
    assert street.targets[0].name == "9"
    assert street.targets[0].boxes_ltwh.tolist() == [[1, 2, 3, 4]]


def test_crowds_and_tiny_boxes_leave_their_frames_unknown(tao):
    yard, street = read_all(tao)
    car = yard.targets[1]
    assert car.rows.tolist() == [0, 3]
    np.testing.assert_array_equal(car.boxes_ltwh, [NAN_ROW, [2, 2, 9, 9]])
    parts = "boxes of crowds (1) and boxes less than a pixel wide or high (1)"
    assert yard.left_out == [f"{tao}/{TAO}: left out are {parts}"] and street.left_out == []


def test_a_track_without_a_box_is_passed_over(tao):
    rewrite(tao / TAO, annotations=BOXES[:4] + BOXES[5:])
    yard, _ = read_all(tao)
    assert [target.name for target in yard.targets] == ["7"]
    assert yard.left_out[1:] == [
        f"{tao}/{TAO}, video 3 (train-YFCC100M-v_yard), track 8: it has no box that is of use"
    ]


@pytest.mark.parametrize(
    ("part", "unit"),
    [("", TAO), ("annotations", "train.json"), ("annotations/validation.json", "validation.json")],
)
def test_the_path_of_a_part_means_that_part(tao, part, unit):
    path = tao / part
    assert SOURCE.recognise(path) and SOURCE.units(path) == [unit]
    assert not PHOTOGRAPHS.recognise(path)
    assert list(SOURCE.evidence(path, unit)) == [tao / "annotations" / unit.rpartition("/")[2]]


def test_tracks_as_mmtracking_writes_them(tmp_path):
    frames = [
        image(k, f"train/a/00000{k}.JPEG", video_id=1, frame_id=k, is_vid_train_frame=k == 0)
        for k in (0, 1, 2)
    ]
    flags = {"occluded": True, "generated": False}, {"occluded": False, "generated": True}
    boxes = [
        annotation(k, k, 10 + k, 5, 20, 12, instance_id=4, video_id=1, **flags[k]) for k in (0, 1)
    ]
    videos = [{"id": 1, "name": "train/a", "vid_train_frames": [0]}]
    path = tmp_path / "ILSVRC/annotations/imagenet_vid_train.json"
    write_json(path, videos=videos, images=frames, annotations=boxes)
    images = tmp_path / "ILSVRC/Data/VID/train/a"
    images.mkdir(parents=True)
    for record in frames:
        (tmp_path / "ILSVRC/Data/VID" / record["file_name"]).touch()
    (video,) = read_all(path)
    assert video.name == "train-a" and [frame.parent for frame in video.frames] == [images] * 3
    (target,) = video.targets
    assert target.name == "4" and target.flags.tolist() == [OCCLUDED, INTERPOLATED, 0]
    boxes = [[10, 5, 20, 12], [11, 5, 20, 12], NAN_ROW]
    np.testing.assert_array_equal(target.boxes_ltwh, boxes)


def test_tracks_of_videos(vis):
    assert SOURCE.recognise(vis) and SOURCE.units(vis) == [VIS] and not PHOTOGRAPHS.recognise(vis)
    yard, street = read_all(vis)
    assert (yard.name, street.name) == ("yard", "street") and yard.size_wh == SIZE
    assert [frame.name for frame in yard.frames] == ["00000.jpg", "00005.jpg", "00010.jpg"]
    dog, car = yard.targets
    assert (dog.name, dog.label, car.name, car.label) == ("2", "dog", "5", "car")
    np.testing.assert_array_equal(dog.boxes_ltwh, [[10, 5, 20, 12], NAN_ROW, [11.5, 5, 20, 12]])
    assert red_box(yard.frames[0]) == dog.boxes_ltwh[0].tolist()
    assert car.rows.tolist() == [0, 1]
    np.testing.assert_array_equal(car.boxes_ltwh, [NAN_ROW, [60, 40, 20, 20]])
    assert yard.left_out == [
        f"{vis}/{VIS}: left out are boxes less than a pixel wide or high (1)",
        f"{vis}/{VIS}, record 3 of annotations (id 6): the track has no box",
    ]
    assert street.targets[0].boxes_ltwh.tolist() == [[1, 2, 3, 4]]


def test_crowds_of_videos_are_left_out(vis):
    rewrite(vis / VIS, annotations=[TRACKS[0], {**TRACKS[1], "iscrowd": 1}])
    yard, _ = read_all(vis)
    assert [target.name for target in yard.targets] == ["2"]
    assert yard.left_out == [
        f"{vis}/{VIS}: left out are boxes of crowds (2)",
        f"{vis}/{VIS}, video 4 (yard), track 5: it has no box that is of use",
    ]


def test_images_alone_are_videos_by_their_ids(tmp_path):
    frames = [image(2, "b.jpg", video_id=7), image(1, "a.jpg", video_id=7)]
    boxes = [annotation(1, 1, 1, 2, 3, 4, track_id=1), annotation(2, 2, 5, 6, 7, 8)]
    write_json(tmp_path / "holiday.json", images=frames, annotations=boxes)
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).touch()
    (video,) = read_all(tmp_path)
    # without numbers the order is that of the document
    assert video.name == "7" and [frame.name for frame in video.frames] == ["b.jpg", "a.jpg"]
    np.testing.assert_array_equal(video.targets[0].boxes_ltwh, [NAN_ROW, [1, 2, 3, 4]])
    assert video.left_out == [f"{tmp_path}/holiday.json: 1 annotations of no track are left out"]


@pytest.mark.parametrize(
    ("lists", "told"),
    [
        (
            {"images": [FRAMES[0], {**FRAMES[2], "frame_index": 60}, FRAMES[1]]},
            "frame0061.jpg and train/YFCC100M/v_yard/frame0031.jpg are both frame 60",
        ),
        (
            {"images": [FRAMES[0], {**FRAMES[2], "width": 63}, FRAMES[1]]},
            "it has frames of 63 x 48 and of 64 x 48 pixels",
        ),
        (
            {"images": [*FRAMES[:3], image(33, f"{YARD}/9.jpg", video_id=3, frame_index=9)]},
            f"there is no image {YARD}/9.jpg in ",
        ),
        (
            {"images": FRAMES[:3], "annotations": [*BOXES[1:4], {**BOXES[1], "id": 99}]},
            "frame0031.jpg has two boxes of track 7",
        ),
        (
            {"images": FRAMES[1:2], "annotations": BOXES[2:3]},
            "(train-YFCC100M-v_yard): it has no images",
        ),
    ],
)
def test_a_wrong_video_is_passed_over(tao, lists, told):
    rewrite(tao / TAO, **{"annotations": BOXES[1:4], **lists})
    yard, street = read_all(tao)
    assert yard.name == "train-YFCC100M-v_yard" and not len(yard.frames) and not yard.targets
    assert yard.left_out[-1].startswith(f"{tao}/{TAO}, video 3 (train-YFCC100M-v_yard): ")
    assert told in yard.left_out[-1]
    assert len(street.targets) == 1


@pytest.mark.parametrize(
    ("lists", "told"),
    [
        ({"images": []}, "names no images; videos with images are right"),
        ({"images": [*FRAMES, FRAMES[0]]}, "two images have the id 30; ids that differ are right"),
        ({"videos": [VIDEOS[0]] * 2}, "two videos have the id 3; ids that differ are right"),
        ({"videos": [VIDEOS[0], {**VIDEOS[0], "id": 1}]}, "2 videos are called train-YFCC100M-v_y"),
        ({"videos": VIDEOS[1:]}, "image 30 is of video 3, which is not among the videos; the id"),
        ({"images": FRAMES[1:]}, "track 7 is of image 30, which is not among the images; the id"),
        ({"annotations": []}, "holds no boxes; annotations with a bbox of a track are right"),
        ({"annotations": [annotation(1, 11, 1, 2, 3, 4)]}, "no annotation has a track_id or an in"),
        (
            {"annotations": [annotation(1, 11, 1, 2, 3, 4, track_id="a")]},
            r"record 1 of annotations \(id 1\): its track_id is 'a'; a whole number is right",
        ),
        (
            {"annotations": [annotation(1, 11, 1, 2, 3, track_id=1)]},
            r"its bbox is \[1, 2, 3\]; a list of 4 numbers is right",
        ),
        ({"images": [{"id": 4, "file_name": "a"}]}, r"record 1 of images \(id 4\): has no video_i"),
        ({"images": [{**FRAMES[0], "frame_index": "1"}]}, "its frame_index is '1'; a whole number"),
        ({"videos": [{"name": "a"}]}, "record 1 of videos: has no id; a whole number is right"),
    ],
)
def test_broken_records_are_told(tao, lists, told):
    rewrite(tao / TAO, **lists)
    with pytest.raises(UserError, match=rf"annotations/train\.json.*{told}"):
        read_all(tao, TAO)


@pytest.mark.parametrize(
    ("lists", "told"),
    [
        (
            {"annotations": [{**TRACKS[3], "bboxes": [None] * 3}]},
            r"record 1 of annotations \(id 1\): has 3 bboxes for the 1 file_names of its video",
        ),
        (
            {"annotations": [{**TRACKS[3], "video_id": 7}]},
            "its video_id 7 is not among the videos; the id of one is right",
        ),
        (
            {"annotations": [{**TRACKS[3], "bboxes": [[1, 2, 3]]}]},
            r"its bboxes is \[\[1, 2, 3\]\]; a list of 4 numbers or null for each frame is right",
        ),
        ({"annotations": [{"id": 1}]}, r"\(id 1\): has no video_id; a whole number is right"),
        ({"annotations": TRACKS[2:3]}, "holds no boxes; annotations with a bbox of a track are"),
        (
            {"videos": [{"id": 4, "file_names": [1, 2]}]},
            r"record 1 of videos \(id 4\): its file_names is \[1, 2\]; a list of file names is ri",
        ),
    ],
)
def test_broken_records_of_videos_are_told(vis, lists, told):
    rewrite(vis / VIS, **lists)
    with pytest.raises(UserError, match=rf"train/instances\.json.*{told}"):
        read_all(vis, VIS)


def test_images_that_are_nowhere_are_told(vis):
    (vis / "train/JPEGImages").rename(vis / "elsewhere")
    told = r"instances\.json, image 0: there is no image yard/00000\.jpg, neither beside instances"
    with pytest.raises(UserError, match=told):
        read_all(vis)


@pytest.mark.parametrize(
    "lists",
    [
        {"images": [image(1, "a.jpg")], "annotations": [annotation(1, 1, 1, 2, 3, 4)]},
        {"images": [image(1, "a.jpg")], "videos": [], "annotations": []},
        {"persons": [{"id": 1}]},
    ],
)
def test_photographs_and_other_documents_are_not_recognised(tmp_path, lists):
    assert not SOURCE.recognise(write_json(tmp_path / "train.json", **lists))


def test_videos_are_recognised_before_their_images(tmp_path):
    videos = [{"id": k, "name": "x" * 1000} for k in range(2000)]
    write_json(tmp_path / "train.json", videos=videos, images=FRAMES, annotations=BOXES)
    assert SOURCE.recognise(tmp_path) and not PHOTOGRAPHS.recognise(tmp_path)
