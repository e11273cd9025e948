"""From records to batches: shuffled, cropped and augmented in one `tf.data` graph.

The order and the augmentation depend on nothing but the seed and the place in the training, so a
training that goes on at a later step gets what an undisturbed one would have got.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import tensorflow as tf

from src.base.errors import UserError
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.network_arithmetic import exemplar_crop_sz
from src.records.augmentation import (
    Geometry,
    change_pair,
    choose_exemplars,
    draw_geometry,
    unchanged,
)
from src.records.encoding import decode_exemplar, decode_record, read_videos
from src.records.store import AGAIN, EXEMPLAR_ROOM, RecordSet, patch_pixels_per_crop_pixel
from src.video.crops import crop_lazily, fill_colour

SHUFFLE_BUFFER = 1024  # serialized records, about 50 MB
PREFETCH = 2  # batches
OPEN_SHARDS = 16  # read in turn

# independent streams of random numbers
_ORDER, _PLACES, _COLOURS, _BLUR, _NEGATIVES, _MIRROR = 0, 1, 2, 3, 4, 5


# no branch of the graphs is Python's, and looking for one takes a third of the tracing
_plainly = tf.autograph.experimental.do_not_convert


class Part(NamedTuple):
    """What one process reads of every batch.

    Attributes:
        first: Number of its first pair in the batch.
        pairs: How many pairs it has.
        batch: Pairs in each of the smaller batches that it makes of them.
    """

    first: int
    pairs: int
    batch: int


def training_batches(
    records: RecordSet,
    design: Design,
    hp: Hyperparams,
    seed: int,
    num_epochs: int,
    start_step: int = 0,
    part: Part | None = None,
) -> tf.data.Dataset:
    """Batches of a whole training.

    Every epoch goes through the records in another order; those that do not fill its last batch are
    left out. The crops are shifted, stretched, blurred and coloured as `augmentation` says; some
    pairs get the exemplar of another pair of the batch, as `negative_pairs` says.

    Args:
        records: The training records.
        design: Sizes of crops and patches, padding, `batch_size`.
        hp: Keys of `augmentation`, and `negative_share`.
        seed: Seed of order and augmentation.
        num_epochs: Epochs of the whole training.
        start_step: Steps that were done before; the batches are those from this one on.
        part: Of every batch that one process would read, the part that is wanted; None: all. All
            records are read, which is cheap, but no other crops are made: so the pairs of a step do
            not depend on how many processes share it, as they would if each had files of its own.

    Returns:
        Dataset of dicts, with B = `part.batch` or `design.batch_size`:
        z: float32 [B, s, s, 3], s the `exemplar_crop_sz`, RGB, 0...255.
        z_scaled: float32 [B, k, s, s, 3], the same for each of the k `other_scales`.
        x: float32 [B, search_sz, search_sz, 3].
        disp_crop: float32 [B, 2], (x, y) of the target from the middle of x, crop pixels.
        target_sz_crop: float32 [B, 2], (width, height) of the target in x, crop pixels.
        positive: float32 [B], 1, or 0 if the exemplar is that of another pair.
        video: string [B]. z_frame, x_frame: int64 [B], from 0; of the pair as it was recorded.
        And with a `filter_loss_weight`, the exemplar in a larger crop, for a filter to learn from:
        z_search: float32 [B, search_sz, search_sz, 3], whose middle is z.
        z_target_sz_crop: float32 [B, 2], (width, height) of the target in it, crop pixels.

    Raises:
        UserError: There are fewer pairs than one batch, or the largest of `other_scales` shows more
            than the records hold.
    """
    steps_per_epoch = _steps_per_epoch(records, design)
    _check_room(design, hp)
    part = part or Part(0, design.batch_size, design.batch_size)
    first_epoch, steps_before = divmod(start_step, steps_per_epoch)
    used = steps_per_epoch * design.batch_size
    return (
        tf.data.Dataset.range(first_epoch, num_epochs)
        .flat_map(_plainly(_numbered_epoch(records, seed, used)))
        .skip(steps_before * design.batch_size)
        .batch(design.batch_size)
        .map(_plainly(_joiner(hp, seed, part)))
        .unbatch()
        .map(_plainly(_cutter(design, hp, seed)), tf.data.AUTOTUNE, deterministic=True)
        .batch(part.batch, drop_remainder=True)
        .prefetch(PREFETCH)
        .with_options(_as_many_threads_as_cores())
    )


def validation_batches(records: RecordSet, design: Design, hp: Hyperparams) -> tf.data.Dataset:
    """One pass over the validation records in their order, unshifted.

    Args:
        records: The validation records.
        design: Sizes of crops and patches, padding, `batch_size`.
        hp: `other_scales`.

    Returns:
        Dataset of dicts as `training_batches` gives; the last batch may be smaller.
    """
    return (
        tf.data.TFRecordDataset([str(path) for path in records.paths])
        .map(
            _plainly(
                lambda serialized: _cut_crops(decode_record(serialized), unchanged(), design, hp)
            ),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
        .batch(design.batch_size)
        .prefetch(PREFETCH)
        .with_options(_as_many_threads_as_cores())
    )


@contextlib.contextmanager
def reading_errors() -> Iterator[None]:
    """Turns TensorFlow's errors about record files into a `UserError`."""
    try:
        yield
    except (tf.errors.DataLossError, tf.errors.NotFoundError) as error:
        raise UserError(
            f"the records were damaged or removed while they were read: {error.message}; {AGAIN}"
        ) from error


def _as_many_threads_as_cores() -> tf.data.Options:
    """Options without a tuner, whose thread could keep the end of a dataset waiting for nothing."""
    options = tf.data.Options()
    options.autotune.enabled = False
    return options


def _numbered_epoch(
    records: RecordSet, seed: int, used: int
) -> Callable[[tf.Tensor], tf.data.Dataset]:
    """From an epoch to its first `used` records, numbered through all epochs."""
    return lambda epoch: _shuffled(records, seed, epoch).take(used).enumerate(epoch * used)


def _shuffled(records: RecordSet, seed: int, epoch: tf.Tensor) -> tf.data.Dataset:
    """The serialized records in the order of one epoch."""
    seed_order = _derive_seed(seed, _ORDER, epoch)
    paths = tf.constant([str(path) for path in records.paths])
    paths = tf.random.experimental.stateless_shuffle(paths, seed_order)
    seed_buffer = tf.random.stateless_uniform([], seed_order, None, None, tf.int64)
    return (
        tf.data.Dataset.from_tensor_slices(paths)
        .interleave(tf.data.TFRecordDataset, cycle_length=min(len(records.paths), OPEN_SHARDS))
        .shuffle(SHUFFLE_BUFFER, seed_buffer, reshuffle_each_iteration=False)
    )


def _joiner(hp: Hyperparams, seed: int, part: Part) -> Callable[..., tuple[tf.Tensor, ...]]:
    """Makes the function from the numbers and records of a batch to those of a part of it.

    With each goes the record that its exemplar is from, before its own, and whether that is its
    own: 1, else 0.
    """
    wanted = slice(part.first, part.first + part.pairs)

    def join(index: tf.Tensor, serialized: tf.Tensor) -> tuple[tf.Tensor, ...]:
        seed_batch = _derive_seed(seed, _NEGATIVES, index[0])
        giver = choose_exemplars(read_videos(serialized), hp.negative_share, seed_batch)
        own = giver == tf.range(tf.size(giver, tf.int64))
        joined = (index, tf.gather(serialized, giver), serialized, tf.cast(own, tf.float32))
        return tuple(one[wanted] for one in joined)

    return join


def _cutter(design: Design, hp: Hyperparams, seed: int) -> Callable[..., dict[str, tf.Tensor]]:
    """Makes the function from what `_joiner` gives for a pair to its augmented example."""

    def cut(
        index: tf.Tensor, z_serialized: tf.Tensor, x_serialized: tf.Tensor, positive: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        geometry = draw_geometry(hp, _derive_seed(seed, _PLACES, index))
        # in a graph, images that are not used are not decoded
        record = decode_record(x_serialized) | decode_exemplar(z_serialized)
        example = _cut_crops(record, geometry, design, hp)
        seeds = (_derive_seed(seed, stream, index) for stream in (_BLUR, _COLOURS, _MIRROR))
        example = change_pair(example | {"z": _all_scales(example)}, hp, *seeds)
        z = example["z"]
        return example | {"z": z[0], "z_scaled": z[1:], "positive": positive}

    return cut


def _derive_seed(seed: int, stream: int, index: tf.Tensor) -> tf.Tensor:
    """Seed of one epoch or example in a stream, int32 [2]."""
    return tf.random.fold_in(tf.constant([seed, stream]), index)


def _steps_per_epoch(records: RecordSet, design: Design) -> int:
    """How many whole batches there are; at least one."""
    steps_per_epoch = records.pairs // design.batch_size
    if steps_per_epoch == 0:
        raise UserError(
            f"there are {records.pairs} training pairs, fewer than one batch of "
            f"{design.batch_size} (design.batch_size)"
        )
    return steps_per_epoch


def _check_room(design: Design, hp: Hyperparams) -> None:
    """Refuses scales at which an exemplar would show the colour beyond its patch.

    A network would learn that such an exemplar is cut at a large scale.
    """
    largest = max((1.0, *hp.other_scales))
    shown = exemplar_crop_sz(design) * largest * (1 + hp.stretch)
    held = design.search_sz + 2 * EXEMPLAR_ROOM
    if hp.other_scales and shown > held:
        raise UserError(
            f"hyperparams.other_scales has {largest:g}: such an exemplar shows {shown:.0f} crop "
            f"pixels (with hyperparams.stretch), but the records hold {held}; choose smaller "
            "scales or a smaller design.exemplar_margin"
        )


def _all_scales(example: dict[str, tf.Tensor]) -> tf.Tensor:
    """The exemplar crop, then those at other scales: [1 + k, s, s, 3]."""
    return tf.concat([example["z"][None], example["z_scaled"]], axis=0)


def _cut_crops(
    record: dict[str, tf.Tensor], geometry: Geometry, design: Design, hp: Hyperparams
) -> dict[str, tf.Tensor]:
    """One example, cut where `geometry` says."""
    resolution = tf.constant(patch_pixels_per_crop_pixel(design), tf.float32)
    z_resolution, x_resolution = resolution * geometry.z_stretch, resolution * geometry.x_stretch
    z_box_ltwh, x_box_ltwh = record["z_box_ltwh"], record["x_box_ltwh"]

    def cut(
        patch: tf.Tensor, centre_patch: tf.Tensor, size: int, patch_per_crop: tf.Tensor
    ) -> tf.Tensor:
        centres_patch = tf.broadcast_to(centre_patch, tf.shape(patch_per_crop))
        return crop_lazily(
            patch,
            centres_patch,
            size * patch_per_crop,
            (size, size),
            lambda: fill_colour(patch, design.pad_with_image_mean),
        )

    z_centre_patch = z_box_ltwh[:2] + z_box_ltwh[2:] / 2
    x_centre_patch = x_box_ltwh[:2] + x_box_ltwh[2:] / 2 + geometry.shift_crop * x_resolution
    scales = tf.constant([[1.0], *([scale] for scale in hp.other_scales)])
    z = cut(record["z_image"], z_centre_patch, exemplar_crop_sz(design), scales * z_resolution)
    of_filter = {}
    if hp.filter_loss_weight > 0:
        area = record["z_image"], z_centre_patch, design.search_sz, z_resolution[None]
        of_filter = {"z_search": cut(*area)[0], "z_target_sz_crop": z_box_ltwh[2:] / z_resolution}
    return {
        "z": z[0],
        "z_scaled": z[1:],
        "x": cut(record["x_image"], x_centre_patch, design.search_sz, x_resolution[None])[0],
        "disp_crop": -geometry.shift_crop,
        "target_sz_crop": x_box_ltwh[2:] / x_resolution,
        "positive": tf.constant(1.0),
        "video": record["video"],
        "z_frame": record["z_frame"],
        "x_frame": record["x_frame"],
        **of_filter,
    }
