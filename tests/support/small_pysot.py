"""pysot's networks made small, and their weights as PyTorch would store them."""

from pathlib import Path

import numpy as np

from src.weights.published.pysot import pysot_variables

SMALL_ALEX = {"filter_num": [4, 8, 6, 8, 8]}
SMALL_RESNET = {"stage_blocks": [1, 2, 1, 1], "stem_filters": 2, "neck_channels": 8}
SMALL = {
    "design_siamrpn": SMALL_ALEX,
    "design_siamrpn_dw": SMALL_ALEX,
    "design_siamrpn_pp": SMALL_RESNET,
}


def state_dict(network):
    """A network's weights as pysot would write them: BGR, with its counters."""
    variables, first = pysot_variables(network, Path("net.pth"))
    state = {}
    for name, variable in variables.items():
        array = variable.numpy()
        state[name] = array.transpose(3, 2, 0, 1) if array.ndim == 4 else array
        if name.endswith("running_var"):
            state[name.replace("running_var", "num_batches_tracked")] = np.array(9)
    state[first] = state[first][:, ::-1]
    return {name: np.ascontiguousarray(array) for name, array in state.items()}
