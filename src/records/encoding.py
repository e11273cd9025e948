"""The training record: how a pair of frames becomes a `tf.train.Example`, and is read back.

| feature    | type       | meaning |
|------------|------------|---------|
| z_image    | bytes      | JPEG of the exemplar patch, 4:4:4, centred on the target |
| x_image    | bytes      | JPEG of the search patch |
| z_box_ltwh | float32[4] | the target in the exemplar patch, patch pixels |
| x_box_ltwh | float32[4] | the target in the search patch |
| video      | bytes      | name of the video |
| z_frame    | int64      | index of the exemplar's frame, from 0 |
| x_frame    | int64      | index of the search frame |

Whoever changes this raises `record_format.SCHEMA_VERSION`.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import tensorflow as tf

from src.geometry.search_geometry import exemplar_side
from src.pairs.pair_list import Box, Pair
from src.parameters.design import Design
from src.records.store import (
    JPEG_QUALITY,
    exemplar_patch_sz,
    patch_pixels_per_crop_pixel,
    search_patch_sz,
)
from src.video.crops import crop, fill_colour
from src.video.images import read_image

FEATURES = {
    "z_image": tf.io.FixedLenFeature([], tf.string),
    "x_image": tf.io.FixedLenFeature([], tf.string),
    "z_box_ltwh": tf.io.FixedLenFeature([4], tf.float32),
    "x_box_ltwh": tf.io.FixedLenFeature([4], tf.float32),
    "video": tf.io.FixedLenFeature([], tf.string),
    "z_frame": tf.io.FixedLenFeature([], tf.int64),
    "x_frame": tf.io.FixedLenFeature([], tf.int64),
}


class PairEncoder:
    """Turns pairs into serialized records of one design."""

    def __init__(self, design: Design):
        """Prepares the graph that cuts and encodes; it is traced once, at the first call.

        Args:
            design: Sizes of crops and patches, context, padding.
        """
        self._design = design
        self._resolution = patch_pixels_per_crop_pixel(design)
        self._z_sz, self._x_sz = exemplar_patch_sz(design), search_patch_sz(design)
        self._encode_patches = _patches_encoder(self._z_sz, self._x_sz, design.pad_with_image_mean)

    def encode(self, pair: Pair, root: Path) -> bytes:
        """Reads the frames of a pair and makes its record.

        Args:
            pair: What to encode.
            root: The folder that its paths are relative to.

        Returns:
            The serialized `tf.train.Example`; the same bytes for the same frames and boxes.

        Raises:
            UserError: A frame cannot be read.
        """
        z_frame = read_image(root / pair.z_path)
        x_frame = z_frame if pair.x_path == pair.z_path else read_image(root / pair.x_path)
        z_area, z_box_ltwh = self._place(pair.z_box_ltwh, self._z_sz)
        x_area, x_box_ltwh = self._place(pair.x_box_ltwh, self._x_sz)
        z_image, x_image = self._encode_patches(z_frame, x_frame, z_area, x_area)
        example = _example(
            z_image=z_image.numpy(),
            x_image=x_image.numpy(),
            z_box_ltwh=z_box_ltwh,
            x_box_ltwh=x_box_ltwh,
            video=pair.video.encode("utf-8", "surrogateescape"),
            z_frame=pair.z_frame,
            x_frame=pair.x_frame,
        )
        return example.SerializeToString(deterministic=True)

    def _place(
        self, box_ltwh_frame: Box, patch_sz: tuple[int, int]
    ) -> tuple[np.ndarray, np.ndarray]:
        """The area that a patch shows, [centre, side] in the frame, and the box in the patch."""
        left_top, size = np.split(np.asarray(box_ltwh_frame, np.float64), 2)
        side = exemplar_side(size[0], size[1], self._design.context)
        patch_px_per_frame_px = self._resolution * self._design.exemplar_sz / side
        patch_wh = np.array(patch_sz[::-1], np.float64)
        size_patch = size * patch_px_per_frame_px
        box_ltwh_patch = np.concatenate([(patch_wh - size_patch) / 2, size_patch])
        area = np.stack([left_top + size / 2, patch_wh / patch_px_per_frame_px])
        return area.astype(np.float32), box_ltwh_patch


def decode_record(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
    """Reads one record.

    Args:
        serialized: string [].

    Returns:
        The features of `FEATURES`, with the images decoded: uint8 [height, width, 3], RGB.
    """
    record = tf.io.parse_single_example(serialized, FEATURES)
    return record | {key: _decode_patch(record[key]) for key in ("z_image", "x_image")}


def decode_exemplar(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
    """`z_image` and `z_box_ltwh` as `decode_record` gives them; string [] -> dict."""
    record = decode_record(serialized)
    return {key: record[key] for key in ("z_image", "z_box_ltwh")}


def read_videos(serialized: tf.Tensor) -> tf.Tensor:
    """The names of the records' videos, string [B], for records string [B]."""
    return tf.io.parse_example(serialized, {"video": FEATURES["video"]})["video"]


def write_records(path: Path, records: Iterable[bytes]) -> int:
    """Writes a TFRecord file.

    Args:
        path: The file.
        records: Serialized records; may be made while writing.

    Returns:
        How many were written.

    Raises:
        OSError: The disk is full, or the file cannot be written for another reason.
    """
    count = 0
    try:
        with tf.io.TFRecordWriter(str(path)) as file:
            for record in records:
                file.write(record)
                count += 1
    except tf.errors.OpError as error:
        raise OSError(error.message.rpartition("; ")[2]) from error
    return count


def _patches_encoder(
    z_sz: tuple[int, int], x_sz: tuple[int, int], pad_with_image_mean: bool
) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
    """A graph: two frames uint8 [H, W, 3], an area [centre, side] in each -> JPEG bytes of both."""
    frame, area = tf.TensorSpec([None, None, 3], tf.uint8), tf.TensorSpec([2, 2], tf.float32)

    @tf.function(autograph=False, input_signature=[frame, frame, area, area])
    def encode_patches(
        z_frame: tf.Tensor, x_frame: tf.Tensor, z_area: tf.Tensor, x_area: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        return (
            _encode_patch(z_frame, z_area, z_sz, pad_with_image_mean),
            _encode_patch(x_frame, x_area, x_sz, pad_with_image_mean),
        )

    return encode_patches


def _encode_patch(
    frame: tf.Tensor, area: tf.Tensor, patch_sz: tuple[int, int], pad_with_image_mean: bool
) -> tf.Tensor:
    """The JPEG bytes of an area of a frame."""
    centre, side = area[:1], area[1:]
    # the mean of a frame takes half as long as the crop, and many areas do not need it
    fill = tf.cond(
        _is_inside(frame, centre, side),
        lambda: tf.zeros([3]),
        lambda: fill_colour(frame, pad_with_image_mean),
    )
    patch = crop(frame, centre, side, patch_sz, fill)[0]
    return tf.io.encode_jpeg(
        tf.cast(tf.round(patch), tf.uint8),
        format="rgb",
        quality=JPEG_QUALITY,
        chroma_downsampling=False,
        optimize_size=True,
    )


def _is_inside(frame: tf.Tensor, centre: tf.Tensor, side: tf.Tensor) -> tf.Tensor:
    """Whether no sample of an area falls between the frame's outermost pixels, or beyond."""
    width_height = tf.cast(tf.gather(tf.shape(frame), (1, 0)), tf.float32)
    first, last = centre - side / 2, centre + side / 2
    return tf.reduce_all((first >= 1) & (last <= width_height - 1))


def _decode_patch(jpeg: tf.Tensor) -> tf.Tensor:
    """JPEG bytes -> uint8 [height, width, 3], the same on every machine."""
    return tf.io.decode_jpeg(jpeg, channels=3, dct_method="INTEGER_ACCURATE")


def _example(**values: bytes | int | np.ndarray) -> tf.train.Example:
    """An Example whose features have the types of the values."""
    return tf.train.Example(
        features=tf.train.Features(feature={key: _feature(value) for key, value in values.items()})
    )


def _feature(value: bytes | int | np.ndarray) -> tf.train.Feature:
    if isinstance(value, bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
    if isinstance(value, int):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
    return tf.train.Feature(float_list=tf.train.FloatList(value=value))
