"""What the parameters must be to each other: computed from the design, not believed."""

from src.design import Design
from src.network_arithmetic import embedding_sz, score_sz, total_stride
from src.parameters import Environment, Hyperparams

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


def check_design(design: Design) -> list[str]:
    """Sentences about what contradicts itself in a design; none if it is sound."""
    lengths = {key: len(getattr(design, key)) for key in PER_LAYER}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{key} {length}" for key, length in lengths.items())
        return [f"the per-layer lists must have one length, but have: {listed}"]
    return _check_layers(design) or _check_sizes(design)


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
    found = []
    if design.exemplar_sz >= design.search_sz:
        found.append(
            f"exemplar_sz is {design.exemplar_sz}, must be less than search_sz, {design.search_sz}"
        )
    if embedding_sz(design, design.exemplar_sz) < 1:
        found.append(f"exemplar_sz is {design.exemplar_sz}, too small for the network's layers")
    if found:
        return found
    return _check_declared(design)


def _check_declared(design: Design) -> list[str]:
    """Differences between the declared and the computed stride and score size."""
    found = []
    if design.tot_stride != total_stride(design):
        found.append(
            f"tot_stride is {design.tot_stride}, but conv_stride and pool_stride make "
            f"{total_stride(design)}"
        )
    cells = score_sz(design)
    if design.score_sz != cells:
        found.append(f"score_sz is {design.score_sz}, but crops and layers make {cells}")
    if cells % 2 == 0:
        found.append(f"crops and layers make a score map of {cells} cells, must be odd")
    fitting = design.exemplar_sz + total_stride(design) * (cells - 1)
    if design.search_sz != fitting:
        found.append(
            f"search_sz is {design.search_sz}, but the middle of the score map is the middle of "
            f"the search crop only if it is {fitting}"
        )
    return found


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
    if hp.lr_end > hp.lr:
        return [f"lr_end is {hp.lr_end}, must be at most lr, {hp.lr}"]
    return []


def check_environment(env: Environment) -> list[str]:
    """Contradictions within the paths."""
    if env.tfrecord_filename == env.tfrecord_validation:
        return [
            f"tfrecord_validation is {env.tfrecord_validation!r}, must differ from "
            "tfrecord_filename: training and validation are two sets of shards"
        ]
    return []
