"""The heat maps, read back from the figure's axes."""

import numpy as np
from PIL import Image

from src.centre_bias_picture import heat_figure, write_heat_maps

MAPS = np.random.default_rng(1).uniform(0.1, 0.5, (3, 13, 13))
TITLES, CAPTIONS = ("a", "b", "c"), ("one", "two", "three")


def test_each_map_is_a_share_of_its_highest_cell():
    figure = heat_figure(TITLES, CAPTIONS, MAPS, 8)
    panels = figure.axes[:3]
    assert [axes.get_title() for axes in panels] == list(TITLES)
    assert [axes.get_xlabel().splitlines()[-1] for axes in panels] == list(CAPTIONS)
    for axes, cells in zip(panels, MAPS, strict=True):
        (image,) = axes.images
        np.testing.assert_allclose(image.get_array(), cells / cells.max())
        assert image.get_clim() == (0, 1)
        # rows downwards, as y is
        assert tuple(image.get_extent()) == (-52, 52, 52, -52)
        (frame,) = axes.get_lines()
        assert set(np.abs(frame.get_data()).ravel()) == {20}


def test_the_picture_is_written_whole(tmp_path):
    path = tmp_path / "new" / "maps.png"
    write_heat_maps(path, TITLES, CAPTIONS, MAPS, 8)
    assert [file.name for file in path.parent.iterdir()] == ["maps.png"]
    assert path.stat().st_size < 150_000
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert picture.size == (750, 330)
