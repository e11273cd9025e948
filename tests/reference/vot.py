"""VOT's supervised scores by plain loops over frames, fragments and lengths."""


def accuracy(overlaps, codes, burn_in=10):
    """Codes: 0 skipped, 1 start, 2 failure, 3 box; None if no frame counts."""
    counted, since = [], None
    for overlap, code in zip(overlaps, codes, strict=True):
        since = 0 if code == 1 else None if since is None else since + 1
        if code == 3 and since >= burn_in and overlap == overlap:
            counted.append(overlap)
        if code == 2:
            since = None
    return sum(counted) / len(counted) if counted else None


def fragments(overlaps, codes):
    """(overlaps, failed) of each track."""
    found, current = [], None
    for overlap, code in zip(overlaps, codes, strict=True):
        if code == 1:
            current = []
            found.append([current, False])
        elif code == 2:
            found[-1][1] = True
            current = None
        if code in (1, 3) and overlap == overlap:
            current.append(overlap)
    return [(part, failed) for part, failed in found]


def eao_curve(runs):
    """Runs are (overlaps, failed)."""
    longest, curve = max(len(part) for part, _ in runs), []
    for n in range(longest):
        means = []
        for part, failed in runs:
            if not failed and n >= len(part):
                continue
            values = [part[k] if k < len(part) else 0.0 for k in range(n + 1)]
            means.append(values[0] if n == 0 else sum(values[1:]) / n)
        curve.append(sum(means) / len(means))
    return curve
