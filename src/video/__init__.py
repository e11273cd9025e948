"""Frames: image files, video files and cameras, and the crops cut out of them.

What is in the frames is told by `datasets`. Begin with `sources`.
"""
