"""Small documents in COCO's JSON."""

import json
from pathlib import Path

from tests.support.labelled_trees import SIZE

CATEGORIES = [{"id": 18, "name": "dog", "supercategory": "animal"}, {"id": 3, "name": "car"}]


def write_json(path: Path, **lists) -> Path:
    """A document in the order of COCO's: categories come last."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"info": {}, "licenses": [], **lists, "categories": CATEGORIES}))
    return path


def image(own_id: int, name: str, size=SIZE, **more) -> dict:
    """A record of `images`."""
    width, height = size
    return {"id": own_id, "file_name": name, "width": width, "height": height, **more}


def annotation(own_id: int, image_id: int, *box_ltwh, category: int = 18, **more) -> dict:
    """A record of `annotations`."""
    return {
        "id": own_id,
        "image_id": image_id,
        "category_id": category,
        "bbox": list(box_ltwh),
        "area": 1.0,
        "segmentation": [[1.5, 2, 3, 4, 5, 6]],
        "iscrowd": 0,
        **more,
    }
