/* The archive, member by member, in one pass: header, digest, padding, order, end. Every byte of a bundle is one of these, and
 * each has one form. A header that is damaged costs the way to the next member only where its size cannot be read. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/bundle.h"

#include "base/banned.h"

enum { STEP = 64 << 10, FIXED = 2 }; /* the head and the list come first, and no list names them */

struct files {
    struct bundle *bundle;
    struct hasher *hasher;
    char *piece;
    uint64_t at;    /* next header */
    uint64_t index; /* of the member there */
    uint64_t right;
    bool is_ended; /* zeros were met where a header could stand */
};

static int read_at(struct bundle *bundle, uint64_t offset, char *out, size_t length, size_t *ret_got)
{
    size_t have = 0;
    while (have < length) {
        ssize_t got = pread(bundle->fd, out + have, length - have, (off_t)(offset + have));
        if (got < 0 && errno != EINTR) {
            return err_set(bundle->verify.err, ERR_IO, "%s: %s", bundle->verify.path, strerror(errno));
        }
        if (got == 0) {
            break;
        }
        have += got > 0 ? (size_t)got : 0;
    }
    *ret_got = have;
    return 0;
}

const struct part *bundle_part(const struct bundle *bundle, const char *name)
{
    const json_t *place = json_object_get(bundle->places, name);
    return place != NULL ? &bundle->parts[json_integer_value(place)] : NULL;
}

int bundle_read(struct bundle *bundle, const char *name, size_t max, struct buf *out, const char **ret_says)
{
    const struct part *part = bundle_part(bundle, name);
    size_t got;
    if (part == NULL || !part->is_there || part->size > max) {
        *ret_says = part == NULL || !part->is_there ? "is missing" : "is too long";
        return 0;
    }
    char *room = buf_room(out, (size_t)part->size);
    if (room == NULL) {
        return verify_no_memory(&bundle->verify);
    }
    TRY(read_at(bundle, part->offset, room, (size_t)part->size, &got));
    out->len += got;
    return got == part->size ? 1
                             : err_set(bundle->verify.err, ERR_IO, "%s: shrank while it was read", bundle->verify.path);
}

bool bundle_is_left_out(struct str line, struct sha256 *ret_leaf)
{
    char again[SHA256_HEX + 1];
    struct str hex = str_slice(line, strlen(BUNDLE_REDACTED), line.len);
    if (line.len != BUNDLE_REDACTED_BYTES || !str_starts(line, STR(BUNDLE_REDACTED)) ||
        !hex_decode(ret_leaf->bytes, SHA256_BYTES, hex)) {
        return false;
    }
    hex_encode(again, ret_leaf->bytes, SHA256_BYTES); /* lower case, as there is one way to write it */
    return str_eq(str_of(again), hex);
}

static int read_member(struct verify *verify, const char *name, size_t max, struct buf *out, const char **ret_says)
{
    return bundle_read((struct bundle *)verify, name, max, out, ret_says);
}

static int each_member(struct verify *verify, const char *folder, verify_visit *visit, uint64_t *count)
{
    const struct bundle *bundle = (struct bundle *)verify;
    size_t length = strlen(folder);
    for (size_t i = 0; i < bundle->count; i++) {
        const struct part *part = &bundle->parts[i];
        if (part->is_there && strncmp(part->name, folder, length) == 0 && part->name[length] == '/') {
            TRY(visit(verify, part->name, count));
        }
    }
    return 0;
}

const struct verify_place bundle_place = {.read = read_member, .each = each_member, .is_left_out = bundle_is_left_out};

static int bad(struct files *files, const char *where, uint64_t offset, const char *says)
{
    char detail[64];
    (void)snprintf(detail, sizeof detail, "at byte %" PRIu64 " of the archive", offset);
    return verify_problem(&files->bundle->verify, VERIFY_ALTERED, where, says, detail);
}

/* Digest of a member's bytes, and whether zeros fill the rest of its last block. *ret_whole: it was not cut off. */
static int hash_data(struct files *files, const struct tar_member *member, char hex[static SHA256_HEX + 1],
                     bool *ret_whole)
{
    struct bundle *bundle = files->bundle;
    uint64_t offset = files->at + TAR_BLOCK;
    uint64_t left = member->size;
    while (left != 0) {
        size_t wanted = left < STEP ? (size_t)left : STEP;
        size_t got;
        TRY(read_at(bundle, offset, files->piece, wanted, &got));
        if (got < wanted) {
            *ret_whole = false;
            (void)hasher_end(files->hasher);
            return bad(files, member->name, offset + got, "is cut off");
        }
        hasher_put(files->hasher, files->piece, got);
        offset += got;
        left -= got;
    }
    struct sha256 digest = hasher_end(files->hasher);
    hex_encode(hex, digest.bytes, SHA256_BYTES);
    char padding[TAR_BLOCK];
    size_t length = (size_t)tar_padding(member->size);
    size_t got;
    TRY(read_at(bundle, offset, padding, length, &got));
    *ret_whole = got == length;
    if (!*ret_whole) {
        return bad(files, member->name, offset + got, "is cut off in the zeros behind it");
    }
    for (size_t i = 0; i < length; i++) {
        if (padding[i] != 0) {
            return bad(files, member->name, offset + i, "is followed by something else than zeros");
        }
    }
    return 0;
}

/* Lines of the list: 64 hex digits, two blanks, a name, each once. */
static int read_list(struct bundle *bundle)
{
    struct str rest = buf_str(&bundle->list);
    size_t room = 0;
    for (uint64_t number = 1; rest.len != 0; number++) {
        struct str_cut line = str_cut(rest, '\n');
        struct part part = {.offset = 0};
        uint8_t digest[SHA256_BYTES];
        char where[48];
        bool is_line = line.found && line.head.len > SHA256_HEX + 2 && line.head.len - SHA256_HEX - 2 <= TAR_NAME_MAX &&
                       hex_decode(digest, sizeof digest, str_slice(line.head, 0, SHA256_HEX)) &&
                       str_eq(str_slice(line.head, SHA256_HEX, SHA256_HEX + 2), STR("  "));
        if (is_line) {
            hex_encode(part.hex, digest, SHA256_BYTES);
            memcpy(part.name, line.head.data + SHA256_HEX + 2, line.head.len - SHA256_HEX - 2);
        }
        rest = line.tail;
        is_line = is_line && tar_is_name(part.name) && json_object_get(bundle->places, part.name) == NULL &&
                  bundle->count < BUNDLE_MEMBERS_MAX && str_eq(str_slice(line.head, 0, SHA256_HEX), str_of(part.hex));
        if (!is_line) {
            (void)snprintf(where, sizeof where, BUNDLE_LIST ":%" PRIu64, number);
            TRY(verify_problem(&bundle->verify, VERIFY_ALTERED, where, "is no line of a list, or names a file twice",
                               ""));
            continue;
        }
        if (bundle->count == room) {
            room = room != 0 ? 2 * room : 64;
            struct part *grown = realloc(bundle->parts, room * sizeof *grown);
            if (grown == NULL) {
                return verify_no_memory(&bundle->verify);
            }
            bundle->parts = grown;
        }
        if (json_object_set_new(bundle->places, part.name, json_integer((json_int_t)bundle->count)) != 0) {
            return verify_no_memory(&bundle->verify);
        }
        bundle->parts[bundle->count++] = part;
    }
    return 0;
}

static int keep(struct files *files, const struct tar_member *member, size_t max, struct buf *out, bool *ret_has)
{
    size_t got;
    if (member->size > max) {
        return bad(files, member->name, files->at, "is longer than any that assay writes");
    }
    char *room = buf_room(out, (size_t)member->size);
    if (room == NULL) {
        return verify_no_memory(&files->bundle->verify);
    }
    TRY(read_at(files->bundle, files->at + TAR_BLOCK, room, (size_t)member->size, &got));
    out->len += got;
    *ret_has = got == member->size;
    return 0;
}

/* The first two members are known by their place. */
static int take_fixed(struct files *files, const struct tar_member *member)
{
    struct bundle *bundle = files->bundle;
    const char *name = files->index == 0 ? BUNDLE_HEAD : BUNDLE_LIST;
    if (strcmp(member->name, name) != 0) {
        TRY(bad(files, member->name, files->at,
                files->index == 0 ? "stands where bundle belongs" : "stands where " BUNDLE_LIST " belongs"));
    }
    if (files->index == 0) {
        return keep(files, member, NOTE_MAX_BYTES, &bundle->head, &bundle->has_head);
    }
    TRY(keep(files, member, BUNDLE_LIST_MAX, &bundle->list, &bundle->has_list));
    return bundle->has_list ? read_list(bundle) : 0;
}

static int take_listed(struct files *files, const struct tar_member *member, const char *hex)
{
    struct bundle *bundle = files->bundle;
    const json_t *place = json_object_get(bundle->places, member->name);
    char says[TAR_NAME_MAX + 64];
    if (place == NULL) {
        return bad(files, member->name, files->at, "is in the archive, but not in the list");
    }
    struct part *part = &bundle->parts[json_integer_value(place)];
    if (part->is_there) {
        return bad(files, member->name, files->at, "is there twice");
    }
    part->is_there = true;
    part->offset = files->at + TAR_BLOCK;
    part->size = member->size;
    part->is_right = strcmp(part->hex, hex) == 0;
    files->right += part->is_right;
    if (files->index - FIXED != (uint64_t)json_integer_value(place)) {
        TRY(bad(files, member->name, files->at, "is not where the list has it"));
    }
    if (!part->is_right) {
        (void)snprintf(says, sizeof says, "digest is %.8s...%.4s, the list says %.8s...%.4s", hex, hex + 60, part->hex,
                       part->hex + 60);
        return bad(files, member->name, files->at + TAR_BLOCK, says);
    }
    return 0;
}

/* 1: a member; 0: the end, or no way to go on. */
static int next_member(struct files *files)
{
    struct bundle *bundle = files->bundle;
    char header[TAR_BLOCK];
    char hex[SHA256_HEX + 1] = "";
    struct tar_member member;
    size_t got;
    bool is_whole = true;
    TRY(read_at(bundle, files->at, header, TAR_BLOCK, &got));
    if (got < TAR_BLOCK) {
        TRY(bad(files, "the archive", files->at + got, "is cut off"));
        return 0;
    }
    int is = tar_read(&member, header);
    if (is == 0) {
        files->is_ended = true;
        return 0;
    }
    if (member.name[0] == '\0') {
        TRY(bad(files, "the archive", files->at, "has a damaged header; what lies behind it was not read"));
        return 0;
    }
    if (is < 0) {
        TRY(bad(files, member.name, files->at, "has a header that assay does not write"));
    }
    bundle->times_differ = bundle->times_differ || (bundle->has_time && bundle->time_s != member.time_s);
    bundle->time_s = member.time_s;
    bundle->has_time = true;
    TRY(hash_data(files, &member, hex, &is_whole));
    if (is_whole) {
        TRY(files->index < FIXED ? take_fixed(files, &member) : take_listed(files, &member, hex));
    }
    files->at += TAR_BLOCK + member.size + tar_padding(member.size);
    files->index++;
    return is_whole ? 1 : 0;
}

/* Two blocks of zeros, and nothing more. */
static int check_end(struct files *files)
{
    struct bundle *bundle = files->bundle;
    char end[2 * TAR_BLOCK + 1];
    size_t got;
    TRY(read_at(bundle, files->at, end, sizeof end, &got));
    for (size_t i = 0; i < got; i++) {
        if (end[i] != 0) {
            return bad(files, "the archive", files->at + i, "has something else than zeros at its end");
        }
    }
    if (got != (size_t)2 * TAR_BLOCK) {
        return bad(files, "the archive", files->at,
                   got < (size_t)2 * TAR_BLOCK ? "is cut off at its end" : "goes on behind its end");
    }
    return 0;
}

static int tell_missing(struct bundle *bundle)
{
    static const char *const needed[] = {"README.txt", "vkey", "checkpoint", "ledger.jsonl", BUNDLE_LEAVES};
    if (!bundle->has_head) {
        TRY(verify_problem(&bundle->verify, VERIFY_MISSING, BUNDLE_HEAD, "is missing", ""));
    }
    if (!bundle->has_list) {
        TRY(verify_problem(&bundle->verify, VERIFY_MISSING, BUNDLE_LIST, "is missing", ""));
    }
    for (size_t i = 0; i < bundle->count; i++) {
        if (!bundle->parts[i].is_there) {
            TRY(verify_problem(&bundle->verify, VERIFY_MISSING, bundle->parts[i].name, "is missing; the list has it",
                               ""));
        }
    }
    for (size_t i = 0; bundle->has_list && i < sizeof needed / sizeof needed[0]; i++) {
        if (bundle_part(bundle, needed[i]) == NULL) {
            TRY(verify_problem(&bundle->verify, VERIFY_MISSING, needed[i], "is not in the list; every bundle has it",
                               ""));
        }
    }
    if (bundle->times_differ) {
        TRY(verify_problem(&bundle->verify, VERIFY_ALTERED, "the archive", "gives its members different times", ""));
    }
    return 0;
}

static void own_files(struct files *files)
{
    hasher_free(files->hasher);
    free(files->piece);
}

int bundle_files(struct bundle *bundle)
{
    OWN(own_files)
    struct files files = {.bundle = bundle, .hasher = hasher_new(bundle->verify.err), .piece = malloc(STEP)};
    char right[COUNT_TEXT];
    char of[COUNT_TEXT];
    int got;
    if (files.hasher == NULL || files.piece == NULL) {
        return verify_no_memory(&bundle->verify);
    }
    do {
        got = next_member(&files);
    } while (got == 1);
    if (got < 0) {
        return -1;
    }
    if (files.is_ended) { /* else the way there was lost, and that was told */
        TRY(check_end(&files));
    }
    TRY(tell_missing(bundle));
    return verify_topic(&bundle->verify, "files", "%s of %s files are as listed", verify_count(right, files.right),
                        verify_count(of, bundle->count));
}
