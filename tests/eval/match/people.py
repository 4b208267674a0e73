"""Invented people in several languages, and people in the manner of libraries that make up test data.

A person is [first, last, e-mail, phone, city, street, birth]: phone is (country code, national number), birth a day's second.
No e-mail occurs twice within one source. Nobody here is real."""

DAY = 86400

# native spellings, each with the letters its owner's e-mail is written in
LANGUAGES = {
    "en": ("1", [("Ada", "ada"), ("Bela", "bela"), ("Cira", "cira"), ("Dov", "dov"), ("Edda", "edda"), ("Finn", "finn"), ("Gala", "gala"), ("Hugo", "hugo"),
                 ("Ines", "ines"), ("Jory", "jory"), ("Kaia", "kaia"), ("Lio", "lio"), ("Mira", "mira"), ("Nils", "nils"), ("Oona", "oona"), ("Wren", "wren")],
           [("Ash", "ash"), ("Birch", "birch"), ("Cole", "cole"), ("Dale", "dale"), ("Fenn", "fenn"), ("Grove", "grove"), ("Hale", "hale"), ("O'Dell", "odell"),
            ("Marsh", "marsh"), ("Oakley-Reed", "oakleyreed"), ("Thorn", "thorn"), ("Vale", "vale"), ("Wick", "wick"), ("Yarrow", "yarrow")],
           ["Elmstead", "Oakbridge", "Wick Green", "Port Alder", "Mirefield"], "{n} {w} Street", ["Mill", "Orchard", "Station", "Harbour", "Quarry"]),
    "de": ("49", [("Jürgen", "juergen"), ("Änne", "aenne"), ("Lörke", "loerke"), ("Heike", "heike"), ("Uwe", "uwe"), ("Silke", "silke"), ("Björn", "bjoern"), ("Antje", "antje")],
           [("Müßig", "muessig"), ("Köhlmann", "koehlmann"), ("Strößner", "stroessner"), ("Hagedorn", "hagedorn"), ("von Brenn", "vonbrenn"), ("Äpler", "aepler"), ("Tannhof", "tannhof")],
           ["Nordhaven", "Bad Brünn", "Süderau", "Grünlingen"], "{w} {n}", ["Mühlweg", "Hauptstraße", "Am Anger", "Lindenallee"]),
    "fr": ("33", [("Éloïse", "eloise"), ("Zoé", "zoe"), ("Loïc", "loic"), ("Maëlle", "maelle"), ("Rémy", "remy"), ("Solène", "solene")],
           [("Garçonnet", "garconnet"), ("Lefèvrier", "lefevrier"), ("d'Aubrac", "daubrac"), ("Noëlin", "noelin"), ("Bréchard", "brechard")],
           ["Vallory", "Saint-Élme", "Côte-Claire"], "{n} rue {w}", ["des Tilleuls", "du Moulin", "de l'Église"]),
    "es": ("34", [("Íñigo", "inigo"), ("Nuria", "nuria"), ("Ángela", "angela"), ("Tomás", "tomas"), ("Begoña", "begona"), ("Óscar", "oscar")],
           [("Peñarroya", "penarroya"), ("Muñiz Lobo", "munizlobo"), ("Ibáñez", "ibanez"), ("Cordón", "cordon"), ("Güell", "guell")],
           ["Castel Mora", "Peñafría", "Río Alto"], "Calle {w}, {n}", ["Mayor", "del Olmo", "Nueva"]),
    "pl": ("48", [("Łucja", "lucja"), ("Zbyszek", "zbyszek"), ("Świętosław", "swietoslaw"), ("Halina", "halina")],
           [("Wójtas", "wojtas"), ("Żórawski", "zorawski"), ("Łączny", "laczny"), ("Brzozak", "brzozak")],
           ["Brzegów", "Zielonka Górna"], "ul. {w} {n}", ["Lipowa", "Młyńska"]),
    "ru": ("7", [("Лада", "lada"), ("Игнат", "ignat"), ("Зоя", "zoya"), ("Фёдор", "fyodor")],
           [("Березин", "berezin"), ("Ольхова", "olkhova"), ("Рябинин", "ryabinin"), ("Кленов", "klenov")],
           ["Сосногорье", "Верхний Яр"], "ул. {w}, {n}", ["Садовая", "Речная"]),
    "ja": ("81", [("陽菜", "hina"), ("蓮", "ren"), ("葵", "aoi"), ("大和", "yamato")], [("白樺", "shirakaba"), ("杉浦", "sugiura"), ("楠本", "kusumoto"), ("柏原", "kashihara")],
           ["青葉市", "緑川町"], "{w}{n}番地", ["桜台", "若葉"]),
}
HOSTS = ["post.zz", "mail.zz", "letters.zz", "owl.zz", "home.zz"]


class People:
    """tag keeps the e-mails of one source apart from those of another."""

    def __init__(self, rng, tag, languages=None):
        self.rng, self.tag, self.count = rng, tag, 0
        self.languages = languages or rng.sample(sorted(LANGUAGES), rng.randint(1, 3))

    def one(self):
        rng = self.rng
        self.count += 1
        code, firsts, lasts, cities, form, words = LANGUAGES[rng.choice(self.languages)]
        (first, f), (last, l) = rng.choice(firsts), rng.choice(lasts)
        number = f"{self.tag}{self.count}"
        email = rng.choice([f"{f}.{l}{number}", f"{f[0]}{l}{number}", f"{l}_{number}", f"{f}-{number}"]) + "@" + rng.choice(HOSTS)
        phone = phone_of(rng, code) if rng.random() < 0.88 else None
        street = form.format(n=rng.randint(1, 180), w=rng.choice(words))
        return [first, last, email, phone, rng.choice(cities), street, rng.randint(-7000, 12500) * DAY]


# how long a country's numbers are without trunk prefix: a longer one exists nowhere, and no reader takes it for one
NATIONAL_DIGITS = {"33": 9, "34": 9, "48": 9}


def phone_of(rng, code, first="6789"):
    number = f"{rng.choice(first)}{rng.randrange(10 ** 9):09d}"
    number = number[:3] + "2" + number[4:] if code == "1" and number[3] in "01" else number     # no exchange begins so
    return code, number[:NATIONAL_DIGITS.get(code, 10)]


# ---- in the manner of data-making libraries: their grammars, not their words ----

FAKE = {
    "en_US": (["Aster", "Bram", "Cleo", "Dara", "Elio", "Freya"], ["Tarn", "Sedge", "Lorne", "Pike"], ["Lake {f}burg", "North {f}ton", "{l}ville", "Port {f}shire"],
              ["{n:03d} {l} Via Suite {m:03d}", "{n:05d} {f} Turnpike Apt. {m:03d}"], ["001-{a}-{b}-{c}x{m:03d}", "({a}){b}-{c}", "+1-{a}-{b}-{c}", "{a}.{b}.{c}"], ["{f} {l}", "Dr. {f} {l}", "{f} {l} MD"]),
    "de_DE": (["Heinz-Otto", "Rosel", "Kuno", "Imke"], ["Hörle", "Zirme", "Ladeck"], ["Bad {l}", "{l}stadt", "Neu {l}"], ["{l}gasse {n}", "{l}ring {n}"],
              ["+49(0){a} {b}{c}", "0{a}{b}{c}", "({a}) {b}{c}"], ["{f} {l}", "Univ.Prof. {f} {l}", "{f} {l} B.Sc."]),
    "fr_FR": (["Aurore", "Théophile", "Maryse"], ["Sauvaget", "Brunel", "Hoarau"], ["Sainte {f}-les-Bains", "{l}-sur-Mer", "{l}nec"], ["{n}, rue {l}", "{n}, boulevard de {l}"],
              ["+33 {m:03d} {b} {c}", "0{a}{b}{c}"], ["{f} {l}", "{f} de {l}"]),
    "es_ES": (["Chus", "Nazaret", "Primitivo"], ["Rubiales", "Oliveras", "Sastre"], ["{l}", "La {l}"], ["Vial {f} {l} {n} Piso {m}", "C. de {f} {l} {n}"], ["+34 {a}{b}{c}", "+34{a} {b} {c}"], ["{f} {l} {l}"]),
    "ja_JP": (["陽一", "舞", "京助"], ["青山", "宇野", "笹田"], ["川崎市幸区", "大網白里市"], ["芝公園{n}丁目{m}番", "白金{n}丁目"], ["090-{b}{m:01d}-{c}", "{a}-{b}-{c}"], ["{l} {f}"]),
    "ru_RU": (["Каллистрат", "Пелагея"], ["Одинцов", "Кабанов"], ["г. {l}", "п. {l}"], ["пр. {l}, д. {n} стр. {m}", "ул. {l}, д. {n}"], ["+7 ({a}) {b}-{c}", "8{a}{b}{c}"], ["{l} {f} Ильич"]),
    "pt_BR": (["Davi Lucca", "Yasmin"], ["da Mota", "Nogueira"], ["{l} de Minas", "{l}"], ["Rua {f} {l}, {n}", "Vila de {l}, {n}"], ["+55 {m:02d} 9{b} {c}", "({a}) {b}{c}"], ["Sr. {f} {l}", "{f} {l}"]),
    "en_IN": (["Advik", "Kiaan", "Zaina"], ["Sura", "Wable", "Bhalla"], ["{l}", "{l}pur"], ["H.No. {n}, {l} Circle", "{n}/{m}, {l} Marg"], ["+91{a}{b}{c}", "0{a}{b}{c}"], ["{f} {l}"]),
}
FREE = ["example.com", "example.org", "example.net", "letters.zz", "post.zz", "owl.zz"]


class Fakes:
    """What such a library gives for one locale: names with titles, composed towns, phones with extensions, reserved or free hosts."""

    def __init__(self, rng):
        self.rng, self.locale, self.count = rng, rng.choice(sorted(FAKE)), 0
        self.reserved = rng.random() < 0.5

    def one(self):
        rng = self.rng
        firsts, lasts, towns, streets, phones, names = FAKE[self.locale]
        f, l = rng.choice(firsts), rng.choice(lasts)
        self.count += 1
        host = rng.choice(FREE[:3] if self.reserved else FREE[3:])
        words = {"f": f, "l": l, "n": rng.randint(1, 9999), "m": rng.randint(1, 99), "a": rng.randint(200, 999), "b": rng.randint(200, 999), "c": f"{rng.randrange(10 ** 4):04d}"}
        name = rng.choice(names).format(**words).split(" ", 1)
        handle = "".join(rng.choices("abcdefghijklmnoprstuvw", k=rng.randint(4, 9))) + str(rng.choice(["", 1, rng.randint(10, 99)])) + str(self.count)
        return [name[0], name[-1], f"{handle}@{host}", rng.choice(phones).format(**words), rng.choice(towns).format(**words), rng.choice(streets).format(**words), rng.randint(-12000, 12500) * DAY]


