/* A sliding, growing view of a stream. */
#include <stdlib.h>

#include "formats/window.h"

#include "base/banned.h"

int window_open(struct window *window, const struct table_bytes *bytes, struct err *err)
{
    *window = (struct window){.bytes = bytes, .cap = WINDOW_START_BYTES};
    window->data = calloc(1, window->cap + WINDOW_SLACK);
    return window->data == NULL ? err_set(err, ERR_LIMIT, "no memory for reading") : 0;
}

void window_close(struct window *window)
{
    free(window->data);
    *window = (struct window){0};
}

void own_window(struct window *window)
{
    window_close(window);
}

static int grow(struct window *window, struct err *err)
{
    size_t cap = window->cap * 2;
    char *data = realloc(window->data, cap + WINDOW_SLACK);
    if (data == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a row of %zu bytes", cap);
    }
    memset(data + window->cap, 0, cap - window->cap + WINDOW_SLACK);
    window->data = data;
    window->cap = cap;
    return 0;
}

int window_more(struct window *window, bool *ret_full, struct err *err)
{
    *ret_full = false;
    if (window->is_ended) {
        return 0;
    }
    if (window->from > 0) {
        window->passed += window->from;
        window->to -= window->from;
        memmove(window->data, window->data + window->from, window->to);
        window->from = 0;
    }
    if (window->to > window->cap / 2 && window->cap < TABLE_ROW_BYTES) {
        TRY(grow(window, err));
    }
    if (window->cap - window->to < WINDOW_LEAST_BYTES) {
        *ret_full = true;
        return 0;
    }
    size_t got = 0;
    size_t room = window->cap - window->to;
    if (window->to < window->sight && window->sight - window->to < room &&
        window->sight - window->to >= WINDOW_LEAST_BYTES) {
        room = window->sight - window->to;
    }
    TRY(window->bytes->read(window->bytes->self, window->data + window->to, room, &got, err));
    window->to += got;
    window->is_ended = got == 0;
    return 0;
}

int window_double(struct window *window, bool *ret_full, struct err *err)
{
    size_t sight = window->to - window->from;
    do {
        TRY(window_more(window, ret_full, err));
    } while (!*ret_full && !window->is_ended && window->to - window->from < 2 * sight);
    *ret_full = *ret_full && window->to - window->from == sight; /* else there is something to look at */
    return 0;
}

int window_want(struct window *window, size_t bytes, struct err *err)
{
    bool full = false;
    while (window->to - window->from < bytes && !window->is_ended && !full) {
        TRY(window_more(window, &full, err));
    }
    return 0;
}

int window_give(struct window *window, size_t len, char **buffer, size_t *cap, struct err *err)
{
    if (*cap < window->cap) {
        char *data = realloc(*buffer, window->cap + WINDOW_SLACK);
        if (data == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu bytes of rows", window->cap);
        }
        memset(data + window->cap, 0, WINDOW_SLACK);
        *buffer = data;
        *cap = window->cap;
    }
    char *given = window->data;
    size_t given_cap = window->cap;
    size_t behind = window->from + len;
    memcpy(*buffer, given + behind, window->to - behind);
    window->data = *buffer;
    window->cap = *cap;
    window->passed += behind;
    window->to -= behind;
    window->from = 0;
    *buffer = given;
    *cap = given_cap;
    return 0;
}
