/* The Merkle tree of RFC 6962, section 2.1 (RFC 9162 has the same tree).
 *
 *   leaf = SHA-256(0x00 || entry)      node = SHA-256(0x01 || left || right)      empty tree = SHA-256("")
 *
 * A tree of n leaves splits at the largest power of two below n, so the perfect subtrees along its
 * right edge have the sizes of the one-bits of n. Keeping only their roots is enough to append:
 *
 *   n = 7 = 4+2+1        .
 *                      /   \
 *                  [4]      .        edge = { root of 4, root of 2, root of 1 }
 *                  /\ /\   /  \
 *                         [2] [1]
 */
#ifndef ASSAY_LEDGER_TREE_H
#define ASSAY_LEDGER_TREE_H

#include "base/hash.h"

enum { TREE_HEIGHT = 64 };

/* All zero is the empty tree. edge holds as many hashes as size has one-bits, the widest subtree first. */
struct tree {
    uint64_t size;
    struct sha256 edge[TREE_HEIGHT];
};

/* Hashes, leaf sibling first. No proof of a tree that fits 64 bits is longer. */
struct tree_proof {
    size_t count;
    struct sha256 hashes[TREE_HEIGHT];
};

struct sha256 tree_leaf(struct str entry);
struct sha256 tree_node(const struct sha256 *left, const struct sha256 *right);

/* O(log n), and O(1) on average. */
void tree_add(struct tree *tree, const struct sha256 *leaf);
struct sha256 tree_root(const struct tree *tree);
/* The root over count leaves. */
struct sha256 tree_root_over(const struct sha256 *leaves, uint64_t count);
/* Appends 2^height leaves at once, whose root this is; the size must be a multiple of 2^height. So several threads can hash one
 * tree. */
void tree_add_whole(struct tree *tree, const struct sha256 *root, unsigned height);

/* The tree over level[0, count), worked up in place: the root is returned, and level spoilt. Each climber, a leaf by its index, is given the
 * hashes of its proof behind those it has. Faster than adding leaves: a level's nodes are hashed many at a time. */
struct tree_climber {
    uint64_t index; /* counts for the level at hand */
    struct tree_proof *proof;
};
struct sha256 tree_climb(struct sha256 *level, size_t count, struct tree_climber *climbers, size_t climber_count);

/* Proof that leaf `index` is in the tree over leaves[0, size). err: USAGE when index >= size. */
MUST_USE int tree_prove_entry(const struct sha256 *leaves, uint64_t size, uint64_t index, struct tree_proof *ret_proof,
                              struct err *err);
/* Proof that the tree over leaves[0, older) is a prefix of the one over leaves[0, size). err: USAGE unless 0 < older <= size. */
MUST_USE int tree_prove_growth(const struct sha256 *leaves, uint64_t older, uint64_t size, struct tree_proof *ret_proof,
                               struct err *err);

/* RFC 9162, 2.1.3.2 and 2.1.4.2. A proof that is longer or shorter than it has to be does not hold. From an
 * empty tree nothing is proved: RFC 9162 defines no such proof. */
MUST_USE bool tree_holds_entry(const struct sha256 *leaf, uint64_t index, uint64_t size, const struct sha256 *root,
                               const struct sha256 *hashes, size_t count);
MUST_USE bool tree_holds_growth(uint64_t older, const struct sha256 *older_root, uint64_t size,
                                const struct sha256 *root, const struct sha256 *hashes, size_t count);

#endif
