/* The digest of what a list was read from. */
#include <sys/stat.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "private/source.h"
#include "private/wire.h"

#include "base/banned.h"

enum { HAS_BYTES = 1, HAS_KEYS = 2 };

static int hash_key(void *self, size_t type, struct str key, uint64_t row, struct err *err)
{
    struct source_hash *hash = self;
    uint8_t head[11] = {(uint8_t)type};
    suite_put_u64(head + 1, row);
    head[9] = (uint8_t)(key.len >> 8);
    head[10] = (uint8_t)key.len;
    hasher_put(hash->hasher, head, sizeof head);
    hasher_put(hash->hasher, key.data, key.len);
    return hash->to->key(hash->to->self, type, key, row, err);
}

int source_hash_begin(struct source_hash *hash, const struct key_sink *to, struct err *err)
{
    *hash = (struct source_hash){.hasher = hasher_new(err), .to = to};
    return hash->hasher != NULL ? 0 : -1;
}

struct key_sink source_hash_sink(struct source_hash *hash)
{
    return (struct key_sink){hash, hash_key};
}

void own_source_hash(struct source_hash *hash)
{
    hasher_free(hash->hasher);
    hash->hasher = NULL;
}

int source_digest(struct source_hash *hash, const char *const *sources, const uint8_t salt[static 32],
                  struct sha256 *ret_digest, struct err *err)
{
    OWN(own_buf) struct buf bytes = {0};
    bool needs_keys = false;
    wire_put_bytes(&bytes, salt, 32);
    for (size_t i = 0; sources[i] != NULL; i++) {
        struct stat about;
        const char *path = strncmp(sources[i], "sqlite:", 7) == 0 ? sources[i] + 7 : sources[i];
        bool is_file = stat(path, &about) == 0 && S_ISREG(about.st_mode);
        wire_put(&bytes, is_file ? HAS_BYTES : HAS_KEYS, 1);
        needs_keys |= !is_file;
        if (is_file) {
            struct sha256 digest;
            uint64_t size;
            TRY(file_digest(path, &digest, &size, err));
            wire_put_bytes(&bytes, digest.bytes, SHA256_BYTES);
        }
    }
    struct sha256 keys = hasher_end(hash->hasher);
    if (needs_keys) {
        wire_put_bytes(&bytes, keys.bytes, SHA256_BYTES);
    }
    TRY(buf_check(&bytes, err));
    *ret_digest = suite_hash("source", buf_str(&bytes));
    return 0;
}
