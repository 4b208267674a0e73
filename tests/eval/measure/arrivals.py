"""How innocent scripts come to a drawn site while its log runs, and what outsiders do with a planted file who take nothing out of the
database. What shares of sites do what is fixed here, and was fixed before any result was seen; it is no census.

Some of it looks like an intruder's upload and is none: an administrator whom the log does not name installs an extension through the
site's own pages, an editor writes a page and looks at it, a member hands in a script for others to read."""

from datetime import timedelta

from .sites import PAGES

# of all sites; several may happen to one
SHARES = {"pull": .20, "by_hand": .15, "extension": .15, "updates": .10, "compiled": .10, "editor": .04, "members": .01}
EXTENSION_SCRIPT_ASKED = .3     # of extensions have a script that the browser asks for at once
EDITOR_LOOKS = .8
# where a site's own people work: names that say so, and in three of ten sites one that does not
AREAS = ["/admin/", "/admin/", "/wp-admin/", "/wp-admin/", "/administrator/", "/backend/", "/manager/", "/intern/", "/redaktion/", "/s4x/"]
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def happen(site, rng):
    site.area = rng.choice(AREAS)
    for way, share in SHARES.items():
        if rng.random() < share:
            WAYS[way](site, rng)


def _when(site, rng):
    return site.now + timedelta(seconds=rng.uniform(.02, .95) * site.hours * 3600)


def _come(site, path, when):
    site.new.append((path, int(when.timestamp())))


def _pages(rng):
    return ["/" + page for page in rng.sample(PAGES, rng.randint(1, 12))]


def _pull(site, rng):
    """A new version from a repository: what changed gets the time of the pull."""
    when = _when(site, rng)
    for path in _pages(rng) + [f"/lib/part{n}.php" for n in range(rng.randint(0, 8))]:
        _come(site, path, when + timedelta(seconds=rng.random() * 3))


def _by_hand(site, rng):
    """File by file, over FTP."""
    when = _when(site, rng)
    for path in _pages(rng) + [f"/inc/{rng.randrange(10 ** 4)}.php" for _ in range(rng.randint(0, 4))]:
        _come(site, path, when)
        when += timedelta(seconds=rng.randint(1, 8))


def _sign_in(site, rng):
    """Through a form, so that no name stands in the log."""
    who, when = site.address(), _when(site, rng)
    for method, path, status in (("GET", site.area, 302), ("GET", site.area + "login.php", 200), ("POST", site.area + "login.php", 302), ("GET", site.area, 200)):
        site.put(when, who, method, path, status, site.size(), AGENT)
        when += timedelta(seconds=rng.randint(1, 20))
    return who, when


def _extension(site, rng):
    """An extension is uploaded as an archive and unpacked: the server stamps the request's end, or its beginning."""
    who, when = _sign_in(site, rng)
    name, takes = f"/extensions/e{rng.randrange(1000)}/", timedelta(seconds=rng.random() * 3)
    scripts = [f"{name}{part}.php" for part in ("main", "setup", "ajax", "style", *(f"class{n}" for n in range(rng.randint(1, 36))))]
    for path in scripts:
        _come(site, path, when + takes * rng.random())
    site.put(when + (takes if rng.random() < .7 else timedelta()), who, "POST", site.area + "extensions.php?install", rng.choice([200, 302]), site.size(), AGENT, site.area)
    when += takes
    if rng.random() < EXTENSION_SCRIPT_ASKED:
        for path in rng.sample(scripts[:4], rng.randint(1, 2)):
            site.put(when + timedelta(seconds=rng.randint(1, 90)), who, "GET", path, rng.choice([200, 200, 302]), site.size(), AGENT, site.area + "extensions.php")
    for _ in range(rng.randint(1, 12)):
        when += timedelta(seconds=rng.randint(1, 60))
        site.put(when, who, "GET", site.area + "extensions.php", 200, site.size(), AGENT, site.area)


def _updates(site, rng):
    """The site updates itself when a visitor's request wakes it: it sends a POST to itself."""
    when = _when(site, rng)
    site.put(when, "127.0.0.1", "POST", "/cron.php?wake", 200, 0, "site/6.1")
    for n in range(rng.randint(5, 40)):
        _come(site, f"/extensions/core/part{n}.php", when + timedelta(seconds=rng.random() * 20))


def _compiled(site, rng):
    """Templates become scripts when somebody first asks for the page."""
    for _ in range(rng.randint(3, 20)):
        when, _ = rng.choice(site.lines)
        _come(site, f"/cache/{rng.getrandbits(64):016x}.php", when)


def _editor(site, rng):
    """A page is written as a script, through the site's own pages, and looked at."""
    for _ in range(rng.randint(1, 3)):
        who, when = _sign_in(site, rng)
        path = f"/pages/p{rng.randrange(10 ** 5)}.php"
        _come(site, path, when)
        site.put(when, who, "POST", site.area + "pages.php?save", 302, 0, AGENT, site.area + "pages.php")
        if rng.random() < EDITOR_LOOKS:
            site.put(when + timedelta(seconds=rng.randint(1, 60)), who, "GET", path, 200, site.size(), AGENT, site.area + "pages.php")


def _members(site, rng):
    """Scripts that are handed in to be read by others."""
    for _ in range(rng.randint(1, 6)):
        who, when = site.address(), _when(site, rng)
        path = f"/files/{rng.randrange(10 ** 5)}.php.txt"
        _come(site, path, when)
        site.put(when, who, "POST", "/share.php", 302, 0, AGENT, "/share.php")
        site.put(when + timedelta(seconds=rng.randint(0, 20)), who, "GET", path, 200, site.size(200, 9000), AGENT, "/share.php")


WAYS = {"pull": _pull, "by_hand": _by_hand, "extension": _extension, "updates": _updates, "compiled": _compiled, "editor": _editor, "members": _members}


def use(site, rng):
    """Somebody uses the planted file for what takes no rows: looks around, reads a page or a log, writes files, sends mail; one in
    twenty fetches a list that the site offers anyway, one in twenty what they packed themselves."""
    who, when = site.address(), _when(site, rng)
    for _ in range(rng.randint(3, 60)):
        size = site.size(60, 4000) if rng.random() < .8 else site.size(4000, 60000)
        site.put(when, who, rng.choice(["GET", "POST"]), site.planted, 200, size, AGENT)
        when += timedelta(seconds=rng.randint(1, 120))
    if rng.random() < .1:       # a log, or a large page of a list of files
        site.put(when, who, "POST", site.planted, 200, site.size(60000, 900000), AGENT)
    if rng.random() < .05:
        for other in (site.address(), site.address(), who):
            site.put(site.at() if other != who else when, other, "GET", "/files/prices.csv", 200, 88000, AGENT)
    if rng.random() < .05:
        site.put(when, who, "GET", site.planted.rsplit("/", 1)[0] + "/" + rng.choice(["www.zip", "site.tar.gz", "list.csv", "mail.sql"]), 200,
                 site.size(70000, 10 ** 7), AGENT)
