/* Every type of entry: a new one is one line here, and a row in docs/case-file.md.
 *
 *   ENTRY(type, prefix of the ids it is given, least digits, list of assay_case_model() it stands in)
 * prefix NULL: a record, numbered within its examination; "": there is one, whose id is its type. list NULL: the model places
 * it otherwise. */
ENTRY("case", "", 0, NULL)
ENTRY("party", "P", 1, "parties")
ENTRY("statement", "S", 1, "statements")
ENTRY("claim", "C", 1, "claims")
ENTRY("right-of-reply", "A", 1, "replies") /* who was asked about what, when, and what came back */
ENTRY("clock", "T", 1, "clocks") /* since when somebody knew, or what was reported: where a duty starts or ends */
ENTRY("evidence", "E", 2, "evidence")
ENTRY("custody", "H", 2, "custody") /* an exhibit changed hands, or was used: who, when, digest then */
ENTRY("examination", "X", 2, "examinations")
ENTRY("finding", NULL, 1, NULL)
ENTRY("event", NULL, 1, NULL)
ENTRY("coverage", NULL, 1, NULL)
ENTRY("measure", NULL, 1, NULL)
ENTRY("summary", NULL, 1, NULL)
ENTRY("confirmation", "N", 1, "confirmations") /* an examiner read an exhibit, and agrees or not */
ENTRY("verdict", "V", 2, NULL)
ENTRY("report", "R", 2, "reports")
ENTRY("key", "G", 1, "keys")        /* a signing key is registered, rotated or revoked */
ENTRY("merge", "M", 1, "merges")    /* another case's ledger, under its own signer */
ENTRY("private", "U", 1, "private") /* a step of a comparison between two who show each other nothing */
