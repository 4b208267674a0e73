/* The ledger of a case: its lines, the index beside it, and whether the tree is the one that was signed. */
#include <inttypes.h>
#include <stdio.h>

#include "base/own.h"
#include "base/str.h"
#include "case/verify.h"

#include "base/banned.h"

struct pass {
    struct verify *verify;
    struct verify_read read;
    struct index *index; /* that claims to be of this ledger, or NULL */
    struct index_reader *reader;
    uint64_t index_differs_at; /* the first entry of which it says something else; UINT64_MAX: none */
    bool is_index_damaged;     /* it does not say what it said when its mark was kept */
};

static void own_pass(struct pass *pass)
{
    index_reader_free(pass->reader);
    index_close(pass->index);
}

/* What the index says of an entry against the entry. */
static int compare_index(void *self, uint64_t n, const struct verify_line *seen)
{
    struct pass *pass = self;
    struct index_row row;
    if (pass->reader == NULL || pass->index_differs_at != UINT64_MAX) {
        return 0;
    }
    bool agrees = index_next(pass->reader, &row, NULL) == 1 && row.bytes == seen->bytes &&
                  row.moment_ns == seen->envelope.moment_ns && str_eq(row.type, seen->envelope.type) &&
                  sha256_eq(&row.leaf, &seen->leaf);
    pass->index_differs_at = agrees ? UINT64_MAX : n;
    return 0;
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
    struct sha256 root = tree_root(&pass->read.tree);
    verify->entries = pass->read.checked;
    if (verify->has_checkpoint && pass->read.checked < verify->size) {
        verify->torn_bytes = 0; /* what is left of a signed entry, not an unfinished one */
    }
    if (!verify->has_checkpoint) {
        return verify_topic(verify, "entries", "%s read; no signed tree to compare them with",
                            verify_count(read, pass->read.checked));
    }
    bool agrees = pass->read.checked == verify->size && sha256_eq(&root, &verify->root);
    verify->ledger_agrees = agrees;
    if (!agrees) {
        TRY(verify_damage(verify, verify->ledger, pass->read.checked, pass->read.shaped));
    }
    TRY(verify_topic(verify, "entries", "%s of %s read, tree rebuilt, root %s", verify_count(read, pass->read.checked),
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
    pass->is_index_damaged = !index_is_as_marked(index);
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
        pass->index_differs_at = pass->read.checked;
    }
    bool differs = pass->index_differs_at != UINT64_MAX || pass->is_index_damaged;
    if (differs) {
        (void)snprintf(says, sizeof says, "is not what was written: its checksum differs");
        if (pass->index_differs_at != UINT64_MAX) {
            (void)snprintf(says, sizeof says, "says of entry %" PRIu64 " what is not in the ledger",
                           pass->index_differs_at);
        }
        TRY(verify_problem(verify, VERIFY_ALTERED, "index.sqlite", says,
                           "it is made from the ledger: delete it, and the next command makes it again"));
    }
    return verify_topic(verify, "index", "index.sqlite %s the %s entries of the ledger",
                        differs ? "DIFFERS from" : "agrees with", verify_count(count, pass->read.checked));
}

int verify_ledger(struct verify *verify)
{
    OWN(own_pass)
    struct pass pass = {.verify = verify, .index_differs_at = UINT64_MAX};
    const struct verify_taker taker = {.self = &pass, .take = compare_index};
    if (verify->ledger < 0) {
        TRY(verify_problem(verify, VERIFY_MISSING, "ledger.jsonl", "is missing", ""));
        return verify_topic(verify, "entries", "none to read");
    }
    TRY(open_index(&pass));
    TRY(verify_read_lines(verify, &taker, &pass.read));
    TRY(conclude(&pass));
    return say_index(&pass);
}
