"""The network as data: `design.json`, every key with its range and unit.

Keys without a default are those of the original SiamFC-tf; files that have only these stay valid.
Every key says what it shapes: what compares settings, compares the keys that say so (`keys_of`).
"""

from typing import Annotated, Literal

from pydantic import Field

from src.parameters.models import Count, Name, OddCount, ParameterModel, Path, Positive, Switch

# what a key may shape
WEIGHTS = "weights"  # which variables a network has, and what they mean
LEARNING = "learning"  # which values they get by training
LENGTH = "length"  # how long the training is, and so its learning rates
RECORDS = "records"  # the crops in the training records
TRACKS = "tracks"  # the boxes that are found
EXPORT = "export"  # what a tracker does that its weights do not tell
PLACES = "places"  # where files lie: a benchmark's result does not tell it


class Design(ParameterModel):
    """`design.json`: the network, the crops, and how long it trains."""

    method: Literal["siamfc", "siamrpn", "siamrpn_fused"] = Field(
        "siamfc",
        description="tracking method: a score at some scales, boxes from anchors, or boxes beside "
        "scores at some scales",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    backbone: Literal["alexnet", "efficientnet_lite", "resnet"] = Field(
        "alexnet",
        description="network that embeds the crops",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    join_method: Literal[
        "xcorr", "cosine", "rpn_up_channel", "rpn_depthwise", "rpn_levels", "rpn_fused"
    ] = Field(
        description="how embeddings are compared: correlation, plain or normalised; siamrpn: "
        "kernels for every output, depth-wise correlation, or that at every level; siamrpn_fused: "
        "depth-wise correlation beside cosines",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    net: str = Field(
        description="file in `root_pretrained` with pretrained weights (.mat, .pth); empty: none",
        json_schema_extra={"shapes": [LEARNING, TRACKS, PLACES]},
    )
    net_gray: str = Field(
        description="file with weights for grey videos, beside `net`; empty: `net` serves them too",
        json_schema_extra={"shapes": [TRACKS, PLACES]},
    )
    weights: str = Field(
        "",
        description="released weights of this design (.npz), for evaluation; empty: none",
        json_schema_extra={"shapes": [TRACKS, PLACES]},
    )
    initial_weights: str = Field(
        "",
        description="weights that a training starts from (.npz), or an ImageNet backbone (.pth, "
        ".model, .h5, .keras); empty: `net`, or random",
        json_schema_extra={"shapes": [LEARNING, TRACKS, PLACES]},
    )
    windowing: Literal["cosine_sum", "cosine", "uniform"] = Field(
        description="window over the response that holds back large displacements",
        json_schema_extra={"shapes": [TRACKS, EXPORT]},
    )
    exemplar_sz: OddCount = Field(
        description="side of the exemplar crop, pixels, odd",
        json_schema_extra={"shapes": [WEIGHTS, RECORDS, TRACKS]},
    )
    exemplar_margin: Annotated[int, Field(ge=0)] = Field(
        0,
        description="pixels of surroundings on each side of the exemplar crop",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    template_cells: OddCount | None = Field(
        None,
        description="middle cells of the embedded exemplar that are the template; null: all",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    search_sz: OddCount = Field(
        description="side of the search crop, pixels, odd",
        json_schema_extra={"shapes": [WEIGHTS, RECORDS, TRACKS]},
    )
    score_sz: OddCount = Field(
        description="side of the score map, cells; must equal the computed one",
        json_schema_extra={"shapes": [TRACKS]},
    )
    tot_stride: Count = Field(
        description="crop pixels a cell; must equal the computed one",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    context: Annotated[float, Field(ge=0, le=2)] = Field(
        description="share of width + height added around the target",
        json_schema_extra={"shapes": [WEIGHTS, RECORDS, TRACKS, EXPORT]},
    )
    crop_alignment: Literal["exact", "pixel"] = Field(
        "exact",
        description="siamrpn, siamrpn_fused: where the tracker's crops begin: anywhere, or as in "
        "pysot",
        json_schema_extra={"shapes": [TRACKS, EXPORT]},
    )
    pad_with_image_mean: Switch = Field(
        description="outside the image: its mean colour, or else black",
        json_schema_extra={"shapes": [RECORDS, TRACKS, EXPORT]},
    )
    resize_width: Annotated[int, Field(ge=32, le=4096)] = Field(
        400,
        description="width of the stored search images, pixels",
        json_schema_extra={"shapes": [RECORDS]},
    )
    resize_height: Annotated[int, Field(ge=32, le=4096)] = Field(
        400,
        description="height of the stored search images, pixels",
        json_schema_extra={"shapes": [RECORDS]},
    )
    channel: Literal[3] = Field(
        3,
        description="colour channels",
        json_schema_extra={"shapes": [WEIGHTS, RECORDS, TRACKS]},
    )
    levels: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (),
        description="blocks (resnet: stages) of the backbone whose outputs are compared; empty: "
        "the last; siamrpn_fused: one, and perhaps one of half its stride",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    stage_blocks: tuple[Count, Count, Count, Count] = Field(
        (3, 4, 6, 3),
        description="blocks by stage of a resnet; the default is ResNet-50",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    stem_filters: Count = Field(
        64,
        description="filters of a resnet's stem; stages have 4, 8, 16 and 32 times as many",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    neck_channels: Count | None = Field(
        None,
        description="channels that 1x1 convolutions bring every level to; null: as they are",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    box_coding: Literal["anchors", "distances"] = Field(
        "anchors",
        description="siamrpn_fused: boxes as changes of anchors, or one a cell by the distances of "
        "its sides",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    head_channels: Count = Field(
        96,
        description="siamrpn_fused: width of its two branches",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    cosine_cells: OddCount = Field(
        5,
        description="siamrpn_fused: middle cells of the template that the cosine of the first "
        "level compares",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    anchor_scales: tuple[Positive, ...] = Field(
        (8.0,),
        min_length=1,
        description="sides of the square anchors, in strides",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    anchor_ratios: tuple[Positive, ...] = Field(
        (0.33, 0.5, 1.0, 2.0, 3.0),
        min_length=1,
        description="heights of anchors over widths",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    frozen_blocks: Annotated[int, Field(ge=0)] = Field(
        0,
        description="first blocks (resnet: stages) of the backbone (with its stem) that do not "
        "learn",
        json_schema_extra={"shapes": [LEARNING, TRACKS]},
    )
    freeze_batch_norm: bool = Field(
        False,
        description="whether batch normalisation in the backbone stays as it is",
        json_schema_extra={"shapes": [LEARNING, TRACKS]},
    )
    filter_w: tuple[Count, ...] = Field(
        (11, 5, 3, 3, 3),
        description="filter widths by layer",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    filter_h: tuple[Count, ...] = Field(
        (11, 5, 3, 3, 3),
        description="filter heights by layer",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    filter_num: tuple[Count, ...] = Field(
        (96, 128, 96, 96, 32),
        description="number of filters by layer",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    conv_stride: tuple[Count, ...] = Field(
        (2, 1, 1, 1, 1),
        description="strides by layer",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    filter_groups: tuple[Count, ...] = Field(
        (1, 1, 1, 1, 1),
        description="groups by layer",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    batch_norm: tuple[bool, ...] = Field(
        (True, True, True, True, False),
        description="batch normalisation by layer",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    relu: tuple[bool, ...] = Field(
        (True, True, True, True, False),
        description="relu by layer",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    pool_sz: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (3, 3, 0, 0, 0),
        description="windows of max-pooling by layer",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    pool_stride: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (2, 1, 0, 0, 0),
        description="strides of max-pooling by layer; 0: no pooling",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    bn_momentum: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.95,
        description="share of the old moving statistics kept at each step",
        json_schema_extra={"shapes": [LEARNING]},
    )
    bn_epsilon: Positive = Field(
        1e-3,
        description="added to variances",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    score_scaling: Literal["batch_norm", "gain_bias"] = Field(
        "batch_norm",
        description="trained scaling of the scores",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    score_gain: Positive = Field(
        1.0,
        description="fixed factor on the correlation before that scaling",
        json_schema_extra={"shapes": [WEIGHTS, TRACKS]},
    )
    batch_size: Count = Field(
        8,
        description="pairs a step",
        json_schema_extra={"shapes": [LEARNING]},
    )
    num_epochs: Count | None = Field(
        50,
        description="length of the training in epochs, or null",
        json_schema_extra={"shapes": [LEARNING, LENGTH]},
    )
    num_steps: Count | None = Field(
        None,
        description="length of the training in steps, or null",
        json_schema_extra={"shapes": [LEARNING, LENGTH]},
    )
    saver_folder: Path = Field(
        "output",
        description="folder of checkpoints and log",
        json_schema_extra={"shapes": [PLACES]},
    )
    path_ckpt: Name = Field(
        "saver-test",
        description="first part of the checkpoints' names",
        json_schema_extra={"shapes": [PLACES]},
    )
    hyperparams: str = Field(
        "hyperparams.json",
        description="file of the hyper-parameters that belong to this design, beside it or in the "
        "folder of parameters; --hyperparams takes another",
        json_schema_extra={"shapes": [PLACES]},
    )


def keys_of(model: type[ParameterModel], shape: str) -> set[str]:
    """The keys of a model that say they shape something, such as `WEIGHTS`."""
    return {
        key
        for key, field in model.model_fields.items()
        if shape in (field.json_schema_extra or {}).get("shapes", ())
    }
