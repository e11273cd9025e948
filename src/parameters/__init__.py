"""From JSON files and the command line to checked, frozen parameters.

The models say which keys there are; the checks say what they must be to each other;
`network_arithmetic` has the sizes that follow from them. Begin with `parse_arguments`.
"""
