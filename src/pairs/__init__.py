"""The list of training pairs: which two frames show one target.

Drawn from videos and photographs. What becomes of them is in `records`. Begin with `pair_list`.
"""
