/* --merge: somebody else's case is verified in a confined child first; only what verifies is read here. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/case.h"
#include "assay/run.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "cli/open_merge.h"
#include "cli/paint.h"

#include "base/banned.h"

bool open_is_case(const char *dir)
{
    OWN(own_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && faccessat(fd, "ledger.jsonl", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* In the child. */
static int look(const void *options, const struct assay_sink *sink, struct err *err)
{
    const char *path = options;
    struct stat about;
    OWN(own_json) json_t *report = NULL;
    bool is_folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
    TRY(is_folder ? assay_case_verify(path, &report, err) : assay_bundle_verify(path, NULL, NULL, &report, err));
    if (!json_bool(report, "verified", false)) {
        err_set(err, ERR_TAMPERED, "%s: does not verify, and is not merged", path);
        return err_remedy(err, "assay verify %s says what is wrong", path);
    }
    return assay_emit(sink, ASSAY_SUMMARY, json_pack("{s:b}", "complete", 1), err);
}

static int hear(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    (void)self;
    (void)kind;
    (void)body;
    (void)err;
    return 0;
}

static void pass_over(void *self, struct str where, struct str what)
{
    (void)self;
    (void)where;
    (void)what;
}

static int look_at(const char *path, struct err *err)
{
    const char *const paths[] = {path, NULL};
    const struct assay_run run = {.engine = "verify", .work = look, .options = path, .read_paths = paths};
    const struct assay_sink sink = {NULL, hear, pass_over, NULL};
    struct assay_outcome outcome;
    return assay_run(&run, &sink, &outcome, err);
}

static int tell(const struct cli *cli, json_t *entry, struct err *err)
{
    char entries[NUMBER_TEXT];
    int64_t hidden = json_int(entry, "withheld", 0) + json_int(entry, "redacted", 0),
            nested = json_int(entry, "nested", 0);
    if (cli->is_json) {
        OWN(own_buf) struct buf line = {0};
        TRY(json_canonical(&line, entry, err));
        (void)printf("{\"kind\":\"measure\",\"engine\":\"open\",%s\n", line.data + 1);
        return 0;
    }
    if (cli->is_quiet) {
        return 0;
    }
    (void)printf("%s      %s entries of %s, as %s/...\n", json_bool(entry, "already", false) ? "known " : "merged",
                 number_text(entries, (uint64_t)json_int(entry, "size", 0)), json_text(entry, "origin", "?"),
                 json_text(entry, "alias", "?"));
    if (hidden != 0) {
        (void)printf("not seen    %lld documents and entries that were left out of it\n", (long long)hidden);
    }
    if (nested != 0) {
        (void)printf("not seen    %lld cases that it merged itself: merge each of them from its owner\n",
                     (long long)nested);
    }
    return 0;
}

int open_merge(const struct cli *cli, const char *dir, struct err *err)
{
    size_t count;
    const char *const *others = cli_list(cli, "merge", &count);
    const char *alias = cli_text(cli, "as");
    if (alias != NULL && count != 1) {
        return err_set(err, ERR_USAGE, "--as names one case: give exactly one --merge with it");
    }
    for (size_t i = 0; i < count; i++) {
        OWN(own_assay_case) struct assay_case *kase = NULL;
        OWN(own_json) json_t *entry = NULL;
        TRY(look_at(others[i], err));
        TRY(cli_open_case(dir, ASSAY_CASE_WRITE, &kase, err));
        TRY(assay_case_merge(kase, others[i], alias, &entry, err));
        TRY(tell(cli, entry, err));
    }
    return 0;
}
