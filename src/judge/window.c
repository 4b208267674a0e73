/* When a claim says that it happened: its own window, else the case's, else nobody said. */
#include "base/json.h"
#include "base/time.h"
#include "judge/inside.h"

#include "base/banned.h"

static bool read_window(const json_t *object, struct window *ret)
{
    const json_t *span = json_object_get(object, "window");
    const int64_t from = time_parse(str_of(json_text(span, "from", "")));
    const int64_t to = time_parse(str_of(json_text(span, "to", "")));

    if (from == TIME_NONE || to == TIME_NONE || to <= from) {
        return false;
    }
    *ret = (struct window){.from = from, .to = to, .known = true};
    return true;
}

struct window window_of_claim(const json_t *model, const json_t *claim)
{
    struct window window = {.known = false};

    if (!read_window(claim, &window)) {
        (void)read_window(json_object_get(model, "case"), &window);
    }
    return window;
}
