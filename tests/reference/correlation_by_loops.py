"""Cross-correlation and its cosine by loops over examples, places and channels."""

import numpy as np


def correlate_by_loops(template, search):
    batch, height, width, channels = template.shape
    rows, columns = search.shape[1] - height + 1, search.shape[2] - width + 1
    score = np.zeros((batch, rows, columns, 1))
    for example in range(batch):
        for row in range(rows):
            for column in range(columns):
                for channel in range(channels):
                    window = search[example, row : row + height, column : column + width, channel]
                    score[example, row, column, 0] += (
                        template[example, :, :, channel] * window
                    ).sum()
    return score


def cosine_by_loops(template, search):
    batch, height, width, _ = template.shape
    rows, columns = search.shape[1] - height + 1, search.shape[2] - width + 1
    score = np.zeros((batch, rows, columns, 1))
    for example in range(batch):
        for row in range(rows):
            for column in range(columns):
                window = search[example, row : row + height, column : column + width]
                norms = np.linalg.norm(template[example]) * np.linalg.norm(window)
                if norms > 0:
                    score[example, row, column, 0] = (template[example] * window).sum() / norms
    return score
