"""How often do keys of two lists that have nothing to do with each other agree? For policy's private.coincidence and private.seed.

Each of N shops (match/shops.py; every fifth is a public database) stands beside another service that some of its people use, too: their
e-mail is the same, when they signed up there is not. Counted as `assay private` does, distinct keys of the service that the shop has:

  python3 -B tests/eval/private_keys.py [--shops N] [--data DIR]      DIR: as ASSAY_EVAL_DATA; without it made-up shops alone
"""
import argparse
import hashlib
import json
import math
import random

from match.people import DAY
from match.shops import CLOSE, Shop, moment

COMMON = [hashlib.md5(f"common{i}".encode()).hexdigest() for i in range(1, 401)]


def upper(k, n):
    """One-sided 97.5 % Clopper-Pearson bound, by bisection on the binomial's lower tail."""
    def tail(p):
        if p <= 0:
            return 1.
        return sum(math.exp(math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(p) + (n - i) * math.log1p(-p)) for i in range(k + 1))
    low, high = k / n, 1.
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if tail(middle) > .025 else (low, middle)
    return high


def clock(second, schema):
    return second - second % DAY if schema["times"] == "day" else second


def service(shop, rng):
    """The other service's rows: e-mail, second of sign-up, hash (unsalted where the shop's are; one in three has the same password there)."""
    first = CLOSE - rng.randint(700, 2000) * DAY
    for person in shop.elsewhere:
        same = person[7].get("hash") if len(person) > 7 else None
        yield person[2], moment(rng, first, CLOSE), same or shop.new_hash(rng)


def keys(rows, kinds):
    found = {}
    for email, second, hashed, schema in rows:
        found.setdefault("email", set()).add(email)
        when = "email, day" if schema["times"] == "day" else "email, second"
        found.setdefault(when, set()).add((email, clock(second, schema)))
        if hashed:
            salted = "unsalted" if schema["hash"] == "unsalted" else "salted"
            found.setdefault(f"hash, {salted}", set()).add(hashed)
            found.setdefault(f"email, hash, {salted}", set()).add((email, hashed))
    kinds.update(found)
    return found


def main():
    said = argparse.ArgumentParser()
    said.add_argument("--shops", type=int, default=200)
    said.add_argument("--data")
    options = said.parse_args()
    seen, worst, heads = {}, {}, []
    for seed in range(1, options.shops + 1):
        shop, rng = Shop(seed, options.data), random.Random(f"private/{seed}")
        ours = keys(((r["email"], r["created"], r["hash"], shop.schema) for r in shop.now if r["email"]), set())
        theirs = keys(((*row, shop.schema) for row in service(shop, rng) if row[0]), set())
        heads.append(sum(1 for r in shop.now if r["created"] - shop.now[0]["created"] < DAY))
        for kind, list_of in theirs.items():
            k, n = len(list_of & ours.get(kind, set())), len(list_of)
            before = seen.get(kind, (0, 0))
            seen[kind] = (before[0] + k, before[1] + n)
            worst[kind] = max(worst.get(kind, 0), k / n)
        if shop.schema["hash"] == "unsalted":       # nobody's people: the common passwords and no more
            k = len(set(COMMON) & ours["hash, unsalted"])
            before = seen.get("hash, guessed", (0, 0))
            seen["hash, guessed"] = (before[0] + k, before[1] + len(COMMON))
            worst["hash, guessed"] = max(worst.get("hash, guessed", 0), k / len(COMMON))
    for kind, (k, n) in sorted(seen.items()):
        print(json.dumps({"keys": kind, "agree": k, "of": n, "share": round(k / n, 6), "at_most": round(upper(k, n), 6) if k < 500 else None, "worst_shop": round(worst[kind], 4)}))
    heads.sort()
    print(json.dumps({"rows_of_the_first_day": {"median": heads[len(heads) // 2], "nine_in_ten": heads[len(heads) * 9 // 10], "most": heads[-1]}}))


if __name__ == "__main__":
    main()
