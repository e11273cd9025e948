import numpy as np
import pytest
import tensorflow as tf

from src.parameters.network_arithmetic import embedding_sz, template_sz
from src.tracking.fused import FusedLook
from src.tracking.look import near_plan, wide_plan
from src.tracking.siamfc import SiamFCLook
from src.tracking.siamrpn import SiamRPNLook
from tests.support.parameter_files import load_design, load_hyperparams

DESIGNS = ["design", "design_alexnet_v1", "design_efficientnet_lite0"]


@pytest.mark.parametrize("name", DESIGNS)
def test_near_is_the_search_of_the_design(name):
    design, hp = load_design(name), load_hyperparams(window_influence=0.3)
    plan = near_plan(design, hp, tf.constant([0.9, 1.0, 1.1]))
    assert plan.crop_sz == design.search_sz
    assert plan.window_influence == 0.3
    assert plan.upsampling.shape == (hp.response_up * (design.score_sz - 1) + 1, design.score_sz)
    np.testing.assert_array_equal(plan.scales, np.float32([0.9, 1, 1.1]))


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("growth", [1.3, 2.0, 4.0])
def test_wide_grows_by_whole_cells_on_all_sides(name, growth):
    design = load_design(name)
    plan = wide_plan(design, load_hyperparams(lost_search_growth=growth, window_influence=0.3))
    more = plan.crop_sz - design.search_sz
    assert more % (2 * design.tot_stride) == 0
    assert abs(plan.crop_sz / design.search_sz - growth) <= design.tot_stride / design.search_sz
    # the map that the network makes of such a crop
    cells = embedding_sz(design, plan.crop_sz) - template_sz(design) + 1
    assert plan.upsampling.shape[1] == cells
    assert cells % 2 == 1
    assert plan.scales.numpy().tolist() == [1.0]
    assert plan.window_influence == 0


def test_without_growth_wide_is_as_wide_as_near():
    design = load_design()
    assert wide_plan(design, load_hyperparams()).crop_sz == design.search_sz


def test_scales_are_those_of_the_search_or_of_the_exemplar():
    design, hp = load_design(), load_hyperparams(scale_num=5)
    scales = np.float32(hp.scale_step ** np.linspace(-1, 1, 5))
    for make_look, exemplar, search in (
        (SiamFCLook, [1], scales),
        (SiamRPNLook, [1], [1]),
        (FusedLook, scales, [1]),
    ):
        look = make_look(None, design, hp)
        np.testing.assert_allclose(look.exemplar_scales, exemplar, rtol=1e-6)
        np.testing.assert_allclose(look.search_scales, search, rtol=1e-6)
