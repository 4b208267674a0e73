/* What is in the ledger that a bundle has to know, and what the options leave out of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/pack.h"

#include "base/banned.h"

/* "X01/" and a star stands for every record of X01. */
static bool id_fits(struct str id, struct str wanted)
{
    bool is_group = str_ends(wanted, STR("/*"));
    return is_group ? str_starts(id, str_slice(wanted, 0, wanted.len - 1)) : str_eq(id, wanted);
}

static bool is_redacted(const struct pack *pack, struct str id, bool *used)
{
    bool is = false;
    for (size_t i = 0; pack->options->redact != NULL && pack->options->redact[i] != NULL; i++) {
        if (id_fits(id, str_of(pack->options->redact[i]))) {
            used[i] = true;
            is = true;
        }
    }
    return is;
}

bool pack_hides(const struct pack *pack, const char *id)
{
    bool is = false;
    for (size_t i = 0; pack->options->redact != NULL && pack->options->redact[i] != NULL; i++) {
        is = is || id_fits(str_of(id), str_of(pack->options->redact[i]));
    }
    return is;
}

static size_t list_count(const char *const *list)
{
    size_t count = 0;
    while (list != NULL && list[count] != NULL) {
        count++;
    }
    return count;
}

/* Which documents an entry names. */
static int note_documents(struct pack *pack, const json_t *entry, struct err *err)
{
    static const char *const keys[] = {"sha256", "rates"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        uint8_t digest[SHA256_BYTES];
        const char *hex = json_text(entry, keys[i], "");
        if (!hex_decode(digest, sizeof digest, str_of(hex))) {
            continue;
        }
        json_t *ids = json_object_get(pack->named, hex);
        if (ids == NULL) {
            ids = json_array();
            if (json_object_set_new(pack->named, hex, ids) != 0) {
                return err_no_memory(err);
            }
        }
        if (json_array_append(ids, json_object_get(entry, "id")) != 0) {
            return err_no_memory(err);
        }
    }
    return 0;
}

static int note_entry(struct pack *pack, uint64_t n, struct str line, const struct envelope *envelope, struct err *err)
{
    bool is_exhibit = str_eq(envelope->type, STR("evidence")) || str_eq(envelope->type, STR("verdict"));
    bool names_digest =
        str_find(line, STR("\"sha256\":"), 0) != SIZE_MAX || str_find(line, STR("\"rates\":"), 0) != SIZE_MAX;
    if (!is_exhibit && !names_digest && n + 1 < pack->size) {
        return 0;
    }
    OWN(own_json) json_t *entry = json_read(line, err);
    if (entry == NULL) {
        return err_where(err, "ledger.jsonl:%llu", (unsigned long long)n + 1);
    }
    if (is_exhibit &&
        json_object_set_new(pack->exhibits, json_text(entry, "id", ""), json_integer((json_int_t)n)) != 0) {
        return err_no_memory(err);
    }
    return names_digest ? note_documents(pack, entry, err) : 0;
}

/* The time of the last entry that is shown: every member of the archive carries it. */
static int read_time(struct pack *pack, struct err *err)
{
    uint64_t n = pack->size;
    while (n > 0 && pack->is_redacted[n - 1]) {
        n--;
    }
    OWN(own_lines) struct lines lines = {0};
    struct line line;
    TRY(lines_open(&lines, pack->kase->ledger, pack->offsets[n - 1], err));
    if (lines_next(&lines, &line, err) != 1) {
        return err_set(err, ERR_TAMPERED, "ledger.jsonl: shrank while it was read");
    }
    OWN(own_json) json_t *entry = json_read(line.text, err);
    int64_t time = entry != NULL ? time_parse(str_of(json_text(entry, "time", ""))) : TIME_NONE;
    pack->time_s = time > 0 ? (uint64_t)(time / NS_PER_S) : 0;
    return entry != NULL ? 0 : -1;
}

static int read_lines(struct pack *pack, bool *used, struct err *err)
{
    OWN(own_lines) struct lines lines = {0};
    TRY(lines_open(&lines, pack->kase->ledger, 0, err));
    for (uint64_t n = 0; n < pack->size; n++) {
        struct line line;
        struct envelope envelope;
        int got = lines_next(&lines, &line, err);
        if (got <= 0) {
            return got < 0 ? -1 : err_set(err, ERR_TAMPERED, "ledger.jsonl: shrank while it was read");
        }
        const char *wrong = canon_read(&envelope, line.text);
        if (wrong != NULL) {
            return err_set(err, ERR_FORMAT, "ledger.jsonl:%llu: %s", (unsigned long long)n + 1, wrong);
        }
        pack->leaves[n] = tree_leaf(line.text);
        pack->offsets[n] = line.offset;
        pack->offsets[n + 1] = line.offset + line.bytes;
        pack->is_redacted[n] = is_redacted(pack, envelope.id, used);
        pack->redacted += pack->is_redacted[n];
        pack->hides_key = pack->hides_key || (pack->is_redacted[n] && str_eq(envelope.type, STR("key")));
        TRY(note_entry(pack, n, line.text, &envelope, err));
    }
    struct tree tree = {.size = 0};
    for (uint64_t n = 0; n < pack->size; n++) {
        tree_add(&tree, &pack->leaves[n]);
    }
    struct sha256 now = tree_root(&tree), signed_root = tree_root(&pack->kase->tree);
    return sha256_eq(&now, &signed_root) ? 0 : err_set(err, ERR_TAMPERED, "ledger.jsonl: changed while it was read");
}

static int check_redactions(const struct pack *pack, const bool *used, struct err *err)
{
    for (size_t i = 0; pack->options->redact != NULL && pack->options->redact[i] != NULL; i++) {
        if (!used[i]) {
            err_set(err, ERR_USAGE, "--redact: no entry \"%s\" in this case", pack->options->redact[i]);
            return err_remedy(
                err,
                "give ids of entries as the report cites them (S2, E01, X01/3, X01/*); an entry is left out whole, for "
                "its hash is over the whole line");
        }
    }
    if (pack->is_redacted[0]) {
        err_set(err, ERR_USAGE, "--redact: entry 0 names the key, without which nothing of the bundle can be checked");
        return err_remedy(err,
                          "correct what the case says of itself by an entry that supersedes it, and redact neither");
    }
    if (pack->hides_key) {
        err_set(err, ERR_USAGE,
                "--redact: an entry about a key: without it, who signed and who is revoked cannot be told");
        return err_remedy(err, "keys, and the ids of the parties they belong to, are always shown");
    }
    if (pack->redacted != 0 && pack->options->has_tiles) {
        err_set(err, ERR_USAGE, "--tiles hands out every entry, --redact leaves some out");
        return err_remedy(err, "make two bundles, or leave one of the options away");
    }
    return 0;
}

static int withhold_one(struct pack *pack, const char *digest, struct err *err)
{
    char name[16 + SHA256_HEX];
    (void)snprintf(name, sizeof name, "documents/%.64s", digest);
    bool is_here = faccessat(pack->kase->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    return !is_here || json_object_set_new(pack->withheld, digest, json_true()) == 0 ? 0 : err_no_memory(err);
}

/* A digest that is a document here, or an entry that names such. */
static int withhold(struct pack *pack, const char *wanted, struct err *err)
{
    size_t before = json_object_size(pack->withheld);
    uint8_t bytes[SHA256_BYTES];
    const char *digest;
    json_t *ids;
    if (strcmp(wanted, "all") == 0) {
        pack->withholds_all = true;
        return 0;
    }
    if (hex_decode(bytes, sizeof bytes, str_of(wanted))) {
        TRY(withhold_one(pack, wanted, err));
    }
    json_object_foreach(pack->named, digest, ids)
    {
        for (size_t i = 0; i < json_array_size(ids); i++) {
            if (strcmp(json_string_value(json_array_get(ids, i)), wanted) == 0) {
                TRY(withhold_one(pack, digest, err));
            }
        }
    }
    if (json_object_size(pack->withheld) == before && json_object_get(pack->withheld, wanted) == NULL) {
        err_set(err, ERR_USAGE, "--withhold: \"%s\" names no archived document of this case", wanted);
        return err_remedy(err, "give the SHA-256 of a file in documents/, the id of an entry that has one, or \"all\"");
    }
    return 0;
}

int pack_read(struct pack *pack, struct err *err)
{
    OWN(own_mem) bool *used = calloc(list_count(pack->options->redact) + 1, sizeof *used);
    pack->size = pack->kase->tree.size;
    pack->leaves = calloc(pack->size + 1, sizeof *pack->leaves);
    pack->offsets = calloc(pack->size + 1, sizeof *pack->offsets);
    pack->is_redacted = calloc(pack->size + 1, sizeof *pack->is_redacted);
    if (used == NULL || pack->leaves == NULL || pack->offsets == NULL || pack->is_redacted == NULL) {
        return err_no_memory(err);
    }
    TRY(read_lines(pack, used, err));
    TRY(check_redactions(pack, used, err));
    TRY(read_time(pack, err));
    for (size_t i = 0; pack->options->withhold != NULL && pack->options->withhold[i] != NULL; i++) {
        TRY(withhold(pack, pack->options->withhold[i], err));
    }
    return 0;
}
