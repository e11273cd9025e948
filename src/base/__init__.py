"""What every program stands on: errors a user can mend, whole files, late imports, progress.

Nothing here knows what a tracker is. Begin with `errors`.
"""
