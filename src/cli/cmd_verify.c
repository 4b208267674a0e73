/* assay verify: somebody else's case is foreign bytes, so it is read in a confined child like any evidence. */
#include <errno.h>
#include <fcntl.h>

#include "assay/case.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/examine.h"
#include "cli/paint.h"
#include "cli/verify_kind.h"

#include "base/banned.h"

#define VERIFY_KIND(name) extern const struct verify_kind verify_##name;
#include "cli/verify_list.h"
#undef VERIFY_KIND

static const struct verify_kind *const kinds[] = {
#define VERIFY_KIND(name) &verify_##name,
#include "cli/verify_list.h"
#undef VERIFY_KIND
};

enum { OPENED_MAX = 256 };

static int read_head(const char *path, struct stat *ret_about, struct buf *head, struct err *err)
{
    OWN(own_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, ret_about) != 0) {
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
    }
    if (S_ISDIR(ret_about->st_mode)) {
        return 0;
    }
    char *room = S_ISREG(ret_about->st_mode) ? buf_room(head, VERIFY_HEAD_BYTES) : NULL;
    ssize_t got = room != NULL ? pread(fd, room, VERIFY_HEAD_BYTES, 0) : -1;
    if (got < 0) {
        return err_set(err, ERR_IO, "%s: %s", path, room != NULL ? strerror(errno) : "neither a file nor a directory");
    }
    head->len += (size_t)got;
    return 0;
}

static int find_kind(const struct verify_question *question, const struct verify_kind **ret_kind, struct err *err)
{
    OWN(own_buf) struct buf head = {0};
    struct stat about;
    TRY(read_head(question->path, &about, &head, err));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i]->is_one(&about, buf_str(&head))) {
            *ret_kind = kinds[i];
            return 0;
        }
    }
    err_set(err, ERR_FORMAT, "%s: is nothing that assay writes", question->path);
    return err_remedy(err, "it takes a case (a directory), a bundle of assay pack, a checkpoint or a .tlog-proof");
}

/* What holds is a measure, what does not is a finding, what nobody could look at is coverage. */
static enum assay_kind kind_of(const json_t *line)
{
    return !json_bool(line, "ok", false)      ? ASSAY_FINDING
           : json_bool(line, "unseen", false) ? ASSAY_COVERAGE
                                              : ASSAY_MEASURE;
}

/* In the child. */
static int work(const void *options, const struct assay_sink *sink, struct err *err)
{
    const struct verify_question *question = options;
    const struct verify_kind *kind = NULL;
    OWN(own_json) json_t *report = NULL;
    TRY(find_kind(question, &kind, err));
    TRY(kind->check(question, &report, err));
    size_t i;
    json_t *line;
    json_array_foreach(json_object_get(report, "lines"), i, line)
    {
        TRY(assay_emit(sink, kind_of(line), json_incref(line), err));
    }
    json_int_t withheld = json_int(report, "withheld", 0), redacted = json_int(report, "redacted", 0);
    json_t *summary = json_pack("{s:b,s:I,s:I,s:I,s:I,s:b}", "verified", json_bool(report, "verified", false),
                                "entries", json_int(report, "entries", 0), "altered", json_int(report, "altered", 0),
                                "missing", json_int(report, "missing", 0), "torn_bytes",
                                json_int(report, "torn_bytes", 0), "complete", withheld == 0 && redacted == 0);
    if (summary != NULL && json_object_get(report, "withheld") != NULL) {
        (void)json_object_set_new(summary, "withheld", json_integer(withheld));
        (void)json_object_set_new(summary, "redacted", json_integer(redacted));
    }
    return assay_emit(sink, ASSAY_SUMMARY, summary, err);
}

static void put_problem(struct listen *listen, const json_t *line)
{
    char says[512];
    char where[512];
    struct err err = {0};
    const char *detail = json_text(line, "detail", NULL);
    str_escape(where, sizeof where, str_of(json_text(line, "where", json_text(line, "what", ""))), 300);
    str_escape(says, sizeof says, str_of(json_text(line, "says", "")), 300);
    err_set(&err, ERR_TAMPERED, "%s: %s", where, says);
    if (detail != NULL) {
        err_remedy(&err, "%s", detail);
    }
    cli_error("verify", &err, listen->has_colour);
}

static void record(struct listen *listen, enum assay_kind kind, const json_t *line)
{
    char says[512];
    if (kind == ASSAY_FINDING) {
        put_problem(listen, line);
    } else if ((kind == ASSAY_MEASURE || kind == ASSAY_COVERAGE) && !listen->cli->is_quiet) {
        str_escape(says, sizeof says, str_of(json_text(line, "says", "")), 400);
        closing(listen->out, listen->has_colour, json_text(line, "what", ""),
                kind == ASSAY_COVERAGE ? ROLE_UNSEEN : ROLE_PLAIN, says);
    }
}

static void close_verify(struct listen *listen)
{
    const json_t *s = listen->summary;
    json_int_t altered = json_int(s, "altered", 0);
    if (json_bool(s, "verified", false) && !json_bool(s, "complete", false)) {
        (void)fprintf(listen->out, "verified as far as it is here: %lld documents withheld, %lld entries redacted\n",
                      (long long)json_int(s, "withheld", 0), (long long)json_int(s, "redacted", 0));
    } else if (json_bool(s, "verified", false)) {
        (void)fputs("verified\n", listen->out);
    } else {
        (void)fprintf(listen->out, "does not verify: %lld thing%s altered, %lld missing\n", (long long)altered,
                      altered == 1 ? "" : "s", (long long)json_int(s, "missing", 0));
    }
}

static const struct show show_verify = {.verb = "verify", .record = record, .close = close_verify};

/* "E07.tlog-proof" goes with "E07.json", as assay prove writes them. */
static int beside(struct str path, struct buf *out, struct err *err)
{
    struct str end = STR(".tlog-proof");
    if (!str_ends(path, end)) {
        return 0;
    }
    buf_put(out, str_slice(path, 0, path.len - end.len));
    buf_puts(out, ".json");
    return buf_check(out, err);
}

static int run(struct cli *cli, struct err *err)
{
    size_t opened;
    struct verify_question question = {
        .path = cli->positional[0],
        .against = cli_text(cli, "against"),
        .vkeys = cli_list(cli, "vkey", NULL),
        .policy = cli_text(cli, "policy"),
        .entry = cli_text(cli, "entry"),
        .since = cli_text(cli, "since"),
        .tsa_ca = cli_text(cli, "tsa-ca"),
        .opened = cli_list(cli, "opened", &opened),
    };
    OWN(own_buf) struct buf entry = {0};
    TRY(beside(str_of(question.path), &entry, err));
    if (question.entry == NULL && entry.len != 0 && access(entry.data, F_OK) == 0) {
        question.entry = entry.data;
    }
    if (opened > OPENED_MAX) {
        return err_set(err, ERR_LIMIT, "--opened: more than %d files", OPENED_MAX);
    }
    const char *const given[] = {question.path,  question.against, question.policy,
                                 question.entry, question.since,   question.tsa_ca};
    const char *paths[OPENED_MAX + sizeof given / sizeof given[0] + 1] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        if (given[i] != NULL) {
            paths[count++] = given[i];
        }
    }
    memcpy(paths + count, question.opened, opened * sizeof *paths);
    struct examination examination = {
        .run = {"verify", work, &question, paths, false, NULL, 0, NULL},
        .show = &show_verify,
    };
    return cli_examine(cli, &examination, err);
}

static const struct cli_option options[] = {
    {"opened", "FILE", true,
     "of a bundle: a document or entry that it left out and\nthat is shown now (may be repeated)", 0},
    {"vkey", "KEY", true,
     "a verifier key that has to have signed (of a log) or\ncosigned; of several logs one is enough", 0},
    {"policy", "FILE", false,
     "a trust file whose quorum has to be met (default for a\ncase: its own file policy, which is told only)", 0},
    {"since", "CHECKPOINT", false, "an older checkpoint that you kept: was anything under\nit rewritten since?", 0},
    {"tsa-ca", "FILE", false, "PEM: timestamp authorities (roots) whose word counts", 0},
    {"against", "CASE", false, "holds a single checkpoint or proof against a whole case", 0},
    {"entry", "FILE", false, "the line that a proof is about (default: beside it)", 0},
    {.name = NULL},
};

const struct cli_command cmd_verify = {
    .name = "verify",
    .usage = "PATH [--since CHECKPOINT] [--policy FILE] [--vkey KEY]... [--opened FILE] [--json]",
    .question = "checks a case, bundle, checkpoint or proof offline and names what is wrong",
    .help = "A case: reads every entry again, rebuilds the tree, checks every signature, every\n"
            "checkpoint against the ones before it, every cosignature, and every document\n"
            "against its digest. A bundle of assay pack: the same, in place, never unpacked, and\n"
            "every other file in it. A checkpoint: who signed and cosigned it, and with --against\n"
            "that the case grew from it. A .tlog-proof: that one entry is in the tree that was\n"
            "signed; give the key or policy you trust, not one that came with the proof.",
    .options = options,
    .notes = "It shows that nothing was altered since it was signed; not that what was written\n"
             "down is true. That the same key did not sign another history elsewhere is shown by\n"
             "cosignatures and by --since, as far as they reach.\n"
             "Exit: 0 verified, 1 does not verify, 2 verified but for what was left out of a\n"
             "bundle, or could not be checked, 64 usage.",
    .examples = "  assay verify maple-lane.case\n"
                "  assay verify maple-lane.case --since checkpoint-of-may\n"
                "  assay verify maple-lane.tar --opened S2.opened\n"
                "  assay verify E07.tlog-proof --policy trusted.policy",
    .least = 1,
    .most = 1,
    .run = run,
};
