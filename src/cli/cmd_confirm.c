/* assay confirm */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "assay/case.h"
#include "assay/run.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"

#include "base/banned.h"

/* What is confirmed, in the case. */
struct confirmed {
    const json_t *entry, *record; /* of the finding */
    const json_t *exam, *exhibit; /* that made it, and what it examined */
    const char *path;             /* of the file within the exhibit; NULL: the exhibit is read whole */
};

static int find_finding(const json_t *model, const json_t *findings, const char *id, struct confirmed *ret,
                        struct err *err)
{
    const json_t *entry = json_find(findings, "id", id);
    if (entry == NULL) {
        err_set(err, ERR_USAGE, "no finding \"%s\" in this case", id);
        return err_remedy(err, "findings are named like X01/3: the report lists them, and ledger.jsonl");
    }
    const json_t *exam = json_find(json_object_get(model, "examinations"), "id", json_text(entry, "examination", ""));
    const char *first = json_string_value(json_array_get(json_object_get(exam, "evidence"), 0));
    const json_t *exhibit = first != NULL ? json_find(json_object_get(model, "evidence"), "id", first) : NULL;
    if (exhibit == NULL) {
        return err_set(err, ERR_USAGE, "finding \"%s\" names no exhibit that could be read", id);
    }
    *ret = (struct confirmed){
        .entry = entry, .record = json_object_get(entry, "record"), .exam = exam, .exhibit = exhibit};
    return 0;
}

/* The file that was found, below its tree: the path of the finding begins with the tree's name. */
static const char *path_within(const struct confirmed *of)
{
    const char *name = json_text(of->exhibit, "name", ""), *path = json_text(of->record, "path", "");
    const size_t length = strlen(name);
    const bool is_below = strncmp(path, name, length) == 0 && path[length] == '/';
    const bool is_tree = strcmp(json_text(of->exhibit, "what", ""), "tree") == 0;
    return is_tree && is_below && json_text(of->record, "sha256", NULL) != NULL ? path + length + 1 : NULL;
}

/* SHA-256 of what the examiner read, as it is now: the file that was found, or where the finding names none of a tree, the whole
 * exhibit. *ret_is_there false: it cannot be reached from here. err: IO, LIMIT. */
static int digest_now(const struct confirmed *of, const char *at, char ret_hex[static 65], bool *ret_is_there,
                      struct err *err)
{
    struct sha256 digest;
    uint64_t bytes;
    *ret_is_there = access(at, R_OK) == 0;
    if (!*ret_is_there) {
        return 0;
    }
    if (of->path == NULL) {
        return assay_evidence_digest(at, ret_hex, &bytes, NULL, err);
    }
    OWN(own_fd) int root = open(at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    OWN(own_fd) int file = root >= 0 ? file_open_beneath(root, of->path, 0) : -1;
    *ret_is_there = file >= 0;
    if (file < 0) {
        return 0;
    }
    TRY(file_digest_fd(file, -1, &digest, &bytes, err));
    hex_encode(ret_hex, digest.bytes, SHA256_BYTES);
    return 0;
}

/* What was read must be what was examined; otherwise the confirmation would be of something else. */
static int check_exhibit(const struct cli *cli, struct confirmed *of, json_t *entry, struct err *err)
{
    char hex[65] = "";
    bool is_there;
    const char *given = cli_text(cli, "exhibit");
    const char *at = given != NULL ? given : json_text(of->exhibit, "name", "");
    of->path = path_within(of);
    const char *recorded = json_text(of->path != NULL ? of->record : of->exhibit, "sha256", "");
    TRY(digest_now(of, assay_evidence_file(at) != NULL ? assay_evidence_file(at) : at, hex, &is_there, err));
    if (!is_there && given != NULL) {
        return err_set(err, ERR_NOT_FOUND, "%s%s%s: not there or not readable", given, of->path != NULL ? "/" : "",
                       of->path != NULL ? of->path : "");
    }
    if (!is_there || *hex == '\0' || *recorded == '\0') {
        return 0;
    }
    if (strcmp(hex, recorded) != 0 && of->path == NULL && json_int(of->exhibit, "unread", 0) != 0) {
        return 0; /* what was unread then may be what differs */
    }
    if (strcmp(hex, recorded) != 0) {
        err_set(err, ERR_TAMPERED, "%s%s%s: is not what was examined: recorded digest %.16s..., now %.16s...", at,
                of->path != NULL ? "/" : "", of->path != NULL ? of->path : "", recorded, hex);
        return err_remedy(err, "read a copy as it was and name it with --exhibit; or examine what is there now");
    }
    return json_object_set_new(entry, "sha256", json_string(hex)) == 0 ? 0 : err_no_memory(err);
}

/* "48/50,1/200": real ones confirmed of those read, false ones confirmed of those read. */
static int read_counts(struct str text, json_t **ret_counts)
{
    uint64_t k, n;
    const struct str_cut parts = str_cut(text, '/');
    if (!str_u64(parts.head, &k) || !str_u64(parts.tail, &n) || n == 0 || k > n || n > (uint64_t)1 << 40) {
        return -1;
    }
    *ret_counts = json_pack("[I,I]", (json_int_t)k, (json_int_t)n);
    return *ret_counts != NULL ? 0 : -1;
}

static int set_rate(const struct cli *cli, json_t *entry, struct err *err)
{
    const char *rate = cli_text(cli, "rate"), *source = cli_text(cli, "rate-source");
    OWN(own_json) json_t *recall = NULL;
    OWN(own_json) json_t *wrong = NULL;
    if (rate == NULL && source == NULL) {
        return 0;
    }
    if (rate == NULL || source == NULL) {
        err_set(err, ERR_USAGE, "--rate and --rate-source go together: a rate is worth what it was taken from");
        return err_remedy(err, "--rate 48/50,1/200 --rate-source \"proficiency test of May 2026\"");
    }
    const struct str_cut parts = str_cut(str_of(rate), ',');
    if (read_counts(parts.head, &recall) != 0 || read_counts(parts.tail, &wrong) != 0) {
        err_set(err, ERR_USAGE, "--rate: \"%s\" is not HITS/OF,FALSE/OF", rate);
        return err_remedy(err, "48 of 50 real ones confirmed, 1 of 200 innocent ones: --rate 48/50,1/200");
    }
    OWN(own_json) json_t *told = assay_case_masked(source);
    json_t *value = json_pack("{s:O, s:O, s:O}", "recall", recall, "false", wrong, "source", told);
    return value != NULL && json_object_set_new(entry, "rate", value) == 0
               ? 0
               : err_set(err, ERR_USAGE, "--rate-source: not readable as UTF-8");
}

static int set_text(const struct cli *cli, const char *option, json_t *entry, struct err *err)
{
    const char *text = cli_text(cli, option);
    if (text == NULL) {
        return 0;
    }
    if (strlen(text) > 4000) {
        return err_set(err, ERR_USAGE, "--%s: longer than 4,000 bytes", option);
    }
    return json_object_set_new(entry, option, assay_case_masked(text)) == 0
               ? 0
               : err_set(err, ERR_USAGE, "--%s: not readable as UTF-8", option);
}

/* An examiner has one word on a finding: a later one takes the place of the earlier. */
static int set_earlier(const json_t *model, const char *finding, const char *party, json_t *entry)
{
    size_t i;
    const json_t *row;
    json_array_foreach(json_object_get(model, "confirmations"), i, row)
    {
        if (strcmp(json_text(row, "finding", ""), finding) == 0 && strcmp(json_text(row, "party", ""), party) == 0) {
            return json_object_set_new(entry, "supersedes", json_string(json_text(row, "id", "")));
        }
    }
    return 0;
}

static json_t *entry_of(const struct confirmed *of, const char *party, bool agrees)
{
    return json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:b}", "type", "confirmation", "finding",
                     json_text(of->entry, "id", ""), "index", (json_int_t)json_int(of->entry, "n", 0), "examination",
                     json_text(of->exam, "id", ""), "exhibit", json_text(of->exhibit, "id", ""), "party", party,
                     "agrees", agrees);
}

static void show(const struct cli *cli, const json_t *entry, const struct confirmed *of)
{
    const bool is_checked = json_text(entry, "sha256", NULL) != NULL;
    if (cli->is_quiet) {
        return;
    }
    (void)printf("recorded    %s: %s %s %s\n", json_text(entry, "id", "?"), json_text(entry, "party", "?"),
                 json_bool(entry, "agrees", false) ? "agrees with" : "disagrees with",
                 json_text(entry, "finding", "?"));
    if (is_checked) {
        (void)printf("looked at   %s, with the digest that was recorded\n",
                     of->path != NULL ? "the file that was found" : "the exhibit");
    } else {
        (void)printf("not seen    the exhibit cannot be reached from here: told in the report, not weighed\n");
    }
    (void)printf("weighed     %s\n", json_object_get(entry, "rate") != NULL
                                         ? "at the rate stated, its unfavourable end"
                                         : "only if a rate is measured for confirmations; none is stated");
}

static int show_json(const json_t *entry, struct err *err)
{
    OWN(own_buf) struct buf line = {0};
    TRY(json_canonical(&line, entry, err));
    (void)printf("{\"kind\":\"finding\",\"engine\":\"confirm\",%s\n", line.data + 1);
    (void)printf("{\"kind\":\"summary\",\"engine\":\"confirm\",\"complete\":%s}\n",
                 json_text(entry, "sha256", NULL) != NULL ? "true" : "false");
    return 0;
}

static int check_party(const json_t *model, const char *party, struct err *err)
{
    if (party == NULL) {
        err_set(err, ERR_USAGE, "needs --by PARTY");
        return err_remedy(err, "name the examiner as the case knows him; assay state records parties");
    }
    if (json_find(json_object_get(model, "parties"), "id", party) == NULL) {
        err_set(err, ERR_USAGE, "--by: no party \"%s\" in this case", party);
        return err_remedy(err, "record it first with assay state, or name one of its parties");
    }
    return 0;
}

static int run(struct cli *cli, struct err *err)
{
    const char *dir, *party = cli_text(cli, "by"), *finding = cli->positional[0];
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *findings = NULL;
    OWN(own_json) json_t *entries = json_array();
    struct confirmed of = {0};
    TRY(cli_case(cli, &dir, err));
    TRY(cli_open_case(dir, ASSAY_CASE_WRITE, &kase, err));
    model = assay_case_outline(kase, err);
    findings = model != NULL ? assay_case_entries(kase, "finding", err) : NULL;
    if (findings == NULL) {
        return -1;
    }
    TRY(check_party(model, party, err));
    TRY(find_finding(model, findings, finding, &of, err));
    json_t *entry = entry_of(&of, party, !cli_flag(cli, "disagrees"));
    if (entry == NULL || json_array_append_new(entries, entry) != 0 || set_earlier(model, finding, party, entry) != 0) {
        return err_no_memory(err);
    }
    TRY(set_text(cli, "role", entry, err));
    TRY(set_text(cli, "note", entry, err));
    TRY(set_rate(cli, entry, err));
    TRY(check_exhibit(cli, &of, entry, err));
    TRY(assay_case_append(kase, entries, err));
    if (cli->is_json) {
        TRY(show_json(entry, err));
    } else {
        show(cli, entry, &of);
    }
    return json_text(entry, "sha256", NULL) != NULL ? EXIT_NOTHING : EXIT_UNSURE;
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "the case", 0},
    {"by", "PARTY", false, "the examiner, a party of the case", 0},
    {"disagrees", NULL, false, "the examiner read it and does not agree", 0},
    {"exhibit", "PATH", false, "where the exhibit lies now, if not where it was", 0},
    {"note", "TEXT", false, "what the examiner says of it", 0},
    {"role", "TEXT", false, "in what capacity: court expert, own staff, ...", 0},
    {"rate", "HITS/OF,FALSE/OF", false, "how often this examiner is right, from a test", 0},
    {"rate-source", "TEXT", false, "which test", 0},
    {.name = NULL},
};

const struct cli_command cmd_confirm = {
    .name = "confirm",
    .usage = "FINDING --case DIR --by PARTY [--disagrees] [--json]",
    .question = "records that an examiner read an exhibit and agrees, or not",
    .help = "Records who read what a finding is about, and whether he agrees. What he read must\n"
            "have the digest that was recorded when it was examined; otherwise nothing is\n"
            "recorded. A confirmation is an examination of its own: it is weighed at its own\n"
            "rate, at the unfavourable end, and without a rate it is told and not weighed.",
    .options = options,
    .notes = "A rate must come from findings that Assay made, real and false ones, read without\n"
             "knowing which: --rate 48/50,1/200 says that 48 of 50 real ones were confirmed and 1 of\n"
             "200 false ones. A test on other material says little here; docs/verdict.md says how to\n"
             "make one.\n"
             "Exit: 0 recorded, 2 recorded but the exhibit could not be read, 64 usage.",
    .examples = "  assay confirm X01/3 --case maple-lane.case --by lab\n"
                "  assay confirm X01/3 --case a.case --by lab --disagrees --note \"a test page\"\n"
                "  assay confirm X01/3 --case a.case --by lab --rate 48/50,1/200 --rate-source \"May test\"",
    .least = 1,
    .most = 1,
    .run = run,
};
