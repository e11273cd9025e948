"""Random changes of training pairs, and pairs of different targets."""

import math
from typing import NamedTuple

import tensorflow as tf

from src.parameters.hyperparams import Hyperparams

WHITE = 255.0
ZOOM_STREAM, SCALE_STREAM = 3, 4  # apart from the three that shift and stretch
MAX_REACH = 5  # longest way from the middle of a streak to its ends, crop pixels


class Geometry(NamedTuple):
    """Where the crops of a pair are cut.

    Attributes:
        shift_crop: float32 [2], (x, y) of the search crop's middle from the target, crop pixels.
        z_stretch: float32 [2], (x, y) factors on the area that the exemplar crop shows.
        x_stretch: The same for the search crop.
    """

    shift_crop: tf.Tensor
    z_stretch: tf.Tensor
    x_stretch: tf.Tensor


def unchanged() -> Geometry:
    """The target in the middle, nothing stretched: for validation."""
    return Geometry(tf.zeros([2]), tf.ones([2]), tf.ones([2]))


def draw_geometry(hp: Hyperparams, seed: tf.Tensor) -> Geometry:
    """Draws shift and stretch of a pair.

    Args:
        hp: `search_shift`, crop pixels; `stretch`, `zoom` and `search_scale`, shares.
        seed: int32 [2].

    Returns:
        Shifts uniform in +-`search_shift`, factors uniform in 1 +- `stretch`, x and y apart, times
        one factor for both crops, uniform in 1 - `zoom`...1, and one for the search crop, uniform
        in 1 +- `search_scale`.
    """
    shift, z_stretch, x_stretch = (
        tf.random.stateless_uniform([2], one, -1.0, 1.0)
        for one in tf.unstack(tf.random.split(seed, 3))
    )
    shown = 1 - hp.zoom * tf.random.stateless_uniform([], tf.random.fold_in(seed, ZOOM_STREAM))
    scale_seed = tf.random.fold_in(seed, SCALE_STREAM)
    scale = 1 + hp.search_scale * tf.random.stateless_uniform([], scale_seed, -1.0, 1.0)
    return Geometry(
        hp.search_shift * shift,
        shown * (1 + hp.stretch * z_stretch),
        shown * scale * (1 + hp.stretch * x_stretch),
    )


def change_pair(
    example: dict[str, tf.Tensor],
    hp: Hyperparams,
    blur_seed: tf.Tensor,
    colour_seed: tf.Tensor,
    mirror_seed: tf.Tensor,
) -> dict[str, tf.Tensor]:
    """Blurs, colours and mirrors the crops of a pair.

    Args:
        example: As `mirror` takes it; crops 0...255.
        hp: As the three functions take it.
        blur_seed: int32 [2], of `blur_by_motion`.
        colour_seed: int32 [2], of `change_colours`.
        mirror_seed: int32 [2], of `mirror`.

    Returns:
        The example with other crops.
    """
    x = blur_by_motion(example["x"], hp, blur_seed)
    z, coloured = change_colours(example["z"], x, hp, colour_seed)
    changed = {"z": z, "x": coloured}
    if "z_search" in example:  # the same exemplar, so of the same colours
        changed["z_search"], _ = change_colours(example["z_search"], x, hp, colour_seed)
    return mirror(example | changed, hp, mirror_seed)


def blur_by_motion(x: tf.Tensor, hp: Hyperparams, seed: tf.Tensor) -> tf.Tensor:
    """Blurs some search crops as a moving camera does: every pixel becomes a straight streak.

    Args:
        x: float32 [H, W, 3], 0...255; H and W >= `MAX_REACH`.
        hp: `blur_share`, a share.
        seed: int32 [2].

    Returns:
        The crop, as it was or blurred; beyond its edges it is taken as mirrored. The streak has any
        direction, and a length of 3, 5, 7, 9 or 11 crop pixels, all alike likely.
    """
    chosen_seed, reach_seed, angle_seed = tf.unstack(tf.random.split(seed, 3))
    chosen = tf.random.stateless_uniform([], chosen_seed) < hp.blur_share
    reach = tf.random.stateless_uniform([], reach_seed, 1, MAX_REACH + 1, tf.int32)
    angle = tf.random.stateless_uniform([], angle_seed, 0.0, math.pi)
    return tf.cond(
        chosen, lambda: _convolve(x, line_kernel(tf.cast(reach, tf.float32), angle)), lambda: x
    )


def line_kernel(reach: tf.Tensor, angle: tf.Tensor) -> tf.Tensor:
    """A line of 1 pixel's width through the middle, its edges smooth.

    Args:
        reach: float32 [], from the middle to either end, pixels, up to `MAX_REACH`.
        angle: float32 [], of the line with the x axis, radians.

    Returns:
        float32 [n, n], n = 2 `MAX_REACH` + 1: 1 - the distance from the line, where that is
        positive, scaled to a sum of 1.
    """
    axis = tf.range(-MAX_REACH, MAX_REACH + 1, dtype=tf.float32)
    at_xy = tf.stack(tf.meshgrid(axis, axis, indexing="xy"), axis=-1)
    direction_xy = tf.stack([tf.cos(angle), tf.sin(angle)])
    along = tf.clip_by_value(tf.reduce_sum(at_xy * direction_xy, axis=-1), -reach, reach)
    distance = tf.norm(at_xy - along[..., None] * direction_xy, axis=-1)
    weight = tf.maximum(1 - distance, 0.0)
    return weight / tf.reduce_sum(weight)


def mirror(example: dict[str, tf.Tensor], hp: Hyperparams, seed: tf.Tensor) -> dict[str, tf.Tensor]:
    """Turns some pairs left to right, both crops and the target's place alike.

    Args:
        example: `z` [..., H, W, 3], `x` [H, W, 3], `disp_crop` [2], (x, y), and `z_search` [H, W,
            3] where there is one; others stay.
        hp: `mirror_share`, a share.
        seed: int32 [2].

    Returns:
        The example, as it was or mirrored.
    """
    crops = {key: example[key] for key in ("z", "x", "z_search") if key in example}
    kept = crops | {"disp_crop": example["disp_crop"]}

    def mirrored() -> dict[str, tf.Tensor]:
        turned = {key: crop[..., ::-1, :] for key, crop in crops.items()}
        return turned | {"disp_crop": kept["disp_crop"] * [-1.0, 1.0]}

    chosen = tf.random.stateless_uniform([], seed) < hp.mirror_share
    return example | tf.cond(chosen, mirrored, lambda: kept)


def change_colours(
    z: tf.Tensor, x: tf.Tensor, hp: Hyperparams, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Colours both crops of a pair, each in its own way, and turns some pairs grey.

    Args:
        z: float32 [..., H, W, 3], RGB 0...255; several images are coloured alike.
        x: The same, of any size.
        hp: `colour_jitter` and `grey_share`, shares.
        seed: int32 [2].

    Returns:
        Both crops, 0...255.
    """
    z_seed, x_seed, grey_seed = tf.unstack(tf.random.split(seed, 3))
    z, x = _jitter(z, hp.colour_jitter, z_seed), _jitter(x, hp.colour_jitter, x_seed)
    grey = tf.random.stateless_uniform([], grey_seed) < hp.grey_share
    return tf.cond(grey, lambda: (_as_grey(z), _as_grey(x)), lambda: (z, x))


def _convolve(image: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """The image [H, W, 3] under a kernel [n, n], n odd; mirrored at its edges."""
    room = kernel.shape[0] // 2
    padded = tf.pad(image, [[room, room], [room, room], [0, 0]], "SYMMETRIC")
    filters = tf.tile(kernel[..., None, None], [1, 1, 3, 1])
    return tf.nn.depthwise_conv2d(padded[None], filters, [1, 1, 1, 1], "VALID")[0]


def _jitter(image: tf.Tensor, strength: float, seed: tf.Tensor) -> tf.Tensor:
    """Multiplies every channel by 1 +- strength and adds +- strength of white."""
    gain, offset = tf.unstack(tf.random.stateless_uniform([2, 3], seed, -1.0, 1.0))
    width = tf.shape(image)[-2]
    # in rows of pixels: to broadcast over an axis of 3 takes longer
    rows = tf.reshape(image, [-1, width * 3])
    factor, added = (
        tf.tile(1 + strength * gain, [width]),
        tf.tile(WHITE * strength * offset, [width]),
    )
    return tf.reshape(tf.clip_by_value(rows * factor + added, 0.0, WHITE), tf.shape(image))


def _as_grey(image: tf.Tensor) -> tf.Tensor:
    """The luminance in all three channels."""
    return tf.broadcast_to(tf.image.rgb_to_grayscale(image), tf.shape(image))


def choose_exemplars(videos: tf.Tensor, share: float, seed: tf.Tensor) -> tf.Tensor:
    """Chooses whose exemplar each pair of a batch gets.

    Args:
        videos: string [B], the pairs' videos.
        share: Share of the pairs that are wanted to be negative, 0...1.
        seed: int32 [2].

    Returns:
        int64 [B], number of a pair in the batch: for a negative pair any one of another scene, all
        alike likely; for a positive pair its own. Where all the batch is one scene, all stay
        positive.
    """
    wanted_seed, choice_seed = tf.unstack(tf.random.split(seed, 2))
    pairs = tf.size(videos)
    scenes = name_scenes(videos)
    foreign = scenes[:, None] != scenes[None, :]
    wanted = tf.random.stateless_uniform([pairs], wanted_seed) < share
    draws = tf.random.stateless_uniform([pairs, pairs], choice_seed)
    chosen = tf.argmax(tf.where(foreign, draws, -1.0), axis=1)
    negative = wanted & tf.reduce_any(foreign, axis=1)
    return tf.where(negative, chosen, tf.range(tf.cast(pairs, tf.int64)))


def name_scenes(videos: tf.Tensor) -> tf.Tensor:
    """What may show the same things, by the videos' names.

    Wider than `video_folders.film_of`: several targets of a folder (`<folder>-<k>`) are one scene
    too, which makes some films one that are not. So are all photographs, `stills/...`: their names
    do not tell which of them show the same thing.

    Args:
        videos: string [B].

    Returns:
        string [B].
    """
    # (?s): a dot stands for every character, whatever is in a folder's name
    films = tf.where(
        tf.strings.regex_full_match(videos, r"(?s).*_\d{5,}(-\d+)?"),
        videos,
        tf.strings.regex_replace(videos, r"(?s)^(.*_.*)_.*$", r"\1"),
    )
    scenes = tf.strings.regex_replace(films, r"-\d+$", "")
    return tf.where(tf.strings.regex_full_match(videos, r"(?s)stills/.*"), "stills", scenes)
