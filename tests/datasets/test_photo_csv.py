import pytest

from src.base.errors import UserError
from src.datasets.layouts import find_source
from src.datasets.photo_csv import COLUMNS, SOURCE


@pytest.fixture
def annotations(tmp_path):
    rows = ["a.jpg,160,120,dog,10,20,30.5,40,coco", "b.jpg,80,60,cat,-3,0,9,9,oid"]
    rows.append("a.jpg,160,120,cat,1,2,3,4,coco")
    path = tmp_path / "boxes.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    return path


def test_a_row_is_a_target_of_its_photograph(annotations):
    assert find_source(annotations) == ("csv", SOURCE) and SOURCE.photographs
    first, second = SOURCE.read(annotations, *SOURCE.units(annotations))
    assert (first.name, first.size_wh, list(first.frames)) == (
        "a.jpg",
        (160, 120),
        [annotations.parent / "a.jpg"],
    )
    assert [(t.name, t.label, t.boxes_ltwh.tolist(), t.rows.tolist()) for t in first.targets] == [
        ("2", "coco/dog", [[10, 20, 30.5, 40]], [0]),
        ("4", "coco/cat", [[1, 2, 3, 4]], [0]),
    ]
    assert second.targets[0].boxes_ltwh.tolist() == [[-3, 0, 9, 9]]


def test_another_csv_is_not_taken_for_one(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    assert not SOURCE.recognise(tmp_path / "x.csv")
    assert not SOURCE.recognise(tmp_path)


def test_a_wrong_row_is_named(annotations):
    annotations.write_text(annotations.read_text() + "c.jpg,1,2,dog,x,1,1,1,coco\n")
    with pytest.raises(UserError, match=r"boxes\.csv, row 5: .* should be numbers"):
        list(SOURCE.read(annotations, "boxes.csv"))
