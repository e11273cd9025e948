"""Ways to compare an embedded exemplar with a search area; `design.join_method` names a row."""

from src.heads.correlation import CorrelationHead

HEADS = {"xcorr": CorrelationHead, "cosine": CorrelationHead}
