"""Many pieces of work, done here, in processes or on a cluster.

What the work is, its owner knows. Begin with `executors`.
"""
