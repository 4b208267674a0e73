"""The report in a real browser: no script, no request, nothing hostile that runs or breaks out, and the look on screen, phone
and paper. Accessibility with axe-core when it is there (ASSAY_AXE, or node_modules/axe-core), else by the checks here."""
import copy
import json
import os
import pathlib
import re
import subprocess

import pytest

from chrome import Chrome, program

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "tests" / "golden"
TIMES = {"full": "2026-04-03T16:20:00Z", "nothing": "2020-09-10T12:00:00Z", "reach": "2026-05-05T12:00:00Z",
         "trace": "2026-04-08T12:00:00Z", "sample": "2020-04-11T12:00:00Z"}
SECTIONS = ["question", "verdicts", "settle", "story", "pictures", "evidence", "deadlines", "method", "check"]

pytestmark = pytest.mark.skipif(program() is None, reason="needs chromium")


@pytest.fixture(scope="session")
def render():
    """report_render of the build that is under test: ASSAY_BUILD, or what ./dev build makes."""
    build = pathlib.Path(os.environ.get("ASSAY_BUILD", ROOT / "build" / "release"))
    subprocess.run(["ninja", "-C", str(build), "tests/browser/report_render"], check=True, stdout=subprocess.DEVNULL)
    tool = build / "tests" / "browser" / "report_render"

    def run(model, path, at=TIMES["full"]):
        source = path.with_suffix(".json")
        source.write_text(json.dumps(model), encoding="utf-8")
        page = subprocess.run([str(tool), str(source), at], check=True, stdout=subprocess.PIPE).stdout
        path.write_bytes(page)
        return path

    return run


@pytest.fixture(scope="session")
def chrome():
    with Chrome() as browser:
        yield browser


def model(name):
    return json.loads((GOLDEN / f"report-{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def pages(render, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    return {name: render(model(name), folder / f"{name}.html", TIMES[name]) for name in TIMES}


# ---- what a page may be ----

INVENTORY = """(() => {
  const all = [...document.querySelectorAll('*')];
  return {
    names: [...new Set(all.map(e => e.localName))].sort(),
    attributes: [...new Set(all.flatMap(e => [...e.attributes].map(a => a.name)))].sort(),
    hrefs: [...new Set(all.filter(e => e.hasAttribute('href')).map(e => e.getAttribute('href')))],
    dead: all.filter(e => e.hasAttribute('href') && !document.getElementById(e.getAttribute('href').slice(1)))
             .map(e => e.getAttribute('href')),
    twice: (ids => ids.filter((id, at) => ids.indexOf(id) !== at))(all.filter(e => e.id).map(e => e.id)),
    sections: [...document.querySelectorAll('main > section')].map(e => e.id),
    marks: Object.keys(window).filter(k => k.startsWith('pwned')),
    text: document.body.innerText,
  };
})()"""

NAMES = set("""a b bdi body br circle code dd defs desc details div dl dt figcaption figure footer h1 h2 h3 head header html i li main marker
meta nav ol p path pattern pre rect section span style summary svg symbol table tbody td text th thead time title tr ul use""".split())
ATTRIBUTES = set("""aria-hidden aria-label aria-labelledby charset class colspan content cx cy d data-l fill focusable height href http-equiv
id lang markerHeight markerUnits markerWidth name orient patternTransform patternUnits preserveAspectRatio r refX refY role scope
stroke-width tabindex text-anchor transform viewBox width x y""".split())


def check_inert(browser, path):
    """Nothing ran, nothing was fetched, nothing is there that could."""
    seen = browser.evaluate(INVENTORY)
    assert set(seen["names"]) <= NAMES, set(seen["names"]) - NAMES
    assert set(seen["attributes"]) <= ATTRIBUTES, set(seen["attributes"]) - ATTRIBUTES
    assert all(href.startswith("#") for href in seen["hrefs"]), seen["hrefs"]
    assert seen["marks"] == []
    assert browser.requests() == [f"file://{path}"]
    assert browser.told("Page.javascriptDialogOpening") == []
    assert browser.told("Log.entryAdded") == [], browser.told("Log.entryAdded")
    assert [name for name in seen["sections"] if name not in ("reach", "logs", "sample")] == SECTIONS  # those when they were examined
    return seen


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_is_inert_and_whole(chrome, pages, name, scheme):
    chrome.open(pages[name], scheme=scheme)
    seen = check_inert(chrome, pages[name])
    assert seen["dead"] == []
    assert seen["twice"] == []


# Labels that leave their picture.
OUTSIDE = """(() => [...document.querySelectorAll('figure svg.wide')].flatMap(svg => {
  const box = svg.viewBox.baseVal;
  return [...svg.querySelectorAll('text')].map(t => [t, t.getBBox()])
    .filter(([t, b]) => !t.hasAttribute('transform') && (b.x < -3 || b.x + b.width > box.width + 3 || b.y < -4 || b.y + b.height > box.height + 4))
    .map(([t, b]) => t.textContent + ' at ' + Math.round(b.x) + '+' + Math.round(b.width) + ' of ' + box.width);
}))()"""


# ---- hostile text ----

PAYLOADS = [
    "<script>window.pwned1=1</script><img src=x onerror='window.pwned2=1'>",
    "\"><svg onload=window.pwned3=1></svg><a href=\"javascript:window.pwned4=1\">x</a>",
    "'></title></style></textarea></pre><!--<script>window.pwned5=1</script>",
    "]]></desc></text></svg><iframe srcdoc='<script>parent.pwned6=1</script>'>",
    "{{constructor.constructor('window.pwned7=1')()}}${window.pwned8=1}</head><body onload=window.pwned9=1>",
    "\u202egnp.exe \u2066\u200b\u0000\x1b[2J\r\n\ufeff https://evil.example/x.png url(https://evil.example) @import",
    "*/}body{background:url(https://evil.example/y)}/*\\3c script",
    "a" * 3000 + "\u0301" * 50,
]
STRUCTURE = {"type", "said", "time", "from", "to", "due", "began", "ended", "first", "last", "role", "engine", "status", "direction", "act",
             "class", "kind", "mtime", "taken_between", "v", "standard", "what", "custody", "path", "scope", "basis", "rows_kind"}


def poison(value, payload, key=None, keep=frozenset()):
    """Every text but those under `keep` becomes the payload; so do the names of free members."""
    if isinstance(value, dict):
        return {(payload.replace("\0", "") if key in ("skipped", "classes") else name): poison(item, payload, name, keep) for name, item in value.items()}
    if isinstance(value, list):
        return [poison(item, payload, key, keep) for item in value]
    return payload if isinstance(value, str) and key not in keep else value


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_hostile_text_is_text(chrome, render, tmp_path, number):
    """In every place a sentence is made of, with the links of the case intact; the policy is switched off: the writers must do."""
    ids = STRUCTURE | {"id", "party", "claims", "relays", "examination", "evidence", "claim", "owner", "keeper", "source", "sample", "reference"}
    for name in TIMES:
        page = render(poison(model(name), PAYLOADS[number], keep=ids), tmp_path / f"{name}.html", TIMES[name])
        chrome.open(page, bypass_csp=True)
        seen = check_inert(chrome, page)
        visible = PAYLOADS[number][:12] if number != 5 else "\\u202egnp.exe \\u2066\\u200b\\x00\\x1b[2J"
        assert visible in seen["text"], seen["text"][:3000]
        assert chrome.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_hostile_ids_are_text(chrome, render, tmp_path, number):
    """In every text whatever, ids and times too."""
    for name in ("full", "reach", "sample"):
        page = render(poison(model(name), PAYLOADS[number], keep={"type", "status", "engine", "class"}), tmp_path / f"{name}.html")
        chrome.open(page, bypass_csp=True)
        check_inert(chrome, page)
        assert chrome.evaluate(OUTSIDE) == []


def test_the_policy_alone_stops_a_script(chrome, pages, tmp_path):
    """Should a writer ever fail: a page with a script in it does not run it, nor load anything."""
    bad = tmp_path / "bad.html"
    text = pages["full"].read_text(encoding="utf-8")
    bad.write_text(text.replace("<main ", "<script>window.pwned1=1</script><img src='https://evil.example/x.png' onerror='window.pwned2=1'>"
                                "<link rel=stylesheet href='https://evil.example/x.css'><main "), encoding="utf-8")
    chrome.open(bad)
    assert chrome.evaluate("Object.keys(window).filter(k => k.startsWith('pwned'))") == []
    assert chrome.requests()[0] == f"file://{bad}"
    assert all(p.get("blockedReason") == "csp" for p in chrome.told("Network.loadingFailed"))
    assert chrome.told("Network.responseReceived") == [] or all(
        p["response"]["url"].startswith("file:") for p in chrome.told("Network.responseReceived"))


# ---- the look ----

@pytest.mark.parametrize("name", TIMES)
def test_labels_stay_in_their_pictures(chrome, pages, name):
    chrome.open(pages[name])
    assert chrome.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("name, count", [("full", 9), ("reach", 5), ("trace", 3), ("sample", 10)])
def test_every_picture_says_what_it_is_out_of(chrome, pages, name, count):
    chrome.open(pages[name])
    figures = chrome.evaluate("[...document.querySelectorAll('figure')].map(f => f.innerText + '|' + "
                              "(f.querySelector('svg > title') || {}).textContent + '|' + (f.querySelector('svg > desc') || {}).textContent)")
    assert len(figures) == count
    for text in figures:
        assert "Out of." in text and "Does not show." in text and "|undefined" not in text


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("width", [360, 390, 1280])
def test_no_page_scrolls_sideways(chrome, pages, name, width):
    chrome.open(pages[name], width=width, height=844)
    assert chrome.evaluate("document.scrollingElement.scrollWidth") <= width


@pytest.mark.parametrize("name", TIMES)
def test_phone_has_cards_and_scroll_regions(chrome, pages, name):
    chrome.open(pages[name], width=390, height=844)
    assert chrome.evaluate("getComputedStyle(document.querySelector('.vt tr')).display") == "block" or chrome.evaluate(
        "getComputedStyle(document.querySelector('.vt tbody tr')).display") == "grid"
    assert chrome.evaluate("[...document.querySelectorAll('.scroll')].every(e => e.tabIndex === 0)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_picture_has_the_page_on_it(chrome, pages, scheme):
    chrome.open(pages["full"], scheme=scheme)
    background = chrome.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(252, 251, 247)", "dark": "rgb(22, 24, 27)"}[scheme]
    picture = chrome.picture()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n" and len(picture) > 100_000


def sheets(pdf):
    return max(int(count) for count in re.findall(rb"/Count (\d+)", pdf))


def test_paper_at_eight_claims_and_fourteen_exhibits(chrome, render, tmp_path):
    case = model("full")
    for number in range(20, 28):
        exhibit = copy.deepcopy(case["evidence"][4])
        exhibit["id"] = f"E{number}"
        case["evidence"].append(exhibit)
    assert (len(case["claims"]), len(case["evidence"])) == (8, 14)
    page = render(case, tmp_path / "paper.html")
    chrome.open(page)
    assert sheets(chrome.paper()) <= 8


def test_paper_repeats_the_head_of_a_long_table(chrome, render, tmp_path):
    case = model("full")
    for number in range(9, 60):
        case["claims"].append(dict(case["claims"][0], id=f"C{number}"))
        case["verdicts"].append(dict(case["verdicts"][0], id=f"V{number}", claim=f"C{number}"))
    page = render(case, tmp_path / "many.html")
    chrome.open(page, media="print")
    assert chrome.evaluate("getComputedStyle(document.querySelector('.vt thead')).display") == "table-header-group"
    assert chrome.evaluate("getComputedStyle(document.querySelector('.vt tbody tr')).breakInside") == "avoid"
    assert sheets(chrome.paper()) > 8


# ---- for everybody ----

CONTRAST = """(() => {
  const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => { x /= 255; return x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4; });
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (c !== 'rgba(0, 0, 0, 0)') return c; } return 'rgb(255, 255, 255)'; };
  const bad = [];
  for (const e of document.querySelectorAll('p, td, th, li, h1, h2, h3, figcaption, a, dt, dd, span, time, pre')) {
    if (!e.innerText || !e.getClientRects().length) continue;
    const a = light(getComputedStyle(e).color), b = light(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.push(e.localName + ' ' + e.className + ' ' + ratio.toFixed(2));
  }
  return [...new Set(bad)];
})()"""


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(chrome, pages, name, scheme):
    chrome.open(pages[name], scheme=scheme)
    assert chrome.evaluate(CONTRAST) == []


@pytest.mark.parametrize("name", TIMES)
def test_every_region_has_a_name_of_its_own(chrome, pages, name):
    """What the keyboard stops at says what it is, and no two say the same."""
    chrome.open(pages[name])
    nodes = chrome.call("Accessibility.getFullAXTree")["nodes"]
    stops = [n for n in nodes if n.get("role", {}).get("value") in ("region", "img", "navigation") and not n.get("ignored")]
    names = [n.get("name", {}).get("value", "") for n in stops]
    assert all(names), names
    regions = [n["name"]["value"] for n in stops if n["role"]["value"] == "region"]
    assert len(regions) == len(set(regions)), regions
    assert chrome.evaluate("[...document.querySelectorAll('.scroll')].every(e => e.tabIndex === 0 && e.getAttribute('role') === 'region')")


def test_the_map_is_told_in_words(chrome, pages):
    """Every table that is drawn by itself is in the list beneath or in the picture's description, for those who cannot see it."""
    chrome.open(pages["reach"])
    told = chrome.evaluate("document.querySelector('#reach figure svg > desc').textContent")
    for name in ("shop.customers", "shop.order_items", "crm.lead", "stock.public.moves"):
        assert name in told
    assert "password or its hash" in told and "not readable" in told and "read in part" in told
    drawn = chrome.evaluate("[...document.querySelectorAll('#reach figure rect > title')].map(t => t.textContent)")
    listed = chrome.evaluate("document.querySelector('#reach').innerText")
    assert len(drawn) > 10
    for title in drawn:
        table = title.split(":")[0]
        assert table in told or table in listed or "more" in table, table


@pytest.mark.parametrize("name", TIMES)
def test_structure_is_announced(chrome, pages, name):
    chrome.open(pages[name])
    assert chrome.evaluate("document.documentElement.lang") == "en"
    assert chrome.evaluate("document.querySelectorAll('h1').length") == 1
    levels = chrome.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.localName[1])")
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:]))
    assert chrome.evaluate("[...document.querySelectorAll('svg:not([aria-hidden])')].every(s => s.getAttribute('role') === 'img' && "
                           "s.getAttribute('aria-labelledby').split(' ').every(id => document.getElementById(id)))")
    assert chrome.evaluate("[...document.querySelectorAll('table')].every(t => t.querySelector('thead th') && t.querySelector('tbody th'))")


def axe_source():
    for place in (os.environ.get("ASSAY_AXE", ""), ROOT / "node_modules" / "axe-core" / "axe.min.js"):
        if place and pathlib.Path(place).is_file():
            return pathlib.Path(place).read_text(encoding="utf-8")
    return pytest.skip("axe-core is not here (npm install axe-core, or ASSAY_AXE)")


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_axe_finds_no_violation(chrome, pages, name, scheme, width):
    source = axe_source()
    chrome.open(pages[name], width=width, scheme=scheme, bypass_csp=True)
    chrome.evaluate(source + "; 0")
    found = chrome.evaluate("axe.run(document).then(r => r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')))")
    assert found == []


# ---- what the logs could show ----

def test_what_is_folded_opens_without_a_script(chrome, pages):
    """With the keyboard alone; and nothing that is folded is lost to those who hear the page."""
    chrome.open(pages["trace"])
    assert chrome.evaluate("document.querySelectorAll('#logs details').length") > 40
    assert chrome.evaluate("[...document.querySelectorAll('details')].every(d => d.firstElementChild.localName === 'summary' && !d.open)")
    chrome.evaluate("document.querySelector('#logs details summary').focus()")
    assert chrome.evaluate("document.activeElement.localName") == "summary"
    for kind in ("keyDown", "keyUp"):
        chrome.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r" if kind == "keyDown" else "")
    assert chrome.evaluate("document.querySelector('#logs details').open")


def test_what_is_folded_is_open_on_paper(chrome, pages):
    chrome.open(pages["trace"], media="print")
    shown = chrome.evaluate("[...document.querySelectorAll('#logs details ul')].map(u => u.checkVisibility())")
    assert len(shown) > 40 and all(shown)
    chrome.open(pages["trace"])
    assert not chrome.evaluate("[...document.querySelectorAll('#logs details ul')].some(u => u.checkVisibility())")


def test_the_words_of_the_logs_are_a_table(chrome, pages):
    """The head of each row and column is said with the word in the cell; what was not asked is no word."""
    chrome.open(pages["trace"])
    rows = chrome.evaluate("[...document.querySelector('#logs table').tBodies[0].rows].map(r => [...r.cells].map(c => (c.querySelector('b') || c).innerText))")
    assert [row[0].split("\n")[0] for row in rows] == ["all paths together", "/uploads/mail.php", "/tools/dbadmin.php"]
    assert rows[0][1:5] == ["Cannot be seen", "Observed", "Observed", "Observed"]
    assert rows[2][1:5] == ["Cannot be seen", "Not observed, full coverage", "Not observed, holes", "not asked"]
    assert chrome.evaluate("[...document.querySelectorAll('#logs tbody tr')].every(r => r.querySelector('th[scope=row]'))")


def test_lanes_of_other_logs_are_told_in_words(chrome, pages):
    chrome.open(pages["trace"])
    told = chrome.evaluate("document.querySelector('#pictures figure svg > desc').textContent")
    for words in ("Database log: 1 record, 1 silence.", "Error log: 4 records, 0 silences.", "Login log: 6 records, 1 silence."):
        assert words in told, told
