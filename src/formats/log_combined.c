/* Apache common, combined and vhost_combined, and nginx combined, with any tail behind them.
 *
 *   [vhost:port ]client ident user [17/May/2015:10:05:03 +0000] "GET /a?b HTTP/1.1" 200 5171[ "referer" "agent"[ tail]]
 *
 * Neither server lets a quote through raw: Apache writes \" (and \\ and \xhh), nginx \x22. So the first
 * unescaped quote of a line opens the request, and the 30 bytes before it are the time, whatever a visitor
 * typed as a user name. This is no CSV: a missing quote costs its own line and never the next, since
 * a line end is a line end inside quotes too (both servers escape it).
 *
 * Sources: Apache 2.4 mod_log_config and ap_escape_logitem; nginx ngx_http_log_module, log_format combined.
 *
 * Line ends and quotes are found 64 bytes at a time (marks.h), a few KiB ahead; the fields of a line are then
 * cut between its quotes without looking at the bytes inside them. */
#include "base/str.h"
#include "base/time.h"
#include "formats/log.h"
#include "formats/marks.h"

#include "base/banned.h"

enum {
    STRETCH_BYTES = 4096, /* looked through for marks before their lines are read */
    LEFT_MAX = 2048,      /* marks a line may have carried over from earlier stretches */
    STAMP_BYTES = 26,     /* 17/May/2015:10:05:03 +0000 */
    DATE_BYTES = 12,      /* 17/May/2015: */
    ZONE_BYTES = 6        /*  +0000 */
};

/* The last date and zone as they were written, and what they meant. */
struct cache {
    char date[DATE_BYTES];
    char zone[ZONE_BYTES];
    uint8_t has_date, has_zone;
    int16_t zone_minutes;
    int64_t date_second;
};
_Static_assert(sizeof(struct cache) <= LOG_STATE_BYTES, "the cache lives in a log_state");

/* The quotes of one line in order, escaped ones too. at[] counts from the block, `start` is where the line begins
 * in it. A line with too many has is_dense and is looked through again, slowly. */
struct quotes {
    const char *text;
    uint32_t len;
    uint32_t start;
    const uint32_t *at;
    uint32_t count;
    bool is_dense;
};

static const uint32_t NOT_THERE = UINT32_MAX;

static bool is_escaped(const char *text, uint32_t at)
{
    uint32_t slashes = 0;
    while (slashes < at && text[at - 1 - slashes] == '\\') {
        slashes++;
    }
    return slashes % 2 == 1;
}

static uint32_t find_quote(const struct quotes *quotes, uint32_t from)
{
    while (from < quotes->len) {
        const char *hit = memchr(quotes->text + from, '"', quotes->len - from);
        if (hit == NULL) {
            return NOT_THERE;
        }
        uint32_t at = (uint32_t)(hit - quotes->text);
        if (!is_escaped(quotes->text, at)) {
            return at;
        }
        from = at + 1;
    }
    return NOT_THERE;
}

/* The first unescaped quote at or behind `from`. *hint is where in at[] to start. */
static inline uint32_t next_quote(const struct quotes *quotes, uint32_t from, uint32_t *hint)
{
    if (quotes->is_dense) {
        return find_quote(quotes, from);
    }
    for (; *hint < quotes->count; (*hint)++) {
        uint32_t at = quotes->at[*hint] - quotes->start;
        if (at >= from && (at == 0 || quotes->text[at - 1] != '\\' || !is_escaped(quotes->text, at))) {
            return at;
        }
    }
    return NOT_THERE;
}

static bool two_digits(const char *text, unsigned *ret_value)
{
    unsigned tens = (unsigned)(text[0] - '0'), ones = (unsigned)(text[1] - '0');
    *ret_value = tens * 10 + ones;
    return tens <= 9 && ones <= 9;
}

/* "17/May/2015:" to the second it begins; false if it is no date or none an instant can hold. */
static bool read_date(const char *text, int64_t *ret_second)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    static const uint8_t days_of[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned day, century, year_of, month = 0;
    if (!two_digits(text, &day) || text[2] != '/' || text[6] != '/' || !two_digits(text + 7, &century) ||
        !two_digits(text + 9, &year_of) || text[11] != ':') {
        return false;
    }
    while (month < 12 && memcmp(text + 3, months + month * 3, 3) != 0) {
        month++;
    }
    unsigned year = century * 100 + year_of;
    if (month == 12 || day == 0 || day > days_of[month] || year < 1970 || year > 2261) {
        return false;
    }
    if (month == 1 && day == 29 && (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0))) {
        return false;
    }
    *ret_second = time_days(year, month + 1, day) * 86400;
    return true;
}

/* " +0530" to minutes east of Greenwich. */
static bool read_zone(const char *text, int16_t *ret_minutes)
{
    unsigned hours, minutes;
    if (text[0] != ' ' || (text[1] != '+' && text[1] != '-') || !two_digits(text + 2, &hours) ||
        !two_digits(text + 4, &minutes) || hours > 15 || minutes > 59) {
        return false;
    }
    int east = (int)(hours * 60 + minutes);
    *ret_minutes = (int16_t)(text[1] == '-' ? -east : east);
    return true;
}

static inline bool read_clock(const char *text, int64_t *ret_second)
{
    unsigned hour, minute, second;
    bool is_number = two_digits(text, &hour);
    is_number &= two_digits(text + 3, &minute);
    is_number &= two_digits(text + 6, &second);
    if (!is_number || text[2] != ':' || text[5] != ':' || hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    *ret_second = hour * 3600 + minute * 60 + (second == 60 ? 59 : second);
    return true;
}

static inline bool read_stamp(struct cache *cache, const char *text, struct log_line *line)
{
    if (!cache->has_date || memcmp(cache->date, text, DATE_BYTES) != 0) {
        cache->has_date = read_date(text, &cache->date_second);
        memcpy(cache->date, text, DATE_BYTES);
    }
    const char *zone = text + STAMP_BYTES - ZONE_BYTES;
    if (!cache->has_zone || memcmp(cache->zone, zone, ZONE_BYTES) != 0) {
        cache->has_zone = read_zone(zone, &cache->zone_minutes);
        memcpy(cache->zone, zone, ZONE_BYTES);
    }
    int64_t clock;
    if (!cache->has_date || !cache->has_zone || !read_clock(text + DATE_BYTES, &clock)) {
        return false;
    }
    line->second = cache->date_second + clock - (int64_t)cache->zone_minutes * 60;
    line->nano = 0;
    line->zone_minutes = cache->zone_minutes;
    return true;
}

/* A vhost is "name:port": one colon, digits behind it. An IPv6 address has two colons or more. */
static bool is_vhost(const char *text, uint32_t len)
{
    const char *colon = memchr(text, ':', len);
    if (colon == NULL || colon == text) {
        return false;
    }
    uint32_t digits = (uint32_t)(text + len - colon) - 1;
    for (uint32_t i = 0; i < digits; i++) {
        if (!str_is_digit(colon[1 + i])) {
            return false;
        }
    }
    return digits >= 1 && digits <= 5;
}

/* The first space in [from, end), or end. *ret_colons: whether a colon may stand before it. */
static inline uint32_t word_end_and_colons(const char *text, uint32_t from, uint32_t end, bool *ret_colons)
{
    *ret_colons = true;
#ifdef __SSE2__
    if (end - from >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(text + from));
        unsigned spaces = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')));
        if (spaces != 0) {
            unsigned colons = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(':')));
            *ret_colons = (colons & ((spaces & (0U - spaces)) - 1)) != 0;
            return from + (uint32_t)__builtin_ctz(spaces);
        }
        from += 16;
    }
#endif
    while (from < end && text[from] != ' ') {
        from++;
    }
    return from;
}

static inline uint32_t word_end(const char *text, uint32_t from, uint32_t end)
{
    bool has_colons;
    return word_end_and_colons(text, from, end, &has_colons);
}

static struct log_span span_unless_dash(const char *text, uint32_t from, uint32_t to)
{
    bool is_dash = to == from + 1 && text[from] == '-';
    return is_dash ? (struct log_span){0, 0} : (struct log_span){from, to - from};
}

/* Where the client stands in a line's head, behind a vhost if there is one; from == to or to == end: nowhere. `room`:
 * bytes that may be read. */
static inline void find_client(const char *text, uint32_t end, uint32_t room, uint32_t *ret_from, uint32_t *ret_to)
{
    bool has_colons;
    uint32_t from = 0, to = word_end_and_colons(text, 0, room, &has_colons);
    to = to < end ? to : end;
    if (has_colons && to < end && to > 0 && str_is_digit(text[to - 1]) && is_vhost(text, to)) {
        from = to + 1;
        to = word_end(text, from, end);
    }
    *ret_from = from;
    *ret_to = to;
}

/* "client ident user" in [0, end), with or without a vhost before it. */
static inline bool read_head(const char *text, uint32_t end, struct log_line *line)
{
    uint32_t from, to;
    find_client(text, end, line->len, &from, &to);
    if (to == from || to >= end) {
        return false;
    }
    line->vhost = (struct log_span){0, from > 0 ? from - 1 : 0};
    line->client = (struct log_span){from, to - from};
    if (end - to == 4 && memcmp(text + to, " - -", 4) == 0) { /* nearly every line */
        line->user = (struct log_span){0, 0};
        return true;
    }
    uint32_t ident_end = word_end(text, to + 1, end);
    line->user = ident_end < end ? span_unless_dash(text, ident_end + 1, end) : (struct log_span){0, 0};
    return true;
}

/* Behind the request's quote: " 200 " or " - ". */
static inline bool is_status_next(const struct log_line *line, uint32_t at)
{
    const char *t = line->text + at;
    uint32_t left = line->len - at;
    if (left >= 5 && t[0] == ' ' && str_is_digit(t[1]) && str_is_digit(t[2]) && str_is_digit(t[3]) && t[4] == ' ') {
        return true;
    }
    return left >= 3 && t[0] == ' ' && t[1] == '-' && t[2] == ' ';
}

/* The quote that ends the request: the first that a status follows (very old servers wrote raw quotes). */
static inline uint32_t request_end(const struct quotes *quotes, const struct log_line *line, uint32_t open,
                                   uint32_t *hint)
{
    uint32_t close = open;
    do {
        close = next_quote(quotes, close + 1, hint);
    } while (close != NOT_THERE && !is_status_next(line, close + 1));
    return close;
}

static bool is_method(const char *text, uint32_t len)
{
    if (len == 0 || len > 32) {
        return false;
    }
    if ((len == 3 && memcmp(text, "GET", 3) == 0) || (len == 4 && memcmp(text, "POST", 4) == 0)) {
        return true;
    }
    for (uint32_t i = 0; i < len; i++) {
        bool is_letter = (text[i] >= 'A' && text[i] <= 'Z') || (text[i] >= 'a' && text[i] <= 'z');
        if (!is_letter && text[i] != '_' && text[i] != '-') {
            return false;
        }
    }
    return true;
}

/* "GET /a HTTP/1.1" in [from, to). Anything else is no request and leaves both spans empty. */
static inline void read_request(struct log_line *line, uint32_t from, uint32_t to)
{
    const char *text = line->text;
    line->method = line->target = (struct log_span){0, 0};
    bool is_get = to - from > 4 && memcmp(text + from, "GET ", 4) == 0;
    uint32_t method_end = is_get ? from + 3 : word_end(text, from, to);
    if (!is_get && (method_end + 1 >= to || !is_method(text + from, method_end - from))) {
        return;
    }
    uint32_t target_end = to;
    if (to - method_end >= 10 && memcmp(text + to - 9, " HTTP/", 6) == 0) {
        target_end = to - 9;
    } else if (to - method_end >= 8 && memcmp(text + to - 7, " HTTP/", 6) == 0) {
        target_end = to - 7;
    }
    line->method = (struct log_span){from, method_end - from};
    line->target = (struct log_span){method_end + 1, target_end - method_end - 1};
}

/* A number of up to seven digits without a loop: how many there are; 0 if there are more or none, or the line ends near by. */
static inline uint32_t read_short(const char *text, uint32_t room, uint64_t *ret_value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (room < 8) {
        return 0;
    }
    uint64_t word;
    memcpy(&word, text, 8);
    word ^= UINT64_C(
        0x3030303030303030); /* digits become 0 to 9; of other bytes the addition sets the high bit, or they have it */
    uint64_t foreign = ((word + UINT64_C(0x7676767676767676)) | word) & UINT64_C(0x8080808080808080);
    unsigned digits = foreign == 0 ? 8 : (unsigned)__builtin_ctzll(foreign) / 8;
    if (digits == 0 || digits == 8) {
        return 0;
    }
    word <<= 64 - 8 * digits; /* leading zeros */
    word = (word * 10 + (word >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    word = (word * 100 + (word >> 16)) & UINT64_C(0x0000ffff0000ffff);
    *ret_value = (word * 10000 + (word >> 32)) & UINT64_C(0xffffffff);
    return digits;
#else
    (void)text, (void)room, (void)ret_value;
    return 0;
#endif
}

/* " 200 5171"; returns where it ends, or NOT_THERE. */
static inline uint32_t read_numbers(struct log_line *line, uint32_t at)
{
    const char *text = line->text;
    uint32_t from;
    if (text[at + 1] == '-') {
        line->status = 0;
        from = at + 3;
    } else {
        line->status = (uint16_t)((text[at + 1] - '0') * 100 + (text[at + 2] - '0') * 10 + (text[at + 3] - '0'));
        from = at + 5;
    }
    if (from < line->len && text[from] == '-') {
        line->bytes = LOG_NO_BYTES;
        from++;
    } else {
        uint64_t bytes = 0;
        uint32_t to = from + read_short(text + from, line->len - from, &bytes);
        while (to < line->len && str_is_digit(text[to]) && to - from < 19) {
            bytes = bytes * 10 + (uint64_t)(text[to] - '0');
            to++;
        }
        if (to == from) {
            return NOT_THERE;
        }
        line->bytes = bytes;
        from = to;
    }
    return from == line->len || text[from] == ' ' ? from : NOT_THERE;
}

/* A quoted field that opens at `at`; false if its end is missing, and the span then runs to the line's end. */
static inline bool read_quoted(const struct quotes *quotes, struct log_line *line, uint32_t at, uint32_t *hint,
                               struct log_span *ret_span, uint32_t *ret_end)
{
    uint32_t close = at;
    do {
        close = next_quote(quotes, close + 1, hint);
    } while (close != NOT_THERE && close + 1 < line->len && line->text[close + 1] != ' ');
    uint32_t end = close == NOT_THERE ? line->len : close;
    *ret_span = span_unless_dash(line->text, at + 1, end);
    *ret_end = close == NOT_THERE ? end : close + 1;
    return close != NOT_THERE;
}

static inline enum log_class read_tail(const struct quotes *quotes, struct log_line *line, uint32_t at, uint32_t *hint)
{
    line->referer = line->agent = (struct log_span){0, 0};
    const char *text = line->text;
    if (line->len - at < 2 || text[at + 1] != '"') {
        return LOG_PARSED;
    }
    uint32_t end;
    if (!read_quoted(quotes, line, at + 1, hint, &line->referer, &end)) {
        return LOG_TAIL_CUT;
    }
    if (line->len - end < 2 || text[end + 1] != '"') {
        return end < line->len ? LOG_PARSED : LOG_TAIL_CUT;
    }
    return read_quoted(quotes, line, end + 1, hint, &line->agent, &end) ? LOG_PARSED : LOG_TAIL_CUT;
}

static inline enum log_class read_line(struct cache *cache, const struct quotes *quotes, struct log_line *line)
{
    uint32_t hint = 0;
    uint32_t open = next_quote(quotes, 0, &hint);
    const char *text = line->text;
    if (open == NOT_THERE) {
        return memchr(text, '[', line->len) != NULL ? LOG_NO_REQUEST : LOG_NO_TIME;
    }
    if (open < STAMP_BYTES + 4 || text[open - 1] != ' ' || text[open - 2] != ']' ||
        text[open - STAMP_BYTES - 3] != '[' || !read_stamp(cache, text + open - STAMP_BYTES - 2, line)) {
        return LOG_NO_TIME;
    }
    uint32_t head_end = open - STAMP_BYTES - 3;
    if (head_end < 2 || text[head_end - 1] != ' ' || !read_head(text, head_end - 1, line)) {
        return LOG_NO_CLIENT;
    }
    uint32_t close = request_end(quotes, line, open, &hint);
    if (close == NOT_THERE) {
        hint = 0;
        return next_quote(quotes, open + 1, &hint) == NOT_THERE ? LOG_NO_REQUEST : LOG_NO_STATUS;
    }
    uint32_t at = read_numbers(line, close + 1);
    if (at == NOT_THERE) {
        return LOG_NO_SIZE;
    }
    read_request(line, open + 1, close);
    return read_tail(quotes, line, at, &hint);
}

/* NULs before a line (a log truncated under a server that kept its offset, or a crash) are no part of it. */
static void skip_nuls(struct log_line *line, struct quotes *quotes)
{
    uint32_t nuls = 0;
    while (nuls < line->len && line->text[nuls] == '\0') {
        nuls++;
    }
    line->skipped = nuls;
    line->text += nuls;
    line->len -= nuls;
    line->size -= nuls;
    quotes->text = line->text;
    quotes->len = line->len;
    quotes->start += nuls;
}

static inline void take_line(struct cache *cache, const char *text, size_t size, bool is_ended, struct quotes *quotes,
                             struct log_line *line)
{
    line->text = text;
    line->is_ended = is_ended;
    line->skipped = 0;
    if (size > LOG_LINE_MAX && text[0] != '\0') {
        line->size = (uint32_t)size;
        line->len = 0;
        line->class_id = LOG_TOO_LONG;
        return;
    }
    line->size = (uint32_t)size;
    line->len = (uint32_t)size - is_ended;
    quotes->text = text;
    quotes->len = line->len;
    if (line->len > 0 && text[0] == '\0') {
        skip_nuls(line, quotes);
    }
    if (line->len > 0 && line->text[line->len - 1] == '\r') {
        quotes->len = --line->len;
    }
    if (line->len == 0) {
        line->class_id = line->skipped > 0 ? LOG_NUL : LOG_BLANK;
        return;
    }
    if (line->size > LOG_LINE_MAX) {
        line->class_id = LOG_TOO_LONG;
        return;
    }
    enum log_class class_id = read_line(cache, quotes, line);
    /* without a line end only a closing quote says that nothing is missing: "5" may have been going to be "5171" */
    bool is_whole = is_ended || (class_id == LOG_PARSED && line->text[line->len - 1] == '"');
    line->class_id = (uint8_t)(is_whole ? class_id : LOG_CUT_OFF);
}

/* The marks of 64 bytes as positions. Four are written whatever there is, as most stretches have fewer:
 * one branch instead of one per mark. `out` has room for MARKS_BYTES. */
static inline __attribute__((always_inline)) uint32_t *put_marks(uint32_t *out, struct marks marks, uint32_t base)
{
    uint64_t bits = marks.ends | marks.quotes;
    unsigned count = (unsigned)__builtin_popcountll(bits);
    for (unsigned i = 0; i < 4; i++) {
        out[i] = base + (unsigned)__builtin_ctzll(bits | UINT64_C(1) << 63);
        bits &= bits - 1;
    }
    for (unsigned i = 4; i < count; i++) {
        out[i] = base + (unsigned)__builtin_ctzll(bits);
        bits &= bits - 1;
    }
    return out + count;
}

static inline __attribute__((always_inline)) uint32_t *put_here(uint32_t *out, const char *at, uint32_t base)
{
    return put_marks(out, marks_here(at), base);
}

#ifdef __x86_64__
#define WIDE __attribute__((target("avx2,bmi,popcnt")))
#define WIDEST __attribute__((target("avx512f,avx512bw,avx512vbmi2,avx2,bmi,bmi2,popcnt")))

WIDE static inline uint32_t *put_avx2(uint32_t *out, const char *at, uint32_t base)
{
    return put_marks(out, marks_avx2(at), base);
}

/* The numbers of the bytes that are marks, moved together; sixteen at once, which hardly ever are not all. */
WIDEST static inline uint32_t *put_avx512(uint32_t *out, const char *at, uint32_t base)
{
    static const uint8_t numbers[MARKS_BYTES] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                                 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
                                                 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
                                                 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    struct marks marks = marks_avx512(at);
    uint64_t bits = marks.ends | marks.quotes;
    unsigned count = (unsigned)__builtin_popcountll(bits);
    __m512i places = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(numbers));
    __m512i first = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(places));
    _mm512_storeu_si512(out, _mm512_add_epi32(first, _mm512_set1_epi32((int)base)));
    return count <= 16 ? out + count : put_marks(out, marks, base);
}
#endif

/* All marks of [from, to) of the block; to - from is at most STRETCH_BYTES. */
static inline __attribute__((always_inline)) uint32_t *find_marks(uint32_t *out, struct str block, size_t from,
                                                                  size_t to,
                                                                  uint32_t *(*put)(uint32_t *, const char *, uint32_t))
{
    char rest[MARKS_BYTES];
    for (size_t base = from; base < to; base += MARKS_BYTES) {
        const char *at = block.data + base;
        if (to - base < MARKS_BYTES) {
            memset(rest, 0, sizeof rest);
            memcpy(rest, at, to - base);
            at = rest;
        }
        out = put(out, at, (uint32_t)base);
    }
    return out;
}

/* Where reading stands: lines before `start` are done. */
struct reading {
    struct cache *cache;
    struct str block;
    struct log_batch *batch;
    size_t start;
    bool is_dense; /* the line at `start` has lost marks */
};

/* The lines that end in marks[0, count); returns how many marks they used up. */
static size_t read_lines(struct reading *reading, const uint32_t *marks, size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i < count && reading->batch->count < LOG_BATCH; i++) {
        size_t place = marks[i];
        if (reading->block.data[place] != '\n') {
            continue;
        }
        struct quotes quotes = {.start = (uint32_t)reading->start,
                                .at = marks + used,
                                .count = (uint32_t)(i - used),
                                .is_dense = reading->is_dense};
        take_line(reading->cache, reading->block.data + reading->start, place + 1 - reading->start, true, &quotes,
                  &reading->batch->lines[reading->batch->count++]);
        reading->start = place + 1;
        reading->is_dense = false;
        used = i + 1;
    }
    return used;
}

/* Stretch by stretch: marks first, in a loop that does nothing else, then the lines between them. put is a
 * constant in each copy of this function: it appends the marks of MARKS_BYTES bytes. */
static inline __attribute__((always_inline)) size_t parse_block(struct cache *cache, struct str block, bool is_last,
                                                                struct log_batch *batch,
                                                                uint32_t *(*put)(uint32_t *, const char *, uint32_t))
{
    uint32_t marks[LEFT_MAX + STRETCH_BYTES + MARKS_BYTES];
    size_t left = 0; /* marks of an unfinished line, at the front */
    struct reading reading = {.cache = cache, .block = block, .batch = batch};
    batch->count = 0;
    for (size_t from = 0; from < block.len && batch->count < LOG_BATCH; from += STRETCH_BYTES) {
        size_t to = block.len - from < STRETCH_BYTES ? block.len : from + STRETCH_BYTES;
        size_t count = (size_t)(find_marks(marks + left, block, from, to, put) - marks);
        size_t used = read_lines(&reading, marks, count);
        left = count - used;
        if (left > LEFT_MAX) {
            reading.is_dense = true;
            left = 0;
        }
        memmove(marks, marks + used, left * sizeof *marks);
    }
    if (is_last && reading.start < block.len && batch->count < LOG_BATCH) {
        struct quotes quotes = {
            .start = (uint32_t)reading.start, .at = marks, .count = (uint32_t)left, .is_dense = reading.is_dense};
        take_line(cache, block.data + reading.start, block.len - reading.start, false, &quotes,
                  &batch->lines[batch->count++]);
        reading.start = block.len;
    }
    return reading.start;
}

static inline void glance_at(struct log_glance *glance, const char *text, size_t size)
{
    uint32_t from, to, end = (uint32_t)size;
    find_client(text, end, end, &from, &to);
    bool is_client = to > from && to < end && text[0] != '\0';
    *glance = (struct log_glance){text, end, {is_client ? from : 0, is_client ? to - from : 0}};
}

static inline __attribute__((always_inline)) size_t
glance_block(struct str block, bool is_last, struct log_glances *glances, struct marks (*marks_of)(const char *))
{
    size_t start = 0;
    char rest[MARKS_BYTES];
    glances->count = 0;
    for (size_t base = 0; base < block.len; base += MARKS_BYTES) {
        const char *at = block.data + base;
        if (block.len - base < MARKS_BYTES) {
            memset(rest, 0, sizeof rest);
            memcpy(rest, at, block.len - base);
            at = rest;
        }
        for (uint64_t ends = marks_of(at).ends; ends != 0; ends &= ends - 1) {
            size_t place = base + (unsigned)__builtin_ctzll(ends) + 1;
            glance_at(&glances->lines[glances->count++], block.data + start, place - start);
            start = place;
            if (glances->count == LOG_BATCH) {
                return start;
            }
        }
    }
    if (is_last && start < block.len) {
        glance_at(&glances->lines[glances->count++], block.data + start, block.len - start);
        start = block.len;
    }
    return start;
}

static size_t parse_everywhere(struct cache *cache, struct str block, bool is_last, struct log_batch *batch)
{
    return parse_block(cache, block, is_last, batch, put_here);
}

static size_t glance_everywhere(struct str block, bool is_last, struct log_glances *glances)
{
    return glance_block(block, is_last, glances, marks_here);
}

#ifdef __x86_64__
WIDE static size_t parse_avx2(struct cache *cache, struct str block, bool is_last, struct log_batch *batch)
{
    return parse_block(cache, block, is_last, batch, put_avx2);
}

WIDE static size_t glance_avx2(struct str block, bool is_last, struct log_glances *glances)
{
    return glance_block(block, is_last, glances, marks_avx2);
}

WIDEST static size_t parse_avx512(struct cache *cache, struct str block, bool is_last, struct log_batch *batch)
{
    return parse_block(cache, block, is_last, batch, put_avx512);
}

WIDEST static size_t glance_avx512(struct str block, bool is_last, struct log_glances *glances)
{
    return glance_block(block, is_last, glances, marks_avx512);
}

static bool has_wide(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}

static bool has_widest(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2") && has_wide();
}
#endif

/* Positions inside a block are 32 bits wide; the caller's blocks are a few MiB at most. */
static size_t combined_parse(const void *setup, struct log_state *state, struct str block, bool is_last,
                             struct log_batch *batch)
{
    (void)setup;
    struct cache *cache = (struct cache *)(void *)state->bytes;
    if (block.len > UINT32_MAX / 2) {
        block.len = UINT32_MAX / 2;
        is_last = false;
    }
#ifdef __x86_64__
    if (has_widest()) {
        return parse_avx512(cache, block, is_last, batch);
    }
    if (has_wide()) {
        return parse_avx2(cache, block, is_last, batch);
    }
#endif
    return parse_everywhere(cache, block, is_last, batch);
}

static size_t combined_glance(const void *setup, struct str block, bool is_last, struct log_glances *glances)
{
    (void)setup;
    if (block.len > UINT32_MAX / 2) {
        block.len = UINT32_MAX / 2;
        is_last = false;
    }
#ifdef __x86_64__
    if (has_widest()) {
        return glance_avx512(block, is_last, glances);
    }
    if (has_wide()) {
        return glance_avx2(block, is_last, glances);
    }
#endif
    return glance_everywhere(block, is_last, glances);
}

const struct log_format log_combined = {
    .name = "combined",
    .cannot_show = "request bodies (what a POST carried), response bodies, and headers other than referer and agent",
    .kind = LOG_WEB,
    .has = LOG_HAS_BYTES | LOG_HAS_ZONE | LOG_HAS_YEAR | LOG_HAS_AGENT,
    .parse = combined_parse,
    .glance = combined_glance,
};
