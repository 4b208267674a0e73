/* What stands around the ledger of a bundle: the signed head of the list, documents and those that were withheld, proofs,
 * tiles, the report. What is signed and seen of it, older checkpoints above all, is checked as that of a case. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/bundle.h"
#include "case/tiles.h"
#include "ledger/proof.h"

#include "base/banned.h"

int bundle_unseen(struct bundle *bundle, const char *what, const char *format, ...)
{
    char says[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(says, sizeof says, format, args);
    va_end(args);
    json_t *line = json_pack("{s:s, s:s, s:b, s:b}", "what", what, "says", says, "ok", 1, "unseen", 1);
    return line != NULL && json_array_append_new(bundle->verify.lines, line) == 0 ? 0
                                                                                  : verify_no_memory(&bundle->verify);
}

static int altered(struct bundle *bundle, const char *where, const char *says)
{
    return verify_problem(&bundle->verify, VERIFY_ALTERED, where, says, "");
}

/* ---- the head ---- */

/* It is signed when the checkpoint is there already: by the key that would sign the next one. */
static const struct note_key *head_key(const struct verify *verify)
{
    bool is_first = !verify->has_checkpoint || verify->size == UINT64_MAX;
    return &case_key_for(&verify->keys, is_first ? 1 : verify->size + 1)->key;
}

/* Signed by the case key, unsigned (no empty line), or neither. *ret_text: what was or would be signed. */
static const char *head_text(struct bundle *bundle, struct str *ret_text, bool *ret_signed, struct err *why)
{
    struct note note;
    struct str bytes = buf_str(&bundle->head);
    *ret_signed = str_find(bytes, STR("\n\n"), 0) != SIZE_MAX;
    *ret_text = bytes;
    if (!*ret_signed) {
        return NULL;
    }
    if (!bundle->verify.has_key) {
        return "no key to check it with";
    }
    if (note_read(&note, bytes, why) != 0 || note_check(&note, head_key(&bundle->verify), why) != 0) {
        return why->text;
    }
    *ret_text = note.text;
    return NULL;
}

int bundle_list(struct bundle *bundle)
{
    struct verify *verify = &bundle->verify;
    OWN(own_buf) struct buf wanted = {0};
    struct err why = {.text = ""};
    struct str text;
    bool is_signed = false;
    char hex[SHA256_HEX + 1];
    if (!bundle->has_head || !bundle->has_list) {
        return 0;
    }
    const char *wrong = head_text(bundle, &text, &is_signed, &why);
    if (wrong != NULL) {
        TRY(altered(bundle, BUNDLE_HEAD, wrong));
    }
    struct sha256 digest = sha256_of(buf_str(&bundle->list));
    hex_encode(hex, digest.bytes, SHA256_BYTES);
    if (verify->has_checkpoint) {
        buf_printf(&wanted, BUNDLE_FORMAT "\n%s\n%" PRIu64 "\n%s\nwithheld %zu\nredacted %" PRIu64 "\n",
                   verify->key.name, verify->size, hex, json_object_size(bundle->withheld), bundle->redacted);
        TRY(buf_check(&wanted, verify->err));
        if (wrong == NULL && !str_eq(text, buf_str(&wanted))) {
            TRY(altered(bundle, BUNDLE_HEAD,
                        "says another origin, size, list or number of what was left out than is here"));
        }
    }
    if (is_signed) {
        return verify_topic(verify, "list",
                            wrong == NULL ? "the list of files is signed by %s"
                                          : "the list of files is not signed by %s",
                            verify->has_key ? verify->key.name : "a key of this case");
    }
    TRY(verify_topic(verify, "list", "the list of files agrees with the files"));
    return bundle_unseen(bundle, "list",
                         "nobody signed the list: README.txt, the report and proofs could be anyone's; ledger and "
                         "documents are what the checkpoint covers");
}

/* ---- documents ---- */

static int check_documents(struct bundle *bundle)
{
    struct verify *verify = &bundle->verify;
    char count[COUNT_TEXT];
    char of[COUNT_TEXT];
    uint64_t all = 0;
    const char *digest;
    json_t *id;
    for (size_t i = 0; i < bundle->count; i++) {
        const struct part *part = &bundle->parts[i];
        if (!str_starts(str_of(part->name), STR("documents/")) || !part->is_there) {
            continue;
        }
        bool is_named = strcmp(part->name + 10, part->hex) == 0;
        all++;
        bundle->documents += is_named && part->is_right;
        if (!is_named) {
            TRY(altered(bundle, part->name, "is not named by its digest"));
        }
        if (json_object_get(bundle->withheld, part->name + 10) != NULL) {
            TRY(altered(bundle, part->name, "is here, though " BUNDLE_WITHHELD " says it was left out"));
        }
    }
    json_object_foreach(verify->expected, digest, id)
    {
        char where[TAR_NAME_MAX + 1];
        char says[ID_MAX_BYTES + 64];
        (void)snprintf(where, sizeof where, "documents/%.64s", digest);
        if (bundle_part(bundle, where) == NULL && json_object_get(bundle->withheld, digest) == NULL) {
            (void)snprintf(says, sizeof says, "is neither here nor among the withheld; entry %s has it",
                           json_string_value(id));
            TRY(verify_problem(verify, VERIFY_MISSING, where, says, ""));
        }
    }
    return all == 0 && json_array_size(verify->problems) == 0
               ? 0
               : verify_topic(verify, "documents", "%s of %s digests agree", verify_count(count, bundle->documents),
                              verify_count(of, all));
}

/* ---- proofs ---- */

static const char *wrong_proof(struct bundle *bundle, const char *name, struct err *why)
{
    OWN(own_buf) struct buf bytes = {0};
    struct checkpoint checkpoint;
    struct proof proof;
    const char *says = "";
    if (bundle_read(bundle, name, NOTE_MAX_BYTES, &bytes, &says) != 1) {
        return says;
    }
    const struct verify *verify = &bundle->verify;
    const struct note_key *signer = verify->has_checkpoint ? &verify->signer : &verify->key;
    if (proof_read(&proof, buf_str(&bytes), why) != 0 ||
        checkpoint_open(&checkpoint, proof.checkpoint, signer, why) != 0) {
        return why->text;
    }
    bool holds = proof.index < bundle->leaves_count &&
                 tree_holds_entry(&bundle->leaves[proof.index], proof.index, checkpoint.size, &checkpoint.root,
                                  proof.path.hashes, proof.path.count);
    return holds ? NULL : "does not lead from its entry to the checkpoint";
}

static int check_proofs(struct bundle *bundle)
{
    uint64_t all = 0, agree = 0;
    char count[COUNT_TEXT];
    char of[COUNT_TEXT];
    for (size_t i = 0; bundle->verify.has_key && i < bundle->count; i++) {
        struct err why = {.text = ""};
        const struct part *part = &bundle->parts[i];
        if (!str_starts(str_of(part->name), STR("proofs/")) || !part->is_there) {
            continue;
        }
        const char *wrong = wrong_proof(bundle, part->name, &why);
        all++;
        agree += wrong == NULL;
        if (wrong != NULL) {
            TRY(altered(bundle, part->name, wrong));
        }
    }
    return all == 0 ? 0
                    : verify_topic(&bundle->verify, "proofs", "%s of %s lead from their entry to the checkpoint",
                                   verify_count(count, agree), verify_count(of, all));
}

/* ---- tiles ---- */

/* digest: of the tile's bytes as the ledger has them. */
static int compare_tile(struct bundle *bundle, const char *name, const struct sha256 *digest, uint64_t *agree)
{
    const struct part *part = bundle_part(bundle, name);
    char hex[SHA256_HEX + 1];
    hex_encode(hex, digest->bytes, SHA256_BYTES);
    if (part != NULL && strcmp(part->hex, hex) == 0) {
        *agree += 1;
        return 0;
    }
    return part == NULL ? verify_problem(&bundle->verify, VERIFY_MISSING, name, "is missing", "")
                        : altered(bundle, name, "is not the tile of this tree");
}

static int check_level(struct bundle *bundle, unsigned level, const struct sha256 *hashes, uint64_t all,
                       uint64_t *agree)
{
    for (uint64_t from = 0; from < all; from += TILE_WIDTH) {
        uint64_t count = all - from < TILE_WIDTH ? all - from : TILE_WIDTH;
        char tile[TILE_NAME];
        char name[TILE_NAME + 8];
        tile_name(tile, (int)level, from / TILE_WIDTH, (unsigned)count);
        (void)snprintf(name, sizeof name, "tiles/%s", tile);
        struct sha256 digest = sha256_of((struct str){(const char *)(hashes + from), count * sizeof *hashes});
        TRY(compare_tile(bundle, name, &digest, agree));
    }
    return 0;
}

static void put_entry(struct hasher *hasher, struct str entry)
{
    const char length[2] = {(char)(uint8_t)(entry.len >> 8), (char)(uint8_t)entry.len};
    hasher_put(hasher, length, sizeof length);
    hasher_put(hasher, entry.data, entry.len);
}

static int check_entries(struct bundle *bundle, uint64_t *agree)
{
    uint64_t size = bundle->leaves_count;
    OWN(own_lines) struct lines lines = {0};
    OWN(own_hasher) struct hasher *hasher = hasher_new(bundle->verify.err);
    if (hasher == NULL || verify_lines(&bundle->verify, &lines) != 1) {
        return -1;
    }
    for (uint64_t n = 0; n < size; n++) {
        struct line line;
        if (lines_next(&lines, &line, bundle->verify.err) != 1) {
            return err_set(bundle->verify.err, ERR_IO, "%s: shrank while it was read", bundle->verify.path);
        }
        put_entry(hasher, line.text);
        if ((n + 1) % TILE_WIDTH == 0 || n + 1 == size) {
            char tile[TILE_NAME];
            char name[TILE_NAME + 8];
            struct sha256 digest = hasher_end(hasher);
            tile_name(tile, TILE_ENTRIES, n / TILE_WIDTH, (unsigned)(n % TILE_WIDTH + 1));
            (void)snprintf(name, sizeof name, "tiles/%s", tile);
            TRY(compare_tile(bundle, name, &digest, agree));
        }
    }
    return 0;
}

/* Whatever a client of the tiles would be given is what the ledger has. */
static int check_tiles(struct bundle *bundle)
{
    uint64_t size = bundle->leaves_count, agree = 0;
    char count[COUNT_TEXT];
    if (bundle_part(bundle, "tiles/checkpoint") == NULL || !bundle->verify.ledger_agrees) {
        return 0;
    }
    OWN(own_mem) struct sha256 *hashes = malloc((size + 1) * sizeof *hashes);
    if (hashes == NULL) {
        return verify_no_memory(&bundle->verify);
    }
    memcpy(hashes, bundle->leaves, size * sizeof *hashes);
    for (unsigned level = 0; tile_hashes(size, level) != 0; level++) {
        TRY(check_level(bundle, level, hashes, tile_hashes(size, level), &agree));
        tile_climb(hashes, tile_hashes(size, level));
    }
    TRY(check_entries(bundle, &agree));
    return verify_topic(&bundle->verify, "tiles", "%s tiles are those of the tree", verify_count(count, agree));
}

/* ---- the report, and what is left out ---- */

static int tell_report(struct bundle *bundle)
{
    const struct part *part = bundle_part(bundle, "report.html");
    if (part == NULL || !part->is_right) {
        return 0;
    }
    const json_t *id = json_object_get(bundle->reports, part->hex);
    return id != NULL
               ? verify_topic(&bundle->verify, "report", "report.html is %s of the ledger", json_string_value(id))
               : bundle_unseen(bundle, "report",
                               "report.html is no report that the ledger names: it is as listed, and not as recorded");
}

int bundle_left_out(struct bundle *bundle)
{
    char count[COUNT_TEXT];
    size_t withheld = json_object_size(bundle->withheld);
    if (withheld != 0) {
        TRY(bundle_unseen(bundle, "withheld",
                          "%s documents were left out: their digests are here, nobody looked at them",
                          verify_count(count, withheld)));
    }
    return bundle->redacted == 0
               ? 0
               : bundle_unseen(bundle, "redacted",
                               "%s entries were left out: their place in the tree is proved, what they say is not seen",
                               verify_count(count, bundle->redacted));
}

/* All members carry the time of the newest entry that is shown. */
static int check_time(struct bundle *bundle)
{
    if (!bundle->has_time || bundle->time_s == bundle->newest_s || !bundle->verify.ledger_agrees) {
        return 0;
    }
    TRY(altered(bundle, "the archive", "gives its members another time than that of the newest entry"));
    return verify_topic(&bundle->verify, "archive", "times of members differ from the ledger's");
}

int bundle_rest(struct bundle *bundle)
{
    TRY(check_documents(bundle));
    TRY(check_proofs(bundle));
    TRY(check_tiles(bundle));
    TRY(tell_report(bundle));
    return check_time(bundle);
}
