"""Tracks as labels: result files become what labelling tools import, to be corrected there.

Reads result files, tracks nothing. Begin with `writing`; how the same files are read is in
`datasets`.
"""
