"""From a frame and a state to a box and the next state.

No loss and no label is known here. Begin with `tracker` for the contract, with `loading` for a
tracker with its weights.
"""
