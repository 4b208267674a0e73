"""Ordinary traffic. Every actor is a generator that makes one request and yields."""

from .images import jpeg, png
from .web import Browser

AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{} Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{} Mobile/15E148 Safari/604.1",
]
ORIGINS = [None, None, "https://search.lantern.zz/", "https://www.tidy-home-blog.zz/ten-bowls", "https://m.chirrup.zz/"]
ASSETS = ["/css/site.css", "/css/print.css", "/js/menu.js", "/favicon.png"]
WORDS = ["bowl", "oak", "lamp", "wool blanket", "mirror", "garden", "gift"]
PROBES = [
    "/wp-login.php", "/xmlrpc.php", "/wp-admin/setup-config.php", "/.env", "/.git/config", "/phpmyadmin/index.php",
    "/adminer.php", "/adminer-4.8.1.php", "/admin/", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/shell.php", "/uploads/shell.php", "/config.php.bak", "/backup.sql", "/cgi-bin/test.cgi?a=%22%3E",
]


class Addresses:
    """Loopback addresses, each given out once."""

    def __init__(self, rng):
        self.rng, self.used = rng, set()

    def next(self):
        while True:
            address = f"127.{self.rng.randrange(16, 240)}.{self.rng.randrange(256)}.{self.rng.randrange(1, 255)}"
            if address not in self.used:
                self.used.add(address)
                return address


class Crowd:
    """Makes the visitors of one run."""

    def __init__(self, rng, addresses, port, record, people, accounts, modified):
        self.modified = modified            # path of an asset -> its Last-Modified
        self.rng, self.addresses, self.port, self.record = rng, addresses, port, record
        self.people, self.accounts = people, list(accounts)

    def agent(self):
        text = self.rng.choice(AGENTS)
        return text.format(self.rng.randrange(1, 6) if "17." in text else self.rng.randrange(118, 135))

    def browser(self, agent=None):
        return Browser(self.port, self.addresses.next(), agent or self.agent(), self.record)

    def shopper(self, kind):
        """kind: look, register, login. A real visitor: pages, their assets, sometimes an order."""
        rng, b = self.rng, self.browser()
        origin = rng.choice(ORIGINS)
        before = rng.choice(["/", "/", "/catalogue.php", f"/product.php?id={rng.randrange(1, 81)}"])
        b.get(before, referer=origin)
        yield
        known = rng.random() < 0.3          # has been here before: asks whether files changed
        for asset in ASSETS:
            b.get(asset, referer=before, headers={"If-Modified-Since": self.modified[asset]} if known else None)
            yield
        for _ in range(rng.randint(2, 7)):
            page = self.next_page()
            b.get(page, referer=before)
            yield
            if page.startswith("/product"):
                b.get(f"/img/p{rng.randrange(1, 13):02d}.png", referer=page)
                yield
                if rng.random() < 0.5:
                    b.get(page.replace("/product.php", "/api/stock.php"), referer=page)
                    yield
            before = page
        if kind != "look":
            yield from self.customer(b, kind)
        elif rng.random() < 0.15:
            form = b.get("/", referer=before)
            yield
            b.post("/newsletter.php", {"csrf": form.hidden("csrf"), "email": self.people.draw(1)[0][0]}, referer="/")
            yield
        b.close()

    def next_page(self):
        rng = self.rng
        return rng.choice([
            "/catalogue.php", f"/catalogue.php?category={rng.randint(1, 5)}",
            f"/catalogue.php?sort={rng.choice(('price', 'newest'))}&page={rng.randint(1, 6)}",
            f"/product.php?id={rng.randrange(1, 81)}", f"/product.php?id={rng.randrange(1, 81)}",
            f"/product.php?id={rng.randrange(1, 81)}", "/search.php?q=" + rng.choice(WORDS).replace(" ", "+"),
            "/about.php", "/contact.php", "/product.php?id=999", "/old/catalogue.html",
        ])

    def customer(self, b, kind):
        """Signs in one way or the other, shops, may choose a picture."""
        rng = self.rng
        if kind == "login" and self.accounts:
            account = self.accounts.pop()
            csrf = b.get("/login.php", referer="/").hidden("csrf")
            yield
            if rng.random() < 0.3:
                b.post("/login.php", {"csrf": csrf, "email": account["email"], "password": "?"}, referer="/login.php")
                yield
            done = b.post("/login.php", {"csrf": csrf, "email": account["email"], "password": account["password"]},
                          referer="/login.php")
        else:
            email, phone, name, city = self.people.draw(1)[0]
            csrf = b.get("/register.php", referer="/").hidden("csrf")
            yield
            done = b.post("/register.php", {"csrf": csrf, "email": email, "phone": phone or "", "full_name": name,
                                            "city": city or "", "password": "%016x" % rng.getrandbits(64)},
                          referer="/register.php")
        if done.status != 302:
            raise RuntimeError(f"a customer could not sign in: {done.status}")
        yield
        account = b.get("/account.php", referer="/login.php")
        yield
        csrf = account.hidden("csrf")
        if rng.random() < 0.6:
            yield from self.picture(b, csrf)
        product = rng.randrange(1, 81)
        b.post("/cart.php", {"csrf": csrf, "action": "add", "product": product, "quantity": rng.randint(1, 3)},
               referer=f"/product.php?id={product}")
        yield
        b.get("/cart.php", referer=f"/product.php?id={product}")
        yield
        b.get("/checkout.php", referer="/cart.php")
        yield
        city = rng.choice(self.people.cities)
        order = b.post("/checkout.php", {"csrf": csrf, "city": city}, referer="/checkout.php")
        yield
        b.get(order.headers["location"], referer="/checkout.php")
        yield
        if rng.random() < 0.5:
            b.post("/logout.php", {"csrf": csrf}, referer="/account.php")
            yield

    def picture(self, b, csrf):
        b.get("/avatar.php", referer="/account.php")
        yield
        rng = self.rng
        name, kind, data = rng.choice([("me.png", "image/png", png), ("IMG_2041.jpg", "image/jpeg", jpeg),
                                       ("holiday photo.jpg", "image/jpeg", jpeg), ("avatar.png", "image/png", png)])
        b.post("/avatar.php", {"csrf": csrf}, files={"picture": (name, kind, data(rng))}, referer="/avatar.php")
        yield
        shown = b.get("/account.php", referer="/avatar.php").text
        yield
        b.get("/uploads/" + shown.split('src="/uploads/')[1].split('"')[0], referer="/account.php")
        yield

    def scanner(self):
        """Knocks at doors that are not there."""
        rng = self.rng
        b = self.browser(rng.choice(["Mozilla/5.0 zgrab/0.x", "python-requests/2.31.0", "Go-http-client/1.1"]))
        for path in rng.sample(PROBES, rng.randint(8, len(PROBES))):
            if path == "/xmlrpc.php":
                b.send("POST", path, b"<?xml version=\"1.0\"?><methodCall/>", "text/xml")
            else:
                b.get(path)
            yield
        b.close()

    def crawler(self):
        b = self.browser("Mozilla/5.0 (compatible; Lanternbot/2.1; +https://search.lantern.zz/bot)")
        b.get("/robots.txt")
        yield
        b.get("/sitemap.php")
        yield
        for product in self.rng.sample(range(1, 81), 30):
            b.get(f"/product.php?id={product}")
            yield
        b.close()

    def monitor(self):
        b = self.browser("uptime-watch/1.4")
        for _ in range(12):
            b.send("HEAD", "/")
            yield
        b.close()
