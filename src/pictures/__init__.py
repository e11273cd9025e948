"""What is drawn, shown and filmed of a track.

Pages with many tracks are in `reporting`.
"""
