/* Cases that were merged: each archived bundle verifies by itself, and is the state that our entry names. */
#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/verify.h"

#include "base/banned.h"

bool verify_is_bundle(struct verify *verify, const char *name)
{
    char head[8] = "";
    OWN(own_fd) int fd = file_open_beneath(verify->dir, name, 0);
    return fd >= 0 && pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head && memcmp(head, "bundle\0", 8) == 0;
}

struct merges {
    struct verify *verify;
    uint64_t all, right;
};

static bool agrees(const json_t *entry, const json_t *report)
{
    return json_bool(report, "verified", false) && json_int(entry, "size", -1) == json_int(report, "size", -2) &&
           strcmp(json_text(entry, "vkey", ""), json_text(report, "vkey", "-")) == 0 &&
           strcmp(json_text(entry, "root", ""), json_text(report, "root", "-")) == 0;
}

static int check_one(void *self, json_t *entry, struct err *err)
{
    struct merges *merges = self;
    struct verify *verify = merges->verify;
    OWN(own_buf) struct buf path = {0};
    OWN(own_json) json_t *report = NULL;
    struct err why = {.text = ""};
    char where[96];
    char says[ID_MAX_BYTES + 96];
    (void)snprintf(where, sizeof where, "documents/%.64s", json_text(entry, "sha256", ""));
    buf_printf(&path, "%s/%s", verify->path, where);
    TRY(buf_check(&path, err));
    merges->all++;
    if (assay_bundle_verify(path.data, NULL, NULL, &report, &why) == 0 && agrees(entry, report)) {
        merges->right++;
        return 0;
    }
    (void)snprintf(says, sizeof says, "is not the ledger that entry %s merged, or does not verify",
                   json_text(entry, "id", "?"));
    return verify_problem(verify, VERIFY_ALTERED, where, says, why.text);
}

int verify_merges(struct verify *verify)
{
    static const char *const types[] = {"merge", NULL};
    struct merges merges = {.verify = verify};
    OWN(own_assay_case) struct assay_case *kase = NULL;
    struct err why;
    char right[COUNT_TEXT];
    char of[COUNT_TEXT];
    if (!verify->has_bundles || !verify->ledger_agrees ||
        assay_case_open(verify->path, ASSAY_CASE_READ, &kase, NULL, &why) != 0) {
        return 0; /* what keeps it from being opened was told */
    }
    TRY(case_each(kase, kase->tree.size, types, check_one, &merges, verify->err));
    return merges.all == 0 ? 0
                           : verify_topic(verify, "merges", "%s of %s merged cases verify and are what was merged",
                                          verify_count(right, merges.right), verify_count(of, merges.all));
}
