"""What validation ratios can carry (docs/verdict.md, "Caps", after Vergeer et al. 2016), and how good they are."""

import bisect
import math


def bounds(h1, h2):
    """[lower, upper] in log10, in steps of .01."""
    if not h1 or not h2:
        return [0.0, 0.0]
    h1, h2 = sorted(h1), sorted(h2)
    n1, n2 = len(h1), len(h2)

    def upper_holds(t):
        above = n2 - bisect.bisect_left(h2, t)
        below = bisect.bisect_left(h1, t)
        return 10 ** t * (above + 1) / (n2 + 1) + below / (n1 + 1) <= 1

    def lower_holds(t):
        below = bisect.bisect_right(h1, t)
        above = n2 - bisect.bisect_right(h2, t)
        return 10 ** -t * (below + 1) / (n1 + 1) + above / (n2 + 1) <= 1

    def walk(holds, sign, end):
        last = 0.0
        for step in range(int(end / .01) + 1):
            t = sign * step / 100
            if not holds(t):
                break
            last = t
        return last

    return [walk(lower_holds, -1, math.log10(n1 + 1)), walk(upper_holds, 1, math.log10(n2 + 1))]


def cllr(h1, h2):
    def cost(x):        # log2(1 + 10 ** x) without overflow
        x *= math.log(10)
        return (max(x, 0) + math.log1p(math.exp(-abs(x)))) / math.log(2)
    if not h1 or not h2:
        return None
    return (sum(cost(-x) for x in h1) / len(h1) + sum(cost(x) for x in h2) / len(h2)) / 2
