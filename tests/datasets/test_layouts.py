"""A tree is taken for what it is, and for nothing else."""

import json
from typing import get_args

import pytest

from src.datasets.layouts import FOLDERS, SOURCES, TREES, find_source, recognised
from src.parameters.models import Layout
from tests.support.cvat_exports import box, draw_images, head, track, write_export
from tests.support.helpers import make_clip
from tests.support.label_studio_exports import annotation, key, region, task, write_tasks
from tests.support.labelled_trees import draw_frames, write_lines
from tests.support.mask_files import save_frames, save_mask
from tests.support.vid_tree import make_vid_tree, vid_object, vid_xml

BOX = (10, 8, 20, 12)


def lasot(top):
    draw_frames(top / "cat" / "cat-1" / "img", [BOX, BOX])
    write_lines(top / "cat" / "cat-1" / "groundtruth.txt", "11,9,20,12", "11,9,20,12")
    for name in ("full_occlusion", "out_of_view"):
        write_lines(top / "cat" / "cat-1" / f"{name}.txt", "0,0")


def trackingnet(top):
    draw_frames(top / "TRAIN_0" / "frames" / "v_0", [BOX, BOX], first=0, digits=1)
    write_lines(top / "TRAIN_0" / "anno" / "v_0.txt", "10,8,20,12", "10,8,20,12")


def uav123(top):
    draw_frames(top / "data_seq" / "UAV123" / "uav6", [BOX] * 109, digits=6)
    write_lines(top / "anno" / "UAV123" / "uav6.txt", *["11,9,20,12"] * 109)


def nfs(top):
    draw_frames(top / "ball" / "30" / "ball", [BOX, BOX], digits=5)
    rows = [f'0 10 8 30 20 {k} 0 0 0 "ball"' for k in range(1, 17)]
    write_lines(top / "ball" / "30" / "ball.txt", *rows)


def tc128(top):
    draw_frames(top / "Ball" / "img", [BOX, BOX], digits=4)
    write_lines(top / "Ball" / "Ball_gt.txt", "11,9,20,12", "11,9,20,12")
    write_lines(top / "Ball" / "Ball_frames.txt", "1,2")


def mot(top):
    save_frames(top / "train" / "A-1" / "img1", ["000001.jpg", "000002.jpg"])
    rows = [f"{k},1,1,1,4,6,1,1,1" for k in (1, 2)]
    write_lines(top / "train" / "A-1" / "gt" / "gt.txt", *rows)


def davis(top):
    save_frames(top / "JPEGImages" / "480p" / "dog", ["00000.jpg", "00001.jpg"])
    for k in (0, 1):
        save_mask(top / "Annotations" / "480p" / "dog" / f"0000{k}.png", [(1, 3, 3, 8, 8)])
    write_lines(top / "ImageSets" / "2017" / "train.txt", "dog")


def youtube_vos(top):
    save_frames(top / "train" / "JPEGImages" / "0a1b", ["00000.jpg", "00005.jpg"])
    for k in (0, 5):
        save_mask(top / "train" / "Annotations" / "0a1b" / f"0000{k}.png", [(1, 3, 3, 8, 8)])
    objects = {"1": {"category": "dog", "frames": ["00000", "00005"]}}
    meta = {"videos": {"0a1b": {"objects": objects}}}
    (top / "train" / "meta.json").write_text(json.dumps(meta))


def cvat(top):
    rows = [box(k, (10, 8, 30, 20)) for k in range(2)]
    write_export(top / "mine", head(size=2), track(0, rows))
    draw_images(top / "mine" / "images", ["frame_000000.png", "frame_000001.png"])


def label_studio(top):
    top.mkdir()
    (top / "holiday.mp4").write_bytes(b"not looked at")
    write_tasks(top, task([annotation([region("a", [key(1, (10, 10, 20, 20))])])]))


def photo_csv(top):
    save_frames(top.parent, ["a.jpg"])
    write_lines(top, "image,width,height,label,x,y,w,h,source", "a.jpg,64,48,dog,1,2,3,4,s")


def coco(top):
    save_frames(top.parent / "images", ["1.jpg"])
    images = [{"id": 1, "file_name": "1.jpg", "width": 20, "height": 12}]
    boxes = [{"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 2, 9, 8], "iscrowd": 0}]
    content = {"images": images, "annotations": boxes, "categories": [{"id": 3, "name": "dog"}]}
    top.write_text(json.dumps(content))


def coco_vid(top):
    save_frames(top.parent / "images" / "v", ["1.jpg", "2.jpg"])
    images = [
        {"id": k, "video_id": 1, "frame_id": k - 1, "file_name": f"v/{k}.jpg"}
        | {"width": 20, "height": 12}
        for k in (1, 2)
    ]
    boxes = [
        {"id": k, "image_id": k, "video_id": 1, "instance_id": 5, "category_id": 3}
        | {"bbox": [1, 2, 9, 8]}
        for k in (1, 2)
    ]
    content = {
        "videos": [{"id": 1, "name": "v"}],
        "images": images,
        "annotations": boxes,
        "categories": [{"id": 3, "name": "dog"}],
    }
    top.write_text(json.dumps(content))


def det(top):
    name = "train/ILSVRC2013_train/n02084071"
    draw_frames(top / "Data" / "DET" / name, [BOX])
    (top / "Data" / "DET" / name / "00000001.jpg").rename(
        top / "Data" / "DET" / name / "n02084071_1.JPEG"
    )
    text = vid_xml(name, 0, (64, 48), [vid_object(0, 1, 2, 9, 9)]).replace("000000", "n02084071_1")
    text = text.replace("\t\t<trackid>0</trackid>\n", "")
    path = top / "Annotations" / "DET" / name / "n02084071_1.xml"
    path.parent.mkdir(parents=True)
    path.write_text(text)


MAKERS = {
    "vid": lambda top: make_vid_tree(top, videos=1, frames=2),
    "det": det,
    "lasot": lasot,
    "trackingnet": trackingnet,
    "uav123": uav123,
    "nfs": nfs,
    "tc128": tc128,
    "mot": mot,
    "davis": davis,
    "youtube_vos": youtube_vos,
    "coco": coco,
    "coco_vid": coco_vid,
    "cvat": cvat,
    "label_studio": label_studio,
    "csv": photo_csv,
}
FILES = {"coco": "instances.json", "coco_vid": "labels.json", "csv": "photos/boxes.csv"}


@pytest.mark.parametrize("layout", MAKERS)
def test_a_tree_is_recognised_as_one_source_and_gives_a_target(tmp_path, layout):
    top = tmp_path / FILES.get(layout, "top")
    MAKERS[layout](top)
    assert recognised(top) == [layout]
    source = TREES[layout]
    (unit,) = source.units(top)
    if layout == "label_studio":  # its frames need a real video file
        return
    (video,) = source.read(top, unit)
    assert len(video.targets) == 1 and video.left_out in ([], ())
    assert len(video.frames) == (1 if source.photographs else len(video.frames))
    assert all(frame.is_file() for frame in video.frames)
    assert all(path.exists() for path in source.evidence(top, unit))


@pytest.mark.parametrize("layout", ["vot4", "otb", "got10k"])
def test_folders_with_ground_truth_are_no_tree(tmp_path, layout):
    make_clip(tmp_path / "d" / "ball", n_frames=2, layout=layout)
    assert recognised(tmp_path / "d") == [FOLDERS]


def test_an_empty_folder_and_any_file_are_nothing(tmp_path):
    (tmp_path / "d").mkdir()
    for name in ("a.json", "a.xml", "a.csv", "a.txt"):
        (tmp_path / name).write_text("{}")
        assert recognised(tmp_path / name) == []
    assert recognised(tmp_path / "d") == [] == recognised(tmp_path / "none")


def test_every_source_can_be_named(tmp_path):
    assert set(SOURCES) == set(get_args(Layout)) == {*MAKERS, "otb", "got10k", "vot"}
    make_clip(tmp_path / "d" / "ball", n_frames=2, layout="otb")
    assert find_source(tmp_path / "d", "otb") == ("otb", SOURCES["otb"])
    assert set(TREES) == set(MAKERS)
