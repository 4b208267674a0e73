/* Special categories (GDPR, Article 9) whose values cannot tell them from any other text: the name of the column says it, and
 * the note says that only the name does. Health also by its codes: ICD-10 (WHO), a letter, two digits, a subdivision. */
#include "base/str.h"
#include "reach/kind.h"

#include "base/banned.h"

/* A00 to Z99.9, with the point or, in a column named so, without. */
static enum kind_is is_health(struct kind_ask *ask)
{
    struct str text = ask->cell->text;
    char first = (char)(text.data[0] & ~0x20);
    if (text.len < 3 || first < 'A' || first > 'Z' || text.data[1] < '0' || text.data[1] > '9' ||
        !((text.data[2] >= '0' && text.data[2] <= '9') || text.data[2] == 'A' || text.data[2] == 'B')) {
        return KIND_SHAPE;
    }
    struct str rest = str_slice(text, 3, text.len);
    bool has_point = rest.len > 0 && rest.data[0] == '.';
    if (!has_point && ask->hint == KIND_HINT_NONE) { /* seats and rooms are written so too */
        return KIND_SHAPE;
    }
    size_t tail = has_point ? rest.len - 1 : rest.len;
    return tail <= 4 && !(has_point && tail == 0) ? KIND_YES : KIND_SHAPE;
}

/* Codes where the name speaks of health: counted. Words there: by name only (k = UINT64_MAX). */
static bool fits_health(const struct kind_detector *kind, const struct kind_view *view, uint64_t *ret_k,
                        double *ret_score)
{
    *ret_k = view->k;
    *ret_score = 2;
    if (view->hint < KIND_HINT_PLAIN) {
        return view->of_medicine && !view->is_numbered && view->k_distinct >= 3 &&
               kind_share(view, view->k, view->k_distinct) >= kind->floor;
    }
    if (kind_share(view, view->k, view->k_distinct) >= kind->floor) {
        return true;
    }
    *ret_k = UINT64_MAX;
    return false;
}

static void say_health(const struct kind_view *view, struct buf *out, const char **ret_weak)
{
    static const char *const names[] = {"ICD-10 codes"};
    (void)ret_weak;
    kind_name_slots(view, names, 1, out);
}

const struct kind_detector kind_health = {
    .id = "health",
    .min = 1,
    .max = 500,
    .slots = 1,
    .may_by_name = true,
    .floor = 0.6,
    .is = is_health,
    .fits = fits_health,
    .scheme = say_health,
};

#define SPECIAL(name, text) \
    const struct kind_detector kind_##name = {.id = (text), .may_by_name = true, .is_only_name = true};

SPECIAL(religion, "religion")
SPECIAL(ethnicity, "ethnicity")
SPECIAL(politics, "politics")
SPECIAL(union, "union")
SPECIAL(orientation, "orientation")
SPECIAL(biometric, "biometric")
