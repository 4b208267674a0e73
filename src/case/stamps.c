/* Finding the checkpoint that a response is about, and keeping the two together. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/inside.h"
#include "case/stamps.h"

#include "base/banned.h"

enum { NUMBERS_MAX = 1000, PATH_BYTES = 80 };

static size_t count_lines(struct str bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        count += bytes.data[i] == '\n';
    }
    return count;
}

int stages_of(struct stages *ret_stages, struct str checkpoint, struct err *err)
{
    struct note note;
    TRY(note_read(&note, checkpoint, err));
    ret_stages->count = note.count;
    for (size_t i = 0; i < note.count; i++) {
        struct str base64 = note.lines[i].base64;
        struct str stage = str_slice(checkpoint, 0, (size_t)(base64.data - checkpoint.data) + base64.len + 1);
        ret_stages->of[i] = sha256_of(stage);
        ret_stages->lines[i] = count_lines(stage);
    }
    return 0;
}

bool stamp_is_name(const char *name, struct str end, uint64_t *ret_size, uint64_t *ret_number)
{
    struct str_cut size = str_cut(str_of(name), '.');
    struct str_cut number = str_cut(size.tail, '.');
    return case_is_size(size.head, ret_size) && case_is_size(number.head, ret_number) && str_eq(number.tail, end);
}

/* 1: stamped one stage of it; 0: something else; -1: err. */
static int try_checkpoint(int dir, uint64_t size, struct str response, const uint8_t *nonce, json_t **ret_found,
                          struct err *err)
{
    OWN(own_buf) struct buf bytes = {0};
    char name[CHECKPOINT_NAME];
    char time[TIME_TEXT];
    struct stages stages;
    struct stamp stamp;
    struct stamp_trust nobody = {.roots = {NULL, 0}};
    case_checkpoint_name(name, size);
    if (file_read_at(dir, name, NOTE_MAX_BYTES, &bytes, err) != 0 || stages_of(&stages, buf_str(&bytes), err) != 0) {
        return -1;
    }
    if (stamp_check(&stamp, response, stages.of, stages.count, nonce, &nobody, err) != 0) {
        return err->kind == ERR_TAMPERED && strstr(err->text, "imprint") != NULL ? 0 : -1;
    }
    time_rfc3339(time, stamp.time);
    *ret_found = json_pack("{s:I, s:s, s:s, s:I, s:I, s:I}", "size", (json_int_t)size, "time", time, "authority",
                           stamp.authority, "signatures", (json_int_t)(stamp.which + 1), "of", (json_int_t)stages.count,
                           "lines", (json_int_t)stages.lines[stamp.which]);
    return *ret_found != NULL ? 1 : err_no_memory(err);
}

static int find_in(int dir, struct str response, const uint8_t *nonce, json_t **ret_found, struct err *err)
{
    OWN(own_archive) struct archive archive = {.count = 0};
    TRY(case_list_checkpoints(dir, &archive, err));
    for (size_t i = archive.count; i > 0; i--) {
        int got = try_checkpoint(dir, archive.of[i - 1].size, response, nonce, ret_found, err);
        if (got != 0) {
            return got > 0 ? 0 : -1;
        }
    }
    if (archive.count == 0) {
        return err_set(err, ERR_NOT_FOUND, "no checkpoint is kept that could be stamped");
    }
    err_set(err, ERR_TAMPERED, "message imprint mismatch: none of the %zu kept checkpoints was stamped", archive.count);
    return err_remedy(err, "--tsq-out FILE writes the query that an authority has to answer");
}

int assay_case_stamp_find(const char *dir, struct str response, const uint8_t *nonce, json_t **ret_found,
                          struct err *err)
{
    struct err unheard;
    OWN(own_buf) struct buf chain = {0};
    OWN(own_json) json_t *found = NULL;
    err = err != NULL ? err : &unheard;
    OWN(own_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return err_set(err, ERR_IO, "%s: %s", dir, strerror(errno));
    }
    TRY(find_in(fd, response, nonce, &found, err));
    TRY(stamp_chain(&chain, response, err));
    if (json_object_set_new(found, "chain", json_stringn(chain.data != NULL ? chain.data : "", chain.len)) != 0) {
        return err_no_memory(err);
    }
    *ret_found = json_incref(found);
    return 0;
}

json_t *stamps_kept(const struct assay_case *kase, uint64_t size)
{
    json_t *names = json_array();
    for (uint64_t n = 1; names != NULL && n <= NUMBERS_MAX; n++) {
        char name[PATH_BYTES];
        (void)snprintf(name, sizeof name, "checkpoints/%" PRIu64 ".%" PRIu64 ".tsr", size, n);
        if (faccessat(kase->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
            break;
        }
        if (json_array_append_new(names, json_string(name)) != 0) {
            json_decref(names);
            return NULL;
        }
    }
    return names;
}

/* For the README of a bundle and for the page: one text. */
const char *assay_case_stamp_commands(void)
{
    return "for stamp in checkpoints/*.tsr; do\n"
           "  said=$(openssl ts -reply -in $stamp -text | sed -n 's/^Time stamp: //p')\n"
           "  echo \"$stamp: $said\"\n"
           "  for last in $(sed -n '/^\xe2\x80\x94 /=' ${stamp%.*.tsr}); do\n"
           "    head -n $last ${stamp%.*.tsr} > /tmp/stamped\n"
           "    openssl ts -verify -in $stamp -data /tmp/stamped -CAfile /tmp/roots.pem -attime $(date -d \"$said\" +%s) \\\n"
           "      $(test -f ${stamp%tsr}pem && echo -untrusted ${stamp%tsr}pem) > /tmp/answer 2>&1 && break\n"
           "  done\n"
           "  cat /tmp/answer\n"
           "done\n";
}

/* The first free number; or that of the same bytes, which are kept already. */
static int place(struct assay_case *kase, uint64_t size, struct str response, uint64_t *ret_number, bool *ret_is_kept,
                 struct err *err)
{
    for (uint64_t n = 1; n <= NUMBERS_MAX; n++) {
        OWN(own_buf) struct buf there = {0};
        char name[PATH_BYTES];
        (void)snprintf(name, sizeof name, "checkpoints/%" PRIu64 ".%" PRIu64 ".tsr", size, n);
        int failed = file_read_at(kase->dir, name, STAMP_MAX_BYTES, &there, err);
        if (failed != 0 && err->kind != ERR_NOT_FOUND) {
            return -1;
        }
        *ret_is_kept = failed == 0 && str_eq(buf_str(&there), response);
        if (failed != 0 || *ret_is_kept) {
            *ret_number = n;
            return 0;
        }
    }
    return err_set(err, ERR_LIMIT, "the checkpoint of %" PRIu64 " entries has %d timestamps already", size,
                   NUMBERS_MAX);
}

int assay_case_stamp_keep(struct assay_case *kase, uint64_t size, struct str response, struct str chain,
                          struct str crls, json_t **ret_name, struct err *err)
{
    struct err unheard;
    char name[PATH_BYTES];
    uint64_t number = 0;
    bool is_kept = false;
    err = err != NULL ? err : &unheard;
    TRY(case_lock(kase, err));
    TRY(place(kase, size, response, &number, &is_kept, err));
    if (crls.len != 0) {
        (void)snprintf(name, sizeof name, "checkpoints/%" PRIu64 ".%" PRIu64 ".crl", size, number);
        TRY(file_replace(kase->dir, name, crls, 0644, err));
    }
    if (!is_kept) {
        (void)snprintf(name, sizeof name, "checkpoints/%" PRIu64 ".%" PRIu64 ".pem", size, number);
        TRY(file_replace(kase->dir, name, chain, 0644, err));
    }
    (void)snprintf(name, sizeof name, "checkpoints/%" PRIu64 ".%" PRIu64 ".tsr", size, number);
    if (!is_kept) {
        TRY(file_replace(kase->dir, name, response, 0644, err));
    }
    *ret_name = json_string(name);
    return *ret_name != NULL ? 0 : err_no_memory(err);
}
