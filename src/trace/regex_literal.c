/* A text that every match of an expression has in it, read off its letters: enough to leave most lines alone. What stands in
 * groups, classes and behind alternatives is not looked at. */
#include "base/str.h"
#include "trace/regex.h"

#include "base/banned.h"

/* Behind a letter, these say that it may be missing. */
static bool is_optional(struct str pattern, size_t at)
{
    return at < pattern.len && memchr("?*{", pattern.data[at], 3) != NULL;
}

static size_t skip_brackets(struct str pattern, size_t at)
{
    size_t depth = 0;
    bool is_class = false;
    for (; at < pattern.len; at++) {
        char c = pattern.data[at];
        if (c == '\\') {
            at++;
        } else if (is_class) {
            is_class = c != ']';
        } else if (c == '[') {
            is_class = true;
            at += at + 1 < pattern.len && pattern.data[at + 1] == ']';
        } else if (c == '(') {
            depth++;
        } else if (c == ')') {
            depth--;
        }
        if (!is_class && depth == 0) {
            return at + 1;
        }
    }
    return pattern.len;
}

struct str regex_literal(struct str pattern, struct arena *arena)
{
    char run[128], best[128];
    size_t run_len = 0, best_len = 0;
    for (size_t at = 0; at < pattern.len;) {
        char c = pattern.data[at];
        size_t behind = at + 1;
        bool is_letter = memchr(".^$*+?{}|()[]\\", c, 14) == NULL;
        if (c == '|') {
            return (struct str){"", 0};
        }
        if (c == '\\' && behind < pattern.len) {
            c = pattern.data[behind++];
            is_letter = memchr(".^$*+?{}|()[]\\/-", c, 16) != NULL && c != '\0';
        } else if (c == '(' || c == '[') {
            behind = skip_brackets(pattern, at);
        }
        if (is_letter && !is_optional(pattern, behind) && run_len < sizeof run) {
            run[run_len++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        } else {
            run_len = 0;
        }
        if (run_len > best_len) {
            best_len = run_len;
            memcpy(best, run, run_len);
        }
        if (behind < pattern.len && pattern.data[behind] == '+') {
            run_len = 0;
        }
        at = behind;
        if (at < pattern.len && pattern.data[at] == '{') {
            size_t end = str_find(pattern, STR("}"), at);
            at = end == SIZE_MAX ? at + 1 : end + 1;
            run_len = 0;
        }
    }
    struct str kept = best_len > 0 ? arena_str(arena, (struct str){best, best_len}, NULL) : (struct str){"", 0};
    return kept.data == NULL ? (struct str){"", 0} : kept;
}
