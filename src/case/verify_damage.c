/* A ledger whose root differs: which entries are not what was signed?
 *
 * A root alone says only that something changed. The index keeps the leaf of every entry; if the tree over those leaves is
 * the signed one, they are the true leaves, whoever kept the index, and each line can be told from what it was. Without
 * them the older checkpoints narrow it down. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "case/verify.h"

#include "base/banned.h"

struct place {
    struct sha256 leaf;
    uint64_t n;
};

struct compare {
    struct verify *verify;
    struct sha256 *expected; /* size leaves, the true ones */
    struct place *found;     /* lines of the file */
    uint64_t *offset;        /* where they begin, and one more */
    uint64_t size, count;
    struct place *by_expected, *by_found; /* sorted copies */
    char agrees[80];                      /* "; entries 0 to 12 agree with checkpoints/13" */
};

static void own_compare(struct compare *compare)
{
    free(compare->expected);
    free(compare->found);
    free(compare->offset);
    free(compare->by_expected);
    free(compare->by_found);
}

struct index *verify_index(struct verify *verify)
{
    OWN(own_buf) struct buf path = {0};
    OWN(own_mem) char *real = realpath(verify->path, NULL);
    buf_printf(&path, "%s/index.sqlite", real != NULL ? real : verify->path);
    return path.failed ? NULL : index_peek(path.data);
}

static bool true_leaves(struct compare *compare)
{
    struct verify *verify = compare->verify;
    OWN(own_index) struct index *index = verify_index(verify);
    compare->expected =
        index != NULL && verify->size < (uint64_t)1 << 32 ? calloc(verify->size + 1, sizeof *compare->expected) : NULL;
    if (compare->expected == NULL || !index_leaves(index, verify->size, compare->expected)) {
        return false;
    }
    struct tree tree = {.size = 0};
    for (uint64_t i = 0; i < verify->size; i++) {
        tree_add(&tree, &compare->expected[i]);
    }
    struct sha256 root = tree_root(&tree);
    return sha256_eq(&root, &verify->root);
}

static int read_found(struct compare *compare, int ledger)
{
    struct verify *verify = compare->verify;
    OWN(own_lines) struct lines lines = {0};
    uint64_t room = compare->size + 1024; /* lines beyond that are a tail, whatever they hold */
    compare->found = calloc(room, sizeof *compare->found);
    compare->offset = calloc(room + 1, sizeof *compare->offset);
    if (compare->found == NULL || compare->offset == NULL) {
        return verify_no_memory(verify);
    }
    TRY(lines_open(&lines, ledger, 0, verify->err));
    while (compare->count < room) {
        struct line line;
        int got = lines_next(&lines, &line, verify->err);
        if (got <= 0) {
            return got;
        }
        compare->found[compare->count] = (struct place){.leaf = tree_leaf(line.text), .n = compare->count};
        compare->offset[compare->count] = line.offset;
        compare->offset[++compare->count] = line.offset + line.bytes;
    }
    return 0;
}

static int by_leaf(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;
    int order = memcmp(a->leaf.bytes, b->leaf.bytes, SHA256_BYTES);
    return order != 0 ? order : (a->n > b->n) - (a->n < b->n);
}

static struct place *sorted(const struct place *places, uint64_t count)
{
    struct place *copy = calloc(count + 1, sizeof *copy);
    if (copy != NULL && count != 0) {
        memcpy(copy, places, count * sizeof *copy);
        qsort(copy, count, sizeof *copy, by_leaf);
    }
    return copy;
}

static int sort_both(struct compare *compare)
{
    OWN(own_mem) struct place *expected = calloc(compare->size + 1, sizeof *expected);
    for (uint64_t i = 0; expected != NULL && i < compare->size; i++) {
        expected[i] = (struct place){.leaf = compare->expected[i], .n = i};
    }
    compare->by_expected = expected != NULL ? sorted(expected, compare->size) : NULL;
    compare->by_found = sorted(compare->found, compare->count);
    return compare->by_expected != NULL && compare->by_found != NULL ? 0 : verify_no_memory(compare->verify);
}

static const struct place *look_up(const struct place *places, uint64_t count, const struct sha256 *leaf)
{
    uint64_t from = 0;
    uint64_t to = count;
    while (from < to) {
        uint64_t middle = from + (to - from) / 2;
        if (memcmp(places[middle].leaf.bytes, leaf->bytes, SHA256_BYTES) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < count && sha256_eq(&places[from].leaf, leaf) ? &places[from] : NULL;
}

static bool is_expected(const struct compare *compare, uint64_t line)
{
    return look_up(compare->by_expected, compare->size, &compare->found[line].leaf) != NULL;
}

static int say_altered(struct compare *compare, uint64_t n)
{
    char where[48];
    char says[96];
    char detail[256];
    char from[COUNT_TEXT];
    char to[COUNT_TEXT];
    char should[DIGEST_TEXT];
    char is[DIGEST_TEXT];
    (void)snprintf(where, sizeof where, "ledger.jsonl:%" PRIu64, n + 1);
    (void)snprintf(says, sizeof says, "entry %" PRIu64 " is not what checkpoint %" PRIu64 " covers", n, compare->size);
    (void)snprintf(detail, sizeof detail, "byte %s to %s; the leaf should be %s, is %s%s",
                   verify_count(from, compare->offset[n]), verify_count(to, compare->offset[n + 1] - 1),
                   verify_digest(should, &compare->expected[n]), verify_digest(is, &compare->found[n].leaf),
                   compare->agrees);
    return verify_problem(compare->verify, VERIFY_ALTERED, where, says, detail);
}

static int say_missing(struct compare *compare, uint64_t n)
{
    char where[48];
    char says[96];
    (void)snprintf(where, sizeof where, "ledger.jsonl:%" PRIu64, n + 1);
    (void)snprintf(says, sizeof says, "entry %" PRIu64 " is missing", n);
    return verify_problem(compare->verify, VERIFY_MISSING, where, says,
                          compare->agrees[0] != '\0' ? compare->agrees + 2 : "");
}

static int say_line(struct compare *compare, uint64_t line, const char *says)
{
    char where[48];
    (void)snprintf(where, sizeof where, "ledger.jsonl:%" PRIu64, line + 1);
    return verify_problem(compare->verify, VERIFY_ALTERED, where, says, "");
}

/* Entries that are nowhere in the file, and lines that were never entries. */
static int name_changes(struct compare *compare)
{
    for (uint64_t n = 0; n < compare->size || n < compare->count; n++) {
        bool has_entry = n < compare->size;
        bool has_line = n < compare->count;
        bool is_gone = has_entry && look_up(compare->by_found, compare->count, &compare->expected[n]) == NULL;
        bool is_foreign = has_line && !is_expected(compare, n);
        if (is_gone && is_foreign) {
            TRY(say_altered(compare, n));
        } else if (is_gone) {
            TRY(say_missing(compare, n));
        } else if (is_foreign && n < compare->size) {
            TRY(say_line(compare, n, "is no entry that was signed"));
        }
    }
    return 0;
}

/* Every entry is there, but not in its place. */
static int name_moves(struct compare *compare)
{
    for (uint64_t n = 0; n < compare->size && n < compare->count; n++) {
        if (!sha256_eq(&compare->expected[n], &compare->found[n].leaf)) {
            const struct place *place = look_up(compare->by_expected, compare->size, &compare->found[n].leaf);
            char says[96];
            (void)snprintf(says, sizeof says, "entry %" PRIu64 " stands where entry %" PRIu64 " belongs", place->n, n);
            TRY(say_line(compare, n, says));
        }
    }
    return 0;
}

/* Up to where the ledger is certainly whole: the largest checkpoint of the archive that holds and agrees with it. */
static uint64_t whole_until(const struct verify *verify)
{
    uint64_t size = 0;
    for (size_t i = 0; i < verify->archive.count; i++) {
        struct checkpoint checkpoint;
        char name[CHECKPOINT_NAME];
        OWN(own_buf) struct buf bytes = {0};
        case_checkpoint_name(name, verify->archive.of[i].size);
        OWN(own_fd) int fd = file_open_beneath(verify->dir, name, 0);
        if (fd >= 0 && verify->archive_has_root[i] && file_read_fd(fd, NOTE_MAX_BYTES, &bytes, NULL) == 0 &&
            checkpoint_open(&checkpoint, buf_str(&bytes), &verify->key, NULL) == 0 &&
            checkpoint.size == verify->archive.of[i].size && sha256_eq(&checkpoint.root, &verify->archive.of[i].root)) {
            size = checkpoint.size;
        }
    }
    return size;
}

static int narrow_down(struct verify *verify, uint64_t lines, uint64_t shape_problems, uint64_t whole)
{
    char says[128];
    char detail[96] = "";
    if (whole != 0) {
        (void)snprintf(detail, sizeof detail, "entries 0 to %" PRIu64 " agree with checkpoints/%" PRIu64, whole - 1,
                       whole);
    }
    for (uint64_t n = lines; n < verify->size && n - lines <= VERIFY_PROBLEMS_MAX; n++) {
        (void)snprintf(says, sizeof says, "entry %" PRIu64 " is missing", n);
        TRY(verify_problem(verify, VERIFY_MISSING, "ledger.jsonl", says, detail));
    }
    if (verify->size > lines && verify->size - lines > VERIFY_PROBLEMS_MAX + 1) {
        verify->missing += verify->size - lines - VERIFY_PROBLEMS_MAX - 1;
        verify->untold += verify->size - lines - VERIFY_PROBLEMS_MAX - 1;
    }
    if (lines >= verify->size && shape_problems == 0) {
        (void)snprintf(says, sizeof says,
                       "one of the entries %" PRIu64 " to %" PRIu64 " is not what checkpoint %" PRIu64 " covers", whole,
                       verify->size - 1, verify->size);
        TRY(verify_problem(verify, VERIFY_ALTERED, "ledger.jsonl", says, detail));
    }
    return 0;
}

/* Forgets what the form of the lines suggested: the leaves know better. */
static int start_over(struct verify *verify, uint64_t shape_problems)
{
    verify->altered -= shape_problems;
    verify->untold = 0;
    return json_array_clear(verify->problems) == 0 ? 0 : verify_no_memory(verify);
}

int verify_damage(struct verify *verify, int ledger, uint64_t lines, uint64_t shape_problems)
{
    OWN(own_compare) struct compare compare = {.verify = verify, .size = verify->size};
    uint64_t whole = whole_until(verify);
    if (!true_leaves(&compare)) {
        return narrow_down(verify, lines, shape_problems, whole);
    }
    if (whole != 0) {
        (void)snprintf(compare.agrees, sizeof compare.agrees,
                       "; entries 0 to %" PRIu64 " agree with checkpoints/%" PRIu64, whole - 1, whole);
    }
    TRY(read_found(&compare, ledger));
    TRY(sort_both(&compare));
    TRY(start_over(verify, shape_problems));
    uint64_t before = verify->altered + verify->missing;
    TRY(name_changes(&compare));
    if (verify->altered + verify->missing == before) {
        TRY(name_moves(&compare));
    }
    if (verify->altered + verify->missing == before) { /* only the last newline is gone, or the like */
        TRY(narrow_down(verify, lines, 0, whole));
    }
    return 0;
}
