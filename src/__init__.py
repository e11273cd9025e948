"""SiamFC-tf: a fully-convolutional Siamese tracker on TensorFlow 2."""

import os

# TensorFlow 2.21 asks for oneDNN by itself only on processors with AVX-512; its other kernels are
# slower and cannot differentiate dilated convolutions. It reads this when it is imported
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
