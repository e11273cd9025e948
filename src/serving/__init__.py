"""The tracker for other programs: their frames and boxes, SavedModel, TFLite.

The doors are `src.api` and `src.export`.
"""
