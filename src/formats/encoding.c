/* Detecting and converting encodings, as a stream. */
#include "formats/encoding.h"
#include "base/str.h"

#include "base/banned.h"

const char *encoding_name(enum encoding encoding)
{
    static const char *const names[] = {"UTF-8", "UTF-16LE", "UTF-16BE", "Latin-1", "CP1252"};
    return names[encoding];
}

/* Valid but for a last character that the head cuts. */
static bool is_utf8_so_far(struct str head)
{
    size_t at = 0;
    while (at < head.len) {
        size_t step = str_utf8_step(str_slice(head, at, head.len));
        if (step == 0) {
            unsigned char lead = (unsigned char)head.data[at];
            return head.len - at < 4 && lead >= 0xc2 && lead < 0xf5 && head.len >= 64;
        }
        at += step;
    }
    return true;
}

enum encoding encoding_detect(struct str head, size_t *ret_mark)
{
    const unsigned char *byte = (const unsigned char *)head.data;
    *ret_mark = 0;
    if (head.len >= 3 && byte[0] == 0xef && byte[1] == 0xbb && byte[2] == 0xbf) {
        *ret_mark = 3;
        return ENCODING_UTF8;
    }
    if (head.len >= 2 && ((byte[0] == 0xff && byte[1] == 0xfe) || (byte[0] == 0xfe && byte[1] == 0xff))) {
        *ret_mark = 2;
        return byte[0] == 0xff ? ENCODING_UTF16LE : ENCODING_UTF16BE;
    }
    size_t zeros[2] = {0, 0};
    bool has_c1 = false;
    for (size_t i = 0; i < head.len; i++) {
        zeros[i % 2] += byte[i] == 0;
        has_c1 = has_c1 || (byte[i] >= 0x80 && byte[i] < 0xa0);
    }
    if (head.len >= 4 && zeros[0] + zeros[1] > head.len / 4) {
        if (zeros[1] > 8 * zeros[0] || zeros[0] > 8 * zeros[1]) {
            return zeros[1] > zeros[0] ? ENCODING_UTF16LE : ENCODING_UTF16BE;
        }
    }
    if (is_utf8_so_far(head)) {
        return ENCODING_UTF8;
    }
    return has_c1 ? ENCODING_CP1252 : ENCODING_LATIN1;
}

size_t encoding_put(char *out, uint32_t point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xc0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xe0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

uint32_t encoding_cp1252(unsigned char byte)
{
    /* Unicode's mapping CP1252.TXT; five bytes mean nothing and stay the control they are in Latin-1. */
    static const uint16_t high[32] = {0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                      0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
                                      0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                      0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};
    return byte >= 0x80 && byte < 0xa0 ? high[byte - 0x80] : byte;
}

void encoding_open(struct encoding_reader *reader, enum encoding encoding, struct str head,
                   const struct table_bytes *source)
{
    reader->source = source;
    reader->encoding = encoding;
    reader->from = reader->to = 0;
    reader->is_ended = false;
    reader->head = head.data;
    reader->head_left = head.len;
    reader->passed = 0;
}

static int take(struct encoding_reader *reader, char *into, size_t room, size_t *ret_got, struct err *err)
{
    if (reader->head_left > 0) {
        *ret_got = reader->head_left < room ? reader->head_left : room;
        memcpy(into, reader->head, *ret_got);
        reader->head += *ret_got;
        reader->head_left -= *ret_got;
    } else {
        TRY(reader->source->read(reader->source->self, into, room, ret_got, err));
    }
    reader->passed += *ret_got;
    return 0;
}

static uint32_t unit16(const struct encoding_reader *reader, size_t at)
{
    unsigned char first = (unsigned char)reader->raw[at];
    unsigned char second = (unsigned char)reader->raw[at + 1];
    return reader->encoding == ENCODING_UTF16LE ? (uint32_t)(first | second << 8) : (uint32_t)(first << 8 | second);
}

/* The next code point of the raw bytes; false if more of them are needed. */
static bool next_point(struct encoding_reader *reader, uint32_t *ret_point)
{
    size_t left = reader->to - reader->from;
    if (reader->encoding == ENCODING_LATIN1 || reader->encoding == ENCODING_CP1252) {
        if (left == 0) {
            return false;
        }
        unsigned char byte = (unsigned char)reader->raw[reader->from++];
        *ret_point = reader->encoding == ENCODING_CP1252 ? encoding_cp1252(byte) : byte;
        return true;
    }
    if (left == 1 && reader->is_ended) { /* half a unit at the end */
        reader->from++;
        *ret_point = 0xfffd;
        return true;
    }
    if (left < 2) {
        return false;
    }
    uint32_t unit = unit16(reader, reader->from);
    size_t used = 2;
    if (unit >= 0xd800 && unit < 0xdc00) {
        if (left < 4 && !reader->is_ended) {
            return false;
        }
        uint32_t low = left >= 4 ? unit16(reader, reader->from + 2) : 0;
        bool is_pair = low >= 0xdc00 && low < 0xe000;
        unit = is_pair ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
        used = is_pair ? 4 : 2;
    } else if (unit >= 0xdc00 && unit < 0xe000) {
        unit = 0xfffd;
    }
    reader->from += used;
    *ret_point = unit;
    return true;
}

static int refill(struct encoding_reader *reader, struct err *err)
{
    size_t left = reader->to - reader->from;
    memmove(reader->raw, reader->raw + reader->from, left);
    reader->from = 0;
    reader->to = left;
    size_t got = 0;
    TRY(take(reader, reader->raw + left, sizeof(reader->raw) - left, &got, err));
    reader->to += got;
    reader->is_ended = got == 0;
    return 0;
}

static int read_utf8(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct encoding_reader *reader = self;
    if (reader->encoding == ENCODING_UTF8) {
        return take(reader, into, room, ret_got, err);
    }
    size_t out = 0;
    while (out + 4 <= room) {
        uint32_t point;
        if (next_point(reader, &point)) {
            out += encoding_put(into + out, point);
            continue;
        }
        if (reader->is_ended || out > 0) {
            break;
        }
        TRY(refill(reader, err));
    }
    *ret_got = out;
    return 0;
}

struct table_bytes encoding_bytes(struct encoding_reader *reader)
{
    return (struct table_bytes){reader, read_utf8};
}
