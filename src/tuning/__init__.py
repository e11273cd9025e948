"""Hyper-parameters of a tracker, searched on validation videos, and its confidence, calibrated.

Begin with `search`.
"""
