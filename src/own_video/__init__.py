"""A video, camera or folder of one's own: its first box, its track, its files.

Videos with ground truth are in `evaluating`. Begin with `run`.
"""
