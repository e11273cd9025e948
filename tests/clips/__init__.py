"""Makes the short labelled clips in `data/clips`, which this project is tested and shown on.

`__main__` writes them; a scene has a ground, a target and events. Nothing in `src/` knows of it.
"""
