"""How long a test waits for another program before it takes it for hung."""

# seconds; far more than a slow machine with both cores taken needs, and no measure of speed
PATIENCE = 900
