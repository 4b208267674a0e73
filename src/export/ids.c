/* Names that stay: version 5 UUIDs below a namespace of ours. */
#include "base/hash.h"
#include "base/own.h"
#include "base/str.h"
#include "export/inside.h"

#include "base/banned.h"

void uuid_of(char out[static UUID_TEXT], const uint8_t space[static 16], struct str name)
{
    enum { SHA1_USED = 16 };
    char hex[DIGEST_HEX_MAX + 1];
    uint8_t bytes[SHA1_USED] = {0};
    OWN(own_buf) struct buf all = {0};
    buf_put(&all, (struct str){(const char *)space, 16});
    buf_put(&all, name);
    (void)digest_hex(DIGEST_SHA1, buf_str(&all), hex);
    (void)hex_decode(bytes, SHA1_USED, (struct str){hex, 2 * SHA1_USED});
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x50);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    hex_encode(hex, bytes, SHA1_USED);
    (void)snprintf(out, UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

void uuid_within(char out[static UUID_TEXT], const struct export *from, const char *kind, const char *id)
{
    /* 33193ab4-d833-4484-9339-4dd7373d3ae0, drawn once */
    static const uint8_t space[16] = {0x33, 0x19, 0x3a, 0xb4, 0xd8, 0x33, 0x44, 0x84,
                                      0x93, 0x39, 0x4d, 0xd7, 0x37, 0x3d, 0x3a, 0xe0};
    OWN(own_buf) struct buf name = {0};
    buf_printf(&name, "%s\n%s\n%s", from->scope, kind, id);
    uuid_of(out, space, buf_str(&name));
}
