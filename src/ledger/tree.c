/* The Merkle tree: its right edge for appending, proofs over all leaves for everybody else. */
#include "ledger/tree.h"

#include "base/banned.h"

struct sha256 tree_leaf(struct str entry)
{
    return sha256_of2(STR("\x00"), entry);
}

struct sha256 tree_node(const struct sha256 *left, const struct sha256 *right)
{
    char bytes[1 + 2 * SHA256_BYTES];
    bytes[0] = 1;
    memcpy(bytes + 1, left->bytes, SHA256_BYTES);
    memcpy(bytes + 1 + SHA256_BYTES, right->bytes, SHA256_BYTES);
    return sha256_of((struct str){bytes, sizeof bytes});
}

static size_t one_bits(uint64_t size)
{
    return (size_t)__builtin_popcountll(size);
}

/* Like a binary counter: every one-bit that overflows joins two subtrees of the same size. */
void tree_add_whole(struct tree *tree, const struct sha256 *root, unsigned height)
{
    struct sha256 subtree = *root;
    size_t top = one_bits(tree->size);
    for (uint64_t rest = tree->size >> height; (rest & 1) != 0; rest >>= 1) {
        subtree = tree_node(&tree->edge[--top], &subtree);
    }
    tree->edge[top] = subtree;
    tree->size += UINT64_C(1) << height;
}

void tree_add(struct tree *tree, const struct sha256 *leaf)
{
    tree_add_whole(tree, leaf, 0);
}

struct sha256 tree_root(const struct tree *tree)
{
    size_t count = one_bits(tree->size);
    if (count == 0) {
        return sha256_of((struct str){NULL, 0});
    }
    struct sha256 root = tree->edge[count - 1];
    for (size_t i = count - 1; i > 0; i--) {
        root = tree_node(&tree->edge[i - 1], &root);
    }
    return root;
}

struct sha256 tree_root_over(const struct sha256 *leaves, uint64_t count)
{
    struct tree tree = {.size = 0};
    for (uint64_t i = 0; i < count; i++) {
        tree_add(&tree, &leaves[i]);
    }
    return tree_root(&tree);
}

/* A last node without a sibling rises as it is: where the tree splits, its right part has fewer levels. */
struct sha256 tree_climb(struct sha256 *level, size_t count, struct tree_climber *climbers, size_t climber_count)
{
    if (count == 0) {
        return sha256_of((struct str){NULL, 0});
    }
    for (; count > 1; count = (count + 1) / 2) {
        for (size_t i = 0; i < climber_count; i++) {
            struct tree_climber *climber = &climbers[i];
            if ((climber->index ^ 1) < count) {
                climber->proof->hashes[climber->proof->count++] = level[climber->index ^ 1];
            }
            climber->index /= 2;
        }
        struct sha256 last = level[count - 1];
        struct sha256_messages pairs = {level->bytes, 2 * sizeof *level, 2 * sizeof *level};
        sha256_many(level, STR("\x01"), pairs, count / 2);
        if (count % 2 != 0) {
            level[count / 2] = last;
        }
    }
    return level[0];
}

/* The largest power of two below n (n > 1). */
static uint64_t split(uint64_t n)
{
    return UINT64_C(1) << (63 - (unsigned)__builtin_clzll(n - 1));
}

/* The tree splits from the top, a proof reads from the leaf: sides are noted going down and turned round at the end. */
static void turn_round(struct tree_proof *proof)
{
    for (size_t i = 0; i < proof->count / 2; i++) {
        struct sha256 other = proof->hashes[i];
        proof->hashes[i] = proof->hashes[proof->count - 1 - i];
        proof->hashes[proof->count - 1 - i] = other;
    }
}

int tree_prove_entry(const struct sha256 *leaves, uint64_t size, uint64_t index, struct tree_proof *ret_proof,
                     struct err *err)
{
    if (index >= size) {
        return err_set(err, ERR_USAGE, "there is no entry %llu in a ledger of %llu", (unsigned long long)index,
                       (unsigned long long)size);
    }
    struct tree_proof proof = {.count = 0};
    while (size > 1) {
        uint64_t left = split(size);
        bool is_left = index < left;
        proof.hashes[proof.count++] =
            is_left ? tree_root_over(leaves + left, size - left) : tree_root_over(leaves, left);
        leaves += is_left ? 0 : left;
        index -= is_left ? 0 : left;
        size = is_left ? left : size - left;
    }
    turn_round(&proof);
    *ret_proof = proof;
    return 0;
}

/* SUBPROOF of RFC 6962, 2.1.2. When the way down ends at a whole subtree that the verifier knows already (only left
 * turns so far), that subtree's own root is left out. */
int tree_prove_growth(const struct sha256 *leaves, uint64_t older, uint64_t size, struct tree_proof *ret_proof,
                      struct err *err)
{
    if (older == 0 || older > size) {
        return err_set(err, ERR_USAGE, "a ledger of %llu entries cannot have grown from %llu", (unsigned long long)size,
                       (unsigned long long)older);
    }
    struct tree_proof proof = {.count = 0};
    bool is_known = true;
    while (older != size) {
        uint64_t left = split(size);
        if (older <= left) {
            proof.hashes[proof.count++] = tree_root_over(leaves + left, size - left);
            size = left;
        } else {
            proof.hashes[proof.count++] = tree_root_over(leaves, left);
            leaves += left;
            older -= left;
            size -= left;
            is_known = false;
        }
    }
    if (!is_known) {
        proof.hashes[proof.count++] = tree_root_over(leaves, size);
    }
    turn_round(&proof);
    *ret_proof = proof;
    return 0;
}

bool tree_holds_entry(const struct sha256 *leaf, uint64_t index, uint64_t size, const struct sha256 *root,
                      const struct sha256 *hashes, size_t count)
{
    if (index >= size) {
        return false;
    }
    uint64_t fn = index;
    uint64_t sn = size - 1;
    struct sha256 at = *leaf;
    for (size_t i = 0; i < count; i++) {
        if (sn == 0) {
            return false;
        }
        if ((fn & 1) != 0 || fn == sn) {
            at = tree_node(&hashes[i], &at);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            at = tree_node(&at, &hashes[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && sha256_eq(&at, root);
}

/* RFC 9162, 2.1.4.2, steps 4 to 6, with `fn` and `sn` already without their common one-bits. */
static bool growth_climbs(uint64_t fn, uint64_t sn, struct sha256 first, const struct sha256 *older_root,
                          const struct sha256 *root, const struct sha256 *hashes, size_t count)
{
    struct sha256 old_at = first;
    struct sha256 new_at = first;
    for (size_t i = 0; i < count; i++) {
        if (sn == 0) {
            return false;
        }
        if ((fn & 1) != 0 || fn == sn) {
            old_at = tree_node(&hashes[i], &old_at);
            new_at = tree_node(&hashes[i], &new_at);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            new_at = tree_node(&new_at, &hashes[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && sha256_eq(&old_at, older_root) && sha256_eq(&new_at, root);
}

bool tree_holds_growth(uint64_t older, const struct sha256 *older_root, uint64_t size, const struct sha256 *root,
                       const struct sha256 *hashes, size_t count)
{
    if (older == 0 || older > size) {
        return false;
    }
    if (older == size) {
        return count == 0 && sha256_eq(older_root, root);
    }
    if (count == 0) {
        return false;
    }
    uint64_t fn = older - 1;
    uint64_t sn = size - 1;
    while ((fn & 1) != 0) {
        fn >>= 1;
        sn >>= 1;
    }
    /* An older size that is a power of two is a whole subtree: its root begins the proof without being sent. */
    bool is_whole = (older & (older - 1)) == 0;
    return is_whole ? growth_climbs(fn, sn, *older_root, older_root, root, hashes, count)
                    : growth_climbs(fn, sn, hashes[0], older_root, root, hashes + 1, count - 1);
}
