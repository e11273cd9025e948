"""The Siamese network: layers, backbones, heads.

It has weights and knows no track; what it costs to be wrong is in `training`. Begin with
`siamese`.
"""
