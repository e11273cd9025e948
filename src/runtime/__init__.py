"""The tracker of an export, with NumPy, Pillow and LiteRT alone: no TensorFlow, no parameters.

Begin with `light_tracker.py`; what an export's graphs compute says `src.serving.light_tracker`. The
door is `src.light`.
"""
