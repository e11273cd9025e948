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


def test_of_one_target_is_told_what_is_told_of_all():
    found = Found(*([10 * field, 10 * field + 1] for field in range(7)))
    assert found.of_target(1) == Found(1, 11, 21, 31, 41, 51, 61)
    told = found._replace(filter_response=["first", "second"]).of_target(0)
    assert told == Found(0, 10, 20, 30, 40, 50, 60, "first")
