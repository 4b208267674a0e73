/* The lines of a ledger, one by one: canonical, numbered in order, ids once, and the tree over them. A case and a bundle are read alike; what
 * else they keep of a line, each takes for itself. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

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

struct piece {
    struct buf text;
    size_t ends[PIECE_LINES];
    struct verify_line of[PIECE_LINES];
    size_t count;
    struct sha256 root; /* over PIECE_LINES of them */
    struct piece *next_spare;
};

struct pass {
    struct verify *verify;
    const struct verify_taker *taker;
    struct verify_read *read;
    struct lines lines;
    struct piece *spare;
    uint64_t given; /* lines handed out */
    bool is_cut;    /* the last has no newline */
    int failed;     /* reading them */
    size_t next;    /* archived checkpoint */
    struct used_ids used;
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
}

static int bad_line(struct pass *pass, const char *says)
{
    char where[48];
    (void)snprintf(where, sizeof where, "ledger.jsonl:%" PRIu64, pass->read->checked + 1);
    pass->read->shaped++;
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

static int use_id(struct pass *pass, const struct verify_line *seen)
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
    *used = (struct used_id){.hash = seen->id_hash, .n = pass->read->checked + 1};
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

static int check_line(struct pass *pass, const struct verify_line *seen)
{
    char says[96];
    if (seen->is_left_out) {
        return 0;
    }
    if (seen->is_too_long) {
        return bad_line(pass, "a line longer than any entry");
    }
    if (seen->wrong != NULL) {
        (void)snprintf(says, sizeof says, "not a canonical entry: %s", seen->wrong);
        return bad_line(pass, says);
    }
    if (seen->envelope.n != pass->read->checked) {
        (void)snprintf(says, sizeof says, "entry %" PRIu64 " stands where entry %" PRIu64 " belongs", seen->envelope.n,
                       pass->read->checked);
        return bad_line(pass, says);
    }
    struct err why;
    if (pass->verify->has_key && str_eq(seen->envelope.type, STR("key")) &&
        case_keys_add(&pass->verify->keys, pass->read->checked, seen->text, &why) != 0) {
        TRY(bad_line(pass, why.text));
    }
    TRY(use_id(pass, seen));
    return seen->is_archived ? expect_document(pass, seen->text) : 0;
}

/* The tree has grown: roots of kept checkpoints of its size are noted, from *next on. */
static void pass_archived(struct verify *verify, const struct tree *tree, size_t *next)
{
    while (*next < verify->archive.count && verify->archive.of[*next].size <= tree->size) {
        struct archived *archived = &verify->archive.of[*next];
        if (archived->size == tree->size) {
            archived->root = tree_root(tree);
            verify->archive_has_root[*next] = true;
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
        pass->is_cut = !line.is_whole;
        if (pass->is_cut || (pass->given == verify->size && !pass->taker->takes_all)) {
            verify->torn_bytes += pass->taker->takes_all ? 0 : line.bytes;
            continue;
        }
        buf_put(&piece->text, line.text);
        piece->ends[piece->count] = piece->text.len;
        piece->of[piece->count++] = (struct verify_line){.bytes = line.bytes, .is_too_long = line.is_too_long};
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
static void look_at(const struct verify *verify, struct verify_line *seen)
{
    seen->is_left_out =
        verify->place->is_left_out != NULL && !seen->is_too_long && verify->place->is_left_out(seen->text, &seen->leaf);
    if (seen->is_left_out) {
        return;
    }
    seen->leaf = tree_leaf(seen->text);
    seen->wrong = seen->is_too_long ? NULL : canon_read(&seen->envelope, seen->text);
    if (!seen->is_too_long && seen->wrong == NULL) {
        seen->id_hash = str_hash(seen->envelope.id);
        seen->is_archived = str_find(seen->text, STR("\"archived\":true"), 0) != SIZE_MAX;
    }
}

static void *look_at_piece(void *self, unsigned worker, void *job)
{
    const struct pass *pass = self;
    struct piece *piece = job;
    struct sha256 leaves[PIECE_LINES];
    size_t from = 0;
    (void)worker;
    for (size_t i = 0; i < piece->count; i++) {
        piece->of[i].text = str_slice(buf_str(&piece->text), from, piece->ends[i]);
        from = piece->ends[i];
        look_at(pass->verify, &piece->of[i]);
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
    return piece->count == PIECE_LINES && pass->read->tree.size % PIECE_LINES == 0 &&
           (pass->next == archive->count || archive->of[pass->next].size >= pass->read->tree.size + PIECE_LINES);
}

static int take_line(struct pass *pass, const struct verify_line *line, bool is_whole)
{
    TRY(check_line(pass, line));
    TRY(pass->taker->take(pass->taker->self, pass->read->checked, line));
    pass->read->checked++;
    if (!is_whole) {
        tree_add(&pass->read->tree, &line->leaf);
        pass_archived(pass->verify, &pass->read->tree, &pass->next);
    }
    return 0;
}

static int check_piece(void *self, void *job, void *result, struct err *err)
{
    struct pass *pass = self;
    struct piece *piece = job;
    bool is_whole = goes_in_whole(pass, piece);
    (void)result;
    (void)err; /* verify has its own */
    for (size_t i = 0; i < piece->count; i++) {
        if (take_line(pass, &piece->of[i], is_whole) != 0) {
            put_aside(pass, piece);
            return -1;
        }
    }
    if (is_whole) {
        tree_add_whole(&pass->read->tree, &piece->root, PIECE_HEIGHT);
        pass_archived(pass->verify, &pass->read->tree, &pass->next);
    }
    put_aside(pass, piece);
    return 0;
}

static void drop_piece(void *self, void *job, void *result)
{
    (void)result;
    put_aside(self, job);
}

/* A ledger that is read before a thread is there. */
static bool is_small(const struct verify *verify)
{
    enum { SMALL_BYTES = 512 << 10 };
    struct stat about;
    if (fstat(verify->ledger, &about) != 0) {
        return false;
    }
    uint64_t end = verify->end < (uint64_t)about.st_size ? verify->end : (uint64_t)about.st_size;
    return end < verify->begin + SMALL_BYTES;
}

int verify_read_lines(struct verify *verify, const struct verify_taker *taker, struct verify_read *ret_read)
{
    enum { WINDOW = 64 };
    OWN(own_pass)
    struct pass pass = {.verify = verify, .taker = taker, .read = ret_read, .used.seed = (uint64_t)time_ticks()};
    struct pool_spec spec = {
        .self = &pass,
        .workers = is_small(verify) ? 1 : 0,
        .window = WINDOW,
        .next = next_piece,
        .work = look_at_piece,
        .done = check_piece,
        .drop = drop_piece,
    };
    *ret_read = (struct verify_read){.checked = 0};
    if (verify_lines(verify, &pass.lines) < 0) {
        return -1;
    }
    pass_archived(verify, &ret_read->tree, &pass.next);
    TRY(pool_run(&spec, verify->err));
    TRY(pass.failed);
    return pass.is_cut && taker->takes_all ? bad_line(&pass, "does not end in a newline") : 0;
}
