"""assay read: nothing is recorded before it is accepted, what is written is what state reads, and the grammar keeps its level on the articles."""
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "eval"))
import read_eval       # noqa: E402

ARTICLES = ROOT / "tests" / "data" / "articles"
ARTICLE = ARTICLES / "news-denial.txt"


def test_proposals_carry_their_sentence(assay):
    done = assay("read", ARTICLE, "--json", code=1)
    text = ARTICLE.read_text().replace("\n", " ")
    for record in done.of_kind("finding"):
        assert record["sentence"].strip() and record["line"] > 0
        assert record["sentence"] in text
    assert done.summary["complete"] is True
    counted = [row for row in done.of_kind("coverage") if row["unit"] == "sentences"]
    assert sum(row["count"] for row in counted) == done.summary["sentences"]


def test_terminal_says_what_it_is_not(assay):
    done = assay("read", ARTICLE, code=1)
    assert "none of them recorded" in " ".join(done.out.split()) and "statements\n" in done.out
    assert "a statement that is not listed may still be there" in " ".join(done.out.split())


def test_nothing_is_recorded_without_accept(assay, tmp_path):
    assay("open", "a.case", code=0)
    before = (tmp_path / "a.case" / "ledger.jsonl").read_bytes()
    assay("read", ARTICLE, "--case", "a.case", code=1)
    assert (tmp_path / "a.case" / "ledger.jsonl").read_bytes() == before


def test_written_file_is_what_state_reads(assay, tmp_path):
    for article in (ARTICLE, ARTICLES / "legal-notice.txt", ARTICLES / "multipart.eml", ARTICLES / "page-noise.html", ARTICLES / "hijacked.txt", ARTICLES / "ninth-b-correction.html"):
        assay("read", article, "-o", "s.yaml")
        assert "# line " in (tmp_path / "s.yaml").read_text()
        case = article.name + ".case"
        assay("open", case, code=0)
        assay("state", "--case", case, "-f", "s.yaml", code=0)
        assay("verify", case, code=0)


def test_accept_all_records_and_keeps_the_document(assay, tmp_path):
    assay("open", "a.case", code=0)
    assay("read", ARTICLE, "--case", "a.case", "--accept", "all", code=2)
    ledger = (tmp_path / "a.case" / "ledger.jsonl").read_text()
    assert '"type":"statement"' in ledger and '"engine":"read"' in ledger and '"what":"document"' in ledger
    kept = list((tmp_path / "a.case" / "documents").iterdir())
    assert [path.read_bytes() for path in kept] == [ARTICLE.read_bytes()]
    statements = ledger.count('"type":"statement"')
    assay("read", ARTICLE, "--case", "a.case", "--accept", "all", code=2)     # the same document says nothing new
    assert (tmp_path / "a.case" / "ledger.jsonl").read_text().count('"type":"statement"') == statements
    assay("verify", "a.case", code=0)
    assay("judge", "--case", "a.case")
    assay("report", "--case", "a.case", "-o", "r.html", code=0)


def test_questions_awareness_and_service_are_recorded(assay, tmp_path):
    for name, wanted in (("fifth-silence.txt", ('"type":"right-of-reply"',)), ("ninth-decision.html", ('"type":"clock"', '"what":"aware"')),
                         ("fifth-legal.txt", ('"served":"2027-08-18"',)), ("apology.txt", ('"retracts":[',))):
        case = name + ".case"
        assay("open", case, code=0)
        assay("read", ARTICLES / name, "--case", case, "--accept", "all")
        ledger = (tmp_path / case / "ledger.jsonl").read_text()
        for text in wanted:
            assert text in ledger, (name, text)
        assay("verify", case, code=0)
    status = assay("status", "--case", "fifth-silence.txt.case", "--json")
    assert "lumio" in status.out and '"unanswered"' in status.out


def test_a_deadline_that_names_nobody_is_not_lost_in_silence(assay, tmp_path):
    assay("open", "a.case", code=0)
    done = assay("read", ARTICLES / "forum-post.txt", "--case", "a.case", "--accept", "all", code=2)
    assert "1 deadlines not recorded" in done.err and "assay state -f" in done.err
    assert "line 0" not in done.out
    assay("read", ARTICLES / "forum-post.txt", "-o", "s.yaml", code=1)
    text = (tmp_path / "s.yaml").read_text()
    assert "add notice: {to: PARTY, due: " in text


def test_an_unread_part_is_not_silence(assay):
    done = assay("read", ARTICLES / "multipart.eml", "--json", code=1)
    unread = [row for row in done.of_kind("coverage") if row["class"].startswith("not read")]
    assert {row["name"] for row in unread if "name" in row} == {"statement.pdf"}
    assert done.summary["complete"] is False


def test_wrong_words_are_answered(assay, tmp_path):
    done = assay("read", ARTICLE, "--accept", "some", code=64)
    assert "takes all" in done.err
    done = assay("read", ARTICLE, "--published", "soon", code=64)
    assert "'soon' is no time" in done.err
    assert "no-such" in assay("read", "no-such.txt", code=2).err


def test_a_word_list_that_is_wrong_is_named(assay, tmp_path):
    import shutil
    shutil.copytree(ROOT / "data", tmp_path / "data")
    with open(tmp_path / "data" / "read" / "verbs.tsv", "a", encoding="utf-8") as verbs:
        verbs.write("Said\tasserts\tany\n")
    done = assay("read", ARTICLE, env={"ASSAY_DATA": str(tmp_path / "data")}, code=2)
    assert "verbs.tsv:" in done.err and "a phrase with a capital" in done.err


def test_standard_input(assay):
    done = assay("read", "-", "--json", "--published", "2026-03-10", stdin=b"Tarn Bank denied on Monday that it had been hacked.\n", code=1)
    (statement,) = [record for record in done.of_kind("finding") if record["class"] == "statement"]
    assert (statement["speaker"], statement["act"], statement["time"]) == ("Tarn Bank", "denies", "2026-03-09")


def test_the_grammar_keeps_its_level(assay_bin):
    """Floors below what was measured (docs/accuracy-read.md), so that a change that breaks the grammar is seen: of its own articles, and of those by another hand."""
    levels = ((lambda name: not name.startswith(("eighth-", "tenth-", "eleventh-")), 24,
               (("statement", .91, .93), ("date", .95, .95), ("deadline", .95, .95), ("kind", .88, .88), ("party", .93, .93), ("contact", .95, .95))),
              (lambda name: name.startswith("eighth-"), 40,
               (("statement", .65, .55), ("date", .80, .80), ("deadline", .85, .70), ("party", .78, .74), ("publication", .95, .85))),
              (lambda name: name.startswith("tenth-"), 44,
               (("statement", .54, .46), ("date", .65, .80), ("deadline", .70, .40), ("kind", .62, .57), ("party", .50, .45), ("publication", .95, .50))),
              (lambda name: name.startswith("eleventh-"), 20,
               (("statement", .68, .61), ("said", .89, .89), ("date", .90, .95), ("deadline", .90, .75), ("kind", .80, .80), ("party", .55, .51))))
    for only, least, floors in levels:
        counts, articles = read_eval.measure(str(assay_bin), str(ARTICLES), only=only)
        assert articles >= least
        for field, precision, recall in floors:
            right, proposed, wanted = counts[field]
            assert right >= precision * proposed and right >= recall * wanted, (field, right, proposed, wanted)


def test_whose_word_a_document_is(assay, tmp_path):
    """By a page's title and foot, by a signature below the text, by turns of a hearing, by the address of a mail."""
    for name, text, speaker in (
            ("page.html", "<html><head><title>Notice | Harrow Dental Group</title></head><body><p>4 March 2030</p><p>On 2 March names of our patients were copied.</p></body></html>",
             "Harrow Dental Group"),
            ("foot.txt", "NOTICE\n\nHale Motors regrets to inform its customers that a list of bookings was stolen on 3 March 2030.\n\nIt did not contain card details.\n\nHale Motors, Ashby, 6 March 2030\n",
             "Hale Motors"),
            ("turns.txt", "Hearing of 6 March 2030\n\nMR ADLEY: Was anything stolen?\n\nDR COLE: No records were stolen from the hospital.\n\nMR ADLEY: And the copies of January?\n\n"
             "DR COLE: Those copies were never opened by anybody.\n", "COLE"),
            ("desk.eml", "From: ops@quicklane.example\nTo: all@quicklane.example\nSubject: access\nDate: Thu, 14 Mar 2030 09:00:00 +0000\nMessage-ID: <a@quicklane.example>\nMIME-Version: 1.0\nContent-Type: text/plain\n\nThe supplier list was copied from our server on Tuesday.\n",
             "quicklane")):
        (tmp_path / name).write_text(text)
        done = assay("read", name, "--json")
        spoken = {record["speaker"] for record in done.of_kind("finding") if record["class"] == "statement"}
        assert speaker in spoken, (name, spoken)


def statements(done):
    return [(record["speaker"], record["act"], record["sentence"]) for record in done.of_kind("finding") if record["class"] == "statement"]


def test_who_is_meant_and_what_is_none(assay, tmp_path):
    """Capitals that are no name, a desk's chat, a board's poster, a help account, the house a report is about, what a notice did: (file, wanted, never a speaker)."""
    for name, text, wanted, never in (
            ("letter.txt", "Cannery Grove Clinic\n\n4 March 2030\n\nDear Patient:\n\nOn 1 March somebody gained access to our cloud storage account.\n\n"
             "They've been notified of it.\n\nSincerely,\n\nRoland Ash, M.D.\n", {("Cannery Grove Clinic", "asserts")}, {"M.D", "They've"}),
            ("chat.txt", 'Export of a chat\n\n[2031-11-24 08:02] Support: hello. your network is locked\n\n[2031-11-24 08:40] Ilmen_Pumps: Who are we speaking to?\n\n'
             "[2031-11-24 08:41] Support: Copper Heron. we have 380gb from your file server\n\n[2031-11-24 09:15] Ilmen_Pumps: You say that.\n\n"
             "[2031-11-24 09:20] Support: we downloaded all contracts.\n", {("Copper Heron", "asserts")}, {"Support"}),
            ("board.txt", "[SELL] Veltel subscribers\n\nqu4rry\n\nGOD user | Rep: 214 | Joined Feb 2029\n\nToday I sell the full database of Veltel, dumped by me.\n", {("qu4rry", "asserts")}, {"Rep"}),
            ("wire.txt", "Coastline Wire\n14 May 2030\n\nTerminal operator Pellworth Harbour Group said on Tuesday that its servers had been breached.\n\n"
             "The Halstead Port Authority licenses the terminal.\n\n\"We have no indication that any document was stolen,\" a spokesman for the company said.\n",
             {("Pellworth Harbour Group", "denies")}, {"Halstead Port Authority"}),
            ("paper.txt", "Clinics lose records\nBy Dwayne Task\n5 September 2031\n\nThree Weirs Family Medicine said that hackers stole names of 38,000 patients.\n\n"
             "The Ashby Falls-based chain said that no charts were viewed.\n\nOf Three Weirs nobody else would speak.\n", {("Three Weirs Family Medicine", "asserts")}, {"Weirs", "Falls-based"}),
            ("notice.txt", "Selby Hotels Ltd\n\nNOTICE\n\n4 March 2030\n\nOn 1 March an intruder entered our booking system. The files may have contained your name and passport number. "
             "Our new office opens in May. Update the app on your telephone.\n\nSelby Hotels Ltd\n", {("Selby Hotels", "asserts"), ("Selby Hotels", "demands")}, set())):
        (tmp_path / name).write_text(text)
        said = statements(assay("read", name, "--json"))
        assert {speaker.removesuffix(" Ltd") for speaker, _, _ in said}.isdisjoint(never), (name, said)
        assert wanted <= {(speaker.removesuffix(" Ltd"), act) for speaker, act, _ in said}, (name, said)
    assert any("may have contained" in sentence for _, _, sentence in said) and not any("new office" in sentence for _, _, sentence in said)


def test_whose_word_a_form_makes_it(assay, tmp_path):
    """A thread's posts, a filing, a page of incidents, minutes, a note: nothing in their sentences says whose they are, and no other reads so."""
    for name, text, wanted in (
            ("thread.txt", "Leaks > Databases\n\nby saltmarsh on Tue Apr 02, 2030 9:14 pm\n\nI got in through the partner portal of Velmora Airlines.\n\n"
             "by quillon on Wed Apr 03, 2030 8:02 am\n\nThis is fake.\n", {("saltmarsh", "asserts"), ("quillon", "denies")}),
            ("filing.txt", "FORM 8-K\n\nDate of Report: March 4, 2031\n\nHOLLINGER FREIGHT SYSTEMS, INC.\n(Exact name of registrant as specified in its charter)\n\n"
             'On February 27 Hollinger Freight Systems, Inc. (the "Company") detected an intrusion. Files of employees were exfiltrated. The Company said that no customer was affected.\n',
             {("Hollinger Freight Systems", "asserts"), ("Hollinger Freight Systems", "denies")}),
            ("status.txt", "Pellworm Cloud Status\n\nIncident of 12 March 2031\n\nThe files of 31 buckets were downloaded by strangers.\n\n"
             "No card numbers were copied.\n", {("Pellworm Cloud", "asserts"), ("Pellworm Cloud", "denies")}),
            ("minutes.txt", "LINDEN HOSPICE CHARITY\nMinutes of the meeting of 11 August 2031\n\nPresent: R. Achebe, L. Fordyce\n\n"
             "1.1 LF said the database had been copied.\n1.2 LF denied that it had been published.\n",
             {("L. Fordyce", "asserts"), ("L. Fordyce", "denies")}),
            ("note.txt", "!!! READ ME !!!\n\nYour files are encrypted by NIGHT FERRY.\n\nWe were inside your network since March. We downloaded 212 GB. Write to us or we publish.\n",
             {("Night Ferry", "asserts")}),
            ("order.txt", "INFORMATION OFFICE OF THE NORTH\nENFORCEMENT NOTICE\n6 November 2031\n\nThe Brightwater Trust must:\n1. write to the parents of every pupil within 28 days of the date of this notice;\n"
             "2. cease sending data in spreadsheets.\n", {("Information Office Of The North", "demands")})):
        (tmp_path / name).write_text(text)
        said = statements(assay("read", name, "--json"))
        assert wanted <= {(speaker, act) for speaker, act, _ in said}, (name, said)


def test_each_sentence_of_a_quotation_says_its_own(assay, tmp_path):
    (tmp_path / "a.txt").write_text('3 May 2031\n\n"No data was stolen. The file was made by a former employee," said Ada Holt of Tarn Bank Ltd.\n')
    assert {act for _, act, _ in statements(assay("read", "a.txt", "--json"))} == {"denies", "asserts"}


def test_hearsay_is_no_word_of_a_notice(assay, tmp_path):
    """"Posts allege that" in a house's own notice is not the house's; what it answers is."""
    (tmp_path / "a.txt").write_text("Statement from Calloway Insurance\n\n3 June 2030\n\nRecent posts on social media allege that customer records were stolen.\n\n"
                                    "It has been claimed that passwords were taken.\n\nNo customer data left our systems.\n")
    assert [act for _, act, _ in statements(assay("read", "a.txt", "--json"))] == ["denies"]


def test_what_nobody_had_to_do_has_no_deadline(assay, tmp_path):
    (tmp_path / "a.txt").write_text("9 January 2031\n\nMr Pike said he had informed the Chair by telephone on 3 January. Mrs Nwosu demanded to know why the Board had not been told until 6 January.\n\n"
                                    "The Board required the vendor to produce its logs by 20 January.\n")
    due = [record["due"] for record in assay("read", "a.txt", "--json").of_kind("finding") if record["class"] == "deadline"]
    assert due == ["2031-01-20"]


def test_a_cve_number_is_not_masked(assay, tmp_path):
    (tmp_path / "a.txt").write_text("3 May 2031\n\nTarn Bank said on Monday that attackers had exploited CVE-2031-40417 and called +44 20 7946 0123.\n")
    (said,) = statements(assay("read", "a.txt", "--json", code=1))
    assert "CVE-2031-40417" in said[2] and "7946" not in said[2]


def test_when_and_whose_a_piece_is(assay, tmp_path):
    """Each piece of a status page at its own time, an hour without a zone as a day, posts with signs, a suit's parties, a peer, an office, a gang's list."""
    for name, text, wanted in (
            ("status.html", "<html><head><title>Quillmark Status</title></head><body><h1>Quillmark Status</h1><div><strong>Resolved</strong> - <time>Feb 20, 2031, 18:00 UTC</time>"
             "<p>We have found no evidence that invoices were copied.</p></div><div><strong>Identified</strong> - <time>Feb 17, 2031, 20:05 UTC</time><p>Our server was accessed by an unknown party.</p></div></body></html>",
             {("Quillmark", "denies", "2031-02-20T18:00:00Z"), ("Quillmark", "asserts", "2031-02-17T20:05:00Z")}),
            ("hour.txt", "THE DAILY PLOVER\nby Ida Kell\n12 January 2031, 22:05\n\nDunmere Water said that its servers had been hacked.\n", {("Dunmere Water", "asserts", "2031-01-12")}),
            ("thread.txt", "Thread\n\nAda Fenwick @ada_audits \u00b7 2 Sep 2031\nOn 24 August I found a web shell in the uploads folder of the portal.\n\n"
             "TallowPay Nigeria \u2714 @TallowPayNG \u00b7 3 Sep 2031\nReplying to @ada_audits\nThis allegation is false and malicious.\n\n"
             "Ada Fenwick @ada_audits \u00b7 4 Sep 2031\nYesterday @TallowPayNG said that nobody broke into its portal.\n",
             {("Ada Fenwick", "asserts", "2031-09-02"), ("TallowPay Nigeria", "denies", "2031-09-03")}),
            ("suit.txt", "UNITED DISTRICT COURT OF LAKEVALE\n\nDORA PELLING, individually and for all others,\n     Plaintiff,\nv.\nHARROW CREDIT UNION,\n     Defendant.\n\nCLASS ACTION COMPLAINT    JURY TRIAL\n\nDated: May 6, 2031\n\n"
             "Plaintiff Dora Pelling alleges as follows:\n\n1. In January criminals broke into the loan network.\n\n2. Plaintiff sent a demand letter on April 20.\n", {("Dora Pelling", "asserts", "2031-05-06")}),
            ("peer.txt", "House of Assembly\nWritten Answers - 11 June 2031\n\nLord Averill: The Ministry denies that records were copied.\n\nMr Tom Adley: Was the portal hacked?\n\nLord Averill: I deny that it was hacked.\n",
             {("Lord Averill", "denies", "2031-06-11")}),
            ("office.txt", "OFFICE OF THE RECORDS GUARDIAN\nMedia release | 17 June 2031\n\nThe Records Guardian has today issued a notice to Selby Mutual Ltd.\n\nWe found that claims files were copied to a private device.\n",
             {("Records Guardian", "asserts", "2031-06-17")}),
            ("list.txt", "Name: Harwell Legal Services\nCountry: UK\nDate added: 2031-10-02\n\nHarwell Legal Services saves money on security.\n\nWe have downloaded 402 GB from its server. If they do not pay by 9 October, all files will be published.\n\n(c) GORSE 2029-2031\n",
             {("GORSE", "asserts", "2031-10-02"), ("GORSE", "demands", "2031-10-02")})):
        (tmp_path / name).write_text(text, encoding="utf-8")
        found = [record for record in assay("read", name, "--json").of_kind("finding") if record["class"] == "statement"]
        said = {(record["speaker"], record["act"], record["time"]) for record in found}
        assert wanted <= said, (name, said)
