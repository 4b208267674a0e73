"""Pictures of the benchmark as SVG: Tippett, empirical cross-entropy, stated against observed, width of the dates."""

import math
from html import escape

from . import figures, tally

BG, INK, SOFT, SUP, REF, UND, RULE, HAIR = "#fcfbf7", "#1c1d20", "#585a5f", "#1b5c94", "#9c4408", "#5b5868", "#cfcabc", "#e6e2d7"
FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Liberation Sans', sans-serif"


class Picture:
    """Axes in the plot's own units; y upward."""

    def __init__(self, title, about, x, y, size=(720, 380), margins=(56, 24, 60, 190)):
        self.width, self.height = size
        self.left, self.top, self.bottom, self.right = margins[0], margins[1], margins[2], margins[3]
        self.x0, self.x1, self.y0, self.y1 = x[0], x[1], y[0], y[1]
        self.out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}" height="{self.height}" role="img" font-family="{FONT}" font-size="12">',
                    f"<title>{escape(title)}</title>", f"<desc>{escape(about)}</desc>", f'<rect width="{self.width}" height="{self.height}" fill="{BG}"/>']

    def x(self, value):
        return self.left + (min(max(value, self.x0), self.x1) - self.x0) / (self.x1 - self.x0) * (self.width - self.left - self.right)

    def y(self, value):
        return self.height - self.bottom - (min(max(value, self.y0), self.y1) - self.y0) / (self.y1 - self.y0) * (self.height - self.top - self.bottom)

    def text(self, x, y, words, colour=SOFT, anchor="start", size=12, weight=400):
        self.out.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}">{escape(words)}</text>')

    def axes(self, x_ticks, y_ticks, x_words, y_words):
        bottom = self.y(self.y0)
        for value, words in x_ticks:
            self.out.append(f'<path d="M{self.x(value):.1f} {self.top}V{bottom:.1f}" stroke="{RULE if value == 0 else HAIR}" fill="none"/>')
            self.text(self.x(value), bottom + 17, words, anchor="middle")
        for value, words in y_ticks:
            self.out.append(f'<path d="M{self.left} {self.y(value):.1f}H{self.x(self.x1):.1f}" stroke="{HAIR}" fill="none"/>')
            self.text(self.left - 8, self.y(value) + 4, words, anchor="end")
        self.text((self.left + self.x(self.x1)) / 2, bottom + 40, x_words, INK, "middle")
        self.text(self.left - 44, 14, y_words, INK)

    def line(self, points, colour, width=2, dash=None):
        path = "M" + "L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in points)
        self.out.append(f'<path d="{path}" stroke="{colour}" stroke-width="{width}" fill="none"' + (f' stroke-dasharray="{dash}"' if dash else "") + "/>")

    def dot(self, x, y, colour, radius=4, hollow=False):
        self.out.append(f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="{radius}" fill="{BG if hollow else colour}" stroke="{colour}" stroke-width="1.5"/>')

    def label(self, x, y, words, colour, dy=4):
        self.text(self.x(x) + 8, self.y(y) + dy, words, colour, weight=600)

    def legend(self, entries):
        """Beside the plot, in the order given; each (words, colour, dash)."""
        x = self.x(self.x1) + 14
        for i, (words, colour, dash) in enumerate(entries):
            y = self.top + 14 + 20 * i
            self.out.append(f'<path d="M{x:.1f} {y}h18" stroke="{colour}" stroke-width="2"' + (f' stroke-dasharray="{dash}"' if dash else "") + "/>")
            self.text(x + 24, y + 4, words, colour, size=11, weight=600)

    def done(self):
        return "\n".join(self.out + ["</svg>"]) + "\n"


def sides(trials, kind):
    chosen = [t for t in trials if not tally.informed(t) and t["class"] == kind]
    return sorted(t["lr"] for t in chosen if t["truth"] == "H1"), sorted(t["lr"] for t in chosen if t["truth"] == "H2")


def signed(value):
    return "0" if value == 0 else f"{value:+d}".replace("-", "\u2212")


def tippett(trials):
    h1, h2 = sides(trials, "secret")
    picture = Picture("Which share of samples reaches a ratio?", f"Of {len(h1)} samples that came from the database and {len(h2)} that did not, all with a usable source-secret column, the share whose log10 likelihood "
                      "ratio is at least x.", (-4, 4), (0, 1))
    picture.axes([(x, signed(x)) for x in range(-4, 5)], [(y / 4, f"{25 * y} %") for y in range(5)], "log10 likelihood ratio (a log scale), at least", "share of samples")
    steps = [x / 50 for x in range(-200, 201)]
    for values, colour in ((h1, SUP), (h2, REF)):
        if values:
            picture.line([(x, figures.at_least(values, x)) for x in steps], colour)
    picture.legend([(f"came from it ({len(h1)})", SUP, None), (f"did not ({len(h2)})", REF, None)])
    return picture.done()


def cross_entropy(trials):
    h1, h2 = sides(trials, "secret")
    if not h1 or not h2:
        return ""
    best = figures.best(h1, h2)
    odds = [x / 10 for x in range(-30, 31)]
    curves = [("as said", [(o, figures.entropy(h1, h2, o)) for o in odds], SUP, None), ("perfectly calibrated", [(o, figures.entropy(*best, o)) for o in odds], UND, "5 3"),
              ("saying nothing", [(o, figures.entropy([0], [0], o)) for o in odds], SOFT, "2 3")]
    picture = Picture("How much is left to be known?", "Empirical cross-entropy in bits over the prior log10 odds, for the ratios as said, the same ratios perfectly calibrated, and for saying nothing.", (-3, 3), (0, 1))
    picture.axes([(x, signed(x)) for x in range(-3, 4)], [(y / 4, f"{y / 4:g}") for y in range(5)], "log10 of the prior odds (a log scale)", "bits")
    for _, points, colour, dash in curves[::-1]:
        picture.line(points, colour, dash=dash)
    picture.legend([(name, colour, dash) for name, _, colour, dash in curves])
    return picture.done()


def stated(rows):
    picture = Picture("Is what is stated what is observed?", "Per bin of the stated log10 likelihood ratio: its mean, and the observed ratio of the bin's shares. On the line both are the same.", (-4, 4.5), (-4, 4.5))
    picture.axes([(x, signed(x)) for x in range(-4, 5)], [(y, signed(y)) for y in range(-4, 5, 2)], "stated, mean of the bin (log10, a log scale)", "observed (log10)")
    picture.line([(-4, -4), (4.5, 4.5)], RULE, 1)
    for i, row in enumerate(rows):
        bounded = row["h1"] == 0 or row["h2"] == 0
        picture.dot(row["stated"], row["observed"], SUP if row["stated"] > 0 else REF, hollow=bounded)
        picture.text(picture.x(row["stated"]) + (10 if i % 2 else -10), picture.y(row["observed"]) + (14 if i % 2 else -6), f"{row['h1']} : {row['h2']}", SOFT, "start" if i % 2 else "end", 11)
    x = picture.x(picture.x1) + 14
    for i, words in enumerate(("true : false", "samples in the bin", "hollow: one side", "is empty, so the", "count bounds it")):
        picture.text(x, picture.top + 14 + 16 * i, words, SOFT, size=11)
    return picture.done()


def widths(rows):
    """Median width of the 95 % interval of random samples by size, for each number of backups."""
    chosen = [r for r in rows if r["pick"] == "random" and r["updated"] and r["soft_width"] is not None and r["n"]]
    picture = Picture("How exact is the date?", "Median width in days of the 95 % interval of samples drawn at random that show when rows were changed, by rows shown and number of backups.", (.8, 3.2), (-.5, 3))
    picture.axes([(1, "10"), (1.4914, "31"), (2, "100"), (3, "1,000")], [(y, f"{10 ** y:,}") for y in range(4)], "rows shown (a log scale)", "days (a log scale)")
    entries = []
    for backups, colour, dash in ((0, SUP, None), (1, REF, "6 3"), (2, UND, "3 3"), (3, INK, "1 3")):
        points = [(math.log10(r["n"]), math.log10(max(r["soft_width"], .33))) for r in sorted(chosen, key=lambda r: r["n"]) if r["backups"] == backups]
        if points:
            picture.line(points, colour, dash=dash)
            for x, y in points:
                picture.dot(x, y, colour, 3)
            entries.append((f"{backups or 'no'} backup{'s' if backups != 1 else ''}", colour, dash))
    picture.legend(entries)
    return picture.done()
