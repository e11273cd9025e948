"""Results of many trackers on one page.

Reads result files and trainings' logs; tracks nothing. Begin with `writing`.
"""
