"""What the picture shows, read back from the figure's axes."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from PIL import Image

from src.reporting.curve_pictures import MEAN_REPORTS, PANELS, learning_figure, write_learning_curve
from src.reporting.training_curves import read_training, running_mean
from tests.support.training_folders import train_reports, write_training

LOSS, DISTANCE, TRACKING = PANELS
VALIDATION = [
    ("validation", step, {"loss": loss, "distance_to_gt": 9.0})
    for step, loss in ((100, 0.8), (200, 0.7))
]
SCORES = [
    ("tracking", step, {"success_auc": auc, "precision": 0.5})
    for step, auc in ((90, 0.2), (180, 0.4))
]
LOSSES = [float(value) for value in np.random.default_rng(1).uniform(size=40)]


def trained(folder, *more, losses=LOSSES, **settings):
    reports = train_reports(losses) + [report for kind in more for report in kind]
    return read_training(write_training(folder, reports, **settings))


def drawn(axes):
    """[(x, y), ...] of the axes' lines, in the order of drawing."""
    return [tuple(line.get_data()) for line in axes.get_lines()]


def texts(legend):
    return [text.get_text() for text in legend.get_texts()]


def test_a_training_fills_three_panels(tmp_path):
    figure = learning_figure([trained(tmp_path, VALIDATION, SCORES, batch_size=8)])
    assert [axes.get_ylabel() for axes in figure.axes] == [LOSS, DISTANCE, TRACKING]
    assert {axes.get_xlabel() for axes in figure.axes} == {"pairs seen"}
    assert not figure.legends
    loss, distance, tracking = map(drawn, figure.axes)
    pairs = 160 * np.arange(1, 41)
    np.testing.assert_array_equal(loss[0][0], pairs)
    np.testing.assert_allclose(loss[0][1], running_mean(np.array(LOSSES), MEAN_REPORTS))
    np.testing.assert_allclose(distance[0][1], 10 * loss[0][1])
    np.testing.assert_array_equal(loss[1], [[800, 1600], [0.8, 0.7]])
    np.testing.assert_array_equal(distance[1], [[800, 1600], [9, 9]])
    np.testing.assert_array_equal(tracking, [[[720, 1440], [0.2, 0.4]], [[720, 1440], [0.5, 0.5]]])
    assert texts(figure.axes[0].get_legend()) == [
        "training, mean of up to 25 reports",
        "validation",
    ]
    assert figure.axes[0].get_xlim()[0] == 0


def test_kinds_that_nobody_reported_are_left_out(tmp_path):
    only = trained(tmp_path / "a")
    figure = learning_figure([only])
    assert [axes.get_ylabel() for axes in figure.axes] == [LOSS, DISTANCE]
    assert [len(axes.get_lines()) for axes in figure.axes] == [1, 1]
    assert len(texts(figure.axes[0].get_legend())) == 1
    # one training that tracked brings the panel back; the other is missing in it
    figure = learning_figure([only, trained(tmp_path / "b", SCORES, precision="bfloat16")])
    assert [len(axes.get_lines()) for axes in figure.axes] == [2, 2, 2]


def test_settings_that_differ_make_the_legend(tmp_path):
    kinds = ("float32", "bfloat16")
    figure = learning_figure([trained(tmp_path / kind, precision=kind) for kind in kinds])
    (legend,) = figure.legends
    assert texts(legend) == ["run.precision float32", "run.precision bfloat16"]
    lines = figure.axes[0].get_lines()
    samples = [to_rgba(line.get_color()) for line in legend.get_lines()]
    assert [to_rgba(line.get_color()) for line in lines] == samples
    assert len(set(samples)) == 2
    assert not figure.axes[0].collections


def test_seeds_have_a_bold_mean_and_a_shaded_range(tmp_path):
    runs = [
        trained(tmp_path / "1", VALIDATION, losses=[4.0, 2, 1], seed=1),
        trained(tmp_path / "2", VALIDATION, losses=[2.0, 4], seed=2),
        trained(tmp_path / "3", VALIDATION, losses=[0.0, 3, 2], seed=3),
    ]
    figure = learning_figure(runs)
    axes = figure.axes[0]
    (legend,) = figure.legends
    assert texts(legend) == ["run.seed 1", "run.seed 2", "run.seed 3", "mean", "least to greatest"]
    *seeds, mean = axes.get_lines()[:4]
    np.testing.assert_array_equal(mean.get_data(), [[160, 320], [2, 3]])
    assert mean.get_linewidth() > 2 * max(line.get_linewidth() for line in seeds)
    band = axes.collections[0].get_paths()[0].vertices
    corners = {(160, 0), (160, 4), (320, 2), (320, 4)}
    assert {tuple(corner) for corner in band} == corners
    assert len(axes.collections) == 2  # the validation has its own


def test_a_kind_that_a_seed_lacks_has_no_mean(tmp_path):
    runs = [trained(tmp_path / "1", VALIDATION), trained(tmp_path / "2", seed=2)]
    axes = learning_figure(runs).axes[0]
    assert len(axes.collections) == 1
    assert len(axes.get_lines()) == 2 + 1 + 1


def test_many_trainings_have_colours_and_room(tmp_path):
    runs = [
        trained(tmp_path / str(n), losses=[1.0], precision=n, note=f"{n} " * 9) for n in range(9)
    ]
    figure = learning_figure(runs)
    colours = {to_rgba(line.get_color()) for line in figure.axes[0].get_lines()}
    assert len(colours) == 9
    assert figure.get_figheight() > learning_figure(runs[:1]).get_figheight() + 0.5


def test_long_labels_stay_inside(tmp_path):
    names = {f"a_setting_with_a_long_name_{n}": 0 for n in range(12)}
    runs = [trained(tmp_path / str(n), losses=[1.0], **names | {"z": n}) for n in (1, 2)]
    other = trained(tmp_path / "3", losses=[1.0], **dict.fromkeys(names, 1))
    figure = learning_figure([*runs, other])
    figure.draw_without_rendering()
    frame = figure.legends[0].get_window_extent()
    assert frame.x0 >= 0 and frame.x1 <= 1000 and frame.y0 >= 0
    assert frame.y1 < figure.axes[0].get_window_extent().y0


@pytest.mark.parametrize("before", [None, b"an older picture"])
def test_the_picture_is_written_whole(tmp_path, before):
    path = tmp_path / "curve.png"
    if before:
        path.write_bytes(before)
    write_learning_curve(path, [trained(tmp_path / "a", VALIDATION)])
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert picture.size == (1000, 340)
        pixels = np.asarray(picture.convert("RGB"))
    assert (pixels == (0, 0x72, 0xB2)).all(axis=-1).sum() > 50
    assert [left.name for left in tmp_path.iterdir() if left.is_file()] == ["curve.png"]
