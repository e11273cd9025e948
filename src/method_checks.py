"""What a tracking method asks of the design and of the hyper-parameters."""

from collections.abc import Mapping

from src.design import Design
from src.parameters import Hyperparams

# `design.method` -> the keys that describe no other
METHOD_KEYS = {
    "siamfc": ("score_scaling", "score_gain"),
    "siamrpn": (
        *("anchor_scales", "anchor_ratios", "crop_alignment"),
        *("box_coding", "head_channels", "cosine_cells"),
    ),
}
# `design.method` -> key -> what it may be there
METHOD_VALUES = {
    "siamfc": {"join_method": ("xcorr", "cosine")},
    "siamrpn": {
        "join_method": ("rpn_up_channel", "rpn_depthwise", "rpn_levels", "rpn_fused"),
        "windowing": ("cosine", "uniform"),
    },
}
# `design.method` -> hyper-parameter -> what it may be there: SiamRPN finds size and place by itself
METHOD_HYPERPARAMS = {
    "siamfc": {"loss": ("logistic", "contrast")},
    "siamrpn": {"scale_num": (1,), "response_up": (1,), "loss": ("anchors", "distances")},
}

_ONE_LEVEL = ("rpn_up_channel", "rpn_depthwise", "rpn_fused")  # heads, by `design.join_method`


def foreign_keys(design: Design, kind: str, known: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Sentences about keys that describe another backbone or method.

    Args:
        design: Whose keys are looked at, as far as they are set.
        kind: The key that chooses, `backbone` or `method`.
        known: Its values, with the keys that belong to each and not to all.

    Returns:
        A sentence for each.
    """
    chosen = getattr(design, kind)
    owners: dict[str, list[str]] = {}
    for name, keys in known.items():
        for key in keys:
            owners.setdefault(key, []).append(name)
    return [
        f"{key} is a key of {kind} {' and '.join(names)}, leave it out where {kind} is {chosen}"
        for key, names in owners.items()
        if chosen not in names and key in design.model_fields_set
    ]


def check_method(design: Design) -> list[str]:
    """Sentences about keys and values that the design's method cannot work with."""
    found = foreign_keys(design, "method", METHOD_KEYS)
    found += [
        f"{key} is {getattr(design, key)}, must be {' or '.join(allowed)} where method is "
        f"{design.method}"
        for key, allowed in METHOD_VALUES[design.method].items()
        if getattr(design, key) not in allowed
    ]
    if design.join_method in _ONE_LEVEL and len(design.levels) > 1:
        found.append(f"levels has {len(design.levels)}, but {design.join_method} takes one")
    return found


def check_together(design: Design, hp: Hyperparams) -> list[str]:
    """Sentences about hyper-parameters that the design's method cannot work with."""
    return [
        f"{key} is {getattr(hp, key)}, must be {' or '.join(map(str, allowed))} where "
        f"design.method is {design.method}; choose the --hyperparams that belong to the --design"
        for key, allowed in METHOD_HYPERPARAMS[design.method].items()
        if getattr(hp, key) not in allowed
    ]
