"""Ways to compare an embedded exemplar with a search area; `design.join_method` names a row."""

from src.network.heads.correlation import CorrelationHead
from src.network.heads.fused import FusedHead
from src.network.heads.rpn import DepthwiseHead, LevelsHead, UpChannelHead

HEADS = {
    "xcorr": CorrelationHead,
    "cosine": CorrelationHead,
    "rpn_up_channel": UpChannelHead,
    "rpn_depthwise": DepthwiseHead,
    "rpn_levels": LevelsHead,
    "rpn_fused": FusedHead,
}
