/* PHP manual, "Phar file format":
 *
 *   script ... __HALT_COMPILER(); [ ?>] [\r\n]
 *   list   length:4 count:4 api:2 flags:4 alias:4+n metadata:4+n
 *          then for each file   name:4+n size:4 time:4 packed:4 crc:4 flags:4 metadata:4+n
 *   files  one behind the other, each plain, as raw deflate (0x1000) or as bzip2 (0x2000)
 *
 * All numbers little-endian. Sizes are the archive's word: each is held against what is there. */
#include <stdlib.h>
#include <zlib.h>

#include "base/own.h"
#include "base/str.h"
#include "formats/phar.h"

#include "base/banned.h"

enum { FLAG_DEFLATE = 0x1000, FLAG_BZIP2 = 0x2000, MODE_MASK = 0x1ff };

static const struct str end_mark = {"__HALT_COMPILER();", 18};

struct phar {
    struct str script;
    size_t at, list_end; /* in the list */
    size_t data_at;      /* of the next file */
    uint32_t left;       /* files in the list */
    struct str packed;   /* what is unread of the file at hand */
    uint32_t flags;
    z_stream z;
    bool has_z, is_ended;
    struct container *inner; /* bzip2 */
    struct container_budget inner_budget;
};

static bool take_u32(struct str script, size_t *at, size_t end, uint32_t *ret_value)
{
    if (*at > end || end - *at < 4) {
        return false;
    }
    const unsigned char *byte = (const unsigned char *)script.data + *at;
    *ret_value = (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 24;
    *at += 4;
    return true;
}

static bool take_text(struct str script, size_t *at, size_t end, struct str *ret_text)
{
    uint32_t length;
    if (!take_u32(script, at, end, &length) || end - *at < length) {
        return false;
    }
    *ret_text = str_slice(script, *at, *at + length);
    *at += length;
    return true;
}

/* Where the list begins, SIZE_MAX if there is no end mark. */
static size_t list_at(struct str script)
{
    size_t at = str_find_nocase(script, end_mark, 0);
    if (at == SIZE_MAX) {
        return SIZE_MAX;
    }
    at += end_mark.len;
    if (str_eq(str_slice(script, at, at + 3), STR(" ?>"))) {
        at += 3;
    } else if (str_eq(str_slice(script, at, at + 2), STR("?>"))) {
        at += 2;
    }
    if (at < script.len && script.data[at] == '\r') {
        at++;
    }
    return at < script.len && script.data[at] == '\n' ? at + 1 : at;
}

/* The head of the list; false if what follows the mark can't be one. */
static bool take_head(struct phar *phar)
{
    enum { ENTRY_MIN = 28 };
    uint32_t length, flags;
    struct str alias, metadata;
    size_t at = list_at(phar->script);
    if (at == SIZE_MAX || !take_u32(phar->script, &at, phar->script.len, &length) || phar->script.len - at < length) {
        return false;
    }
    phar->list_end = phar->data_at = at + length;
    if (!take_u32(phar->script, &at, phar->list_end, &phar->left) || phar->list_end - at < 2) {
        return false;
    }
    at += 2;
    if (!take_u32(phar->script, &at, phar->list_end, &flags) || !take_text(phar->script, &at, phar->list_end, &alias) ||
        !take_text(phar->script, &at, phar->list_end, &metadata)) {
        return false;
    }
    phar->at = at;
    return phar->left != 0 && phar->left <= length / ENTRY_MIN;
}

bool phar_is(struct str script)
{
    struct phar phar = {.script = script};
    return take_head(&phar);
}

struct phar *phar_open(struct str script, struct err *err)
{
    struct phar *phar = calloc(1, sizeof *phar);
    if (phar == NULL) {
        err_no_memory(err);
        return NULL;
    }
    phar->script = script;
    if (!take_head(phar)) {
        free(phar);
        err_set(err, ERR_FORMAT, "no phar");
        return NULL;
    }
    return phar;
}

static void end_file(struct phar *phar)
{
    if (phar->has_z) {
        (void)inflateEnd(&phar->z);
        phar->has_z = false;
    }
    container_close(phar->inner);
    phar->inner = NULL;
}

void phar_close(struct phar *phar)
{
    if (phar != NULL) {
        end_file(phar);
        free(phar);
    }
}

static int begin_file(struct phar *phar, struct err *err)
{
    phar->is_ended = false;
    if (phar->flags & FLAG_DEFLATE) {
        phar->z = (z_stream){.next_in = (Bytef *)(uintptr_t)phar->packed.data, .avail_in = (uInt)phar->packed.len};
        phar->has_z = inflateInit2(&phar->z, -MAX_WBITS) == Z_OK;
        return phar->has_z ? 0 : err_no_memory(err);
    }
    if (phar->flags & FLAG_BZIP2) {
        struct container_item item;
        bool any = false;
        phar->inner_budget = (struct container_budget){UINT64_MAX, 2}; /* the outer one counts what comes out */
        phar->inner = container_open_bytes(phar->packed, &phar->inner_budget, err);
        if (phar->inner == NULL || container_next(phar->inner, &item, &any, err) != 0 || !any) {
            container_close(phar->inner); /* said when it is read */
            phar->inner = NULL;
        }
    }
    return 0;
}

int phar_next(struct phar *phar, struct container_item *ret_item, bool *ret_any, struct err *err)
{
    end_file(phar);
    *ret_any = phar->left != 0;
    if (phar->left == 0) {
        return 0;
    }
    phar->left--;
    struct str name, metadata;
    uint32_t size, time, packed, crc;
    if (!take_text(phar->script, &phar->at, phar->list_end, &name) ||
        !take_u32(phar->script, &phar->at, phar->list_end, &size) ||
        !take_u32(phar->script, &phar->at, phar->list_end, &time) ||
        !take_u32(phar->script, &phar->at, phar->list_end, &packed) ||
        !take_u32(phar->script, &phar->at, phar->list_end, &crc) ||
        !take_u32(phar->script, &phar->at, phar->list_end, &phar->flags) ||
        !take_text(phar->script, &phar->at, phar->list_end, &metadata)) {
        return err_set(err, ERR_FORMAT, "archive is damaged: its list ends too early");
    }
    if (phar->script.len - phar->data_at < packed) {
        return err_set(err, ERR_FORMAT, "archive is damaged: a file is longer than the archive");
    }
    phar->packed = str_slice(phar->script, phar->data_at, phar->data_at + packed);
    phar->data_at += packed;
    *ret_item = (struct container_item){.kind = name.len != 0 && name.data[name.len - 1] == '/' ? CONTAINER_DIRECTORY
                                                                                                : CONTAINER_FILE,
                                        .path = name,
                                        .mtime_s = time,
                                        .mode = phar->flags & MODE_MASK};
    return begin_file(phar, err);
}

static int read_deflated(struct phar *phar, char *into, size_t room, size_t *ret_got, struct err *err)
{
    phar->z.next_out = (Bytef *)into;
    phar->z.avail_out = (uInt)(room > (1U << 30) ? 1U << 30 : room);
    uInt before = phar->z.avail_out;
    int status = phar->is_ended ? Z_STREAM_END : inflate(&phar->z, Z_NO_FLUSH);
    *ret_got = before - phar->z.avail_out;
    phar->is_ended = status == Z_STREAM_END;
    if (*ret_got == 0 && !phar->is_ended) {
        return err_set(err, ERR_FORMAT, "archive is damaged: a file does not unpack");
    }
    return 0;
}

int phar_read(struct phar *phar, char *into, size_t room, size_t *ret_got, struct err *err)
{
    if (phar->flags & FLAG_DEFLATE) {
        return read_deflated(phar, into, room, ret_got, err);
    }
    if (phar->flags & FLAG_BZIP2) {
        return phar->inner != NULL ? container_read(phar->inner, into, room, ret_got, err)
                                   : err_set(err, ERR_FORMAT, "archive is damaged: a file does not unpack");
    }
    *ret_got = phar->packed.len < room ? phar->packed.len : room;
    memcpy(into, phar->packed.data, *ret_got);
    phar->packed = str_slice(phar->packed, *ret_got, phar->packed.len);
    return 0;
}
