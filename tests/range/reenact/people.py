"""Invented people. Names come from syllables, mail domains end in .zz (never
delegated), phone numbers begin with +210 (no country has it): nobody real is hit."""

from itertools import accumulate

DOMAINS = [
    ("mapletoft-post.zz", 38), ("quillmail.zz", 24), ("brightwater-net.zz", 12),
    ("tinderbox.zz", 9), ("oxbow-online.zz", 6), ("larkhill.zz", 4),
    ("seventh-harbour.zz", 3), ("ironbridge-isp.zz", 2), ("pellmell.zz", 1),
    ("uni-vanderlac.zz", 1),
]
FIRST_A = "Al An Be Bri Ca Cor Da Del E Fa Fin Ga Hal I Jo Ka Lo Ma Mi Ne O Pe Ro Sa Se Ta Ti U Ve Wi Yo Zé".split()
FIRST_B = "ra len mi na ril da vin sto ne lia ran bel".split()
LAST_A = "Ash Bar Cold Dun Ever Fal Gren Har Iver Jos Kel Lind Mor Nor Os Pen Quar Rav Stan Tor Ulm Vel Whit Yar Müh".split()
LAST_B = "bo de fi ga ha in ka lo ma ne or ri".split()
LAST_C = "ck dale ford gard lin mere nov row sen ster ton wick zel".split()
CITY_A = "Alder Brack Chal Dray Elms Fern Gor Holm Kes Lang Mar Over Pick Rush Sel Thorn Wad".split()
CITY_B = "bury by cross field ham mouth port stead".split()
FOLD = str.maketrans("éü", "eu")


def falling(n, head):
    """Cumulative weights 1/(rank+head): few common values, many rare ones."""
    return list(accumulate(1.0 / (rank + head) for rank in range(n)))


class People:
    """Draws people from one seeded stream. Addresses never repeat within one object."""

    def __init__(self, rng):
        self.rng = rng
        self.first = [a + b for a in FIRST_A for b in FIRST_B]
        self.last = [a + b + c for a in LAST_A for b in LAST_B for c in LAST_C]
        self.cities = [a + b for a in CITY_A for b in CITY_B]
        for names in (self.first, self.last, self.cities):
            rng.shuffle(names)
        self.weights = {id(v): falling(len(v), h) for v, h in
                        ((self.first, 8), (self.last, 40), (self.cities, 3))}
        self.used = set()

    def pick(self, values, n):
        return self.rng.choices(values, cum_weights=self.weights[id(values)], k=n)

    def address(self, first, last, domain, style, number):
        if style < 45:
            local = f"{first}.{last}"
        elif style < 65:
            local = f"{first[0]}{last}"
        elif style < 80:
            local = f"{first}{number % 100:02d}"
        elif style < 90:
            local = f"{last}.{first}"
        else:
            local = f"{first}_{last}{number % 10}"
        email = f"{local}@{domain}"
        while email in self.used:
            email = f"{local}{number}@{domain}"
            number += 1
        self.used.add(email)
        return email

    def draw(self, n):
        """n people as (email, phone or None, full name, city or None)."""
        rng = self.rng
        firsts, lasts = self.pick(self.first, n), self.pick(self.last, n)
        cities = self.pick(self.cities, n)
        domains = rng.choices([d for d, _ in DOMAINS], [w for _, w in DOMAINS], k=n)
        noise = memoryview(rng.randbytes(8 * n)).cast("Q")
        people = []
        for first, last, city, domain, bits in zip(firsts, lasts, cities, domains, noise):
            low_first, low_last = first.lower().translate(FOLD), last.lower().translate(FOLD)
            email = self.address(low_first, low_last, domain, bits % 100, (bits >> 8) % 997 + 2)
            # eight numbers in a hundred are missing, three cities
            phone = None if (bits >> 20) % 100 < 8 else f"+2106{(bits >> 30) % 100000000:08d}"
            people.append((email, phone, f"{first} {last}",
                           None if (bits >> 58) % 32 == 0 else city))
        return people
