"""assay export against the published schemas, over the models of the report's tests and over a real case."""
import copy
import json
import re
import subprocess

import jsonschema
import pytest

MODELS = ("report-full", "report-nothing", "report-reach", "report-sample", "report-trace")
FORMATS = ("json", "stix", "timesketch", "claimreview", "veris", "misp")


@pytest.fixture(scope="module")
def probe(assay_bin, root):
    program = assay_bin.resolve().parents[2] / "tests" / "unit" / "export_probe"
    if not program.exists():
        pytest.skip(f"{program} is not built")

    def export(form, model):
        done = subprocess.run([program, form, root / "tests" / "golden" / f"{model}.json"], capture_output=True, check=True)
        return done.stdout.decode()

    return export


@pytest.fixture(scope="module")
def stix(shared):
    """Checks one object, or a bundle with all of its objects, against the OASIS schemas."""
    folder = shared / "data" / "stix2-schemas"
    if not folder.is_dir():
        pytest.skip("needs the OASIS schemas")
    schemas = {}
    for path in folder.rglob("*.json"):
        schemas[path.stem] = json.loads(path.read_text())
    store = {schema["$id"]: schema for schema in schemas.values() if "$id" in schema}
    for path in folder.rglob("*.json"):  # references between folders go by the files' places
        store[path.resolve().as_uri()] = schemas[path.stem]

    # The bundle's schema lists no note, opinion, grouping, incident or definition, and takes them for custom objects that must be
    # either an object or an observable, while they pass as both. They are checked one by one, the bundle with the rest.
    listed = {path.split("/")[-1].removesuffix(".json")
              for path in (each["$ref"] for each in schemas["bundle"]["properties"]["objects"]["items"]["anyOf"][0]["oneOf"])}

    def check(value):
        kind = value["type"]
        if kind == "bundle":
            inside = value["objects"]
            value = {**value, "objects": [each for each in inside if each["type"] in listed]}
            for each in inside:
                check(each)
        path = next(folder.rglob(f"{kind}.json")).resolve()
        resolver = jsonschema.RefResolver(path.as_uri(), schemas[kind], store=store)
        jsonschema.validators.validator_for(schemas[kind])(schemas[kind], resolver=resolver).validate(value)
    return check


@pytest.mark.parametrize("model", MODELS)
def test_stix_is_what_oasis_says(probe, stix, model):
    bundle = json.loads(probe("stix", model))
    stix(bundle)
    kinds = {each["type"] for each in bundle["objects"]}
    assert {"identity", "incident", "grouping", "extension-definition"} <= kinds
    assert "threat-actor" not in kinds


def test_a_broken_bundle_is_refused(probe, stix):
    """The schemas do refuse: a member taken away, or one character of an id changed."""
    bundle = json.loads(probe("stix", "report-full"))
    report = next(each for each in bundle["objects"] if each["type"] == "report")
    stix(report)
    for member in ("published", "name", "object_refs", "created"):
        broken = copy.deepcopy(report)
        del broken[member]
        with pytest.raises(jsonschema.ValidationError):
            stix(broken)
    broken = copy.deepcopy(report)
    broken["id"] = broken["id"].replace("report--", "report-x")
    with pytest.raises(jsonschema.ValidationError):
        stix(broken)
    broken = copy.deepcopy(report)
    broken["created"] = broken["created"].replace(".000Z", "Z")
    with pytest.raises(jsonschema.ValidationError):
        stix(broken)


def test_timesketch_has_what_its_importer_wants(probe):
    rows = [json.loads(line) for line in probe("timesketch", "report-full").splitlines()]
    assert len(rows) > 200
    for row in rows:
        assert row["message"] and row["timestamp_desc"] and row["data_type"].startswith("assay:")
        assert row["datetime"].endswith("+00:00") and isinstance(row["timestamp"], int)
    kinds = {row["timestamp_desc"] for row in rows}
    assert {"asserts", "denies", "answer due", "file modified", "judged", "log gap begins", "log gap ends"} <= kinds


def test_claimreview_has_what_schema_org_wants(probe):
    document = json.loads(probe("claimreview", "report-full"))
    assert document["@context"] == "https://schema.org"
    model = json.loads(probe("json", "report-full"))
    assert len(document["@graph"]) == len(model["claims"])
    for review in document["@graph"]:
        assert review["@type"] == "ClaimReview" and review["url"].startswith("https://")
        assert len(review["claimReviewed"]) < 75
        rating = review["reviewRating"]
        assert rating["worstRating"] <= rating["ratingValue"] <= rating["bestRating"] and rating["alternateName"]
        assert review["itemReviewed"]["@type"] == "Claim"


# The words of VERIS 1.4 that we use, as its enumeration lists them.
VERIS = {
    "security_incident": {"Confirmed", "Suspected", "Near miss", "False positive"},
    "data_disclosure": {"No", "Potentially", "Yes", "Unknown"},
    "required": {"actor", "action", "discovery_method", "schema_version", "asset", "timeline", "incident_id",
                 "security_incident", "summary"},
}


@pytest.mark.parametrize("model", MODELS)
def test_veris_has_what_its_schema_wants(probe, model):
    document = json.loads(probe("veris", model))
    assert VERIS["required"] <= document.keys()
    assert document["security_incident"] in VERIS["security_incident"]
    assert document["attribute"]["confidentiality"]["data_disclosure"] in VERIS["data_disclosure"]
    assert 1950 <= document["timeline"]["incident"]["year"] <= 2050
    assert document["actor"] == {"unknown": {"notes": "A verdict says what happened, never who did it."}}


def test_misp_objects_follow_their_templates(probe):
    event = json.loads(probe("misp", "report-full"))["Event"]
    assert event["published"] is False and len(event["uuid"]) == 36
    seen = set()
    for each in [event, *event["Object"], *(a for o in event["Object"] for a in o["Attribute"])]:
        assert each["uuid"] not in seen
        seen.add(each["uuid"])
    relations = {"file": {"filename", "sha256"}, "forensic-evidence": {"case-number", "evidence-number"},
                 "annotation": {"text"}, "report": {"title", "summary"}}
    for each in event["Object"]:
        assert relations[each["name"]] & {a["object_relation"] for a in each["Attribute"]}, each
        assert all(a["value"] for a in each["Attribute"])


def test_a_real_case_in_every_format(assay, tmp_path, root, stix):
    assay("open", "a.case", "--question", "Was it?", code=0)
    assay("state", "--case", "a.case", "-f", root / "examples" / "paytm-mall-2020" / "statements.yaml", code=0)
    tree = tmp_path / "www"
    tree.mkdir()
    (tree / "a.php").write_text("<?php system($_GET['c']);")
    assay("sweep", tree, "--case", "a.case", code=1)
    assay("judge", "--case", "a.case")
    for form in FORMATS:
        first = assay("export", "--case", "a.case", "--format", form, code=0).out
        assay("export", "--case", "a.case", "--format", form, "-o", "out", code=0)
        assert (tmp_path / "out").read_text() == first, form
    stix(json.loads(assay("export", "--case", "a.case", "--format", "stix", code=0).out))
    refused = assay("export", "--case", "a.case", "--format", "stix1", code=64)
    assert "no format is called 'stix1'" in refused.err and "claimreview" in refused.err


DISPUTE = """
parties:
  - {id: shop, name: "Maple Lane Shop; Ltd, \\"the shop\\"", kind: company, duties: [gdpr, dpdp]}
  - {id: paper, name: The Lane Post, kind: publication}
claims: [{id: C1, kind: entry, text: a tool was planted}]
statements:
  - {id: S1, party: paper, act: asserts, time: 2026-03-20, text: it was, claims: [C1], grade: B2}
  - {id: S2, party: shop, act: demands, time: 2026-03-31, text: stop, grade: C3, notice: {to: paper, due: 2026-04-09, served: 2026-03-31T09:00Z}}
replies:
  - {id: A1, party: shop, by: paper, about: [S1], asked: 2026-03-19, channel: e-mail, answered: no}
  - {id: A2, party: shop, by: paper, about: [S1], asked: 2026-03-21, channel: e-mail, until: 2026-03-25T12:00Z}
clocks:
  - {id: T1, party: shop, what: aware, time: 2026-03-31T10:41Z}
  - {id: T2, party: shop, what: aware, time: 2026-03-20T08:30Z, by: paper}
"""


@pytest.fixture
def dispute(assay, tmp_path):
    (tmp_path / "s.yaml").write_text(DISPUTE, encoding="utf-8")
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "a.php").write_text("<?php system($_GET['c']);")
    assay("open", "d.case", code=0)
    assay("state", "--case", "d.case", "-f", "s.yaml", code=0)
    assay("sweep", "www", "--case", "d.case", code=1)
    assay("custody", "E01", "--case", "d.case", "--from", "shop", "--to", "paper", "--at", "2026-04-01", "--how", "courier", "--digest", code=0)
    return tmp_path / "d.case"


def test_replies_custody_and_clocks_are_notes(assay, dispute, stix):
    bundle = json.loads(assay("export", "--case", dispute, "--format", "stix", code=0).out)
    stix(bundle)
    by_id = {each["id"]: each for each in bundle["objects"]}
    notes = {}
    for each in bundle["objects"]:
        if each["type"] == "note":
            notes.setdefault(each["labels"][0], []).append(each)
        for ref in each.get("object_refs", []) + ([each["created_by_ref"]] if "created_by_ref" in each else []):
            assert ref in by_id, (each["id"], ref)
    asked = {note["abstract"]: note for note in notes["right-of-reply"]}
    assert "Did not answer, says who asked" in asked["A1"]["content"] and "No answer is recorded" in asked["A2"]["content"]
    assert [by_id[ref]["type"] for ref in asked["A1"]["object_refs"]] == ["report"]
    (handed,) = notes["custody"]
    assert "digest as it was when examined" in handed["content"] and by_id[handed["object_refs"][0]]["type"] == "directory"
    says = next(iter(handed["extensions"].values()))["says"]
    assert (says["from"], says["to"], says["same"]) == ("shop", "paper", True)
    assert [note["abstract"] for note in notes["clock-start"]] == ["T1", "T2"]
    due = {(e["id"], e.get("start")): e["due"] for e in (next(iter(note["extensions"].values()))["says"] for note in notes["deadline"])}
    assert due["S2", None] == "2026-04-09" and due["A2", None] == "2026-03-25T12:00:00Z" and due["gdpr-authority", "T1"] == "2026-04-03T10:41:00Z"
    assert "state" not in json.dumps(notes["deadline"])


def test_a_calendar_is_read_by_a_parser_of_others(assay, dispute):
    """python3-icalendar, which keeps what it cannot read of an event in its errors; what RFC 5545 (3.6.1, 3.8) says has to be there once, or may."""
    icalendar = pytest.importorskip("icalendar")
    text = assay("export", "--case", dispute, "--format", "ics", code=0).out
    calendar = icalendar.Calendar.from_ical(text)
    assert calendar["version"] == "2.0" and calendar["prodid"].startswith("-//") and not calendar.errors
    allowed = {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "DESCRIPTION", "TRANSP"}
    seen = {}
    for part in calendar.walk():
        assert part.name in {"VCALENDAR", "VEVENT", "VALARM"} and not part.errors, part.errors
        assert not any(isinstance(value, list) for value in part.values()), "once"
        if part.name == "VALARM":
            assert set(part) == {"ACTION", "DESCRIPTION", "TRIGGER"}
        if part.name == "VEVENT":
            assert {"UID", "DTSTAMP", "DTSTART"} <= set(part) <= allowed
            assert part["DTSTAMP"].dt.utcoffset().total_seconds() == 0
            seen[str(part["UID"])] = part
    summaries = [str(part["SUMMARY"]) for part in seen.values()]
    assert len(seen) == len([line for line in text.splitlines() if line == "BEGIN:VEVENT"]) > 3
    assert any(summary.startswith('Maple Lane Shop; Ltd, "the shop"') for summary in summaries), summaries
    broken = re.sub(r"DTSTART([^:]*):2", r"DTSTART\1:x", text, count=1)
    assert [part for part in icalendar.Calendar.from_ical(broken).walk("VEVENT") if part.errors]  # it does refuse
