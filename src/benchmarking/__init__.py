"""How fast all this is: parts, rounds, tables.

What is right or wrong the tests say. Begin with `parts`.
"""
