/* A hostile bundle is verified and never believed. The first byte says what the rest is: the whole archive; or changes to a sound
 * one (with everything in it), three bytes each: where, in two, and what. Whatever a change made of it does not verify. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "assay/case.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"

static int memory = -1; /* the archive under test, never on disk */
static char path[64];
static struct buf sound;

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void put(struct str bytes)
{
    must(ftruncate(memory, 0) == 0 && lseek(memory, 0, SEEK_SET) == 0 && file_write_fd(memory, bytes, NULL) == 0);
}

static void drop(const char *root)
{
    static const char *const names[] = {"c/ledger.jsonl", "c/checkpoint",   "c/vkey",          "c/key",
                                        "c/lock",         "c/index.sqlite", "c/checkpoints/1", "b.tar"};
    static const char *const folders[] = {"c/checkpoints", "c/documents", "c/nonces", "c"};
    char name[160];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(name, sizeof name, "%s/%s", root, names[i]);
        (void)unlink(name);
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        (void)snprintf(name, sizeof name, "%s/%s", root, folders[i]);
        (void)rmdir(name);
    }
    (void)rmdir(root);
}

static void make_bundle(void)
{
    char root[] = "/tmp/assay-fuzz-XXXXXX", dir[64], file[64];
    struct assay_case *kase = NULL;
    json_t *seal = NULL, *summary = NULL;
    must(mkdtemp(root) != NULL);
    (void)snprintf(dir, sizeof dir, "%s/c", root);
    (void)snprintf(file, sizeof file, "%s/b.tar", root);
    must(assay_case_create(dir, "fuzz", NULL, NULL, NULL) == 0);
    must(assay_case_open(dir, ASSAY_CASE_WRITE, &kase, NULL, NULL) == 0);
    must(assay_case_seal(kase, &seal, NULL) == 0);
    json_t *entries = json_pack("[{s:s}, {s:s, s:s}]", "type", "claim", "type", "evidence", "what", "log");
    must(assay_case_append(kase, entries, NULL) == 0);
    const struct assay_pack_options options = {.has_tiles = true};
    must(assay_case_pack(kase, file, &options, &summary, NULL) == 0);
    must(file_read(file, 1 << 20, &sound, NULL) == 0);
    json_decref(seal);
    json_decref(entries);
    json_decref(summary);
    assay_case_close(kase);
    drop(root);
    memory = memfd_create("bundle", MFD_CLOEXEC);
    must(memory >= 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
}

static bool try_bundle(struct str bytes)
{
    json_t *report = NULL;
    put(bytes);
    bool verified = assay_bundle_verify(path, NULL, NULL, &report, NULL) == 0 && json_bool(report, "verified", false);
    json_decref(report);
    return verified;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (memory < 0) {
        make_bundle();
    }
    if (size == 0) {
        return 0;
    }
    if (data[0] == 0) {
        (void)try_bundle((struct str){(const char *)data + 1, size - 1});
        return 0;
    }
    OWN(own_buf) struct buf changed = {0};
    buf_put(&changed, buf_str(&sound));
    must(!changed.failed);
    for (size_t i = 1; i + 3 <= size; i += 3) {
        size_t at = ((size_t)data[i] << 8 | data[i + 1]) % changed.len;
        changed.data[at] = (char)((uint8_t)changed.data[at] ^ data[i + 2]);
    }
    must(try_bundle(buf_str(&changed)) == str_eq(buf_str(&changed), buf_str(&sound)));
    return 0;
}
