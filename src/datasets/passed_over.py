"""What a stream of videos tells of one that is wrong: a stream that raised would end."""

from src.datasets.labels import LabelledVideo


def passed_over(name: str, trouble: str) -> LabelledVideo:
    """A video or photograph of a larger document that cannot be used.

    Args:
        name: Its name.
        trouble: A sentence: file, what is wrong, what would be right.

    Returns:
        A video without frames and targets, with that sentence alone.
    """
    return LabelledVideo(name, (), (), left_out=(trouble,))
