/* Appending: the lines are written and synced, then a checkpoint over them is signed and takes the place of the last one.
 * The batch is part of the case from that rename on, and only then is it acknowledged. Whatever fails before is taken
 * back, by us now or by the next writer that opens the case. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/inside.h"

#include "base/banned.h"

/* Every type of entry, the prefix of the ids it is given and how many digits they have at least. */
static const struct kind {
    const char *type, *prefix;
    int digits;
} kinds[] = {
#define ENTRY(type, prefix, digits, list) {type, prefix, digits},
#include "case/entry_list.h"
#undef ENTRY
};

static const struct kind *kind_of(const char *type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].type, type) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

static int digits_of(const char *prefix)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].prefix != NULL && strcmp(kinds[i].prefix, prefix) == 0) {
            return kinds[i].digits;
        }
    }
    return 1;
}

static int next_id(struct assay_case *kase, const char *prefix, char *out, size_t out_bytes, struct err *err)
{
    uint64_t last;
    TRY(index_last(kase->index, str_of(prefix), &last, err));
    int length = snprintf(out, out_bytes, "%s%0*llu", prefix, digits_of(prefix), (unsigned long long)last + 1);
    return length > 0 && (size_t)length < out_bytes
               ? 0
               : err_set(err, ERR_LIMIT, "no id left that begins with '%s'", prefix);
}

void assay_case_next_id(struct assay_case *kase, const char *prefix, char out[static 16])
{
    if (case_index(kase, NULL) != 0 || next_id(kase, prefix, out, 16, NULL) != 0) {
        out[0] = '\0';
    }
}

/* A record belongs to an examination that is there, and is numbered within it. */
static int check_record(struct assay_case *kase, const json_t *entry, char prefix[static ID_MAX_BYTES + 2],
                        struct err *err)
{
    char type[TYPE_BYTES];
    const char *examination = json_text(entry, "examination", "");
    if (!canon_is_id(str_of(examination)) || !json_is_object(json_object_get(entry, "record"))) {
        return err_set(err, ERR_USAGE, "a %s without an examination or a record", json_text(entry, "type", "record"));
    }
    int known = index_type(kase->index, str_of(examination), type, err);
    if (known < 0) {
        return -1;
    }
    if (known == 0 || strcmp(type, "examination") != 0) {
        return err_set(err, ERR_USAGE, "there is no examination '%s'", examination);
    }
    (void)snprintf(prefix, ID_MAX_BYTES + 2, "%s/", examination);
    return 0;
}

static int give_id(struct assay_case *kase, const struct kind *kind, json_t *entry, const char *record_prefix,
                   struct err *err)
{
    char id[ID_MAX_BYTES + 1];
    const char *given = json_text(entry, "id", NULL);
    if (given != NULL || json_object_get(entry, "id") != NULL) {
        return given != NULL && canon_is_id(str_of(given))
                   ? 0
                   : err_set(err, ERR_USAGE, "'%s' cannot be an id: letters, digits and . _ - : / @",
                             given != NULL ? given : "");
    }
    if (kind->prefix != NULL && kind->prefix[0] == '\0') {
        (void)snprintf(id, sizeof id, "case");
    } else {
        TRY(next_id(kase, kind->prefix != NULL ? kind->prefix : record_prefix, id, sizeof id, err));
    }
    return json_object_set_new(entry, "id", json_string(id)) == 0 ? 0 : err_set(err, ERR_LIMIT, "out of memory");
}

static int set_envelope(json_t *entry, uint64_t n, int64_t now, struct err *err)
{
    char time[TIME_TEXT];
    time_rfc3339(time, now - now % NS_PER_S);
    bool is_set = json_object_set_new(entry, "v", json_integer(1)) == 0 &&
                  json_object_set_new(entry, "n", json_integer((json_int_t)n)) == 0 &&
                  json_object_set_new(entry, "time", json_string(time)) == 0 &&
                  json_object_set_new(entry, "by", json_string(ASSAY_BY)) == 0;
    return is_set ? 0 : err_set(err, ERR_LIMIT, "out of memory");
}

/* An entry whose documents are archived says so, signed: from then on their absence is a loss, and noticed. */
static int note_archived(struct assay_case *kase, json_t *entry, struct err *err)
{
    static const char *const keys[] = {"sha256", "rates"};
    uint8_t digest[SHA256_BYTES];
    unsigned named = 0;
    unsigned kept = 0;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *hex = json_text(entry, keys[i], "");
        char name[16 + SHA256_HEX];
        if (hex_decode(digest, sizeof digest, str_of(hex))) {
            (void)snprintf(name, sizeof name, "documents/%s", hex);
            named++;
            kept += faccessat(kase->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
        }
    }
    if (named == 0 || kept < named) {
        return 0;
    }
    return json_object_set_new(entry, "archived", json_true()) == 0 ? 0 : err_set(err, ERR_LIMIT, "out of memory");
}

/* Appends the entry's line with its newline. The envelope borrows from out: valid until out grows. */
static int put_line(struct buf *out, const json_t *entry, struct envelope *ret_envelope, struct err *err)
{
    size_t from = out->len;
    TRY(json_canonical(out, entry, err));
    buf_putc(out, '\n');
    TRY(buf_check(out, err));
    size_t bytes = out->len - from - 1;
    if (bytes > ENTRY_MAX_BYTES) {
        return err_set(err, ERR_LIMIT, "an entry of %zu bytes; %d is the most", bytes, ENTRY_MAX_BYTES);
    }
    const char *wrong = canon_read(ret_envelope, str_slice(buf_str(out), from, from + bytes));
    return wrong == NULL ? 0 : err_set(err, ERR_FORMAT, "an entry that could not be read back: %s", wrong);
}

int case_first_line(struct buf *out, json_t *entry, struct err *err)
{
    struct envelope envelope;
    TRY(set_envelope(entry, 0, time_now(), err));
    return put_line(out, entry, &envelope, err);
}

/* The batch while it is made: lines, and the tree as it will be. */
struct batch {
    struct buf lines;
    struct tree tree;
    int64_t now;
};

static void own_batch(struct batch *batch)
{
    buf_free(&batch->lines);
}

static int add_entry(struct assay_case *kase, struct batch *batch, json_t *entry, struct err *err)
{
    char record_prefix[ID_MAX_BYTES + 2] = "";
    struct envelope envelope;
    const char *type = json_text(entry, "type", "");
    const struct kind *kind = kind_of(type);
    if (kind == NULL) {
        return err_set(err, ERR_USAGE, "no type of entry is called '%s'", type);
    }
    if (kind->prefix == NULL) {
        TRY(check_record(kase, entry, record_prefix, err));
    }
    TRY(give_id(kase, kind, entry, record_prefix, err));
    TRY(set_envelope(entry, batch->tree.size, batch->now, err));
    TRY(note_archived(kase, entry, err));
    size_t from = batch->lines.len;
    TRY(put_line(&batch->lines, entry, &envelope, err));
    struct sha256 leaf = tree_leaf(str_slice(buf_str(&batch->lines), from, batch->lines.len - 1));
    TRY(index_add(kase->index, &envelope, kase->bytes + from, batch->lines.len - from, &leaf, err));
    tree_add(&batch->tree, &leaf);
    return 0;
}

static int add_entries(struct assay_case *kase, struct batch *batch, json_t *entries, struct err *err)
{
    for (size_t i = 0; i < json_array_size(entries); i++) {
        if (add_entry(kase, batch, json_array_get(entries, i), err) != 0) {
            return err_where(err, "entry %zu of %zu", i + 1, json_array_size(entries));
        }
    }
    return 0;
}

int case_sign(struct buf *out, const struct tree *tree, const struct note_key *key, const struct sign_key *secret,
              struct err *err)
{
    struct sha256 root = tree_root(tree);
    return checkpoint_sign(out, tree->size, &root, key, secret, err);
}

/* One write at the end of what is signed, one fsync. */
static int write_lines(struct assay_case *kase, struct str lines, struct err *err)
{
    struct stat about;
    if (fstat(kase->ledger, &about) != 0) {
        return err_set(err, ERR_IO, "ledger.jsonl: %s", strerror(errno));
    }
    if ((uint64_t)about.st_size != kase->bytes) {
        kase->is_broken = true;
        return err_set(err, ERR_TAMPERED, "ledger.jsonl: somebody else wrote to it while the case was open");
    }
    if (lseek(kase->ledger, (off_t)kase->bytes, SEEK_SET) < 0) {
        return err_set(err, ERR_IO, "ledger.jsonl: %s", strerror(errno));
    }
    if (file_write_fd(kase->ledger, lines, err) != 0) {
        return err_where(err, "ledger.jsonl");
    }
    return fsync(kase->ledger) == 0 ? 0 : err_set(err, ERR_IO, "ledger.jsonl: %s", strerror(errno));
}

/* After a failure: the lines go again, unless their checkpoint is in place (its rename worked, and only syncing the
 * folder failed). Then they are part of the case, and cutting them off would break it. */
static void take_back(struct assay_case *kase, struct str note)
{
    OWN(own_buf) struct buf now = {0};
    int read_failed = file_read_at(kase->dir, "checkpoint", NOTE_MAX_BYTES, &now, NULL);
    bool is_in_place = read_failed != 0 || str_eq(buf_str(&now), note);
    if (is_in_place || kase->is_broken || ftruncate(kase->ledger, (off_t)kase->bytes) != 0 ||
        fsync(kase->ledger) != 0) {
        kase->is_broken = true; /* opening the case again sorts it out */
    }
}

static int commit(struct assay_case *kase, const struct batch *batch, struct err *err)
{
    OWN(own_buf) struct buf note = {0};
    TRY(case_sign(&note, &batch->tree, &kase->vkey, &kase->secret, err));
    if (write_lines(kase, buf_str(&batch->lines), err) != 0 ||
        file_replace(kase->dir, "checkpoint", buf_str(&note), 0644, err) != 0) {
        take_back(kase, buf_str(&note));
        return -1;
    }
    return 0;
}

int assay_case_append(struct assay_case *kase, json_t *entries, struct err *err)
{
    OWN(own_batch) struct batch batch = {.tree = kase->tree, .now = time_now()};
    TRY(case_may_write(kase, err));
    if (!json_is_array(entries)) {
        return err_set(err, ERR_BUG, "entries are an array");
    }
    if (json_array_size(entries) == 0) {
        return 0;
    }
    TRY(case_index(kase, err));
    TRY(index_begin(kase->index, err));
    if (add_entries(kase, &batch, entries, err) != 0 || commit(kase, &batch, err) != 0) {
        index_rollback(kase->index);
        return err_where(err, "%s", kase->path);
    }
    kase->tree = batch.tree;
    kase->bytes += batch.lines.len;
    /* The batch is acknowledged whatever becomes of the index: it catches up from the ledger before it is used again. */
    struct sha256 root = tree_root(&kase->tree);
    if (index_commit(kase->index, kase->tree.size, kase->bytes, &root, NULL) != 0) {
        index_rollback(kase->index);
    }
    return 0;
}
