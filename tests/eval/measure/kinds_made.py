"""Made-up schemas for measuring kinds of personal data: tables by seed, each column with the kinds it holds in truth. Check digits
are computed here, from the standards, and not by the code under test. No value is anybody's: names are drawn from short lists,
numbers at random."""

import json
import random
import string
import uuid
from datetime import date, datetime, timedelta

GIVEN = ("Anna Maria Johann Pieter Agnieszka Oluwaseun Mehmet Siobhan Yuki Carlos Ines Lars Priya Kwame Fatima Tadeusz Giulia Xavier Ngozi "
         "Hiroshi Bjorn Elodie Marek Sanna Ravi Chiara Tomas Leila Dmitri Joana Emma Noah Paul Julia Daniel Sarah Michael Laura David "
         "Thomas Katarzyna Sofia Lukas Marie Peter Susan Robert Linda James Karen Zeynep Aoife Thandiwe Minh Somchai Wiremu").split()
FAMILY = ("Miller Nowak Garcia Okafor Yilmaz Tanaka Rossi Dubois Jansen Kowalska Santos Svensson Virtanen Andersen Murphy Kaur Ivanova "
          "Weber Fischer O'Brien Smith-Jones van der Berg de la Cruz Müller Núñez Çelik Łukaszewicz Horvat Papadopoulos Nguyen Kim Chen "
          "Haddad Mensah Bauer Lindqvist Moreau Ferrari Ribeiro Kuznetsov").split()
CITIES = "Leeds Porto Gdansk Lyon Bremen Utrecht Bologna Sevilla Malmo Tampere Austin Recife Pune Busan Izmir Perth Halifax Cork Graz Brno".split()
STREETS = {"en": ("{n} {w} Street", "{n} {w} Road", "{n} {w} Ave", "{n} {w} Lane"), "de": ("{w}straße {n}", "{w}str. {n}", "{w}weg {n}"),
           "fr": ("{n} rue de {w}", "{n} avenue {w}"), "es": ("Calle {w} {n}", "Avenida {w} {n}"), "nl": ("{w}straat {n}", "{w}laan {n}"),
           "it": ("Via {w} {n}", "Piazza {w} {n}"), "pl": ("ul. {w} {n}",), "pt": ("Rua {w} {n}", "Rua do {w}, {n}")}
PLACE = "Linden Mill Station Garden River Castle Forest Church Market School Park Hill Bridge Lake King".split()
WORDS = ("the of order delivered late blue small box return please customer asked again stock shelf left warm invoice paid next week green "
         "part replaced under warranty see ticket closed note manual check size large price agreed with manager until").split()
DOMAINS = "example.org example.com example.net mail.example shop.example post.example.org".split()


# ---- check digits, from the standards ----

def luhn_digit(body):
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)


D5 = [[(a + b) % 5 if a < 5 and b < 5 else (a + (b - 5)) % 5 + 5 if a < 5 else (a - 5 - b) % 5 + 5 if b < 5 else (a - b) % 5
       for b in range(10)] for a in range(10)]
PERMUTED = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
while len(PERMUTED) < 8:
    PERMUTED.append([PERMUTED[-1][PERMUTED[1][i]] for i in range(10)])


def verhoeff_digit(body):
    state = 0
    for place, digit in enumerate(reversed(body), 1):
        state = D5[state][PERMUTED[place % 8][int(digit)]]
    return str(next(d for d in range(10) if D5[state][d] == 0))


def mod97(text):
    return int("".join(str(int(c, 36)) for c in text)) % 97


def weighted(body, weights):
    return sum(int(d) * w for d, w in zip(body, weights))


def digits(rng, n, first=string.digits):
    return rng.choice(first) + "".join(rng.choice(string.digits) for _ in range(n - 1))


def birth(rng):
    return date(1938, 1, 1) + timedelta(days=int(rng.triangular(0, 25500, 16000)))


def until(make):
    while True:
        value = make()
        if value is not None:
            return value


# ---- numbers of people ----

def card(rng, mark=None):
    prefix, length = rng.choice([("4", 16), ("4", 16), ("5" + rng.choice("12345"), 16), ("2" + str(rng.randint(2221, 2719))[1:], 16), ("34", 15),
                                 ("37", 15), ("6011", 16), ("36", 14), ("3528", 16), ("62", 16)])
    body = prefix + "".join(rng.choice(string.digits) for _ in range(length - len(prefix) - 1))
    number = body + luhn_digit(body)
    if mark and length == 16:
        return mark.join(number[i:i + 4] for i in range(0, 16, 4))
    return number


def iban(rng, spaced=False):
    country, length = rng.choice([("DE", 22), ("FR", 27), ("GB", 22), ("ES", 24), ("IT", 27), ("NL", 18), ("PL", 28), ("AT", 20), ("SE", 24), ("BE", 16)])
    letters = {"GB": 4, "NL": 4}.get(country, 0) + (1 if country == "IT" else 0)
    body = "".join(rng.choice(string.ascii_uppercase) for _ in range(letters)) + "".join(rng.choice(string.digits) for _ in range(length - 4 - letters))
    number = f"{country}{98 - mod97(body + country + '00'):02d}{body}"
    return " ".join(number[i:i + 4] for i in range(0, length, 4)) if spaced else number


def aadhaar(rng, spaced=False):
    body = digits(rng, 11, "23456789")
    number = body + verhoeff_digit(body)
    return f"{number[:4]} {number[4:8]} {number[8:]}" if spaced else number


def pan_india(rng):
    letters = string.ascii_uppercase
    return "".join(rng.choice(letters) for _ in range(3)) + rng.choices("PCHF", (90, 5, 3, 2))[0] + rng.choice(letters) + digits(rng, 4) + rng.choice(letters)


def ssn(rng, mark="-"):
    area = until(lambda: (lambda a: a if a not in (0, 666) else None)(rng.randint(1, 899)))
    return f"{area:03d}{mark}{rng.randint(1, 99):02d}{mark}{rng.randint(1, 9999):04d}"


def nino(rng):
    def prefix():
        pair = rng.choice("ABCEGHJKLMNOPRSTWXYZ") + rng.choice("ABCEGHJKLMNPRSTWXYZ")
        return None if pair in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ") else pair
    return until(prefix) + digits(rng, 6) + rng.choice("ABCD")


def nir(rng):
    born = birth(rng)
    place = rng.choice(["75", "13", "69", "2A", "2B", "33", "59"])
    body = rng.choice("12") + f"{born.year % 100:02d}{born.month:02d}" + place + digits(rng, 3) + digits(rng, 3)
    number = int(body.replace("2A", "19").replace("2B", "18")) if place[1] in "AB" else int(body)
    return body + f"{97 - number % 97:02d}"


def dni(rng):
    if rng.random() < 0.8:
        number = rng.randint(10000000, 99999999)
        return f"{number:08d}" + "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]
    lead, number = rng.choice("XYZ"), rng.randint(0, 9999999)
    return f"{lead}{number:07d}" + "TRWAGMYFPDXBNJZSQVHLCKE"[("XYZ".index(lead) * 10000000 + number) % 23]


ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12,
                                                        14, 16, 10, 22, 25, 24, 23)))


def codice_fiscale(rng):
    born = birth(rng)
    consonants = "BCDFGLMNPRSTVZ"
    body = "".join(rng.choice(consonants) for _ in range(6)) + f"{born.year % 100:02d}" + "ABCDEHLMPRST"[born.month - 1] + \
        f"{born.day + rng.choice((0, 40)):02d}" + rng.choice("ABCDEFGHL") + digits(rng, 3)
    total = sum(ODD[c] if place % 2 == 0 else (int(c) if c.isdigit() else ord(c) - 65) for place, c in enumerate(body))
    return body + chr(65 + total % 26)


def steuer_id(rng):
    pool = list(string.digits)
    rng.shuffle(pool)
    ten = pool[:9] + [rng.choice(pool[:9])]
    rng.shuffle(ten)
    if ten[0] == "0":
        swap = next(i for i, d in enumerate(ten) if d != "0")
        ten[0], ten[swap] = ten[swap], ten[0]
    product = 10
    for digit in ten:
        total = (int(digit) + product) % 10 or 10
        product = (2 * total) % 11
    return "".join(ten) + str((11 - product) % 10)


def bsn(rng):
    def make():
        body = digits(rng, 8)
        rest = weighted(body, range(9, 1, -1)) % 11
        return body + str(rest) if rest < 10 else None
    return until(make)


def pesel(rng):
    born = birth(rng)
    body = f"{born.year % 100:02d}{born.month + (20 if born.year >= 2000 else 0):02d}{born.day:02d}" + digits(rng, 4)
    return body + str(-weighted(body, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10)


def personnummer(rng, mark="-", century=False):
    born = birth(rng)
    body = born.strftime("%y%m%d") + digits(rng, 3)
    return (str(born.year // 100) if century else "") + body[:6] + mark + body[6:] + luhn_digit(body)


def hetu(rng):
    born = birth(rng)
    day, serial = born.strftime("%d%m%y"), f"{rng.randint(2, 899):03d}"
    return day + ("A" if born.year >= 2000 else "-") + serial + "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(day + serial) % 31]


def cpf(rng, dotted=True):
    body = digits(rng, 9)
    for length in (10, 11):
        rest = weighted(body, range(length, 1, -1)) % 11
        body += "0" if rest < 2 else str(11 - rest)
    return f"{body[:3]}.{body[3:6]}.{body[6:9]}-{body[9:]}" if dotted else body


def resident_id_cn(rng):
    body = rng.choice(("110101", "310104", "440305", "510107")) + birth(rng).strftime("%Y%m%d") + digits(rng, 3)
    total = sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(body))
    rest = (12 - total % 11) % 11
    return body + ("X" if rest == 10 else str(rest))


def tckn(rng):
    body = digits(rng, 9, "123456789")
    tenth = (7 * sum(map(int, body[0::2])) - sum(map(int, body[1::2]))) % 10
    return body + str(tenth) + str((sum(map(int, body)) + tenth) % 10)


def rrn(rng, mark="-"):
    born = birth(rng)
    body = born.strftime("%y%m%d") + rng.choice("34" if born.year >= 2000 else "12") + digits(rng, 5)
    return body[:6] + mark + body[6:] + str((11 - weighted(body, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10)


def sin(rng, mark=" "):
    body = digits(rng, 8, "12345679")
    number = body + luhn_digit(body)
    return mark.join((number[:3], number[3:6], number[6:]))


def tfn(rng):
    def make():
        body = digits(rng, 8)
        last = next((d for d in range(10) if (weighted(body, (1, 4, 3, 7, 5, 8, 6, 9)) + 10 * d) % 11 == 0), None)
        return None if last is None else body + str(last)
    return until(make)


def medicare_au(rng):
    body = digits(rng, 8, "23456")
    return body + str(weighted(body, (1, 3, 7, 9, 1, 3, 7, 9)) % 10) + rng.choice("123")


def mrz_check(text):
    values = {**{str(d): d for d in range(10)}, **{c: i + 10 for i, c in enumerate(string.ascii_uppercase)}, "<": 0}
    return str(sum(values[c] * (7, 3, 1)[i % 3] for i, c in enumerate(text)) % 10)


def mrz(rng):
    number = "".join(rng.choice(string.ascii_uppercase + string.digits) for _ in range(9))
    born, until_day = birth(rng).strftime("%y%m%d"), f"{rng.randint(25, 34)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    personal = "<" * 14
    line = number + mrz_check(number) + "UTO" + born + mrz_check(born) + rng.choice("MF") + until_day + mrz_check(until_day) + personal + mrz_check(personal)
    return line + mrz_check(line[:10] + line[13:20] + line[21:43])


# ---- people ----

def plain(text):
    table = str.maketrans("üúñçÇŁłöß", "uuncCLlos")
    return "".join(c for c in text.translate(table) if c.isascii() and c.isalnum()).lower()


def email(rng):
    return f"{plain(rng.choice(GIVEN))}{rng.choice(['.', '_', ''])}{plain(rng.choice(FAMILY))}{rng.choice(['', str(rng.randint(1, 99))])}@{rng.choice(DOMAINS)}"


PHONES = {
    "e164": lambda r: "+" + r.choice(("49", "44", "33", "1", "48", "91", "351")) + digits(r, r.randint(8, 10), "123456789"),
    "spaced": lambda r: f"+{r.choice(('49', '44', '31'))} {digits(r, 3, '1234567')} {digits(r, 7)}",
    "us": lambda r: f"{digits(r, 3, '23456789')}-{digits(r, 3, '23456789')}-{digits(r, 4)}",
    "us2": lambda r: f"({digits(r, 3, '23456789')}) {digits(r, 3, '23456789')}-{digits(r, 4)}",
    "de": lambda r: f"0{digits(r, 3, '123456789')}/{digits(r, 7)}", "fr": lambda r: f"0{r.choice('123456')} " + " ".join(digits(r, 2) for _ in range(4)),
    "bare": lambda r: "0" + digits(r, 9, "123456789"), "bare10": lambda r: digits(r, 10, "6789"),
}
DATES = ("%Y-%m-%d", "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%Y-%m-%d 00:00:00", "%d/%m/%Y")
HEX = "0123456789abcdef"
CRYPT = "./" + string.digits + string.ascii_letters


def hexed(rng, n):
    return "".join(rng.choice(HEX) for _ in range(n))


def crypted(rng, n):
    return "".join(rng.choice(CRYPT) for _ in range(n))


PASSWORDS = {
    "bcrypt": lambda r: f"$2{r.choice('yb')}$10${crypted(r, 53)}", "phpass": lambda r: "$P$B" + crypted(r, 30), "md5": lambda r: hexed(r, 32),
    "sha1": lambda r: hexed(r, 40), "sha256": lambda r: hexed(r, 64), "sha512crypt": lambda r: f"$6${crypted(r, 8)}${crypted(r, 86)}",
    "argon2": lambda r: f"$argon2id$v=19$m=65536,t=3,p=4${crypted(r, 22)}${crypted(r, 43)}", "mysql": lambda r: "*" + hexed(r, 40).upper(),
    "django": lambda r: f"pbkdf2_sha256$260000${crypted(r, 22)}${crypted(r, 43)}=", "ssha": lambda r: "{SSHA}" + crypted(r, 38),
    "magento": lambda r: f"{hexed(r, 64)}:{crypted(r, 32)}:1", "joomla": lambda r: f"{hexed(r, 32)}:{crypted(r, 32)}",
    "readable": lambda r: r.choice(("sunshine", "dragon", "monkey", "qwerty", "letmein", "Summer")) + str(r.randint(1, 2030)) + r.choice(("", "!", "$")),
}
ICD = lambda r: f"{r.choice('ABCEFGHIJKLMNST')}{r.randint(0, 99):02d}" + (f".{r.randint(0, 9)}" if r.random() < 0.7 else "")
DRUGS = "metformin ibuprofen sertraline insulin lisinopril warfarin salbutamol".split()
DISEASES = ("type 2 diabetes", "asthma", "hypertension", "major depression", "migraine", "HIV positive", "fracture of the wrist")


def v6(rng):
    return ":".join(f"{rng.randint(0, 65535):x}" for _ in range(8)) if rng.random() < 0.5 else f"2001:db8::{rng.randint(1, 65535):x}"


def v4(rng):
    return f"{rng.randint(1, 223)}.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"


def street(rng, lang):
    return rng.choice(STREETS[lang]).format(n=rng.randint(1, 240), w=rng.choice(PLACE))


def postcode(rng, lang):
    return {"en": lambda: f"{rng.choice('ABCDEFGHLMNPRSW')}{rng.randint(1, 99)} {rng.randint(1, 9)}{rng.choice('ABDEF')}{rng.choice('GHJLN')}",
            "nl": lambda: f"{rng.randint(1000, 9999)} {rng.choice('ABCDEF')}{rng.choice('GHJKL')}", "pl": lambda: f"{rng.randint(0, 99):02d}-{rng.randint(0, 999):03d}",
            "pt": lambda: f"{rng.randint(1000, 9999)}-{rng.randint(0, 999):03d}"}.get(lang, lambda: f"{rng.randint(10000, 99999)}")()


def text(rng, least=3, most=14):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(least, most)))


def of(make):
    """A column whose every value is made alike."""
    return lambda rng, n: [make(rng) for _ in range(n)]


def style(makers):
    """A column in one of several styles."""
    def column(rng, n):
        make = rng.choice(makers)
        return [make(rng) for _ in range(n)]
    return column


def dated(rng, n):
    form = rng.choice(DATES)
    return [birth(rng).strftime(form) for _ in range(n)]


def localized(make):
    def column(rng, n):
        lang = rng.choice(sorted(STREETS))
        return [make(rng, lang) for _ in range(n)]
    return column


def gendered(rng, n):
    values = rng.choice((("m", "f"), ("M", "F", "X"), ("male", "female", "other"), ("männlich", "weiblich"), ("1", "2"), ("homme", "femme"), ("w", "m", "d")))
    return [rng.choice(values) for _ in range(n)]


# kind: names it goes by (in several languages), values, can the values alone tell it?
PERSONAL = [
    ("email", "email|Email|e_mail|email_address|userEmail|mail|customer_email|correo|courriel|emailadres|contact_email|billing_email|EMAIL_ADDR|adres_email", of(email), True),
    ("phone", "phone|Phone|phone_number|mobile|telephone|telefon|tel|handynummer|celular|telefono|contactPhone|telefoonnummer|mobile_no|work_phone|fax|numer_telefonu",
     style(list(PHONES.values())), True),
    ("name", "first_name|firstName|vorname|prenom|nombre_pila|voornaam|imie|given_name|fname", of(lambda r: r.choice(GIVEN)), True),
    ("name", "last_name|lastName|nachname|nom_famille|apellidos|cognome|achternaam|nazwisko|surname|sobrenome", of(lambda r: r.choice(FAMILY)), False),
    ("name", "full_name|customer_name|fullName|contact_name|nombre_completo|cardholder_name|patient_name|name|nom|display_name",
     of(lambda r: f"{r.choice(GIVEN)} {r.choice(FAMILY)}"), True),
    ("address", "street|address|strasse|calle|rue|ulica|straat|billing_address|address_line1|Address1|indirizzo|direccion|rua|home_address", localized(street), True),
    ("address", "postcode|zip|zip_code|plz|postal_code|code_postal|codigo_postal|kod_pocztowy|cap|PostalCode|cep", localized(postcode), False),
    ("address", "city|town|ort|ville|ciudad|miasto|woonplaats|citta|cidade|City", of(lambda r: r.choice(CITIES)), False),
    ("birth-date", "birth_date|dob|date_of_birth|birthday|geburtsdatum|date_naissance|fecha_nacimiento|data_nascita|geboortedatum|data_urodzenia|DateOfBirth|birthdate",
     dated, False),
    ("gender", "gender|sex|geschlecht|sexe|sexo|sesso|plec|geslacht|Gender", gendered, False),
    ("password", "password|passwd|user_pass|pwd|password_hash|passwort|mot_de_passe|contrasena|senha|haslo|wachtwoord|pass|encrypted_password", style(list(PASSWORDS.values())), False),
    ("password", "credential|auth_data|kw", style([PASSWORDS[k] for k in ("bcrypt", "phpass", "argon2", "sha512crypt", "django")]), True),
    ("token", "session_token|api_key|access_token|remember_token|refresh_token|session_id|auth_token|client_secret|reset_token",
     style([lambda r: hexed(r, 64), lambda r: crypted(r, 40).replace("/", "x").replace(".", "y"), lambda r: str(uuid.UUID(int=r.getrandbits(128), version=4)), lambda r: hexed(r, 32)]), False),
    ("card", "card_number|cc_number|creditcard|pan|kreditkarte|numero_tarjeta|cardNo|payment_card|numero_carta", style([card, card, lambda r: card(r, " "), lambda r: card(r, "-")]), True),
    ("cvv", "cvv|cvc|cvv2|card_security_code|cvc2", of(lambda r: digits(r, 3)), False),
    ("iban", "iban|IBAN|bank_iban|iban_number|account_iban|konto_iban", style([iban, lambda r: iban(r, True)]), True),
    ("passport", "passport_no|passport_number|reisepass|pasaporte|passportNumber|paszport", of(lambda r: r.choice("CGHJKLX") + digits(r, 8)), False),
    ("passport", "mrz|mrz_line2|machine_readable_zone", of(mrz), True),
    ("aadhaar", "aadhaar|aadhaar_no|aadhar_number|uidai", style([aadhaar, lambda r: aadhaar(r, True)]), True),
    ("pan-india", "pan_no|pan_number|pan_card|income_tax_pan", of(pan_india), True),
    ("ssn", "ssn|social_security_number|SSN|soc_sec_no", of(ssn), True),
    ("nino", "nino|ni_number|national_insurance_number", of(nino), True),
    ("nir", "nir|numero_securite_sociale|num_secu", of(nir), True),
    ("dni", "dni|nif|documento_identidad|dni_nie", of(dni), True),
    ("codice-fiscale", "codice_fiscale|cod_fiscale|codfisc|CodiceFiscale", of(codice_fiscale), True),
    ("steuer-id", "steuer_id|steuerid|steueridentifikationsnummer|idnr", of(steuer_id), True),
    ("bsn", "bsn|burgerservicenummer|sofinummer", of(bsn), True),
    ("pesel", "pesel|nr_pesel|PESEL", of(pesel), True),
    ("personnummer", "personnummer|personnr|pnr", style([personnummer, lambda r: personnummer(r, ""), lambda r: personnummer(r, "-", True)]), True),
    ("hetu", "hetu|henkilotunnus|sotu", of(hetu), True),
    ("cpf", "cpf|nr_cpf|CPF|numero_cpf", style([cpf, lambda r: cpf(r, False)]), True),
    ("resident-id-cn", "id_card|idcard_no|shenfenzheng|sfz", of(resident_id_cn), True),
    ("tckn", "tckn|tc_kimlik_no|kimlik_no", of(tckn), True),
    ("rrn", "rrn|jumin_no|resident_registration_number", style([rrn, lambda r: rrn(r, "")]), True),
    ("sin", "sin|social_insurance_number|sin_no", style([sin, lambda r: sin(r, ""), lambda r: sin(r, "-")]), True),
    ("tfn", "tfn|tax_file_number|tfn_number", of(tfn), True),
    ("medicare-au", "medicare_no|medicare_number|medicare_card", of(medicare_au), True),
    ("national-id", "national_id|tax_id|drivers_license|id_number|personalausweis|cedula|license_number", of(lambda r: r.choice(("", "L", "T22")) + digits(r, 8)), False),
    ("ip", "ip|ip_address|last_login_ip|remote_addr|client_ip|ipAddress|signup_ip", style([v4, v4, v6]), True),
    ("location", "gps|location|coordinates|last_location|geo_point", of(lambda r: f"{r.uniform(-80, 80):.5f},{r.uniform(-179, 179):.5f}"), True),
    ("health", "diagnosis_code|icd10|icd_code|diagnosis", of(ICD), False),
    ("health", "diagnosis|medication|allergies|medical_history|krankheit|diagnostico|maladie", of(lambda r: r.choice(DRUGS + list(DISEASES))), False),
    ("religion", "religion|confession|konfession|religious_affiliation", of(lambda r: r.choice(("rk", "ev", "none", "muslim", "jewish", "hindu"))), False),
    ("ethnicity", "ethnicity|ethnic_group|race|etnia", of(lambda r: r.choice(("A", "B", "C", "D", "mixed"))), False),
    ("union", "union_member|trade_union|gewerkschaft|sindicato", of(lambda r: r.choice("01")), False),
    ("orientation", "sexual_orientation|sexuality|orientation_sexuelle", of(lambda r: r.choice(("hetero", "homo", "bi"))), False),
    ("politics", "political_party|party_affiliation|parteizugehoerigkeit", of(lambda r: r.choice(("red", "green", "blue"))), False),
    ("biometric", "fingerprint_template|face_encoding|biometric_data", of(lambda r: hexed(r, 96)), False),
    ("email", "notes|comment|remarks|bemerkung", of(lambda r: f"{text(r)} {email(r)} {text(r)}" if r.random() < 0.3 else text(r)), True),
    ("email", "payload|data|meta|properties", of(lambda r: json.dumps({"id": r.randint(1, 9999), "mail": email(r), "ok": True})), True),
    ("email", "login|username|user_id|account", of(email), True),
    ("phone", "payload|data|meta|properties", of(lambda r: json.dumps({"id": r.randint(1, 9999), "contact": {"phone": PHONES["spaced"](r), "ok": True}})), True),
    ("birth-date", "payload|data|extra|attributes", of(lambda r: json.dumps([{"dateOfBirth": birth(r).isoformat(), "size": r.choice("SML")}])), True),
    ("ssn", "payload|data|extra|attributes", of(lambda r: json.dumps({"ssn": ssn(r), "score": r.randint(1, 99)})), True),
]


# ---- what is nobody's ----

def sequence(length):
    def column(rng, n):
        start, step = int(digits(rng, length, "123456789")), rng.choice((1, 1, 1, 2, 3, 7, 10, 11))
        return [str(start + i * step) for i in range(n)]
    return column


def ean13(rng):
    body = rng.choice(("400", "978", "500", "761", "871")) + digits(rng, 9)
    return body + str(-sum(int(d) * (1 if i % 2 == 0 else 3) for i, d in enumerate(body)) % 10)


def imei(rng):
    body = rng.choice(("35", "86", "01")) + digits(rng, 12)
    return body + luhn_digit(body)


def moment(rng):
    return datetime(2015, 1, 1) + timedelta(seconds=rng.randint(0, 330000000))


def lookup(values):
    return of(lambda r: r.choice(values))


IMPERSONAL = [
    ("id|order_id|customer_id|user_id|product_id|ref_id", sequence(5)), ("order_no|order_number|invoice_number|transaction_id|serial", style([lambda r: digits(r, 9, "123456789"),
     lambda r: digits(r, 10, "123456789"), lambda r: digits(r, 11, "123456789"), lambda r: digits(r, 12, "123456789"), lambda r: digits(r, 13, "123456789"), lambda r: digits(r, 16, "123456789")])),
    ("order_no|receipt_no|reference|batch", sequence(9)), ("order_no|doc_no|reference", sequence(11)), ("txn_no|reference|booking_ref", sequence(12)),
    ("txn|trace_no|payment_ref", sequence(16)), ("txn_ref|payment_reference", of(lambda r: "4" + digits(r, 15))), ("msg_id|event_ref", sequence(10)),
    ("tracking_number|tracking_no|shipment", style([lambda r: "1Z" + crypted(r, 16).upper().replace(".", "A").replace("/", "B"), lambda r: digits(r, 12), lambda r: "9400" + digits(r, 18),
                                                    lambda r: f"RR{digits(r, 9)}DE"])),
    ("ean|barcode|gtin|ean13|isbn", of(ean13)), ("imei|device_imei", of(imei)), ("sku|article_no|part_number", of(lambda r: f"{r.choice('ABKX')}{r.choice('CDEZ')}{r.choice('FG')}-{digits(r, 4)}-{r.choice('SML')}")),
    ("sku|item_code|model", of(lambda r: f"{r.choice('ABCDEFGH')}{digits(r, 2)}.{digits(r, 1)}")), ("part_no|material", of(lambda r: f"{digits(r, 3)}-{digits(r, 2)}-{digits(r, 4)}")),
    ("drawing_no|catalog_no", of(lambda r: f"{digits(r, 3)}-{digits(r, 3)}-{digits(r, 4)}")), ("vin|chassis", of(lambda r: "".join(r.choice("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") for _ in range(17)))),
    ("created_at|updated_at|last_login|order_date|shipped_at|birthday_mail_sent_at|password_changed_at|email_verified_at", of(lambda r: moment(r).strftime("%Y-%m-%d %H:%M:%S"))),
    ("order_date|hire_date|invoice_date|valid_from|release_date|expiry_date", style([lambda r: moment(r).strftime("%Y-%m-%d"), lambda r: moment(r).strftime("%d.%m.%Y")])),
    ("hire_date|start_date|entry_date", of(lambda r: (date(1992, 1, 1) + timedelta(days=r.randint(0, 11500))).isoformat())),
    ("ts|created|epoch|time", of(lambda r: str(r.randint(1400000000, 1760000000)))), ("ts_ms|created_ms", of(lambda r: str(r.randint(1400000000000, 1760000000000)))),
    ("stamp|period", of(lambda r: moment(r).strftime("%Y%m%d%H%M%S"))), ("price|amount|total|net|gross|balance", of(lambda r: f"{r.uniform(0.5, 2000):.2f}")),
    ("amount_cents|salary|volume", of(lambda r: str(r.randint(100, 900000000)))), ("uuid|guid|external_id|correlation_id", of(lambda r: str(uuid.UUID(int=r.getrandbits(128), version=4)))),
    ("checksum|etag|file_md5|content_hash|md5", of(lambda r: hexed(r, 32))), ("commit_sha|sha1|file_hash", of(lambda r: hexed(r, 40))), ("sha256|image_digest|block_hash|tx_hash", of(lambda r: hexed(r, 64))),
    ("version|app_version|build|firmware", of(lambda r: f"{r.randint(0, 12)}.{r.randint(0, 25)}.{r.randint(0, 30)}.{r.randint(0, 9)}")), ("mac|mac_address", of(lambda r: ":".join(hexed(r, 2) for _ in range(6)))),
    ("status|state_code|type|kind", lookup(("open", "paid", "new", "closed"))), ("email_verified|phone_verified|is_member|has_password|newsletter_optin", lookup("01")),
    ("product_name|title|item|produkt", of(lambda r: f"{r.choice(('Blue', 'Small', 'Pro', 'Classic'))} {r.choice(('chair', 'lamp', 'box', 'cable', 'desk'))} {r.choice(('', 'XL', '2'))}".strip())),
    ("company|company_name|firma|supplier", of(lambda r: f"{r.choice(('Nord', 'Alpha', 'Blue', 'Terra'))}{r.choice(('tech', 'soft', 'line', 'works'))} {r.choice(('GmbH', 'Ltd', 'SA', 'Inc'))}")),
    ("file_name|filename|image|attachment", of(lambda r: f"{r.choice(WORDS)}_{r.randint(1, 99)}@2x.png" if r.random() < 0.3 else f"{r.choice(WORDS)}.{r.choice(('pdf', 'png'))}")),
    ("package|dependency|module_name", of(lambda r: f"{r.choice(WORDS)}@{r.randint(0, 9)}.{r.randint(0, 20)}.{r.randint(0, 9)}")), ("repo_url|clone_url", of(lambda r: f"git@code-{r.randint(1, 9)}:team/{r.choice(WORDS)}.git")),
    ("url|link|website", of(lambda r: f"https://www.example.org/{r.choice(WORDS)}/{r.randint(1, 999)}")), ("host|hostname|server_name", of(lambda r: f"web{r.randint(1, 40)}.example.net")),
    ("description|text|body|long_description|comment", of(text)), ("settings|config|options", of(lambda r: json.dumps({"theme": r.choice(("dark", "light")), "size": r.randint(1, 9)}))),
    ("settings|meta|payload", of(lambda r: json.dumps({"phone": r.choice(("on", "off")), "email_verified": r.choice("01"), "name": r.choice(WORDS), "address": r.randint(1, 99), "cvv_result": "M"}))),
    ("quantity|stock|count|rank|position|age_group", of(lambda r: str(r.randint(0, 500)))), ("currency|currency_code", lookup(("EUR", "USD", "PLN"))), ("language|locale|lang", lookup(("en", "de_DE", "fr"))),
    ("card_type|card_brand|payment_method", lookup(("visa", "mastercard", "amex"))), ("card_masked|pan_masked|card_display", of(lambda r: f"**** **** **** {digits(r, 4)}")), ("card_last4|last4", of(lambda r: digits(r, 4))),
    ("address_id|phone_id|email_template_id|city_id|gender_id", of(lambda r: str(r.randint(1, 900)))), ("email_template|mail_subject|phone_type|password_policy|address_type", lookup(("welcome", "default", "reset", "home"))),
    ("ip_count|login_count|password_attempts|email_count", of(lambda r: str(r.randint(0, 30)))), ("temperature|pressure|delta|lat_ms|latency", of(lambda r: f"{r.uniform(-20, 80):.3f}")),
    ("color|hex_color", of(lambda r: "#" + hexed(r, 6))), ("license_plate|plate", of(lambda r: f"B-{r.choice('ABC')}{r.choice('XYZ')} {digits(r, 4, '123456789')}")), ("flight|flight_no", of(lambda r: f"{r.choice(('LH', 'BA'))}{r.randint(100, 9999)}")),
    ("invoice_ref|ticket", of(lambda r: f"{r.randint(2015, 2026)}-{r.randint(1, 99999):06d}")), ("race_id|horse_race|union_type|join_type|sex_toy_category", of(lambda r: str(r.randint(1, 60)))),
    ("bank_code|sort_code|blz", of(lambda r: digits(r, 8, "123456789"))), ("gtin14|pallet|sscc", of(lambda r: digits(r, 14))), ("hs_code|tariff", of(lambda r: f"{digits(r, 4)}.{digits(r, 2)}.{digits(r, 2)}")),
    ("brand|category_name|genre", lookup(("Santiago", "Aurora", "Victoria", "Nordic", "Delta", "Classic"))), ("room|seat|gate|shelf", of(lambda r: f"{r.choice('ABCDEF')}{digits(r, 2)}")),
    ("duration|elapsed", of(lambda r: f"{r.randint(0, 23):02d}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d}")), ("customer_no|account_no|loyalty_no", of(lambda r: (lambda b: b + luhn_digit(b))(digits(r, 11, "123456789")))),
]
PEOPLE_TABLES = "users customers kunden clients employees members patients contacts usuarios clientes utilisateurs klanten klienci accounts persons t_17 data_export tbl_main".split()
OTHER_TABLES = "orders products invoices shipments events log_entries inventory devices files payments articles t_88 tbl_stock measurements releases".split()
UNTOLD = "c{} col{} field_{} f{} attr_{} x{} value{} custom{}".split()
GENERIC = ("notes", "payload", "login", "credential")     # names that say nothing of what lies there
PLACEHOLDERS = ("N/A", "-", "unknown", "null", "0", "x", "n.a.")


def soil(rng, values):
    """Nulls, placeholders and slips, as in tables that people have filled for years."""
    nulls, fills, slips = rng.choice((0, 0, 0.1, 0.4)), rng.choice((0, 0, 0, 0.08)), rng.choice((0, 0, 0.02))
    fill = rng.choice(PLACEHOLDERS)
    out = []
    for value in values:
        roll = rng.random()
        if roll < nulls:
            value = None
        elif roll < nulls + fills:
            value = fill
        elif rng.random() < slips and len(value) > 2:
            at = rng.randrange(len(value) - 1)
            value = value[:at] + value[at + 1] + value[at] + value[at + 2:]
        out.append(value)
    return out


def schema(seed):
    """[{table, columns: [{name, kinds, told}], rows}]: told is False where the column's name says nothing of its kind;
    kinds is None where nobody could know."""
    rng = random.Random(f"kinds/{seed}")
    return [make_table(rng, number) for number in range(rng.randint(2, 5))]


def make_table(rng, number):
    of_people = rng.random() < 0.6
    columns, names = [], set()
    rows = 0 if rng.random() < 0.05 else int(10 ** rng.uniform(0.3, 2.6))
    for _ in range(rng.randint(2, 8) if of_people else rng.choice((0, 0, 1, 2))):
        kind, called, make, by_value = rng.choice(PERSONAL)
        is_generic = called.split("|")[0] in GENERIC
        told = not is_generic and not (by_value and rows > 0 and rng.random() < 0.2)
        add(rng, columns, names, called if told or is_generic else None, {kind}, told, make, rows)
    if of_people and rng.random() < 0.15:
        pair = rng.choice((("lat", "lng"), ("latitude", "longitude"), ("geo_lat", "geo_lon"), ("breitengrad", "laengengrad")))
        for name, limit in zip(pair, (80, 179)):
            add(rng, columns, names, name, {"location"}, True, of(lambda r, limit=limit: f"{r.uniform(-limit, limit):.6f}"), rows)
    for _ in range(rng.randint(2, 7)):
        called, make = rng.choice(IMPERSONAL)
        add(rng, columns, names, called if rng.random() < 0.7 else None, set(), True, make, rows)
    rng.shuffle(columns)
    name = rng.choice(PEOPLE_TABLES if of_people else OTHER_TABLES)
    return {"table": f"{name}_{number}" if rng.random() < 0.2 else f"{name}{number or ''}", "rows": rows, "of_people": of_people, "columns": columns}


def add(rng, columns, names, called, kinds, told, make, rows):
    name = rng.choice(called.split("|")) if called else rng.choice(UNTOLD).format(rng.randint(1, 99))
    if name.lower() in names:
        return
    names.add(name.lower())
    values = soil(rng, make(rng, rows))
    if not told and not any(value not in (None, *PLACEHOLDERS) for value in values):
        kinds = None    # neither the name nor a value could tell
    elif called and called.split("|")[0] == "notes" and not any("@" in (value or "") for value in values):
        kinds = set()
    columns.append({"name": name, "kinds": kinds, "told": told, "values": values})
