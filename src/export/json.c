/* The model itself: nothing is lost, and nothing but the model is said. */
#include "base/json.h"
#include "assay/case.h"
#include "base/own.h"
#include "base/str.h"
#include "export/inside.h"

#include "base/banned.h"

typedef int put_value(void *self, struct buf *out, struct err *err);

/* Members of an object that stand before this key in canonical order, or behind it: keys in ASCII are in the order of their bytes. */
static json_t *members_beside(json_t *object, const char *key, bool is_behind)
{
    json_t *some = json_object();
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        int order = strcmp(name, key);
        if (order != 0 && (order > 0) == is_behind && json_object_set(some, name, value) != 0) {
            json_decref(some);
            return NULL;
        }
    }
    return some;
}

/* An object in canonical form in which one member's value is written by put. */
static int put_with(struct buf *out, const json_t *object, const char *key, put_value *put, void *self, struct err *err)
{
    OWN(own_json) json_t *before = members_beside((json_t *)(uintptr_t)object, key, false);
    OWN(own_json) json_t *behind = members_beside((json_t *)(uintptr_t)object, key, true);
    OWN(own_buf) struct buf text = {0};
    if (before == NULL || behind == NULL) {
        return err_no_memory(err);
    }
    TRY(json_canonical(&text, before, err));
    buf_put(out, str_slice(buf_str(&text), 0, text.len - 1)); /* without its brace */
    buf_printf(out, "%s\"%s\":", json_object_size(before) != 0 ? "," : "", key);
    TRY(put(self, out, err));
    buf_reset(&text);
    TRY(json_canonical(&text, behind, err));
    buf_puts(out, json_object_size(behind) != 0 ? "," : "");
    buf_put(out, str_slice(buf_str(&text), 1, text.len));
    return 0;
}

/* An examination whose records come from where they lie. */
struct listing {
    const struct export *from;
    const json_t *examination;
    struct buf *out;
    uint64_t put;
};

static int put_record(void *self, const struct assay_record *record, struct err *err)
{
    struct listing *listing = self;
    buf_puts(listing->out, listing->put++ != 0 ? "," : "");
    TRY(json_canonical(listing->out, record->wrapped, err));
    return export_flush(listing->from, listing->out, err);
}

static int put_records(void *self, struct buf *out, struct err *err)
{
    struct listing *listing = self;
    listing->out = out;
    buf_putc(out, '[');
    TRY(assay_records_each(listing->from->records, listing->examination, ASSAY_EVERY_KIND, put_record, listing, err));
    buf_putc(out, ']');
    return 0;
}

static int put_examinations(void *self, struct buf *out, struct err *err)
{
    const struct export *from = self;
    size_t i;
    const json_t *examination;
    buf_putc(out, '[');
    json_array_foreach(json_object_get(from->model, "examinations"), i, examination)
    {
        struct listing listing = {.from = from, .examination = examination};
        buf_puts(out, i != 0 ? "," : "");
        TRY(put_with(out, examination, "records", put_records, &listing, err));
    }
    buf_putc(out, ']');
    return 0;
}

int export_json(const struct export *from, struct buf *out, struct err *err)
{
    if (from->records == NULL) {
        TRY(json_canonical(out, from->model, err));
    } else {
        TRY(put_with(out, from->model, "examinations", put_examinations, (void *)(uintptr_t)from, err));
    }
    buf_putc(out, '\n');
    return 0;
}
