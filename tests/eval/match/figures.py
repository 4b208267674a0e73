"""Arithmetic of the benchmark: how good ratios are, exact intervals, and what a resampling of whole shops says. All ratios are log10."""

import bisect
import math
import random

from measure.caps import bounds, cllr      # noqa: F401 (handed on)


def pool(values, weights=None):
    """Pool adjacent violators: the closest values that never fall."""
    blocks = []
    for value, weight in zip(values, weights or [1] * len(values)):
        blocks.append([value * weight, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last)]
    return [total / weight for total, weight, count in blocks for _ in range(count)]


def best(h1, h2):
    """What the same order of ratios would say if it were perfectly calibrated: two lists of log10 ratios, as given (ties are one)."""
    counts = {}
    for side, values in enumerate((h1, h2)):
        for value in values:
            counts.setdefault(value, [0, 0])[side] += 1
    order = sorted(counts)
    shares = pool([counts[v][0] / sum(counts[v]) for v in order], [sum(counts[v]) for v in order])
    prior = len(h1) / len(h2)

    def ratio(share):
        return -400.0 if share <= 0 else 400.0 if share >= 1 else math.log10(share / (1 - share) / prior)
    to = {value: ratio(share) for value, share in zip(order, shares)}
    return [to[v] for v in h1], [to[v] for v in h2]


def cllr_min(h1, h2):
    return cllr(*best(h1, h2)) if h1 and h2 else None


def entropy(h1, h2, odds):
    """Empirical cross-entropy at prior log10 odds, bits."""
    share = 1 / (1 + 10 ** -odds)

    def cost(x):
        x *= math.log(10)
        return (max(x, 0) + math.log1p(math.exp(-abs(x)))) / math.log(2)
    return share * sum(cost(-x - odds) for x in h1) / len(h1) + (1 - share) * sum(cost(x + odds) for x in h2) / len(h2)


def at_least(values, x):
    """Share of sorted values that are x or more."""
    return (len(values) - bisect.bisect_left(values, x)) / len(values)


def beta_share(a, b, x):
    """Regularised incomplete beta by its continued fraction (Lentz)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(b, a, 1 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    c, d, f = 1.0, 0.0, 1.0
    for i in range(400):
        m = i // 2
        step = 1.0 if i == 0 else m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)) if i % 2 == 0 else -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / max(1 + step * d, 1e-30)
        c = max(1 + step / c, 1e-30)
        f *= c * d
        if abs(1 - c * d) < 1e-13:
            break
    return front * (f - 1)


def clopper_pearson(k, n, level=.95):
    if n == 0:
        return 0.0, 1.0

    def quantile(p, a, b):
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if beta_share(a, b, middle) < p else (low, middle)
        return (low + high) / 2
    tail = (1 - level) / 2
    return (0.0 if k == 0 else quantile(tail, k, n - k + 1)), (1.0 if k == n else quantile(1 - tail, k + 1, n - k))


def over_shops(parts, statistic, rounds=500, seed=1):
    """95 % interval of statistic(sums), sums added over shops drawn with replacement: trials of one shop share a cause."""
    parts = list(parts)
    if len(parts) < 2:
        return None
    rng = random.Random(seed)
    found = []
    for _ in range(rounds):
        drawn = rng.choices(parts, k=len(parts))
        value = statistic([sum(column) for column in zip(*drawn)])
        if value is not None:
            found.append(value)
    found.sort()
    return (found[int(.025 * len(found))], found[int(.975 * len(found))]) if found else None


def median(values):
    return sorted(values)[len(values) // 2] if values else None
