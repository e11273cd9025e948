"""SiamFC's labels, logistic loss and distance from the target."""

from collections.abc import Callable

import tensorflow as tf

from src.geometry.search_geometry import cell_displacements, cell_grid
from src.network.siamese import SiameseNetwork
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.network_arithmetic import score_sz, total_stride

Batch = dict[str, tf.Tensor]


def _near_centre(offset: tf.Tensor, target_sz: tf.Tensor, label_radius: float) -> tf.Tensor:
    """Within `label_radius` of the target's centre, whatever its shape (SiamFC paper, eq. 4)."""
    return tf.reduce_sum(offset**2, axis=-1) <= label_radius**2


def _inside_half_box(offset: tf.Tensor, target_sz: tf.Tensor, label_radius: float) -> tf.Tensor:
    """Within a quarter of the target's width and height: the box that SiameseFC-tf labelled.

    It meant the whole box, but drew it in pixels of the upsampled map, two of which are one pixel
    of the crop.
    """
    return tf.reduce_all(tf.abs(offset) <= target_sz[:, None, None, :] / 4, axis=-1)


LABELS: dict[str, Callable[[tf.Tensor, tf.Tensor, float], tf.Tensor]] = {
    "radius": _near_centre,
    "box": _inside_half_box,
}


def make_logistic_targets(design: Design, hp: Hyperparams) -> Callable[[Batch], Batch]:
    """Makes the function from a batch of pairs to labels and weights.

    Args:
        design: Gives the score map's size and stride.
        hp: `label`, `label_radius` (crop pixels) and `label_balance`.

    Returns:
        A function of a batch with `disp_crop` float32 [B, 2] (x, y displacement of the target from
        the middle of the search crop, pixels), `target_sz_crop` float32 [B, 2] (width, height) and
        `positive` float32 [B] (0 for a pair whose exemplar shows another target, else 1), to
        `{"label", "weight"}`, both float32 [B, n, n, 1]. Labels are 1 at the target, else 0; all 0
        for negative pairs. The weights of an example sum to 1; balanced, the cells at the search
        crop's target have one half and all others the other half, in negative pairs too: what
        stands there is most easily taken for a target. MATLAB has one map of weights for both kinds
        of pairs as well (`setup_loss`), and pysot takes its negatives from there alone.
    """
    grid_xy = tf.constant(cell_grid(score_sz(design), total_stride(design)), tf.float32)
    is_positive = LABELS[hp.label]
    weigh = _balanced_weights if hp.label_balance else _equal_weights

    def targets(batch: Batch) -> Batch:
        offset = grid_xy[None] - batch["disp_crop"][:, None, None, :]
        at_target = is_positive(offset, batch["target_sz_crop"], hp.label_radius)[..., None]
        label = at_target & (batch["positive"] > 0)[:, None, None, None]
        return {
            "label": tf.cast(label, tf.float32),
            "weight": weigh(tf.cast(at_target, tf.float32)),
        }

    return targets


def _equal_weights(at_target: tf.Tensor) -> tf.Tensor:
    """Every cell counts alike."""
    cells = tf.cast(tf.reduce_prod(tf.shape(at_target)[1:]), tf.float32)
    return tf.ones_like(at_target) / cells


def _balanced_weights(at_target: tf.Tensor) -> tf.Tensor:
    """Half of the weight on the cells at the target, half on the others (MATLAB `labelWeight`)."""
    near = tf.reduce_sum(at_target, axis=(1, 2, 3), keepdims=True)
    far = tf.reduce_sum(1 - at_target, axis=(1, 2, 3), keepdims=True)
    return 0.5 * (
        tf.math.divide_no_nan(at_target, near) + tf.math.divide_no_nan(1 - at_target, far)
    )


def compare_pairs(
    network: SiameseNetwork, batch: dict[str, tf.Tensor], training: bool
) -> dict[str, tf.Tensor]:
    """The head's outputs for the exemplars `z` and search crops `x` of a batch."""
    return network((batch["z"], batch["x"]), training=training)


def logistic_loss(
    outputs: dict[str, tf.Tensor], targets: dict[str, tf.Tensor]
) -> dict[str, tf.Tensor]:
    """Logistic loss log(1 + exp(-y v)) of scores v (SiamFC paper, equation 3), weighted.

    Finite for every finite score, however large.

    Args:
        outputs: `{"score": [B, n, n, 1]}`, logits.
        targets: `{"label", "weight"}`, [B, n, n, 1]; label 1 stands for y = 1, 0 for y = -1; the
            weights of an example sum to 1.

    Returns:
        `{"total": []}`: mean over the batch, nats.
    """
    losses = tf.nn.sigmoid_cross_entropy_with_logits(
        labels=targets["label"], logits=outputs["score"]
    )
    return {"total": tf.reduce_mean(tf.reduce_sum(targets["weight"] * losses, axis=(1, 2, 3)))}


HIGHEST = 3  # trainer.py of SiameseFC-tf averages the three highest scores


def distance_to_gt(score: tf.Tensor, disp_crop: tf.Tensor, tot_stride: int) -> tf.Tensor:
    """Distance between the mean place of the three highest scores and the target's centre.

    Cells that tie with the third highest count too, so that a symmetric map has its peak in the
    middle.

    Args:
        score: [B, n, n, 1], logits.
        disp_crop: float32 [B, 2], (x, y) of the target from the middle of the crop, pixels.
        tot_stride: Crop pixels per cell.

    Returns:
        float32 [B], pixels of the search crop; 0 is perfect.
    """
    score = tf.cast(score[..., 0], tf.float32)
    cells = score.shape[1]
    axis = tf.constant(cell_displacements(cells, tot_stride), tf.float32)
    third = tf.math.top_k(tf.reshape(score, [-1, cells * cells]), HIGHEST).values[:, -1]
    high = tf.cast(score >= third[:, None, None], tf.float32)
    count = tf.reduce_sum(high, axis=(1, 2))
    peak_x = tf.reduce_sum(high * axis[None, None, :], axis=(1, 2)) / count
    peak_y = tf.reduce_sum(high * axis[None, :, None], axis=(1, 2)) / count
    return tf.norm(tf.stack([peak_x, peak_y], axis=-1) - disp_crop, axis=-1)
