"""Trees of masks as DAVIS and YouTube-VOS have them."""

from PIL import Image

from tests.support.read_records import GREY

SIZE = (20, 12)


def save_frames(folder, names, size=SIZE):
    folder.mkdir(parents=True)
    for name in names:
        Image.new("RGB", size, GREY).save(folder / name)


def save_mask(path, rectangles, mode="P", size=SIZE):
    """A mask with rectangles (value, left, top, right, bottom), the last column and row inside."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = Image.new(mode, size, (0, 255) if mode == "LA" else 0)
    if mode == "P":
        mask.putpalette([128, 0, 0, 200, 100, 0, 0, 128, 0, 255, 255, 255] + [9] * 756)
    for value, left, top, right, bottom in rectangles:
        mask.paste(value, (left, top, right + 1, bottom + 1))
    mask.save(path)
