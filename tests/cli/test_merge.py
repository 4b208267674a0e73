"""Cases of other hosts and parties in one: swept where the tree is, judged and reported together, each under its own signer."""
import pathlib

STATEMENTS = """
parties:
  - {id: shop, name: Shop, kind: company}
claims:
  - {id: C1, kind: entry, text: a tool was planted}
"""


def host(assay, tmp_path, name, code):
    """A case made on another host: one tree, one sweep."""
    (tmp_path / name).mkdir()
    (tmp_path / name / "x.php").write_text(code, encoding="utf-8")
    (tmp_path / "s.yaml").write_text(STATEMENTS, encoding="utf-8")
    case = tmp_path / f"{name}.case"
    assay("open", case, code=0)
    assay("state", "--case", case, "-f", "s.yaml", code=0)
    assay("sweep", name, "--case", case, "--owner", "shop")
    assay("seal", "--case", case, code=0)
    return case


def test_two_hosts_and_a_bundle_in_one_case(assay, tmp_path):
    host(assay, tmp_path, "web1", '<?php eval($_POST["a"]);')
    host(assay, tmp_path, "web2", "<?php echo 1;")
    assay("pack", "--case", "web2.case", "-o", "web2.tar", code=0)
    done = assay("open", "all.case", "--question", "Was it?", "--merge", "web1.case", "--merge", "web2.tar", code=0)
    assert "as web1/..." in done.out and "as web2/..." in done.out
    judged = assay("judge", "--case", "all.case", "--json")
    claims = {r["claim"]: r for r in judged.records if "claim" in r}
    assert set(claims) == {"web1/C1", "web2/C1"}
    assert any("web1/X01" in str(item) for item in claims["web1/C1"]["for"])
    assay("report", "--case", "all.case", "-o", "r.html", code=0)
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "web1/E01" in page and "web2/E01" in page
    assert "2 of 2 merged cases verify" in assay("verify", "all.case", code=0).out
    # a bundle of the whole holds the bundles of the parts
    assay("pack", "--case", "all.case", "-o", "all.tar", "--report", "r.html", code=0)
    assay("verify", "all.tar", code=0)
    again = assay("open", "all.case", "--merge", "web1.case", "--json", code=0)
    assert again.of_kind("measure")[0]["already"] is True
    # an evidence of ours with the same digest is ours all the same
    assay("sweep", "web1", "--case", "all.case", "--owner", "web1/shop")
    model = [line for line in (tmp_path / "all.case" / "ledger.jsonl").read_text(encoding="utf-8").splitlines() if '"type":"evidence"' in line]
    assert len(model) == 1 and '"id":"E01"' in model[0]


def test_what_does_not_verify_is_refused(assay, tmp_path):
    case = host(assay, tmp_path, "web1", "<?php echo 1;")
    ledger = case / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b"was planted", b"was painted"))
    result = assay("open", "all.case", "--merge", case, code=2)
    assert "does not verify, and is not merged" in result.err and "assay verify" in result.err
    assay("verify", "all.case", code=0)
    assert not list(pathlib.Path(tmp_path / "all.case" / "documents").iterdir())
    assert "exactly one --merge" in assay("open", "all.case", "--merge", "a", "--merge", "b", "--as", "x", code=64).err
    assert "not empty" in assay("open", "all.case", code=64).err
