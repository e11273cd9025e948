"""Shows why a padded network must see targets beside the middle of the search area to learn them.

Zero padding tells a network where in the crop it looks. If the target is always in the middle, the
network learns the place instead of the target (SiamRPN++, section 3.1). For every shift a small
padded network is trained on the same pairs of `data/clips/train`, their targets up to so many crop
pixels from the middle in x and in y; then its responses to pairs of `data/clips/test`, whose
targets lie anywhere in the search area, are averaged. PICTURE.png shows the means, PICTURE.json
beside it holds the numbers.

Example:
    python -m experiments.centre_bias --out centre_bias.png
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from src.base.errors import UserError, run_script
from src.base.files import atomic_path, atomic_write_text, new_file
from src.base.imports import make_repeatable
from src.base.progress import progress
from src.datasets.index_building import make_index
from src.geometry.search_geometry import cell_displacements
from src.pairs.list_making import shuffled_rows
from src.pairs.pair_list import write_pair_rows
from src.pairs.video_pairs import draw_video_pairs
from src.parameters.command_line import CommandParser
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Environment, Run
from src.parameters.parse_arguments import parse_arguments
from src.records.plan import plan_records
from src.records.preparation import write_shard
from src.records.store import RecordSet, open_records

if TYPE_CHECKING:
    import tensorflow as tf

Measures = dict[str, float | np.ndarray]
SHARES = ("targets_found", "response_in_centre", "peaks_in_centre")

STRIDE, CELLS, LABEL_RADIUS = 8, 13, 8.0
AXIS = cell_displacements(CELLS, STRIDE)  # of the cells from the middle, crop pixels
REACH = 48  # crop pixels, how far from the middle the test's targets lie in x and y: to the rim
CENTRE = 16.0  # crop pixels, how far the centre reaches in x and y
# filters, their side and stride: every cell sees an edge of the crop, 8 cells away at most, for the
# last five look 10 cells far. The project's padded network would take minutes to train.
LAYERS = ((16, 5, 2), (32, 3, 2), (32, 3, 2), *([(32, 5, 1)] * 5))
# what differs from the project's own parameters: crops half as large, the sizes of any padded
# network of stride 8, and nothing but the shift drawn by chance
SETTINGS = f"""
environment.root_dataset=data
design.exemplar_sz=65 design.exemplar_margin=0 design.search_sz=129 design.score_sz={CELLS}
design.tot_stride={STRIDE} design.levels=[4] design.join_method=xcorr design.score_gain=0.05
design.resize_width=257 design.resize_height=257 hyperparams.label_radius={LABEL_RADIUS}
hyperparams.optimizer=adam hyperparams.lr=1e-3 hyperparams.lr_end=1e-4 hyperparams.weight_decay=0
hyperparams.stretch=0 hyperparams.colour_jitter=0 hyperparams.grey_share=0
"""


def main(argv: Sequence[str]) -> None:
    """Reads the options, trains, tests, and writes numbers and picture.

    Raises:
        UserError: An option is wrong, or one of the files exists; then nothing is written.
    """
    options = _parser().parse_args(argv)
    numbers = _check(options)
    make_repeatable()
    with tempfile.TemporaryDirectory(prefix="centre-bias-") as folder:
        biases = _train_and_test(options, Path(folder))
    settings = {"steps": options.steps, "seed": options.seed}
    atomic_write_text(numbers, json.dumps(settings | biases, indent=1, default=np.ndarray.tolist))
    with atomic_path(options.out, ".png") as part:
        heat_figure(biases).savefig(part)
    print(f"Centre bias: {options.out}, {numbers}")


def _parser() -> argparse.ArgumentParser:
    """The options; what is wrong with them is told by `_check`."""
    parser = CommandParser(__doc__, "python -m experiments.centre_bias")
    picture = {"type": Path, "metavar": "PICTURE.png"}
    parser.add_argument("--out", help="the picture to write (needed)", **picture)
    number = {"type": int, "metavar": "N"}
    for name, usual, text in (
        ("--shifts", [0, 16, 32], f"largest shifts of the trainings, crop pixels, 0 to {REACH}"),
        ("--steps", 900, "batches of 8 pairs to learn from"),
        ("--seed", 1, "seed of every random choice"),
    ):
        several = {"nargs": "+"} if isinstance(usual, list) else {}
        told = f"{text} (default: %(default)s)"
        parser.add_argument(name, default=usual, help=told, **number, **several)
    return parser


def _check(options: argparse.Namespace) -> Path:
    """Refuses what cannot be done before anything is; returns where the numbers go."""
    numbers = new_file(new_file(options.out, ".png").with_suffix(".json"), ".json")
    for name, low, high in (("steps", 1, 100_000), ("seed", 1, 10_000), ("shifts", 0, REACH)):
        given = getattr(options, name)
        if np.min(given) < low or np.max(given) > high:
            raise UserError(f"--{name} {given}: should be {low} to {high}")
    return numbers


def _train_and_test(options: argparse.Namespace, folder: Path) -> dict[str, Measures]:
    """The biases by what the network was trained with, told when known; last, the truth."""
    learned, tested = make_records(folder, options.seed)
    biases = {}
    for shift in dict.fromkeys(options.shifts):
        network = train(learned, shift, options.steps, options.seed)
        response, disp_crop = respond(network, tested, options.seed)
        bias = biases[f"shift {shift} px"] = measure_bias(response, disp_crop)
        shares = ", ".join(f"{name} {bias[name]:.1%}" for name in SHARES)
        print(f"shift {shift} px: {shares}", flush=True)
    return biases | {"the truth": measure_bias(true_response(disp_crop), disp_crop)}


def parameters(*settings: str) -> tuple[Hyperparams, Run, Environment, Design]:
    """The experiment's parameters, and `settings` (`hyperparams.search_shift=16`) with them."""
    argv = ["--model", "efficientnet_lite0", "--hyperparams", "hyperparams.json"]
    argv += [word for text in (*SETTINGS.split(), *settings) for word in ("--set", text)]
    hp, _, run, env, design = parse_arguments(argv)
    return hp, run, env, design


def make_records(folder: Path, seed: int) -> tuple[RecordSet, RecordSet]:
    """Makes records of pairs of the embedded clips, below `folder`: to learn from, and to test."""
    hp, run, env, design = parameters(
        f"environment.pair_list={folder / 'pairs.csv'}", f"environment.tfrecord_path={folder}"
    )
    listed = []
    for split, clips in (("train", "clips/train"), ("validation", "clips/test")):
        place = Path(env.root_dataset, clips)
        index = make_index(folder / "index", place, None, run)
        pairs, _ = draw_video_pairs(index, hp, seed, env.root_dataset)
        pairs.validates[:] = split == "validation"
        listed.append(pairs)
    write_pair_rows(env.pair_list, shuffled_rows(listed, seed), "Pairs of the embedded clips")
    for plan in plan_records(design, env, num_shards=4):
        plan.finish({job.path.name: write_shard(job) for job in plan.jobs})
    return open_records(design, env, "train"), open_records(design, env, "validation")


def build_padded_network(design: Design, seed: int) -> "tf.keras.Model":
    """Makes a network of `LAYERS` and SiamFC's head, which takes (exemplars, search crops)."""
    import tensorflow as tf

    from src.network.cross_correlation import centre_crop
    from src.network.heads import HEADS

    tf.keras.utils.set_random_seed(seed)
    embed = tf.keras.Sequential([tf.keras.Input((None, None, 3))])
    embed.add(tf.keras.layers.Rescaling(1 / 128, -127 / 128))
    for layer, (filters, side, stride) in enumerate(LAYERS, start=1):
        relu = "relu" if layer < len(LAYERS) else None
        embed.add(tf.keras.layers.Conv2D(filters, side, stride, "same", activation=relu))
    sides = (design.exemplar_sz, design.search_sz)
    exemplar, search = (tf.keras.Input((side, side, 3)) for side in sides)
    template = centre_crop(embed(exemplar), design.template_cells)
    score = HEADS[design.join_method](design)((template,), (embed(search),), training=False)
    return tf.keras.Model((exemplar, search), score)


def train(records: RecordSet, shift: int, steps: int, seed: int) -> "tf.keras.Model":
    """Trains a network; all but the shift of its targets, crop pixels, depends on `seed` alone.

    Raises:
        UserError: The loss or its gradient is not a finite number.
    """
    from src.records.read_training_dataset import training_batches
    from src.training.train_step import Learner

    hp, _, _, design = parameters(f"hyperparams.search_shift={shift}")
    learner = Learner(build_padded_network(design, seed), design, hp, steps)
    epochs = -(-steps // (records.pairs // design.batch_size))
    batches = training_batches(records, design, hp, seed, epochs).take(steps)
    for batch in progress(batches, total=steps, desc=f"shift {shift}", unit="step"):
        if not learner.train_step(batch):
            raise UserError(f"shift {shift}: the training diverged; try another --seed")
    return learner.network


def respond(network: "tf.keras.Model", records: RecordSet, seed: int) -> tuple[np.ndarray, ...]:
    """Shows pairs to a trained network, their targets anywhere in the search area.

    Returns:
        float32 [N, n, n], 0...1, what each cell says (logistic scores), and float32 [N, 2], (x, y)
        of the targets from the middle, crop pixels.
    """
    import tensorflow as tf

    from src.records.read_training_dataset import training_batches

    hp, _, _, design = parameters(f"hyperparams.search_shift={REACH}")
    compare = tf.function(lambda z, x: tf.sigmoid(network((z, x), training=False)["score"][..., 0]))
    batches = training_batches(records, design, hp, seed, num_epochs=2)
    said = [(compare(batch["z"], batch["x"]), batch["disp_crop"]) for batch in batches]
    return tuple(np.concatenate(values) for values in zip(*said, strict=True))


def true_response(disp_crop: np.ndarray) -> np.ndarray:
    """What a network says that knows the targets, given as `respond` does: [N, n, n], 0 or 1."""
    x, y = (AXIS - disp_crop[:, [place]] for place in (0, 1))
    return (x[:, None, :] ** 2 + y[:, :, None] ** 2 <= LABEL_RADIUS**2).astype(np.float64)


def measure_bias(response: np.ndarray, disp_crop: np.ndarray) -> Measures:
    """Sums up what one network said; takes what `respond` returns.

    Returns:
        `targets_found`: share of the targets whose highest cell is at most a stride away.
        `response_in_centre`: share of the mean response that lies in the centre.
        `peaks_in_centre`: share of the highest cells that lie there.
        `mean_response`: float64 [n, n], 0...1, of every cell over all pairs.
    """
    row, column = np.divmod(response.reshape(len(response), -1).argmax(axis=1), CELLS)
    peaks_crop = np.stack([AXIS[column], AXIS[row]], axis=1)
    mean_response = response.mean(axis=0, dtype=np.float64)
    near = np.abs(AXIS) <= CENTRE
    return {
        "targets_found": (np.linalg.norm(peaks_crop - disp_crop, axis=1) <= STRIDE).mean(),
        "response_in_centre": mean_response[np.ix_(near, near)].sum() / mean_response.sum(),
        "peaks_in_centre": (np.abs(peaks_crop).max(axis=1) <= CENTRE).mean(),
        "mean_response": mean_response,
    }


def heat_figure(biases: Mapping[str, Measures]) -> Figure:
    """The mean responses side by side, each as a share of its highest cell, the centre framed."""
    figure = Figure(figsize=(2.4 * len(biases) + 0.8, 3.3), layout="compressed")
    row = figure.subplots(1, len(biases), sharey=True, squeeze=False)[0]
    rim, frame = CELLS / 2 * STRIDE, (CENTRE // STRIDE + 0.5) * STRIDE  # to the cells' edges
    for axes, (name, bias) in zip(row, biases.items(), strict=True):
        cells = bias["mean_response"] / bias["mean_response"].max()
        image = axes.imshow(cells, vmin=0, vmax=1, extent=(-rim, rim, rim, -rim))
        axes.plot(*(frame * np.array([[-1, 1, 1, -1, -1], [-1, -1, 1, 1, -1]])), "w--")
        told = "\n".join(f"{share.replace('_', ' ')}: {bias[share]:.0%}" for share in SHARES[:2])
        axes.set(title=name, xlabel=f"x (crop px)\n{told}")
    row[0].set_ylabel("y (crop px)")
    figure.colorbar(image, ax=row, shrink=0.8, pad=0.01, label="share of the highest cell")
    return figure


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
