/* A case of which one file is hostile: it is verified and opened, and never believed. The first byte says which file; or
 * lines of a ledger are put to both readers of canonical JSON, ours and jansson with our writer, which must agree. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "assay/case.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/canon.h"
#include "ledger/note.h"

static const char *const files[] = {"ledger.jsonl", "checkpoint", "vkey", "checkpoints/1", "index.sqlite", "key"};
enum { FILES = sizeof files / sizeof files[0] };

static char root[64];
static int dir = -1;
static struct buf sound[FILES];

static void drop(void)
{
    char command[256];
    static const char *const names[] = {"ledger.jsonl", "checkpoint", "vkey", "checkpoints/1",
                                        "index.sqlite", "key",        "lock"};
    static const char *const folders[] = {"checkpoints", "documents", "nonces"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unlinkat(dir, names[i], 0);
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        (void)unlinkat(dir, folders[i], AT_REMOVEDIR);
    }
    (void)snprintf(command, sizeof command, "%s/c", root);
    (void)rmdir(command);
    (void)rmdir(root);
}

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void make_case(void)
{
    char path[128];
    struct assay_case *kase = NULL;
    json_t *seal = NULL;
    (void)snprintf(root, sizeof root, "/tmp/assay-fuzz-XXXXXX");
    must(mkdtemp(root) != NULL);
    (void)snprintf(path, sizeof path, "%s/c", root);
    must(assay_case_create(path, "fuzz", NULL, NULL, NULL) == 0);
    must(assay_case_open(path, ASSAY_CASE_WRITE, &kase, NULL, NULL) == 0);
    must(assay_case_seal(kase, &seal, NULL) == 0);
    json_decref(seal);
    json_t *entries = json_pack("[{s:s}, {s:s, s:s}]", "type", "claim", "type", "evidence", "what", "log");
    must(assay_case_append(kase, entries, NULL) == 0);
    json_decref(entries);
    assay_case_close(kase);
    dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < FILES; i++) {
        must(file_read_at(dir, files[i], 1 << 20, &sound[i], NULL) == 0);
    }
    (void)atexit(drop);
}

static void put(const char *name, struct str bytes)
{
    OWN(own_fd) int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(fd >= 0 && file_write_fd(fd, bytes, NULL) == 0);
}

static void compare_readers(struct str ledger)
{
    while (ledger.len != 0) {
        struct str_cut line = str_cut(ledger, '\n');
        struct envelope envelope;
        OWN(own_buf) struct buf again = {0};
        OWN(own_json) json_t *value = json_read(line.head, NULL);
        bool comes_back =
            value != NULL && json_canonical(&again, value, NULL) == 0 && str_eq(buf_str(&again), line.head);
        if (canon_read(&envelope, line.head) == NULL && !comes_back) {
            abort();
        }
        ledger = line.tail;
    }
}

static void try_case(const char *path, bool is_sound)
{
    struct assay_case *kase = NULL;
    json_t *report = NULL;
    if (assay_case_verify(path, &report, NULL) == 0) {
        must(is_sound || !json_bool(report, "verified", false));
        must(!is_sound || json_bool(report, "verified", false));
        json_decref(report);
    }
    if (assay_case_open(path, ASSAY_CASE_READ, &kase, NULL, NULL) == 0) {
        json_decref(assay_case_model(kase, NULL));
        assay_case_close(kase);
    }
}

/* What verifies has the signed text, and nothing less than the case's own signature. */
static void try_note(const char *path, struct str bytes, struct str sound_bytes)
{
    struct note given;
    struct note signed_note;
    json_t *report = NULL;
    must(note_read(&signed_note, sound_bytes, NULL) == 0);
    if (assay_case_verify(path, &report, NULL) == 0) {
        bool verified = json_bool(report, "verified", false);
        must(!verified || (note_read(&given, bytes, NULL) == 0 && str_eq(given.text, signed_note.text)));
        must(verified || !str_eq(bytes, sound_bytes));
        json_decref(report);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[128];
    if (dir < 0) {
        make_case();
    }
    if (size == 0) {
        return 0;
    }
    size_t which = data[0] % (FILES + 1);
    struct str bytes = {(const char *)data + 1, size - 1};
    bool is_ledger = which == 0;
    if (which == FILES) { /* lines alone need no disk */
        compare_readers(bytes);
        return 0;
    }
    put(files[which], bytes);
    if (which == 1 || which == 3) { /* signature lines of strangers may stand beside the case's own */
        (void)snprintf(path, sizeof path, "%s/c", root);
        try_note(path, bytes, buf_str(&sound[which]));
        put(files[which], buf_str(&sound[which]));
        return 0;
    }
    (void)snprintf(path, sizeof path, "%s/c", root);
    /* An index is derived, and a tail behind a sound ledger is no part of the case: neither changes the answer. */
    bool is_sound =
        which == 4 || str_eq(bytes, buf_str(&sound[which])) || (is_ledger && str_starts(bytes, buf_str(&sound[0])));
    try_case(path, is_sound);
    put(files[which], buf_str(&sound[which]));
    return 0;
}
