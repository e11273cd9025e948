"""Blur by motion, pixel by pixel."""

import math

import numpy as np


def line_kernel_by_loops(max_reach, reach, angle):
    """1 - the distance to the line's nearest point, found among many points along it."""
    points = [(t * math.cos(angle), t * math.sin(angle)) for t in np.linspace(-reach, reach, 2_001)]
    kernel = np.zeros((2 * max_reach + 1, 2 * max_reach + 1))
    for row in range(len(kernel)):
        for column in range(len(kernel)):
            x, y = column - max_reach, row - max_reach
            nearest = min(math.hypot(x - px, y - py) for px, py in points)
            kernel[row, column] = max(0.0, 1 - nearest)
    return kernel / kernel.sum()


def mirrored(place, size):
    """The index inside 0...size - 1 that a place outside shows, the rim shown twice."""
    if place < 0:
        return -1 - place
    return 2 * size - 1 - place if place >= size else place


def blur_by_loops(image, kernel):
    height, width, channels = image.shape
    room = len(kernel) // 2
    blurred = np.zeros(image.shape)
    for row in range(height):
        for column in range(width):
            for channel in range(channels):
                for i in range(len(kernel)):
                    for j in range(len(kernel)):
                        y = mirrored(row + i - room, height)
                        x = mirrored(column + j - room, width)
                        blurred[row, column, channel] += kernel[i, j] * image[y, x, channel]
    return blurred
