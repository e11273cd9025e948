"""SiamRPN's look: of all boxes that a proposal head suggests, one is believed (SiamRPN, 4.3)."""

import tensorflow as tf

from src.network.box_coding import BOX_CODINGS, Proposals
from src.network.siamese import SiameseNetwork
from src.network.types import Levels
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.tracking.look import SearchPlan, Sighting
from src.tracking.proposals import likeliest, pixel_of, sighting_of
from src.tracking.siamfc import whole_template
from src.tracking.state import Template, TrackState


class SiamRPNLook:
    """Finds each target's box; see `src.tracking.look.Look`.

    `hp.window_influence`, `penalty_k` and `scale_lr` are pysot's WINDOW_INFLUENCE, PENALTY_K, LR.
    """

    cuts_out = False

    def __init__(self, network: SiameseNetwork, design: Design, hp: Hyperparams):
        """Takes a built network with its weights, and the tracker's hyper-parameters."""
        self.network, self.design, self.hp = network, design, hp
        self.exemplar_scales = self.search_scales = tf.constant([1.0])

    def embed(self, exemplar: Levels) -> Template:
        """Templates of one crop a target; see `Look.embed`."""
        return whole_template(exemplar)

    def compare(
        self, template: Template, search: Levels, plan: SearchPlan, told: tf.Tensor | None = None
    ) -> Proposals:
        """What the network proposes; see `Look.compare`."""
        outputs = self.network.compare(template.rolling, search, training=False)
        return BOX_CODINGS[self.design.box_coding].read(
            outputs, self.design, plan.upsampling.shape[1]
        )

    def choose(
        self, maps: Proposals, state: TrackState, frame_wh: tf.Tensor, plan: SearchPlan
    ) -> Sighting:
        """Believes each target's best proposal; see `Look.choose`."""
        pixel = pixel_of(state, self.design, plan)
        best = likeliest(maps, state, self.design, self.hp, plan)
        share = (self.hp.scale_lr * best.trust)[:, None]
        size_frame = (1 - share) * state.target_sz + share * best.size_crop * pixel
        return sighting_of(best, maps, state, size_frame, frame_wh, self.design, self.hp, plan)
