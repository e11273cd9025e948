import pytest
from PIL import Image, ImageDraw

from src.base.errors import UserError
from src.datasets.det import SOURCE
from src.datasets.labels import OCCLUDED, TRUNCATED
from tests.support.labelled_trees import SIZE, red_box

DOGS = "train/ILSVRC2013_train/n02084071"
BATCH = "train/ILSVRC2014_train_0000"
DOG, CAR = "n02084071", "n02958343"


def det_object(name, xmin, ymin, xmax, ymax, **flags):
    """One object as VOC's development kit writes it."""
    more = "".join(f"<{flag}>{value}</{flag}>" for flag, value in flags.items())
    corners = f"<xmin>{xmin}</xmin><ymin>{ymin}</ymin><xmax>{xmax}</xmax><ymax>{ymax}</ymax>"
    return f"<object><name>{name}</name>{more}<bndbox>{corners}</bndbox></object>\n"


def det_xml(stem, *objects, size=SIZE):
    width, height = size
    return (
        f"<annotation>\n\t<folder>{DOG}</folder>\n\t<filename>{stem}</filename>\n"
        "\t<source>\n\t\t<database>ILSVRC_2013</database>\n\t</source>\n\t<size>\n"
        f"\t\t<width>{width}</width>\n\t\t<height>{height}</height>\n\t\t<depth>3</depth>\n"
        f"\t</size>\n\t<segmented>0</segmented>\n\t{''.join(objects)}</annotation>\n"
    )


def write_photograph(top, unit, stem, text, square=None):
    """An image with a red square (left, top, right, bottom, inclusive), and its labels."""
    for folder in ("Data/DET", "Annotations/DET"):
        (top / folder / unit).mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", SIZE, (60, 110, 90))
    if square:
        ImageDraw.Draw(image).rectangle(square, fill=(250, 0, 0))
    image.save(top / "Data/DET" / unit / f"{stem}.JPEG", quality=95, subsampling=0)
    if text is not None:
        (top / "Annotations/DET" / unit / f"{stem}.xml").write_text(text)


@pytest.fixture
def tree(tmp_path):
    top = tmp_path / "ILSVRC"
    dog = det_object(DOG, 0, 9, 18, 47, pose="Unspecified", truncated=1, difficult=0)
    car = det_object(CAR, 30, 0, 63, 20, truncated=0, occluded=1)
    write_photograph(top, DOGS, f"{DOG}_10", det_xml(f"{DOG}_10", dog, car), (0, 9, 18, 47))
    write_photograph(top, DOGS, f"{DOG}_2", det_xml(f"{DOG}_2"))
    write_photograph(top, BATCH, "ILSVRC2014_train_00000001", det_xml("x", car))
    write_photograph(top, "val", "ILSVRC2012_val_00000001", det_xml("x", dog))
    extra = "train/ILSVRC2013_train_extra0"
    write_photograph(top, extra, "ILSVRC2013_train_00000001", None)
    (top / "Annotations/DET" / extra).rmdir()
    return top


def read_all(path, unit=DOGS):
    return list(SOURCE.read(path, unit))


def test_two_targets(tree):
    assert SOURCE.photographs and SOURCE.first_index == 0
    photograph, without = read_all(tree)
    assert photograph.name == f"{DOG}_10" and photograph.size_wh == SIZE
    (frame,) = photograph.frames
    assert frame == tree / "Data/DET" / DOGS / f"{DOG}_10.JPEG"
    dog, car = photograph.targets
    assert (dog.name, dog.label, car.name, car.label) == ("0", DOG, "1", CAR)
    assert dog.boxes_ltwh.tolist() == [[0, 9, 19, 39]] and dog.rows.tolist() == [0]
    assert red_box(frame) == dog.boxes_ltwh[0].tolist()
    assert car.boxes_ltwh.tolist() == [[30, 0, 34, 21]]
    assert dog.flags.tolist() == [TRUNCATED] and car.flags.tolist() == [OCCLUDED]
    assert without.name == f"{DOG}_2" and not without.targets and len(without.frames) == 1


@pytest.mark.parametrize(
    ("part", "units"),
    [
        ("", [DOGS, BATCH]),
        ("Data/DET", [DOGS, BATCH]),
        ("Data/DET/train/ILSVRC2013_train", [DOGS]),
        ("Data/DET/val", ["val"]),
    ],
)
def test_the_path_of_a_part_means_that_part(tree, part, units):
    path = tree / part
    assert SOURCE.recognise(path) and SOURCE.units(path) == units
    assert all(len(photograph.frames) == 1 for photograph in read_all(path, units[-1]))
    folders = [tree / "Data/DET" / units[0], tree / "Annotations/DET" / units[0]]
    assert list(SOURCE.evidence(path, units[0])) == folders


def test_what_is_wrong_is_passed_over(tree):
    labels, images = tree / "Annotations/DET" / DOGS, tree / "Data/DET" / DOGS
    (labels / f"{DOG}_10.xml").write_text(det_xml("x", det_object(DOG, 1, 2, "", 4)))
    (images / f"{DOG}_2.JPEG").unlink()
    wrong = det_object(DOG, 9, 2, 7, 4), det_object(CAR, 9, 2, 9, 2)
    write_photograph(tree, DOGS, f"{DOG}_3", det_xml("x", *wrong))
    first, second, third = read_all(tree)
    assert first.name == f"{DOG}_10" and not len(first.frames) and not first.targets
    (told,) = first.left_out
    assert told.startswith(f"{labels}/{DOG}_10.xml, line 13: the object that ends here has no <xm")
    assert second.left_out == (f"{labels}/{DOG}_2.xml: its image {DOG}_2.JPEG is not in {images}",)
    assert third.left_out == [f"{labels}/{DOG}_3.xml, object 0: its box ends before it begins"]
    assert third.targets[0].name == "1" and third.targets[0].boxes_ltwh.tolist() == [[9, 2, 1, 1]]


def test_sizes_that_are_not_told_are_none(tree):
    write_photograph(tree, "val", "ILSVRC2012_val_00000001", det_xml("x", size=(0, 0)))
    (photograph,) = read_all(tree, "val")
    assert photograph.size_wh is None


def test_many_photographs_are_read_in_their_order(tree, monkeypatch):
    monkeypatch.setattr("src.datasets.det._TOGETHER", 2)
    for number in range(5):
        text = det_xml("x", *[det_object(DOG, number, 0, 20, 20)] * (number % 3))
        write_photograph(tree, BATCH, f"ILSVRC2014_train_0000000{number}", text)
    found = read_all(tree, BATCH)
    assert [len(photograph.targets) for photograph in found] == [0, 1, 2, 0, 1]
    assert found[4].targets[0].boxes_ltwh.tolist() == [[4, 0, 17, 21]]


def test_parts_that_are_missing_are_told(tree, tmp_path):
    with pytest.raises(UserError, match=r"is no ILSVRC DET; a folder with Data/DET and Annot"):
        SOURCE.units(tmp_path)
    for photograph in (tree / "Annotations/DET/val").iterdir():
        photograph.unlink()
    with pytest.raises(UserError, match=r"holds no labels; folders of XML files are right"):
        SOURCE.units(tree / "Data/DET/val")
    (tree / "Data/DET" / BATCH).rename(tmp_path / "elsewhere")
    with pytest.raises(UserError, match=r"ILSVRC2014_train_0000: there is no such folder of ima"):
        read_all(tree, BATCH)
