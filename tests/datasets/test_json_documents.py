import json

import pytest

from src.base.errors import UserError
from src.datasets.compact_texts import CompactTexts
from src.datasets.id_places import first_repeated, places_of
from src.datasets.json_documents import (
    ImageFolder,
    document_of,
    find_documents,
    training_document,
)


def is_one(path):
    return "images" in json.loads(path.read_text())


def write(top, *names, images=True):
    for name in names:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(json.dumps({"images": []} if images else {}))


def chosen(path, usual=""):
    return training_document(path, is_one, "COCO", usual)


def test_the_document_for_training_is_chosen(tmp_path):
    write(tmp_path, "annotations/instances_train2017.json", "annotations/instances_val2017.json")
    write(tmp_path, "annotations/captions_train2017.json")
    write(tmp_path, "annotations/labels.json", "settings.json", images=False)
    unit = "annotations/instances_train2017.json"
    assert chosen(tmp_path, "instances_") == unit
    assert document_of(tmp_path, unit) == tmp_path / unit
    assert chosen(tmp_path / "annotations", "instances_") == "instances_train2017.json"
    file = tmp_path / "annotations/instances_val2017.json"
    assert chosen(file) == "instances_val2017.json" and document_of(file, file.name) == file


def test_a_document_may_lie_in_the_folder_of_its_part(tmp_path):
    write(tmp_path, "train/instances.json", "valid/instances.json")
    assert chosen(tmp_path) == "train/instances.json"
    assert chosen(tmp_path / "valid") == "instances.json"


def test_the_only_document_counts_whatever_it_is_called(tmp_path):
    write(tmp_path, "holiday.json")
    assert chosen(tmp_path) == "holiday.json"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["a.json", "b.json"], "a.json, b.json may be meant; the path of one is right"),
        (["train.json", "train_x.json", "val.json"], "train.json, train_x.json may be meant"),
        ([], "holds no labels of COCO; a JSON file, or a folder with one in it"),
    ],
)
def test_what_is_not_clear_is_told(tmp_path, names, told):
    write(tmp_path, *names)
    with pytest.raises(UserError, match=told):
        chosen(tmp_path)


def test_other_paths_hold_no_documents(tmp_path):
    write(tmp_path, "a.json", "a.txt")
    assert not find_documents(tmp_path / "a.txt", is_one)
    assert not find_documents(tmp_path / "none", is_one)
    write(tmp_path, "a.json", images=False)
    assert not find_documents(tmp_path / "a.json", is_one)


@pytest.mark.parametrize(
    ("document", "image"),
    [
        ("holiday.json", "0.jpg"),
        ("annotations/instances_train2017.json", "train2017/0.jpg"),
        ("annotations/instances_train2017.json", "images/train2017/0.jpg"),
        ("annotations/train.json", "frames/0.jpg"),
        ("train/instances.json", "train/JPEGImages/0.jpg"),
        ("train.json", "train/JPEGImages/0.jpg"),
        ("annotations/youtube_vis_2019_train.json", "train/JPEGImages/0.jpg"),
        ("annotations_train.json", "Images/train/0.jpg"),
        ("Annotations/train_instances.json", "JPEGImages/train/0.jpg"),
        ("annotations/imagenet_vid_train.json", "Data/VID/0.jpg"),
    ],
)
def test_images_are_found(tmp_path, document, image):
    write(tmp_path, document)
    (tmp_path / image).parent.mkdir(parents=True, exist_ok=True)
    for name in ("0.jpg", "sub/1.jpg"):
        (tmp_path / image).with_name("sub").mkdir(exist_ok=True)
        ((tmp_path / image).parent / name).touch()
    folder = ImageFolder(tmp_path / document, "0.jpg", "here")
    assert folder.folder == (tmp_path / image).parent
    assert folder.holds("0.jpg") and folder.holds("sub/1.jpg")
    assert not folder.holds("1.jpg") and not folder.holds("none/1.jpg")


def test_the_nearest_image_counts(tmp_path):
    write(tmp_path, "annotations/train.json")
    for place in ("train", "images", "annotations/images"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "0.jpg").touch()
    folder = ImageFolder(tmp_path / "annotations/train.json", "0.jpg", "here")
    assert folder.folder == tmp_path / "annotations/images"


def test_images_that_are_nowhere_are_told(tmp_path):
    write(tmp_path, "annotations/instances_val.json")
    told = (
        r"record 1: there is no image 0\.jpg, neither beside instances_val\.json nor in images/, "
        r"frames/ or JPEGImages/, there or one folder above, nor in val/ in any of these"
    )
    with pytest.raises(UserError, match=told):
        ImageFolder(tmp_path / "annotations/instances_val.json", "0.jpg", "record 1")


def test_compact_texts():
    texts = CompactTexts()
    for text in ("a/b.jpg", "", "ä", "\udcff"):
        texts.append(text)
    assert [texts[k] for k in range(len(texts))] == ["a/b.jpg", "", "ä", "\udcff"]


def test_ids_are_looked_up():
    assert places_of([9, 3, 7], [7, 8, 9, 10, 3]).tolist() == [2, -1, 0, -1, 1]
    assert places_of([], [7]).tolist() == [-1] and places_of([7], []).tolist() == []
    assert first_repeated([3, 1, 3]) == 3 and first_repeated([3, 1]) is None
    assert first_repeated([]) is None
