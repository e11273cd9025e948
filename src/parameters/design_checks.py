"""What the parameters must be to each other: computed from the design, not believed."""

from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.method_checks import WITH_FINER_LEVEL, check_method, foreign_keys
from src.parameters.models import Environment
from src.parameters.network_arithmetic import (
    BLOCKS,
    embedding_sz,
    exemplar_crop_sz,
    is_padded,
    level_strides,
    score_sz,
    template_sz,
    total_stride,
)

PER_LAYER = (
    "filter_w",
    "filter_h",
    "filter_num",
    "conv_stride",
    "filter_groups",
    "batch_norm",
    "relu",
    "pool_sz",
    "pool_stride",
)
# `design.backbone` -> the keys that describe it, and not every other
BACKBONE_KEYS = {
    "alexnet": PER_LAYER,
    "efficientnet_lite": ("levels",),
    "resnet": ("levels", "stage_blocks", "stem_filters"),
}
RESNET_LEVELS = (2, 3, 4)  # stages of stride 8


def check_design(design: Design) -> list[str]:
    """Sentences about what contradicts itself in a design; none if it is sound."""
    return (
        foreign_keys(design, "backbone", BACKBONE_KEYS)
        or check_method(design)
        or BACKBONE_CHECKS[design.backbone](design)
        or _check_sizes(design)
    )


def _check_alexnet(design: Design) -> list[str]:
    """Contradictions within an AlexNet."""
    lengths = {key: len(getattr(design, key)) for key in PER_LAYER}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{key} {length}" for key, length in lengths.items())
        return [f"the per-layer lists must have one length, but have: {listed}"]
    return _check_layers(design) + _check_frozen(design, len(design.filter_num))


def _check_efficientnet_lite(design: Design) -> list[str]:
    """Contradictions within an EfficientNet-Lite."""
    found = _check_frozen(design, len(BLOCKS))
    for level in design.levels:
        if level >= len(BLOCKS):
            found.append(f"levels has {level}, must be block numbers, 0 to {len(BLOCKS) - 1}")
    return found or _check_strides(design)


def _check_resnet(design: Design) -> list[str]:
    """Contradictions within a ResNet."""
    found = _check_frozen(design, len(design.stage_blocks))
    for level in design.levels:
        if level not in RESNET_LEVELS:
            found.append(f"levels has {level}, must be stages of stride 8: 2, 3, 4")
    return found


def _check_strides(design: Design) -> list[str]:
    """Strides that the blocks of an EfficientNet-Lite cannot give."""
    strides = level_strides(design.tot_stride)
    levels = design.levels or (len(BLOCKS) - 1,)
    finer = levels[1:] if design.join_method in WITH_FINER_LEVEL else ()
    return [
        f"tot_stride is {design.tot_stride}, but block {level} has stride {strides[level]} "
        "at most; choose that, or 8 or 16 with blocks from 5 on"
        for level in levels[: len(levels) - len(finer)]
        if strides[level] != design.tot_stride
    ] + [
        f"levels has {level} after the first, of stride {strides[level]}; must be a block of "
        f"stride {design.tot_stride // 2}, half of tot_stride"
        for level in finer
        if 2 * strides[level] != design.tot_stride
    ]


def _check_frozen(design: Design, blocks: int) -> list[str]:
    """More blocks frozen than there are."""
    if design.frozen_blocks > blocks:
        return [f"frozen_blocks is {design.frozen_blocks}, but the backbone has {blocks} blocks"]
    return []


# `design.backbone` -> what may contradict itself in it
BACKBONE_CHECKS = {
    "alexnet": _check_alexnet,
    "efficientnet_lite": _check_efficientnet_lite,
    "resnet": _check_resnet,
}


def _check_layers(design: Design) -> list[str]:
    """Contradictions within the layers."""
    found = []
    inputs = design.channel
    for layer, (filters, groups) in enumerate(
        zip(design.filter_num, design.filter_groups, strict=True)
    ):
        if filters % groups or inputs % groups:
            found.append(
                f"filter_groups[{layer}] is {groups}, must divide the layer's {inputs} input "
                f"channels and {filters} filters"
            )
        if design.pool_stride[layer] and not design.pool_sz[layer]:
            found.append(f"pool_sz[{layer}] is 0, must be at least 1 where pool_stride is not 0")
        inputs = filters
    if design.filter_w != design.filter_h:
        found.append(
            f"filter_h is {list(design.filter_h)}, must equal filter_w, {list(design.filter_w)}: "
            "the score map is square"
        )
    return found


def _check_sizes(design: Design) -> list[str]:
    """Contradictions between crops, strides and score map."""
    crop_sz = exemplar_crop_sz(design)
    cells = embedding_sz(design, crop_sz)
    if cells < 1:
        return [f"exemplar_sz is {design.exemplar_sz}, too small for the network's layers"]
    found = []
    if design.exemplar_sz >= design.search_sz:
        found.append(
            f"exemplar_sz is {design.exemplar_sz}, must be less than search_sz, {design.search_sz}"
        )
    if crop_sz > design.search_sz:
        found.append(
            f"exemplar_margin is {design.exemplar_margin}, makes an exemplar crop of {crop_sz} "
            f"pixels, must not be larger than search_sz, {design.search_sz}"
        )
    template = template_sz(design)
    if template > cells or (cells - template) % 2:
        found.append(
            f"template_cells is {template}, must be null, or at most {cells}, the cells of the "
            "embedded exemplar, if they are odd in number: only then there is a middle one"
        )
    return found or _check_declared(design)


def _check_declared(design: Design) -> list[str]:
    """Differences between the declared and the computed stride and score size."""
    found = []
    if design.tot_stride != total_stride(design):
        found.append(
            f"tot_stride is {design.tot_stride}, but the layers (conv_stride and pool_stride) make "
            f"{total_stride(design)}"
        )
    cells = score_sz(design)
    if design.score_sz != cells:
        found.append(f"score_sz is {design.score_sz}, but crops and layers make {cells}")
    if cells % 2 == 0:
        found.append(f"crops and layers make a score map of {cells} cells, must be odd")
    return found + _check_centred(design)


def _check_centred(design: Design) -> list[str]:
    """Crops whose middle is not the middle of their cells."""
    crop_sz, stride = exemplar_crop_sz(design), total_stride(design)
    more_cells = embedding_sz(design, design.search_sz) - embedding_sz(design, crop_sz)
    fitting = crop_sz + stride * more_cells
    if design.search_sz != fitting:
        return [
            f"search_sz is {design.search_sz}, but the middle of the score map is the middle of "
            f"the search crop only if it is {fitting}"
        ]
    if is_padded(design) and (crop_sz - 1) % stride:
        return [
            f"exemplar_sz and exemplar_margin make an exemplar crop of {crop_sz} pixels, must be "
            f"1 more than a multiple of tot_stride, {stride}: else its cells are not centred"
        ]
    return []


def check_duration(design: Design) -> list[str]:
    """A training lasts so many epochs or so many steps."""
    if (design.num_epochs is None) == (design.num_steps is None):
        return [
            f"num_epochs is {design.num_epochs} and num_steps is {design.num_steps}, exactly one "
            "must be null"
        ]
    return []


def check_hyperparams(hp: Hyperparams) -> list[str]:
    """Contradictions within the hyper-parameters."""
    found = []
    if hp.lr_end > hp.lr:
        found.append(f"lr_end is {hp.lr_end}, must be at most lr, {hp.lr}")
    if hp.found_above < hp.lost_below:
        found.append(
            f"found_above is {hp.found_above}, must be at least lost_below, {hp.lost_below}"
        )
    if hp.other_scales and hp.loss != "contrast":
        found.append(
            f"other_scales has {len(hp.other_scales)} scales, but only loss contrast uses them"
        )
    if 1 in hp.other_scales:
        found.append("other_scales has 1, must have scales that are wrong")
    return found


def check_environment(env: Environment) -> list[str]:
    """Contradictions within the paths."""
    if env.tfrecord_filename == env.tfrecord_validation:
        return [
            f"tfrecord_validation is {env.tfrecord_validation!r}, must differ from "
            "tfrecord_filename: training and validation are two sets of shards"
        ]
    return []
