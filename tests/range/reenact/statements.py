"""statements.yaml: who says what about this re-enactment, in docs/statements.md's form."""

import json
from datetime import timedelta

QUESTION = "Was Maple Lane Shop breached, as Northlight Intelligence published?"
CLAIMS = [
    ("entry", "A backdoor or database tool was planted in the web root of Maple Lane Shop."),
    ("use", "Somebody from outside used the planted backdoor or database tool."),
    ("access", "The intruder could read the customer database of Maple Lane Shop."),
    ("taking", "The customer data of Maple Lane Shop was copied out."),
    ("possession", "The sample of 500 rows comes from the customer database of Maple Lane Shop."),
    ("ransom", "A ransom was demanded from Maple Lane Shop."),
]
ASSERTED = ("Northlight Intelligence has learned that a person known as grey heron planted a backdoor and a database "
            "tool on the website of Maple Lane Shop, used them to read and copy its entire customer database, and asked "
            "for money. A sample of 500 customers, which grey heron handed to us, supports this.")
DENIED = ("There was no breach of our systems. The report is baseless. Our customers' data is safe, and the sample that "
          "is going around does not come from us.")
DEMANDED = ("Your report is false and does us harm. Stop making these claims, and announce publicly within seven days "
            "that the report is incorrect, or we will take the matter to court.")


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def text(value):
    return json.dumps(value, ensure_ascii=False)      # a JSON string is a YAML string


def write(path, begin, end, rows=500, extent=None):
    """rows: in the sample. extent: what the access claim says of the database, if it says how much."""
    # The dispute in fast motion too: a report made right after the run must not be older than what it speaks of.
    published = end + timedelta(seconds=1)
    denied = published + timedelta(seconds=1)
    noticed = published + timedelta(seconds=2)
    ids = ", ".join(f"C{i}" for i in range(1, len(CLAIMS) + 1))
    lines = [
        "case:",
        "  name: maple-lane",
        f"  question: {text(QUESTION)}",
        f"  window: {{from: {iso(begin)}, to: {iso(end)}}}",
        "parties:",
        "  - {id: shop, name: Maple Lane Shop, kind: company}",
        "  - {id: northlight, name: Northlight Intelligence, kind: company}",
        "  - {id: heron, name: grey heron, kind: person}",
        "claims:",
    ]
    for i, (kind, words) in enumerate(CLAIMS, 1):
        words = words.replace("500", str(rows))
        if kind == "access" and extent == "entire":
            words = words.replace("the customer database", "the entire database")
        more = f", extent: {extent}" if kind == "access" and extent else ""
        lines.append(f"  - {{id: C{i}, kind: {kind}, text: {text(words)}, burden: northlight{more}}}")
    lines += [
        "statements:",
        f'  - {{id: S1, party: northlight, act: asserts, time: {iso(published)}, channel: "web site", grade: C3, '
        f"text: {text(ASSERTED.replace('500', str(rows)))}, claims: [{ids}]}}",
        f'  - {{id: S2, party: shop, act: denies, time: {iso(denied)}, channel: "press release", '
        f"text: {text(DENIED)}, claims: [{ids}]}}",
        "  - id: S3",
        "    party: shop",
        "    act: demands",
        f"    time: {iso(noticed)}",
        '    channel: "letter"',
        f"    text: {text(DEMANDED)}",
        f"    claims: [{ids}]",
        f'    notice: {{to: northlight, due: "7 days from {iso(noticed)}", demands: ["stop making the claims", '
        '"announce publicly that the report is incorrect"]}',
    ]
    with open(path, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
