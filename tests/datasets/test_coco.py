import json

import numpy as np
import pytest

from src.base.errors import UserError
from src.datasets.coco import SOURCE
from tests.support.coco_files import CATEGORIES, annotation, image, write_json
from tests.support.labelled_trees import SIZE, draw_frames, red_box

TRAIN, VAL = "annotations/instances_train2017.json", "annotations/instances_val2017.json"
IMAGES = [image(9, "000000000009.jpg"), image(25, "000000000025.jpg"), image(4, "000000000004.jpg")]
BOXES = [
    annotation(1768, 25, 10, 5, 20, 12),
    annotation(40, 9, 0.5, 3.25, 30.75, 44.5, category=3),
    annotation(41, 25, 50.5, -2, 20, 12.5, category=3),
    annotation(900100000009, 9, 0, 0, 60, 40, iscrowd=1),
    annotation(42, 9, 5, 5, 12, 0.99),
    annotation(43, 25, 5, 5, 0, 0),
]


@pytest.fixture
def tree(tmp_path):
    """Boxes that lie scattered over the document; the last photograph has none."""
    top = tmp_path / "coco"
    write_json(top / TRAIN, images=IMAGES, annotations=BOXES)
    write_json(top / VAL, images=IMAGES[:1], annotations=BOXES[1:2])
    captions = [{"id": 1, "image_id": 9, "caption": "A dog."}]
    write_json(top / "annotations/captions_train2017.json", images=IMAGES, annotations=captions)
    draw_frames(top / "train2017", [(10, 5, 20, 12)], first=25, digits=12)
    draw_frames(top / "train2017", [None], first=9, digits=12)
    draw_frames(top / "train2017", [None], first=4, digits=12)
    draw_frames(top / "val2017", [None], first=9, digits=12)
    return top


def read_all(path, unit=None):
    return list(SOURCE.read(path, unit or SOURCE.units(path)[0]))


def rewrite(path, **changes):
    """Replaces lists of a document."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_boxes_come_by_photograph(tree):
    assert SOURCE.photographs and SOURCE.first_index == 0
    first, second, third = read_all(tree)
    assert [first.name, second.name, third.name] == [
        "000000000009",
        "000000000025",
        "000000000004",
    ]
    assert second.size_wh == SIZE and not third.targets
    (frame,) = second.frames
    assert frame == tree / "train2017" / "000000000025.jpg"
    dog, car = second.targets
    assert (dog.name, dog.label, car.name, car.label) == ("1768", "dog", "41", "car")
    assert dog.boxes_ltwh.tolist() == [[10, 5, 20, 12]] == [red_box(frame)]
    assert car.boxes_ltwh.tolist() == [[50.5, -2, 20, 12.5]]
    assert dog.rows.tolist() == [0] and dog.flags.tolist() == [0]
    assert first.targets[0].boxes_ltwh.tolist() == [[0.5, 3.25, 30.75, 44.5]]
    assert len(first.targets) == 1


def test_what_is_left_out_is_told_once_by_its_number(tree):
    told = [photograph.left_out for photograph in read_all(tree)]
    parts = "boxes of crowds (1) and boxes less than a pixel wide or high (2)"
    sentence = f"{tree}/{TRAIN}: left out are {parts}"
    assert told == [[sentence], [], []]


@pytest.mark.parametrize(
    ("part", "unit"),
    [("", TRAIN), ("annotations", TRAIN.partition("/")[2]), (VAL, VAL.partition("/")[2])],
)
def test_the_path_of_a_part_means_that_part(tree, part, unit):
    path = tree / part
    assert SOURCE.recognise(path) and SOURCE.units(path) == [unit]
    assert len(read_all(path)) == (1 if "val" in part else 3)
    assert list(SOURCE.evidence(path, unit)) == [tree / (VAL if "val" in part else TRAIN)]


def test_pycocotools_has_the_same_boxes(tree):
    # 2.0.11 keeps crowds and boxes without area, which are left out here
    coco = pytest.importorskip("pycocotools.coco").COCO(tree / TRAIN)
    assert [record["id"] for record in coco.imgs.values()] == [9, 25, 4]
    left_out = {900100000009, 42, 43}
    for record, photograph in zip(coco.imgs.values(), read_all(tree), strict=True):
        theirs = coco.loadAnns(coco.getAnnIds(imgIds=record["id"]))
        theirs = [one for one in theirs if one["id"] not in left_out]
        assert photograph.frames[0].name == record["file_name"]
        for one, target in zip(theirs, photograph.targets, strict=True):
            assert str(one["id"]) == target.name
            assert coco.cats[one["category_id"]]["name"] == target.label
            np.testing.assert_array_equal([one["bbox"]], target.boxes_ltwh)


def test_sub_folders_and_unknown_sizes(tmp_path):
    record = {"id": 1, "file_name": "a/b.jpg"}
    write_json(tmp_path / "mine.json", images=[record], annotations=[annotation(1, 1, 1, 2, 3, 4)])
    draw_frames(tmp_path / "images/a", [None])
    (tmp_path / "images/a/00000001.jpg").rename(tmp_path / "images/a/b.jpg")
    (photograph,) = read_all(tmp_path)
    assert photograph.name == "a-b" and photograph.size_wh is None
    assert photograph.frames[0] == tmp_path / "images/a/b.jpg"


def test_an_image_that_is_not_there_is_passed_over(tree):
    (tree / "train2017/000000000025.jpg").unlink()
    _, second, third = read_all(tree)
    assert not len(second.frames) and not second.targets and len(third.frames) == 1
    where = f"{tree}/{TRAIN}, record 2 of images (id 25)"
    assert list(second.left_out) == [
        f"{where}: there is no image 000000000025.jpg in {tree}/train2017"
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"images": []}, "names no images; an array `images` with some is right"),
        ({"images": [IMAGES[0], IMAGES[0]]}, "two images have the id 9; ids that differ"),
        ({"images": [{"id": 9}]}, r"record 1 of images \(id 9\): has no file_name; a text"),
        ({"images": [{**IMAGES[0], "width": "64"}]}, r"its width is '64'; a whole number is right"),
        ({"annotations": BOXES[3:]}, "holds no boxes; annotations with a bbox are right"),
        (
            {"annotations": [annotation(7, 8, 1, 2, 3, 4)]},
            "the annotation with id 7 is of image 8, which is not among the images",
        ),
        (
            {"annotations": [BOXES[0], annotation(7, 9, 1, 2, 3)]},
            r"record 2 of annotations \(id 7\): its bbox is \[1, 2, 3\]; a list of 4 numbers",
        ),
        (
            {"annotations": [annotation(7, 9, 1, "2", 3, 4)]},
            r"its bbox is \[1, '2', 3, 4\]; a list of 4",
        ),
        ({"annotations": [annotation(7, 9.5, 1, 2, 3, 4)]}, "its image_id is 9.5; a whole number"),
        ({"categories": [{"id": 18}]}, r"record 1 of categories \(id 18\): has no name; a text"),
    ],
)
def test_broken_records_are_told(tree, changes, told):
    rewrite(tree / TRAIN, **changes)
    with pytest.raises(UserError, match=f"instances_train2017.json.*{told}"):
        read_all(tree, TRAIN)


def test_a_download_that_was_cut_off_is_told(tree):
    text = (tree / TRAIN).read_text()
    (tree / TRAIN).write_text(text[: text.index('"bbox"', text.index('"id": 41'))])
    told = r"record 3 of annotations \(id 41\): is not well-formed JSON, as the file ends in the m"
    with pytest.raises(UserError, match=told):
        read_all(tree, TRAIN)


def test_images_that_are_nowhere_are_told(tree):
    (tree / "train2017").rename(tree / "elsewhere")
    told = r"record 1 of images \(id 9\): there is no image 000000000009\.jpg, neither beside inst"
    with pytest.raises(UserError, match=told):
        read_all(tree)


@pytest.mark.parametrize(
    "lists",
    [
        {"images": [image(1, "a.jpg", video_id=3)], "annotations": []},
        {"annotations": [annotation(1, 1, 1, 2, 3, 4, track_id=3)]},
        {"videos": [{"id": 1, "file_names": []}], "annotations": []},
        {"persons": [{"id": 1}]},
    ],
)
def test_videos_and_other_documents_are_not_recognised(tmp_path, lists):
    assert not SOURCE.recognise(write_json(tmp_path / "train.json", **lists))


def test_the_order_of_the_lists_is_free(tmp_path):
    path = tmp_path / "train.json"
    write_json(path, annotations=[annotation(1, 1, 1, 2, 3, 4)], images=[image(1, "a.jpg")])
    rewrite(path, categories=CATEGORIES)
    (tmp_path / "a.jpg").touch()
    assert SOURCE.recognise(tmp_path)
    (photograph,) = read_all(tmp_path)
    assert photograph.targets[0].label == "dog"
