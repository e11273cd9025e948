"""The order of a state's parts is that of exported signatures."""

from src.tracking.state import Found, TrackState


def test_parts_keep_their_names_and_order():
    assert TrackState._fields == (
        "centre_frame",
        "target_sz",
        "first_sz",
        "template",
        "first_peak",
        "evidence",
        "lost",
        "first_frame_bias",
        "online",
    )
    assert Found._fields[:2] == ("box_ltwh", "score")
    assert {"confidence", "lost", "evidence", "search_box_ltwh", "response"} <= set(Found._fields)
