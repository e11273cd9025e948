"""Experiments with the tracker that a paper suggests; nothing in `src` needs them."""
