/* assay seal: keeps a signed checkpoint, and has authorities stamp it. What an authority answers is foreign bytes: fetched here, read in
 * a confined child, kept when it is sound. Nothing is asked unless a URL is given. */
#include "assay/case.h"
#include "assay/run.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"
#include "ledger/stamp.h"

#include "base/banned.h"

enum { CRL_MAX_BYTES = 4 << 20 };

/* What --crl names: all of them, and where each ends. */
enum { LISTS_MAX = 64 };
struct lists {
    struct buf all;
    size_t count, ends[LISTS_MAX];
    const char *paths[LISTS_MAX];
};

static void own_lists(struct lists *lists)
{
    buf_free(&lists->all);
}

struct question {
    const char *dir;
    struct str response;
    const struct lists *lists;
    const uint8_t *nonce; /* NULL: the query was carried by hand */
};

static int check_lists(const struct lists *lists, struct err *err)
{
    for (size_t i = 0; i < lists->count; i++) {
        struct str one = str_slice(buf_str(&lists->all), i == 0 ? 0 : lists->ends[i - 1], lists->ends[i]);
        if (stamp_lists(one, err) != 0) {
            return err_where(err, "--crl %s", lists->paths[i]);
        }
    }
    return 0;
}

/* In the child. */
static int work(const void *options, const struct assay_sink *sink, struct err *err)
{
    const struct question *question = options;
    json_t *found = NULL;
    TRY(check_lists(question->lists, err));
    TRY(assay_case_stamp_find(question->dir, question->response, question->nonce, &found, err));
    TRY(assay_emit(sink, ASSAY_MEASURE, found, err));
    return assay_emit(sink, ASSAY_SUMMARY, json_pack("{s:b}", "complete", 1), err);
}

static int hear(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    (void)err;
    json_t **found = self;
    if (kind == ASSAY_MEASURE && *found == NULL) {
        *found = json_incref(body);
    }
    return 0;
}

static void complain(void *self, struct str where, struct str what)
{
    (void)self;
    (void)where;
    (void)what;
}

static void ignore_progress(void *self, const struct assay_progress *progress)
{
    (void)self;
    (void)progress;
}

/* Reads a response and keeps it; *ret_found as of assay_case_stamp_find(), with "file". */
static int take_response(struct assay_case *kase, const struct question *question, json_t **ret_found, struct err *err)
{
    OWN(own_json) json_t *found = NULL;
    json_t *name = NULL;
    const char *const paths[] = {question->dir, NULL};
    struct assay_run assay = {"seal", work, question, paths, false, NULL, 0, NULL};
    struct assay_sink sink = {&found, hear, complain, ignore_progress};
    struct assay_outcome outcome = {0};
    TRY(assay_run(&assay, &sink, &outcome, err));
    if (found == NULL) {
        return err_set(err, ERR_BUG, "a response was read and nothing was said about it");
    }
    struct str chain = str_of(json_text(found, "chain", ""));
    TRY(assay_case_stamp_keep(kase, (uint64_t)json_int(found, "size", 0), question->response, chain,
                              buf_str(&question->lists->all), &name, err));
    (void)json_object_del(found, "chain");
    if (json_object_set_new(found, "file", name) != 0) {
        return err_no_memory(err);
    }
    *ret_found = json_incref(found);
    return 0;
}

static int query_for(const char *checkpoint, const uint8_t *nonce, struct buf *out, struct err *err)
{
    struct sha256 digest;
    uint64_t bytes;
    TRY(file_digest(checkpoint, &digest, &bytes, err));
    return stamp_query(out, &digest, nonce, err);
}

static int ask(struct assay_case *kase, const char *dir, const char *checkpoint, const char *url,
               const struct lists *lists, json_t **ret_found, struct err *err)
{
    uint8_t nonce[STAMP_NONCE_BYTES];
    OWN(own_buf) struct buf query = {0};
    OWN(own_buf) struct buf response = {0};
    TRY(stamp_nonce(nonce, err));
    TRY(query_for(checkpoint, nonce, &query, err));
    TRY(stamp_fetch(&response, url, buf_str(&query), err));
    struct question question = {dir, buf_str(&response), lists, nonce};
    return take_response(kase, &question, ret_found, err) == 0 ? 0 : err_where(err, "%s", url);
}

static int take_file(struct assay_case *kase, const char *dir, const char *path, const struct lists *lists,
                     json_t **ret_found, struct err *err)
{
    OWN(own_buf) struct buf response = {0};
    TRY(file_read(path, STAMP_MAX_BYTES, &response, err));
    struct question question = {dir, buf_str(&response), lists, NULL};
    return take_response(kase, &question, ret_found, err) == 0 ? 0 : err_where(err, "%s", path);
}

static void say_stamp(const struct cli *cli, const char *dir, const json_t *found)
{
    char instant[64];
    if (cli->is_json || cli->is_quiet) {
        return;
    }
    const char *file = json_text(found, "file", "?");
    (void)snprintf(instant, sizeof instant, "%s", json_text(found, "time", "?"));
    (void)printf("stamped     %lld entries at %s by %s\n", (long long)json_int(found, "size", 0), instant,
                 json_text(found, "authority", "?"));
    (void)printf("check       cd %s; head -n %lld checkpoints/%lld > /tmp/stamped\n", dir,
                 (long long)json_int(found, "lines", 0), (long long)json_int(found, "size", 0));
    (void)printf("            openssl ts -verify -data /tmp/stamped -in %s -CAfile ROOT.pem \\\n", file);
    (void)printf("              -untrusted %.*spem -attime $(date -d %s +%%s)\n", (int)(strlen(file) - 3), file,
                 instant);
}

static int read_lists(const struct cli *cli, struct lists *lists, struct err *err)
{
    const char *const *at = cli_list(cli, "crl", NULL);
    if (*at != NULL && *cli_list(cli, "tsa", NULL) == NULL && *cli_list(cli, "tsr", NULL) == NULL) {
        err_set(err, ERR_USAGE, "--crl is kept beside a timestamp, and there is none");
        return err_remedy(err, "give --tsa URL or --tsr FILE, too");
    }
    for (; *at != NULL; at++) {
        if (lists->count == LISTS_MAX) {
            return err_set(err, ERR_USAGE, "--crl: more than %d lists", LISTS_MAX);
        }
        TRY(file_read(*at, CRL_MAX_BYTES, &lists->all, err));
        lists->paths[lists->count] = *at;
        lists->ends[lists->count++] = lists->all.len;
    }
    return 0;
}

/* Every authority is asked, whatever became of the one before; the first failure is returned. */
static int stamp_all(const struct cli *cli, struct assay_case *kase, const char *dir, const char *checkpoint,
                     json_t *stamps, struct err *err)
{
    static const struct {
        const char *option;
        bool is_url;
    } ways[] = {{"tsa", true}, {"tsr", false}};
    OWN(own_lists) struct lists lists = {.count = 0};
    int failed = 0;
    TRY(read_lists(cli, &lists, err));
    for (size_t w = 0; w < 2; w++) {
        for (const char *const *at = cli_list(cli, ways[w].option, NULL); *at != NULL; at++) {
            OWN(own_json) json_t *found = NULL;
            struct err why = {0};
            if ((ways[w].is_url ? ask(kase, dir, checkpoint, *at, &lists, &found, &why)
                                : take_file(kase, dir, *at, &lists, &found, &why)) != 0) {
                if (failed != 0) {
                    cli_error("seal", err, cli->has_colour);
                }
                *err = why;
                failed = -1;
            } else {
                say_stamp(cli, dir, found);
                failed |= json_array_append(stamps, found) != 0 ? err_no_memory(err) : 0;
            }
        }
    }
    return failed;
}

static int write_query(const struct cli *cli, const char *checkpoint, struct err *err)
{
    OWN(own_buf) struct buf query = {0};
    const char *path = cli_text(cli, "tsq-out");
    if (path == NULL) {
        return 0;
    }
    TRY(query_for(checkpoint, NULL, &query, err));
    TRY(file_write(path, buf_str(&query), err));
    if (!cli->is_json && !cli->is_quiet) {
        (void)printf("query       %s: have an authority answer it, then assay seal --tsr RESPONSE\n", path);
    }
    return 0;
}

static void say_seal(const struct cli *cli, const char *dir, const json_t *seal)
{
    if (cli->is_json || cli->is_quiet) {
        return;
    }
    (void)printf("sealed      %lld entries of %s\n", (long long)json_int(seal, "size", 0),
                 json_text(seal, "origin", "?"));
    (void)printf("root        %s\n", json_text(seal, "root", "?"));
    (void)printf("vkey        %s\n", json_text(seal, "vkey", "?"));
    (void)printf("next        assay verify %s\n", dir);
}

static int tell(const struct cli *cli, json_t *seal, json_t *stamps, struct err *err)
{
    OWN(own_buf) struct buf line = {0};
    if (!cli->is_json) {
        return 0;
    }
    if (json_object_set_new(seal, "complete", json_true()) != 0 || json_object_set(seal, "stamps", stamps) != 0) {
        return err_no_memory(err);
    }
    TRY(json_canonical(&line, seal, err));
    (void)printf("{\"kind\":\"summary\",\"engine\":\"seal\",%s\n", line.data + 1);
    return 0;
}

static int run(struct cli *cli, struct err *err)
{
    const char *dir;
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *seal = NULL;
    OWN(own_json) json_t *stamps = json_array();
    TRY(cli_case(cli, &dir, err));
    TRY(cli_open_case(dir, ASSAY_CASE_WRITE, &kase, err));
    TRY(assay_case_seal(kase, &seal, err));
    const char *checkpoint = json_text(seal, "checkpoint", "");
    say_seal(cli, dir, seal);
    TRY(write_query(cli, checkpoint, err));
    TRY(stamp_all(cli, kase, dir, checkpoint, stamps, err));
    return tell(cli, seal, stamps, err);
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "the case", 0},
    {"tsa", "URL", true, "has an authority stamp the checkpoint (RFC 3161); give two,\nindependent of each other", 0},
    {"tsq-out", "FILE", false, "writes the query, to be carried to an authority by hand", 0},
    {"tsr", "FILE", true, "takes an authority's whole response that came by hand", 0},
    {"crl", "FILE", true, "PEM: an authority's revocation list of today, kept beside\nits timestamps", 0},
    {.name = NULL},
};

const struct cli_command cmd_seal = {
    .name = "seal",
    .usage = "--case DIR [--tsa URL]... [--json]",
    .question = "signs a checkpoint of the case, and has its time attested",
    .help = "Keeps the signed tree head over every entry (RFC 6962 tree, C2SP checkpoint,\n"
            "Ed25519). With --tsa a timestamp authority attests that it existed by now; the\n"
            "whole response and the certificates in it are kept beside the checkpoint. Only\n"
            "--tsa opens a connection, and only the digest of the checkpoint leaves.\n"
            "--json prints origin, size, root and vkey, so that other tools can verify it.",
    .options = options,
    .notes = "Give the vkey line to the other party: with it, anybody can check the case offline.\n"
             "An authority's certificate runs out; what it stamped before holds on: check with the\n"
             "stamped time (-attime), as the printed line does.\n"
             "Exit: 0 sealed and stamped, 2 could not, 64 usage.",
    .examples = "  assay seal --case maple-lane.case\n"
                "  assay seal --case maple-lane.case --tsa http://tsa1.example/ --tsa http://tsa2.example/\n"
                "  assay seal --case maple-lane.case --tsq-out seal.tsq\n"
                "  assay seal --case maple-lane.case --tsr seal.tsr",
    .least = 0,
    .most = 0,
    .run = run,
};
