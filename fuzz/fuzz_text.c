/* base/str.c, base/time.c, base/hash.c: text of strangers that becomes a number, an instant, bytes, or a line on a
 * terminal. Readers and writers must agree; nothing that steers a terminal may come out of str_escape(). */
#include <stdlib.h>

#include "base/hash.h"
#include "base/str.h"
#include "base/time.h"

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_escape(struct str text)
{
    char out[300];
    size_t length = str_escape(out, sizeof out, text, 0);
    check(length < sizeof out && out[length] == '\0' && str_is_utf8((struct str){out, length}));
    for (size_t i = 0; i < length; i++) {
        check((unsigned char)out[i] >= 0x20 && out[i] != 0x7f);
    }
}

static void check_time(struct str text)
{
    char shown[TIME_TEXT];
    int64_t instant = time_parse(text);
    if (instant != TIME_NONE) {
        time_rfc3339(shown, instant);
        check(time_parse(str_of(shown)) == instant);
    }
}

static void check_base64(struct str text)
{
    uint8_t bytes[256];
    char back[4 * ((sizeof bytes + 2) / 3) + 1];
    size_t count = base64_decode(bytes, sizeof bytes, text);
    if (count != SIZE_MAX) {
        check(count <= sizeof bytes && base64_encode(back, bytes, count) == text.len);
        check(text.len == 0 || memcmp(back, text.data, text.len) == 0); /* strict: one spelling per value */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    uint64_t natural;
    int64_t whole;
    double real;
    check_escape(text);
    check_time(text);
    check_base64(text);
    if (str_u64(text, &natural) && natural <= INT64_MAX) {
        check(str_i64(text, &whole) && (uint64_t)whole == natural);
        check(size >= 64 || str_double(text, &real)); /* longer numbers are no doubles here */
    }
    struct str trimmed = str_trim(text);
    check(trimmed.len <= text.len && str_find(text, trimmed, 0) != SIZE_MAX);
    return 0;
}
