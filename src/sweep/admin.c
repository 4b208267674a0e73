/* Asks each recogniser in turn, then where the tool came from. A file that passes none of them but begins with the name and number of
 * a tool borrows them: a common dress of backdoors. */
#include <stdio.h>

#include "base/str.h"
#include "sweep/admin.h"
#include "sweep/admin_inside.h"
#include "sweep/origin.h"
#include "sweep/release.h"

#include "base/banned.h"

enum { BANNER_BYTES = 512, VALUE_GAP = 24 };

bool admin_has(struct str bytes, const char *text)
{
    return str_find(bytes, str_of(text), 0) != SIZE_MAX;
}

static size_t skip_to_value(struct str bytes, size_t at)
{
    size_t limit = at + VALUE_GAP;
    while (at < bytes.len && at < limit && memchr(" \t=,>('\"", bytes.data[at], 8) != NULL) {
        at++;
    }
    return at;
}

struct str admin_version_after(struct str bytes, const char *mark, size_t *ret_at)
{
    struct str needle = str_of(mark);
    for (size_t at = str_find(bytes, needle, 0); at != SIZE_MAX; at = str_find(bytes, needle, at + needle.len)) {
        struct str version = release_at(bytes, skip_to_value(bytes, at + needle.len));
        if (version.len != 0) {
            *ret_at = at;
            return version;
        }
    }
    return STR("");
}

static void set_text(char *out, size_t out_bytes, struct str text)
{
    size_t length = text.len < out_bytes - 1 ? text.len : out_bytes - 1;
    memcpy(out, text.data != NULL ? text.data : "", length);
    out[length] = '\0';
}

void admin_name(struct found *found, const char *name, struct str version, uint64_t line)
{
    found_raise(found, FOUND_ADMIN_TOOL, FOUND_HIGH, line);
    set_text(found->name, sizeof found->name, str_of(name));
    set_text(found->version, sizeof found->version, version);
}

/* All names end alike, so that one search finds them. */
static const char *const banners[] = {"Adminer",    "AdminerEvo",   "AdminNeo",
                                      "phpMyAdmin", "phpMiniAdmin", "phpLiteAdmin"};

/* The name that begins at `at` and is followed by a release number: "Adminer 4.8.1", "phpMyAdmin v5.2.1". */
static struct str banner_at(struct str head, size_t at)
{
    for (size_t i = 0; i < sizeof banners / sizeof *banners; i++) {
        struct str name = str_of(banners[i]);
        size_t end = at + name.len;
        if (!str_eq(str_slice(head, at, end), name) || end >= head.len || head.data[end] != ' ') {
            continue;
        }
        end++;
        end += end < head.len && (head.data[end] == 'v' || head.data[end] == 'V');
        struct str version = release_at(head, end);
        if (version.len != 0) {
            return str_slice(head, at, end + version.len);
        }
    }
    return STR("");
}

static void tell_borrowed(struct str bytes, struct found *found)
{
    struct str head = str_slice(bytes, 0, BANNER_BYTES);
    for (size_t at = str_find(head, STR("dmin"), 0); at != SIZE_MAX; at = str_find(head, STR("dmin"), at + 1)) {
        size_t start = at;
        while (start > 0 && at - start < 8 && head.data[start - 1] >= 'A' && head.data[start - 1] <= 'z') {
            start--;
        }
        struct str banner = banner_at(head, start);
        if (banner.len != 0) {
            uint64_t line = line_of(bytes, start);
            found_raise(found, FOUND_HINT, FOUND_LOW, line);
            found_reasonf(found, "known", line, "it calls itself %.*s and is not built like it: the name is borrowed",
                          STR_FMT(banner));
            return;
        }
    }
}

void admin_look(struct str bytes, int root, const char *source, struct str path, struct found *found)
{
    if (admin_is_adminer(bytes, root, path, found) || admin_is_other(bytes, found)) {
        origin_tell(root, source, path, found);
    } else {
        tell_borrowed(bytes, found);
    }
}
