import pytest

from src.network.siamese import build_network
from tests.support.parameter_files import load_design
from tests.support.tflite_networks import (
    SMALL_LITE,
    assert_both_files_compute_what_the_network_does,
)


@pytest.mark.parametrize(
    ("name", "changes", "scale_num"),
    [
        ("design_alexnet_v1", {"filter_num": [8, 16, 16, 16, 8], "join_method": "cosine"}, 1),
        ("design_efficientnet_lite0", SMALL_LITE, 5),
    ],
)
def test_what_no_shipped_design_joins_is_computed_too(tmp_path, name, changes, scale_num):
    """The shipped ones: `tests/conformance/test_every_design.py`."""
    network = build_network(design := load_design(name, **changes), 3)
    assert_both_files_compute_what_the_network_does(network, design, scale_num, tmp_path)
