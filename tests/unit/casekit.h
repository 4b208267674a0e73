/* What the tests of the case share: a case in a folder of its own, files read and written whole, entries in one line. */
#ifndef ASSAY_TESTS_CASEKIT_H
#define ASSAY_TESTS_CASEKIT_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/case.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"

static char kit_root[64]; /* a folder that goes with the test */

static inline int kit_make(void **state)
{
    (void)state;
    bool has_memory = access("/dev/shm", W_OK) == 0; /* a folder in memory spares thousands of small writes */
    (void)snprintf(kit_root, sizeof kit_root, "%s/assay-case-XXXXXX", has_memory ? "/dev/shm" : "/tmp");
    return mkdtemp(kit_root) != NULL ? 0 : -1;
}

static inline int kit_remove_one(const char *path, const struct stat *about, int type, struct FTW *ftw)
{
    (void)about;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int kit_drop(void **state)
{
    (void)state;
    return nftw(kit_root, kit_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* "ROOT/name", in one of many buffers that take turns. */
static inline const char *kit_path(const char *name)
{
    static char paths[256][512];
    static unsigned turn;
    char *path = paths[turn++ % 256];
    (void)snprintf(path, 512, "%s/%s", kit_root, name);
    return path;
}

static inline void kit_write(const char *path, struct str bytes)
{
    (void)chmod(path, 0600);
    FILE *out = fopen(path, "we");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes.data, 1, bytes.len, out), bytes.len);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, 0600), 0); /* it may be a key, which nobody else may read */
}

static inline void kit_read(const char *path, struct buf *out)
{
    struct err err = {0};
    buf_reset(out);
    if (file_read(path, (size_t)64 << 20, out, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

/* JSON with single quotes. */
static inline json_t *kit_json(const char *text)
{
    OWN(own_buf) struct buf plain = {0};
    buf_puts(&plain, text);
    for (size_t i = 0; i < plain.len; i++) {
        plain.data[i] = (char)(plain.data[i] == '\'' ? '"' : plain.data[i]);
    }
    struct err err = {0};
    json_t *value = json_read(buf_str(&plain), &err);
    if (value == NULL) {
        fail_msg("%s: %s", text, err.text);
    }
    return value;
}

static inline struct assay_case *kit_open(const char *dir, enum assay_case_mode mode)
{
    struct assay_case *kase = NULL;
    struct err err = {0};
    if (assay_case_open(dir, mode, &kase, NULL, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return kase;
}

static inline void kit_append(struct assay_case *kase, const char *entries)
{
    OWN(own_json) json_t *array = kit_json(entries);
    struct err err = {0};
    if (assay_case_append(kase, array, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

static inline bool kit_verifies(const char *dir)
{
    json_t *report = NULL;
    struct err err = {0};
    if (assay_case_verify(dir, &report, &err) != 0) {
        return false;
    }
    bool verified = json_bool(report, "verified", false);
    json_decref(report);
    return verified;
}

/* All lines of a report as text, for looking things up in it. */
static inline char *kit_report(const char *dir)
{
    json_t *report = NULL;
    struct err err = {0};
    if (assay_case_verify(dir, &report, &err) != 0) {
        fail_msg("%s", err.text);
    }
    char *text = json_dumps(report, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(report);
    return text;
}

/* The case of most tests: two examinations with findings, a document, a seal in between. */
static inline void kit_fill(const char *dir)
{
    struct err err = {0};
    char sha256[65];
    uint64_t bytes;
    assert_int_equal(assay_case_create(dir, "Maple Lane", NULL, "Was it entered?", &err), 0);
    struct assay_case *kase = kit_open(dir, ASSAY_CASE_WRITE);
    kit_append(kase, "[{'type':'party','id':'shop','name':'Shop','kind':'company'},"
                     "{'type':'claim','kind':'entry','text':'a tool was planted'}]");
    kit_write(kit_path("original"), STR("the archived letter\n"));
    assert_int_equal(assay_case_archive(kase, kit_path("original"), sha256, &bytes, &err), 0);
    json_t *evidence = json_pack("[{s:s, s:s, s:s, s:I}]", "type", "evidence", "what", "document", "sha256", sha256,
                                 "bytes", (json_int_t)bytes);
    assert_int_equal(assay_case_append(kase, evidence, &err), 0);
    json_decref(evidence);
    json_t *seal = NULL;
    assert_int_equal(assay_case_seal(kase, &seal, &err), 0);
    json_decref(seal);
    kit_append(kase, "[{'type':'examination','id':'X01','engine':'sweep'},"
                     "{'type':'finding','examination':'X01','record':{'path':'a.php','line':3,'score':0.25}},"
                     "{'type':'summary','examination':'X01','record':{'files':12}}]");
    assert_int_equal(assay_case_seal(kase, &seal, &err), 0);
    json_decref(seal);
    kit_append(kase, "[{'type':'verdict','claim':'C1','direction':'undetermined'}]");
    assay_case_close(kase);
}

#endif
