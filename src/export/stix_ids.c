/* The ids of a bundle's objects: a set that remembers its order. The grouping at the end of a bundle names every object in it, and a file that
 * was found twice is one object. Kept as type and UUID, since their text would be twice as long.
 *
 *   slots  [ 0 | 3 | 0 | 1 | 2 | 0 … ]     1 + place, found by the UUID's first bytes, which are those of a SHA-1
 *   all    [ type uuid | type uuid | … ]   in the order of the bundle */
#include <stdlib.h>

#include "base/hash.h"
#include "base/str.h"
#include "export/stix.h"

#include "base/banned.h"

/* The hex digits of a UUID without its hyphens. */
static bool read_uuid(uint8_t uuid[static STIX_UUID], const char *text)
{
    char hex[2 * STIX_UUID];
    size_t count = 0;
    for (; *text != '\0' && count < sizeof hex; text++) {
        if (*text != '-') {
            hex[count++] = *text;
        }
    }
    return hex_decode(uuid, STIX_UUID, (struct str){hex, count});
}

static bool known_from(struct stix_ids *ids, struct stix_known *known, const char *id)
{
    struct str text = str_of(id);
    if (text.len < UUID_TEXT + 1 || text.len >= STIX_ID) {
        return false;
    }
    struct str type = str_slice(text, 0, text.len - (UUID_TEXT + 1)); /* "--" and the UUID */
    for (size_t i = 0; i < STIX_TYPES; i++) {
        if (ids->types[i][0] == '\0') {
            (void)snprintf(ids->types[i], sizeof ids->types[i], "%.*s", STR_FMT(type));
        }
        if (str_eq(type, str_of(ids->types[i]))) {
            known->type = (uint8_t)i;
            return read_uuid(known->uuid, id + type.len + 2);
        }
    }
    return false;
}

/* The slot that holds it, or the free one where it belongs. */
static uint32_t *slot_of(const struct stix_ids *ids, const struct stix_known *known)
{
    uint32_t start;
    memcpy(&start, known->uuid, sizeof start);
    size_t at = start & (ids->slot_count - 1);
    while (ids->slots[at] != 0 && memcmp(&ids->all[ids->slots[at] - 1], known, sizeof *known) != 0) {
        at = (at + 1) & (ids->slot_count - 1);
    }
    return &ids->slots[at];
}

/* Twice the room, and at most half of the slots taken. */
static bool grow(struct stix_ids *ids)
{
    enum { FIRST = 64 };
    size_t room = ids->room != 0 ? 2 * ids->room : FIRST;
    if (room > UINT32_MAX / 2) {
        return false;
    }
    struct stix_known *all = realloc(ids->all, room * sizeof *all);
    if (all == NULL) {
        return false;
    }
    ids->all = all;
    uint32_t *slots = calloc(2 * room, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    free(ids->slots);
    ids->slots = slots;
    ids->slot_count = 2 * room;
    ids->room = room;
    for (size_t i = 0; i < ids->count; i++) {
        *slot_of(ids, &ids->all[i]) = (uint32_t)(i + 1);
    }
    return true;
}

enum stix_added stix_ids_add(struct stix_ids *ids, const char *id)
{
    struct stix_known known;
    if (!known_from(ids, &known, id) || (ids->count == ids->room && !grow(ids))) {
        return STIX_NO_MEMORY;
    }
    uint32_t *slot = slot_of(ids, &known);
    if (*slot != 0) {
        return STIX_THERE;
    }
    ids->all[ids->count++] = known;
    *slot = (uint32_t)ids->count;
    return STIX_NEW;
}

void stix_ids_get(const struct stix_ids *ids, size_t place, char out[static STIX_ID])
{
    char hex[2 * STIX_UUID + 1];
    const struct stix_known *known = &ids->all[place];
    hex_encode(hex, known->uuid, STIX_UUID);
    (void)snprintf(out, STIX_ID, "%s--%.8s-%.4s-%.4s-%.4s-%.12s", ids->types[known->type], hex, hex + 8, hex + 12,
                   hex + 16, hex + 20);
}

void stix_ids_free(struct stix_ids *ids)
{
    free(ids->all);
    free(ids->slots);
    *ids = (struct stix_ids){0};
}
