"""Videos: frames, ground truth, crops, and where tracks start.

Folders of the benchmarks' layouts, video files and cameras. Begin with `sequences`.
"""
