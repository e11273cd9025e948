"""What a tracking method asks of the design and of the hyper-parameters."""

from collections.abc import Mapping

from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams, has_filter
from src.parameters.network_arithmetic import filter_margin

_BOX_KEYS = ("anchor_scales", "anchor_ratios", "crop_alignment")
# `design.method` -> the keys that describe it, and not every other
METHOD_KEYS = {
    "siamfc": ("score_scaling", "score_gain"),
    "siamrpn": _BOX_KEYS,
    "siamrpn_fused": (*_BOX_KEYS, "box_coding", "head_channels", "cosine_cells"),
}
# `design.method` -> key -> what it may be there
_WINDOWS = ("cosine", "uniform")
METHOD_VALUES = {
    "siamfc": {"join_method": ("xcorr", "cosine")},
    "siamrpn": {
        "join_method": ("rpn_up_channel", "rpn_depthwise", "rpn_levels"),
        "windowing": _WINDOWS,
    },
    "siamrpn_fused": {"join_method": ("rpn_fused",), "windowing": _WINDOWS},
}
# `design.method` -> hyper-parameter -> what it may be there: SiamRPN finds size and place by itself
_NOT_FUSED = {"cosine_share": (0.0,), "box_lr": (0.0,), "filter_share": (0.0,)}
METHOD_HYPERPARAMS = {
    "siamfc": {"loss": ("logistic", "contrast"), **_NOT_FUSED},
    "siamrpn": {
        "scale_num": (1,),
        "response_up": (1,),
        "loss": ("anchors",),
        "filter_weight": (0.0,),
        **_NOT_FUSED,
    },
    "siamrpn_fused": {"loss": ("anchors", "distances")},
}
# `design.box_coding` -> likewise: a loss of boxes has the name of their coding
CODING_HYPERPARAMS = {
    "anchors": {"loss": ("logistic", "contrast", "anchors"), "box_loss": ("smooth_l1", "l1")},
    "distances": {"loss": ("distances",)},
}

_NO_MARGIN = (
    "confidence has 4 numbers, must have 3 where filter_weight and filter_share are 0: the last is "
    "the factor of what a filter says; --model siamrpn_lite0 is the tracker without one"
)
WITH_FINER_LEVEL = ("rpn_fused",)  # `design.join_method`: the second level is of half the stride
# `design.join_method` -> how many levels it takes at most; others take any number
_MOST_LEVELS = {"rpn_up_channel": 1, "rpn_depthwise": 1, "rpn_fused": 2}


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
    told = _wrong_values(design, METHOD_VALUES[design.method])
    found += [f"{sentence} where method is {design.method}" for sentence in told]
    most = _MOST_LEVELS.get(design.join_method, len(design.levels))
    if len(design.levels) > most:
        found.append(
            f"levels has {len(design.levels)}, but {design.join_method} takes {most} at most"
        )
    return found


def check_together(design: Design, hp: Hyperparams) -> list[str]:
    """Sentences about hyper-parameters that the design's method cannot work with."""
    rules: dict[str, dict[str, tuple]] = {}
    for kind, needed in (
        ("method", METHOD_HYPERPARAMS[design.method]),
        ("box_coding", CODING_HYPERPARAMS[design.box_coding]),
    ):
        for key, allowed in needed.items():
            rules.setdefault(key, {})[kind] = allowed
    told = (_misfit(design, getattr(hp, key), by_kind) for key, by_kind in rules.items())
    found = [
        f"{key} is {getattr(hp, key)}, {sentence}; choose the --hyperparams that belong to the "
        "--design"
        for key, sentence in zip(rules, told, strict=True)
        if sentence
    ]
    if design.join_method in WITH_FINER_LEVEL and len(design.levels) > 1 and hp.response_up % 2:
        found.append(
            f"response_up is {hp.response_up}, must be even: the cells of the second of "
            "design.levels are half as far apart"
        )
    return found


def check_filter(design: Design, hp: Hyperparams) -> list[str]:
    """Sentences about a filter whose response has other cells than a sound design's score map.

    And about a confidence or a training that counts on a filter which is not there.
    """
    if hp.filter_loss_weight > 0 and hp.filter_weight == 0:
        return [
            f"filter_loss_weight is {hp.filter_loss_weight}, must be 0 where filter_weight is 0: "
            "no filter would use what is learned"
        ]
    if not has_filter(hp):
        return [] if len(hp.confidence) == 3 else [_NO_MARGIN]
    margin = filter_margin(design, hp.filter_cells)
    if margin >= 0 and margin == int(margin):
        return []
    least = round(hp.filter_cells - 2 * margin)
    return [
        f"filter_cells is {hp.filter_cells}, must be {least}, or {least} and an even number, for "
        "only then the filter answers in every cell of the score map"
    ]


def _misfit(design: Design, value: object, allowed_by_kind: Mapping[str, tuple]) -> str:
    """What a value must be, and where; empty if all rules allow it."""
    refusing = [kind for kind, allowed in allowed_by_kind.items() if value not in allowed]
    if not refusing:
        return ""
    first, *others = allowed_by_kind.values()
    possible = [one for one in first if all(one in other for other in others)]
    where = " and ".join(f"design.{kind} is {getattr(design, kind)}" for kind in refusing)
    return f"must be {' or '.join(map(str, possible))} where {where}"


def _wrong_values(design: Design, needed: Mapping[str, tuple]) -> list[str]:
    """Sentences, not yet ended, about keys that have none of the values they may have."""
    return [
        f"{key} is {getattr(design, key)}, must be {' or '.join(map(str, allowed))}"
        for key, allowed in needed.items()
        if getattr(design, key) not in allowed
    ]
