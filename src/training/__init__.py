"""How the network learns: targets, losses, steps, checkpoints.

Begin with `objectives` for what is striven for, with `training` for how it is put together.
"""
