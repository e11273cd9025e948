"""Boxes and frames of reference, in NumPy alone.

`region_to_bbox` has the formats of boxes, `search_geometry` the way from a response to the frame.
What pixels show is in `video`.
"""
