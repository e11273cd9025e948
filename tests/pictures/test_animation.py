"""Animations: the number of pictures, exact inks, whole files."""

import numpy as np
import pytest
from PIL import Image

from src.pictures.films import write_gif

INKS = ((255, 0, 0), (0, 255, 0))


def noise(number):
    rng = np.random.default_rng(number)
    return Image.fromarray(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8))


def mark(number, draw):
    draw.rectangle([number, 5, number + 3, 9], fill=number % 2)


def frames_of(path):
    with Image.open(path) as gif:
        for number in range(gif.n_frames):
            gif.seek(number)
            yield np.asarray(gif.convert("RGB"))


def test_every_picture_is_there_with_exact_inks(tmp_path):
    path = tmp_path / "new" / "a.gif"
    write_gif(path, 12, noise, mark, INKS, 50)
    frames = list(frames_of(path))
    assert len(frames) == 12
    for number, frame in enumerate(frames):
        assert (frame[5:10, number : number + 4] == INKS[number % 2]).all()
    assert [p.name for p in path.parent.iterdir()] == ["a.gif"]


def test_colours_stay_what_they_are(tmp_path):
    picture = Image.new("RGB", (40, 30), (30, 60, 190))
    picture.paste((200, 20, 30), (10, 10, 30, 20))
    write_gif(tmp_path / "a.gif", 1, lambda _: picture, lambda *_: None, INKS, 50)
    (frame,) = frames_of(tmp_path / "a.gif")
    np.testing.assert_allclose(frame[15, 20], (200, 20, 30), atol=6)
    np.testing.assert_allclose(frame[2, 2], (30, 60, 190), atol=6)


def test_a_failure_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError):
        write_gif(path, 20, lambda n: noise(n) if n in (0, 3) else 1 / 0, mark, INKS, 50)
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1
