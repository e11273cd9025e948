"""The field's data: which videos there are, which targets, and where each target is in each frame.

One file a source, named as the field names it; all of them tell what `labels.py` says. Begin with
`labels`, then `layouts`, the table of all sources. What is drawn of them is in `pairs/`.
"""
