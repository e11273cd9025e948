"""The small padded network of the centre-bias experiment: its sizes, and how it learns."""

from src.design import Design
from src.parameters import Hyperparams

# `backbone` and `levels` stand for the sizes of any padded network of stride 8; `PaddedNetwork` has
# other layers. Crops are half as large as usual, to be quick.
DESIGN = Design(
    backbone="efficientnet_lite",
    join_method="xcorr",
    net="",
    net_gray="",
    windowing="uniform",
    exemplar_sz=65,
    template_cells=5,
    search_sz=129,
    score_sz=13,
    tot_stride=8,
    context=0.5,
    pad_with_image_mean=True,
    resize_width=257,
    resize_height=257,
    levels=(4,),
    score_scaling="gain_bias",
    score_gain=0.05,
    batch_size=8,
)

REACH = (DESIGN.score_sz - 1) // 2 * DESIGN.tot_stride  # crop pixels from the middle to the rim
LABEL_RADIUS = 8.0  # crop pixels; SiamFC's 16 in crops half as large

# required by the model, read by trackers alone
_OF_TRACKERS = {
    "response_up": 1,
    "window_influence": 0.0,
    "z_lr": 0.0,
    "scale_num": 1,
    "scale_step": 1.04,
    "scale_penalty": 1.0,
    "scale_lr": 0.0,
    "scale_min": 0.2,
    "scale_max": 5.0,
}


def learning(search_shift: int) -> Hyperparams:
    """How a network learns that is to see targets so far from the middle.

    Args:
        search_shift: Largest shift of the search crop in x and in y, crop pixels.

    Returns:
        Hyper-parameters that shift the search crops and change nothing else of the pairs.
    """
    return Hyperparams(
        **_OF_TRACKERS,
        lr=1e-3,
        lr_end=1e-4,
        optimizer="adam",
        weight_decay=0.0,
        label_radius=LABEL_RADIUS,
        search_shift=search_shift,
        stretch=0.0,
        pairs_per_video=8,
        validation_share=0.25,
    )
