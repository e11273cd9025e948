"""Weights of a network: checkpoints of one's own, released and published ones.

`finding` picks those that `evaluation.weights` means.
"""
