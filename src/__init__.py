"""SiamFC-tf: a fully-convolutional Siamese tracker on TensorFlow 2."""
