/* Appending: the lines are written (some megabytes at a time) and synced, then a checkpoint over them is signed and takes the place of the last one.
 * The batch is part of the case from that rename on, and only then is it acknowledged. Whatever fails before is taken
 * back, by us now or by the next writer that opens the case. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/pool.h"
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

/* The batch while it is made: lines, and the tree as it will be. */
struct batch {
    struct assay_case *kase;
    json_t *entries;
    struct buf lines;      /* not written yet */
    uint64_t lines_before; /* bytes that are */
    struct tree tree;
    json_t *version, *time, *by;        /* members that all its entries share */
    char examination[ID_MAX_BYTES + 1]; /* the one that was known last */
};

static void own_batch(struct batch *batch)
{
    buf_free(&batch->lines);
    json_decref(batch->version);
    json_decref(batch->time);
    json_decref(batch->by);
}

/* A record belongs to an examination that is there, and is numbered within it. */
static int check_record(struct batch *batch, const json_t *entry, char prefix[static ID_MAX_BYTES + 2], struct err *err)
{
    char type[TYPE_BYTES];
    const char *examination = json_text(entry, "examination", "");
    if (!canon_is_id(str_of(examination)) || !json_is_object(json_object_get(entry, "record"))) {
        return err_set(err, ERR_USAGE, "a %s without an examination or a record", json_text(entry, "type", "record"));
    }
    (void)snprintf(prefix, ID_MAX_BYTES + 2, "%s/", examination);
    if (strcmp(examination, batch->examination) == 0) {
        return 0;
    }
    int known = index_type(batch->kase->index, str_of(examination), type, err);
    if (known < 0) {
        return -1;
    }
    if (known == 0 || strcmp(type, "examination") != 0) {
        return err_set(err, ERR_USAGE, "there is no examination '%s'", examination);
    }
    (void)snprintf(batch->examination, sizeof batch->examination, "%s", examination);
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
    return json_object_set_new(entry, "id", json_string(id)) == 0 ? 0 : err_no_memory(err);
}

/* What the entries of a batch have in common is made once. */
static int begin_batch(struct batch *batch, int64_t now, struct err *err)
{
    char time[TIME_TEXT];
    time_rfc3339(time, now - now % NS_PER_S);
    batch->version = json_integer(1);
    batch->time = json_string(time);
    batch->by = json_string(ASSAY_BY);
    return batch->version != NULL && batch->time != NULL && batch->by != NULL ? 0 : err_no_memory(err);
}

static int set_envelope(const struct batch *batch, json_t *entry, uint64_t n, struct err *err)
{
    bool is_set = json_object_set(entry, "v", batch->version) == 0 &&
                  json_object_set_new(entry, "n", json_integer((json_int_t)n)) == 0 &&
                  json_object_set(entry, "time", batch->time) == 0 && json_object_set(entry, "by", batch->by) == 0;
    return is_set ? 0 : err_no_memory(err);
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
    return json_object_set_new(entry, "archived", json_true()) == 0 ? 0 : err_no_memory(err);
}

/* What is kept of a line. */
struct piece_entry {
    uint64_t bytes; /* with the newline */
    int64_t moment_ns;
    struct sha256 leaf;
};

/* Appends the entry's line with its newline. */
static int put_line(struct buf *out, const json_t *entry, struct err *err)
{
    size_t from = out->len;
    TRY(json_canonical(out, entry, err));
    buf_putc(out, '\n');
    TRY(buf_check(out, err));
    size_t bytes = out->len - from - 1;
    return bytes <= ENTRY_MAX_BYTES
               ? 0
               : err_set(err, ERR_LIMIT, "an entry of %zu bytes; %d is the most", bytes, ENTRY_MAX_BYTES);
}

/* Reads a line as everybody else will: what cannot be read back is not written. */
static int read_back(struct str line, struct piece_entry *ret_entry, struct err *err)
{
    struct envelope envelope;
    const char *wrong = canon_read(&envelope, line);
    if (wrong != NULL) {
        return err_set(err, ERR_FORMAT, "an entry that could not be read back: %s", wrong);
    }
    *ret_entry = (struct piece_entry){.bytes = line.len + 1, .moment_ns = envelope.moment_ns, .leaf = tree_leaf(line)};
    return 0;
}

int case_first_line(struct buf *out, json_t *entry, struct err *err)
{
    OWN(own_batch) struct batch batch = {.kase = NULL};
    struct piece_entry unused;
    TRY(begin_batch(&batch, time_now(), err));
    TRY(set_envelope(&batch, entry, 0, err));
    TRY(put_line(out, entry, err));
    return read_back(str_slice(buf_str(out), 0, out->len - 1), &unused, err);
}

static int name_entry(struct batch *batch, json_t *entry, uint64_t n, struct err *err)
{
    char record_prefix[ID_MAX_BYTES + 2] = "";
    const char *type = json_text(entry, "type", "");
    const struct kind *kind = kind_of(type);
    if (kind == NULL) {
        return err_set(err, ERR_USAGE, "no type of entry is called '%s'", type);
    }
    if (kind->prefix == NULL) {
        TRY(check_record(batch, entry, record_prefix, err));
    }
    TRY(give_id(batch->kase, kind, entry, record_prefix, err));
    TRY(set_envelope(batch, entry, n, err));
    TRY(note_archived(batch->kase, entry, err));
    struct envelope envelope = {.n = n,
                                .id = str_of(json_text(entry, "id", "")),
                                .type = str_of(type),
                                .supersedes = str_of(json_text(entry, "supersedes", ""))};
    return index_name(batch->kase->index, &envelope, err);
}

static int name_entries(struct batch *batch, struct err *err)
{
    for (size_t i = 0; i < json_array_size(batch->entries); i++) {
        if (name_entry(batch, json_array_get(batch->entries, i), batch->tree.size + i, err) != 0) {
            return err_where(err, "entry %zu of %zu", i + 1, json_array_size(batch->entries));
        }
    }
    return 0;
}

/* What is behind the signed entries is ours only while nobody else writes there. */
static int find_end(struct assay_case *kase, struct err *err)
{
    struct index_mark now;
    bool is_clear = mark_of(kase->ledger, &now);
    if (now.bytes == UINT64_MAX) {
        return err_set(err, ERR_IO, "ledger.jsonl: %s", strerror(errno));
    }
    if (now.bytes != kase->bytes) {
        kase->is_broken = true;
        return err_set(err, ERR_TAMPERED, "ledger.jsonl: somebody else wrote to it while the case was open");
    }
    kase->has_mark = kase->has_mark && is_clear && mark_eq(&now, &kase->mark);
    return lseek(kase->ledger, (off_t)kase->bytes, SEEK_SET) >= 0
               ? 0
               : err_set(err, ERR_IO, "ledger.jsonl: %s", strerror(errno));
}

/* Writes the lines that are there, at the end of what is signed or of what was written of this batch. */
static int write_lines(struct batch *batch, struct err *err)
{
    if (batch->lines_before == 0) {
        TRY(find_end(batch->kase, err));
    }
    batch->lines_before += batch->lines.len;
    if (file_write_fd(batch->kase->ledger, buf_str(&batch->lines), err) != 0) {
        return err_where(err, "ledger.jsonl");
    }
    buf_reset(&batch->lines);
    return 0;
}

/* A piece of the batch for one thread: entries from..to - 1, their lines and leaves. A full one begins where the tree can take it
 * as a whole subtree. */
enum { PIECE_HEIGHT = 8, PIECE_ENTRIES = 1 << PIECE_HEIGHT, WRITE_BYTES = 4 << 20 };

struct piece {
    size_t from, to;
    struct buf lines;
    struct piece_entry of[PIECE_ENTRIES];
    struct sha256 root; /* of a full one */
    bool has_failed;
    struct err err;
    struct piece *next_spare;
};

/* What goes round while the pieces are rendered. Only the caller's thread looks at spare pieces. */
struct render {
    struct batch *batch;
    size_t at; /* the next entry to give out */
    struct piece *spare;
    bool is_out_of_memory;
};

static void own_render(struct render *render)
{
    while (render->spare != NULL) {
        struct piece *piece = render->spare;
        render->spare = piece->next_spare;
        buf_free(&piece->lines);
        free(piece);
    }
}

static void put_aside(struct render *render, struct piece *piece)
{
    piece->next_spare = render->spare;
    render->spare = piece;
}

static struct piece *take_spare(struct render *render)
{
    struct piece *piece = render->spare;
    if (piece == NULL) {
        piece = calloc(1, sizeof *piece);
        render->is_out_of_memory = piece == NULL;
    } else {
        render->spare = piece->next_spare;
        buf_reset(&piece->lines);
        piece->has_failed = false;
    }
    return piece;
}

static void *next_piece(void *self)
{
    struct render *render = self;
    const struct batch *batch = render->batch;
    size_t count = json_array_size(batch->entries);
    if (render->at == count) {
        return NULL;
    }
    struct piece *piece = take_spare(render);
    if (piece == NULL) {
        return NULL;
    }
    size_t room = PIECE_ENTRIES - (size_t)((batch->kase->tree.size + render->at) % PIECE_ENTRIES);
    piece->from = render->at;
    piece->to = count - render->at < room ? count : render->at + room;
    render->at = piece->to;
    return piece;
}

static int render_entry(struct piece *piece, const json_t *entry, struct piece_entry *ret_entry)
{
    size_t from = piece->lines.len;
    TRY(put_line(&piece->lines, entry, &piece->err));
    return read_back(str_slice(buf_str(&piece->lines), from, piece->lines.len - 1), ret_entry, &piece->err);
}

/* On some thread: the entries are only read. */
static void *render_piece(void *self, unsigned worker, void *job)
{
    const struct render *render = self;
    struct piece *piece = job;
    struct sha256 leaves[PIECE_ENTRIES];
    (void)worker;
    for (size_t i = piece->from; i < piece->to; i++) {
        if (render_entry(piece, json_array_get(render->batch->entries, i), &piece->of[i - piece->from]) != 0) {
            piece->has_failed = true;
            err_where(&piece->err, "entry %zu of %zu", i + 1, json_array_size(render->batch->entries));
            return piece;
        }
        leaves[i - piece->from] = piece->of[i - piece->from].leaf;
    }
    if (piece->to - piece->from == PIECE_ENTRIES) {
        piece->root = tree_root_over(leaves, PIECE_ENTRIES);
    }
    return piece;
}

static int take_piece(struct batch *batch, const struct piece *piece, struct err *err)
{
    size_t count = piece->to - piece->from;
    for (size_t i = 0; i < count; i++) {
        const struct piece_entry *entry = &piece->of[i];
        TRY(index_place(batch->kase->index, entry->bytes, entry->moment_ns, &entry->leaf, err));
        if (count != PIECE_ENTRIES) {
            tree_add(&batch->tree, &entry->leaf);
        }
    }
    if (count == PIECE_ENTRIES) {
        tree_add_whole(&batch->tree, &piece->root, PIECE_HEIGHT);
    }
    buf_put(&batch->lines, buf_str(&piece->lines));
    TRY(buf_check(&batch->lines, err));
    return batch->lines.len < WRITE_BYTES ? 0 : write_lines(batch, err);
}

static int finish_piece(void *self, void *job, void *result, struct err *err)
{
    struct render *render = self;
    struct piece *piece = job;
    (void)result;
    int failed = piece->has_failed ? -1 : take_piece(render->batch, piece, err);
    if (piece->has_failed && err != NULL) {
        *err = piece->err;
    }
    put_aside(render, piece);
    return failed;
}

static void drop_piece(void *self, void *job, void *result)
{
    (void)result;
    put_aside(self, job);
}

/* Writes the lines: on all cores where there are enough of them to be worth a thread. */
static int render_entries(struct batch *batch, struct err *err)
{
    enum { ENTRIES_PER_WORKER = 1024, WINDOW = 64 };
    OWN(own_render) struct render render = {.batch = batch};
    struct pool_spec spec = {
        .self = &render,
        .workers = json_array_size(batch->entries) < ENTRIES_PER_WORKER ? 1 : 0,
        .window = WINDOW,
        .next = next_piece,
        .work = render_piece,
        .done = finish_piece,
        .drop = drop_piece,
    };
    TRY(pool_run(&spec, err));
    return render.is_out_of_memory ? err_no_memory(err) : 0;
}

int case_sign(struct buf *out, const struct tree *tree, const struct note_key *key, const struct sign_key *secret,
              struct err *err)
{
    struct sha256 root = tree_root(tree);
    return checkpoint_sign(out, tree->size, &root, key, secret, err);
}

/* After a failure: the lines go again, unless their checkpoint is in place (its rename worked, and only syncing the
 * folder failed). Then they are part of the case, and cutting them off would break it. */
static void take_back(struct assay_case *kase, struct str note)
{
    OWN(own_buf) struct buf now = {0};
    int read_failed = file_read_at(kase->dir, "checkpoint", NOTE_MAX_BYTES, &now, NULL);
    bool is_in_place = read_failed != 0 || str_eq(buf_str(&now), note);
    if (is_in_place || kase->is_broken || ftruncate(kase->ledger, (off_t)kase->bytes) != 0 ||
        file_sync(kase->ledger) != 0) {
        kase->is_broken = true; /* opening the case again sorts it out */
    }
}

/* The last lines, one fsync, and the checkpoint that makes them part of the case. */
static int commit(struct batch *batch, const struct buf *note, struct err *err)
{
    struct assay_case *kase = batch->kase;
    TRY(write_lines(batch, err));
    if (file_sync(kase->ledger) != 0) {
        return err_set(err, ERR_IO, "ledger.jsonl: %s", strerror(errno));
    }
    return file_replace(kase->dir, "checkpoint", buf_str(note), 0644, err);
}

static int write_batch(struct batch *batch, struct err *err)
{
    struct assay_case *kase = batch->kase;
    OWN(own_buf) struct buf note = {0};
    TRY(name_entries(batch, err));
    if (render_entries(batch, err) != 0 || case_sign(&note, &batch->tree, &kase->vkey, &kase->secret, err) != 0 ||
        commit(batch, &note, err) != 0) {
        if (batch->lines_before != 0) {
            take_back(kase, buf_str(&note));
        }
        return -1;
    }
    return 0;
}

int assay_case_append(struct assay_case *kase, json_t *entries, struct err *err)
{
    OWN(own_batch) struct batch batch = {.kase = kase, .entries = entries, .tree = kase->tree};
    TRY(case_may_write(kase, err));
    if (!json_is_array(entries)) {
        return err_set(err, ERR_BUG, "entries are an array");
    }
    if (json_array_size(entries) == 0) {
        return 0;
    }
    TRY(case_index(kase, err));
    TRY(begin_batch(&batch, time_now(), err));
    TRY(index_begin(kase->index, err));
    if (write_batch(&batch, err) != 0) {
        index_rollback(kase->index);
        return err_where(err, "%s", kase->path);
    }
    kase->tree = batch.tree;
    kase->bytes += batch.lines_before;
    kase->is_recalled = false;
    kase->has_mark = mark_of(kase->ledger, &kase->mark) && kase->has_mark && kase->mark.bytes == kase->bytes;
    /* The batch is acknowledged whatever becomes of the index: it catches up from the ledger before it is used again. */
    struct sha256 root = tree_root(&kase->tree);
    if (index_commit(kase->index, kase->tree.size, kase->bytes, &root, NULL) != 0) {
        index_rollback(kase->index);
    }
    return 0;
}
