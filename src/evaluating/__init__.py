"""The loop over the frames of a video, result files, and scores.

Tracking and scoring meet in files alone. Begin with `following`; `protocols` has the rules of the
benchmarks.
"""
