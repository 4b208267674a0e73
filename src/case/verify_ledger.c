/* The ledger, line by line: canonical, numbered in order, ids once, and the tree over it is the one that was signed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/time.h"
#include "case/verify.h"

#include "base/banned.h"

/* An id that is no revision of itself has to be new. Only hashes are kept: two ids with one hash cannot be told apart
 * here, and nobody but the holder of the key could put them there. An open table; the seed keeps whoever wrote the ids from
 * choosing who meets whom in it. */
struct used_id {
    uint64_t hash, n; /* n: entry + 1, 0: free */
};
struct used_ids {
    struct used_id *of;
    uint64_t room, count, seed; /* room: a power of two */
};

/* A piece of the ledger for one thread: whole lines, and what they turned out to be. */
enum { PIECE_HEIGHT = 8, PIECE_LINES = 1 << PIECE_HEIGHT, PIECE_BYTES = 256 << 10 };

struct seen {
    struct str text;
    struct envelope envelope;
    const char *wrong; /* NULL: a canonical entry */
    uint64_t bytes, id_hash;
    struct sha256 leaf;
    bool is_too_long, is_archived;
};

struct piece {
    struct buf text;
    size_t ends[PIECE_LINES];
    struct seen of[PIECE_LINES];
    size_t count;
    struct sha256 root; /* over PIECE_LINES of them */
    struct piece *next_spare;
};

struct pass {
    struct verify *verify;
    struct lines lines;
    struct piece *spare;
    uint64_t given; /* lines handed out */
    int failed;     /* reading them */
    struct tree tree;
    uint64_t checked; /* lines: whole ones, within the checkpoint */
    uint64_t shaped;  /* problems found in the form of lines */
    size_t next;      /* archived checkpoint */
    struct used_ids used;
    struct index *index; /* that claims to be of this ledger, or NULL */
    struct index_reader *reader;
    uint64_t index_differs_at; /* the first entry of which it says something else; UINT64_MAX: none */
};

static void own_pass(struct pass *pass)
{
    own_lines(&pass->lines);
    while (pass->spare != NULL) {
        struct piece *piece = pass->spare;
        pass->spare = piece->next_spare;
        buf_free(&piece->text);
        free(piece);
    }
    free(pass->used.of);
    index_reader_free(pass->reader);
    index_close(pass->index);
}

static int bad_line(struct pass *pass, const char *says)
{
    char where[48];
    (void)snprintf(where, sizeof where, "ledger.jsonl:%" PRIu64, pass->checked + 1);
    pass->shaped++;
    return verify_problem(pass->verify, VERIFY_ALTERED, where, says, "");
}

static struct used_id *place_of(const struct used_ids *used, uint64_t hash)
{
    uint64_t at = (hash ^ used->seed) * UINT64_C(0x9e3779b97f4a7c15);
    at ^= at >> 32;
    while (used->of[at & (used->room - 1)].n != 0 && used->of[at & (used->room - 1)].hash != hash) {
        at++;
    }
    return &used->of[at & (used->room - 1)];
}

static int grow_used(struct verify *verify, struct used_ids *used)
{
    struct used_ids grown = {.room = used->room != 0 ? used->room * 2 : 4096, .seed = used->seed, .count = used->count};
    grown.of = calloc(grown.room, sizeof *grown.of);
    if (grown.of == NULL) {
        return verify_no_memory(verify);
    }
    for (uint64_t i = 0; i < used->room; i++) {
        if (used->of[i].n != 0) {
            *place_of(&grown, used->of[i].hash) = used->of[i];
        }
    }
    free(used->of);
    *used = grown;
    return 0;
}

static int use_id(struct pass *pass, const struct seen *seen)
{
    if (str_eq(seen->envelope.id, seen->envelope.supersedes)) {
        return 0;
    }
    if (pass->used.count >= pass->used.room / 2) {
        TRY(grow_used(pass->verify, &pass->used));
    }
    struct used_id *used = place_of(&pass->used, seen->id_hash);
    if (used->n != 0) {
        char says[96];
        (void)snprintf(says, sizeof says, "has the id of entry %" PRIu64 " without superseding it", used->n - 1);
        TRY(bad_line(pass, says));
    } else {
        pass->used.count++;
    }
    *used = (struct used_id){.hash = seen->id_hash, .n = pass->checked + 1};
    return 0;
}

/* The digests of an entry that says its document is archived. */
static int expect_document(struct pass *pass, struct str line)
{
    static const char *const keys[] = {"sha256", "rates"};
    OWN(own_json) json_t *entry = json_read(line, NULL);
    if (!json_bool(entry, "archived", false)) {
        return 0;
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *digest = json_text(entry, keys[i], NULL);
        json_t *id = json_object_get(entry, "id");
        if (digest != NULL && json_object_set(pass->verify->expected, digest, id) != 0) {
            return verify_no_memory(pass->verify);
        }
    }
    return 0;
}

static int check_line(struct pass *pass, const struct seen *seen)
{
    char says[96];
    if (seen->is_too_long) {
        return bad_line(pass, "a line longer than any entry");
    }
    if (seen->wrong != NULL) {
        (void)snprintf(says, sizeof says, "not a canonical entry: %s", seen->wrong);
        return bad_line(pass, says);
    }
    if (seen->envelope.n != pass->checked) {
        (void)snprintf(says, sizeof says, "entry %" PRIu64 " stands where entry %" PRIu64 " belongs", seen->envelope.n,
                       pass->checked);
        return bad_line(pass, says);
    }
    struct err why;
    if (pass->verify->has_key && str_eq(seen->envelope.type, STR("key")) &&
        case_keys_add(&pass->verify->keys, pass->checked, seen->text, &why) != 0) {
        TRY(bad_line(pass, why.text));
    }
    TRY(use_id(pass, seen));
    return seen->is_archived ? expect_document(pass, seen->text) : 0;
}

/* What the index says of an entry against the entry. */
static void compare_index(struct pass *pass, const struct seen *seen)
{
    struct index_row row;
    if (pass->reader == NULL || pass->index_differs_at != UINT64_MAX) {
        return;
    }
    bool agrees = index_next(pass->reader, &row, NULL) == 1 && row.bytes == seen->bytes &&
                  row.moment_ns == seen->envelope.moment_ns && str_eq(row.type, seen->envelope.type) &&
                  sha256_eq(&row.leaf, &seen->leaf);
    pass->index_differs_at = agrees ? UINT64_MAX : pass->checked;
}

void verify_pass_archived(struct verify *verify, const struct tree *tree, size_t *next)
{
    while (*next < verify->archive.count && verify->archive.of[*next].size <= tree->size) {
        struct archived *archived = &verify->archive.of[*next];
        if (archived->size == tree->size) {
            archived->root = tree_root(tree);
            verify->archive_agrees[*next] = true; /* for now: there is a root to compare with */
        }
        ++*next;
    }
}

static struct piece *take_spare(struct pass *pass)
{
    struct piece *piece = pass->spare;
    if (piece == NULL) {
        piece = calloc(1, sizeof *piece);
        return piece;
    }
    pass->spare = piece->next_spare;
    buf_reset(&piece->text);
    piece->count = 0;
    return piece;
}

static void put_aside(struct pass *pass, struct piece *piece)
{
    piece->next_spare = pass->spare;
    pass->spare = piece;
}

/* Whole lines for one piece: up to where the tree can take them at once, or as many as there are. */
static int fill_piece(struct pass *pass, struct piece *piece)
{
    struct verify *verify = pass->verify;
    size_t room = PIECE_LINES - (size_t)(pass->given % PIECE_LINES);
    while (piece->count < room && piece->text.len < PIECE_BYTES) {
        struct line line;
        int got = lines_next(&pass->lines, &line, verify->err);
        if (got <= 0) {
            return got;
        }
        if (pass->given == verify->size || !line.is_whole) {
            verify->torn_bytes += line.bytes;
            continue;
        }
        buf_put(&piece->text, line.text);
        piece->ends[piece->count] = piece->text.len;
        piece->of[piece->count++] = (struct seen){.bytes = line.bytes, .is_too_long = line.is_too_long};
        pass->given++;
    }
    return buf_check(&piece->text, verify->err);
}

static void *next_piece(void *self)
{
    struct pass *pass = self;
    struct piece *piece = pass->failed == 0 ? take_spare(pass) : NULL;
    if (piece == NULL) {
        pass->failed = pass->failed != 0 ? -1 : verify_no_memory(pass->verify);
        return NULL;
    }
    pass->failed = fill_piece(pass, piece);
    if (pass->failed != 0 || piece->count == 0) {
        put_aside(pass, piece);
        return NULL;
    }
    return piece;
}

/* On some thread: everything that a line says by itself. */
static void look_at(struct seen *seen)
{
    seen->leaf = tree_leaf(seen->text);
    seen->wrong = seen->is_too_long ? NULL : canon_read(&seen->envelope, seen->text);
    if (!seen->is_too_long && seen->wrong == NULL) {
        seen->id_hash = str_hash(seen->envelope.id);
        seen->is_archived = str_find(seen->text, STR("\"archived\":true"), 0) != SIZE_MAX;
    }
}

static void *look_at_piece(void *self, unsigned worker, void *job)
{
    struct piece *piece = job;
    struct sha256 leaves[PIECE_LINES];
    size_t from = 0;
    (void)self;
    (void)worker;
    for (size_t i = 0; i < piece->count; i++) {
        piece->of[i].text = str_slice(buf_str(&piece->text), from, piece->ends[i]);
        from = piece->ends[i];
        look_at(&piece->of[i]);
        leaves[i] = piece->of[i].leaf;
    }
    if (piece->count == PIECE_LINES) {
        piece->root = tree_root_over(leaves, PIECE_LINES);
    }
    return piece;
}

/* A kept checkpoint within the piece wants the root in the middle of it. */
static bool goes_in_whole(const struct pass *pass, const struct piece *piece)
{
    const struct archive *archive = &pass->verify->archive;
    return piece->count == PIECE_LINES && pass->tree.size % PIECE_LINES == 0 &&
           (pass->next == archive->count || archive->of[pass->next].size >= pass->tree.size + PIECE_LINES);
}

static int check_piece(void *self, void *job, void *result, struct err *err)
{
    struct pass *pass = self;
    struct piece *piece = job;
    bool is_whole = goes_in_whole(pass, piece);
    (void)result;
    (void)err; /* verify has its own */
    for (size_t i = 0; i < piece->count; i++) {
        const struct seen *seen = &piece->of[i];
        if (check_line(pass, seen) != 0) {
            put_aside(pass, piece);
            return -1;
        }
        compare_index(pass, seen);
        pass->checked++;
        if (!is_whole) {
            tree_add(&pass->tree, &seen->leaf);
            verify_pass_archived(pass->verify, &pass->tree, &pass->next);
        }
    }
    if (is_whole) {
        tree_add_whole(&pass->tree, &piece->root, PIECE_HEIGHT);
        verify_pass_archived(pass->verify, &pass->tree, &pass->next);
    }
    put_aside(pass, piece);
    return 0;
}

static void drop_piece(void *self, void *job, void *result)
{
    (void)result;
    put_aside(self, job);
}

static int read_lines(struct pass *pass)
{
    enum { WINDOW = 64, SMALL_BYTES = 512 << 10 }; /* a small ledger is read before a thread is there */
    struct verify *verify = pass->verify;
    struct stat about;
    bool is_small = fstat(verify->ledger, &about) == 0 && about.st_size < SMALL_BYTES;
    struct pool_spec spec = {
        .self = pass,
        .workers = is_small ? 1 : 0,
        .window = WINDOW,
        .next = next_piece,
        .work = look_at_piece,
        .done = check_piece,
        .drop = drop_piece,
    };
    if (verify_lines(verify, &pass->lines) < 0) {
        return -1;
    }
    verify_pass_archived(pass->verify, &pass->tree, &pass->next);
    TRY(pool_run(&spec, verify->err));
    return pass->failed;
}

static int say_tail(struct verify *verify)
{
    char bytes[COUNT_TEXT];
    if (verify->torn_bytes == 0 || !verify->has_checkpoint) {
        return 0;
    }
    return verify_topic(
        verify, "unfinished",
        "%s bytes after the last signed entry (a write that was cut off; never acknowledged, no part of the case)",
        verify_count(bytes, verify->torn_bytes));
}

static int conclude(struct pass *pass)
{
    struct verify *verify = pass->verify;
    char read[COUNT_TEXT];
    char of[COUNT_TEXT];
    struct sha256 root = tree_root(&pass->tree);
    verify->entries = pass->checked;
    if (verify->has_checkpoint && pass->checked < verify->size) {
        verify->torn_bytes = 0; /* what is left of a signed entry, not an unfinished one */
    }
    if (!verify->has_checkpoint) {
        return verify_topic(verify, "entries", "%s read; no signed tree to compare them with",
                            verify_count(read, pass->checked));
    }
    bool agrees = pass->checked == verify->size && sha256_eq(&root, &verify->root);
    verify->ledger_agrees = agrees;
    if (!agrees) {
        TRY(verify_damage(verify, verify->ledger, pass->checked, pass->shaped));
    }
    TRY(verify_topic(verify, "entries", "%s of %s read, tree rebuilt, root %s", verify_count(read, pass->checked),
                     verify_count(of, verify->size), agrees ? "agrees" : "DIFFERS"));
    return say_tail(verify);
}

/* An index that vouches for the ledger is believed when the case is opened: so it is looked at. One that is of something else,
 * damaged, or cut off before it was whole is thrown away by then. */
static int open_index(struct pass *pass)
{
    struct verify *verify = pass->verify;
    struct index_mark mark;
    struct tree tree;
    struct index *index = verify->has_checkpoint ? verify_index(verify) : NULL;
    if (index == NULL) {
        return 0;
    }
    bool is_marked = index_mark(index, &mark, &tree) && tree.size == verify->size;
    struct sha256 root = is_marked ? tree_root(&tree) : (struct sha256){{0}};
    if (!is_marked || !sha256_eq(&root, &verify->root)) {
        index_close(index);
        return 0;
    }
    pass->index = index;
    pass->reader = index_reader_new(index, INDEX_LEAVES | INDEX_MOMENTS, verify->err);
    return pass->reader != NULL ? 0 : -1;
}

static int say_index(struct pass *pass)
{
    struct verify *verify = pass->verify;
    struct index_row row;
    char count[COUNT_TEXT];
    char says[96];
    if (pass->reader == NULL || !verify->ledger_agrees) {
        return 0;
    }
    if (pass->index_differs_at == UINT64_MAX && index_next(pass->reader, &row, NULL) != 0) {
        pass->index_differs_at = pass->checked;
    }
    if (pass->index_differs_at != UINT64_MAX) {
        (void)snprintf(says, sizeof says, "says of entry %" PRIu64 " what is not in the ledger",
                       pass->index_differs_at);
        TRY(verify_problem(verify, VERIFY_ALTERED, "index.sqlite", says,
                           "it is made from the ledger: delete it, and the next command makes it again"));
    }
    return verify_topic(verify, "index", "index.sqlite %s the %s entries of the ledger",
                        pass->index_differs_at == UINT64_MAX ? "agrees with" : "DIFFERS from",
                        verify_count(count, pass->checked));
}

int verify_ledger(struct verify *verify)
{
    OWN(own_pass)
    struct pass pass = {.verify = verify, .index_differs_at = UINT64_MAX, .used.seed = (uint64_t)time_ticks()};
    if (verify->ledger < 0) {
        TRY(verify_problem(verify, VERIFY_MISSING, "ledger.jsonl", "is missing", ""));
        return verify_topic(verify, "entries", "none to read");
    }
    TRY(open_index(&pass));
    TRY(read_lines(&pass));
    TRY(conclude(&pass));
    return say_index(&pass);
}
