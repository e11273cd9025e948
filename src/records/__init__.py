"""TFRecords: pairs as JPEG crops in shards, and batches read back from them.

Begin with `store` for what lies on the disk, with `read_training_dataset` for what is learned
from.
"""
