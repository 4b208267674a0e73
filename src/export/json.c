/* The model itself: nothing is lost, and nothing but the model is said. */
#include <stdlib.h>

#include "assay/case.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "export/inside.h"

#include "base/banned.h"

typedef int put_value(void *self, struct buf *out, struct err *err);

static int by_bytes(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The names of an object's members in canonical order, NULL behind the last: names in ASCII are in the order of their bytes. */
static const char **names_of(json_t *object)
{
    const char **names = calloc(json_object_size(object) + 1, sizeof *names);
    const char *name;
    json_t *value;
    size_t count = 0;
    if (names != NULL) {
        json_object_foreach(object, name, value)
        {
            names[count++] = name;
        }
        qsort(names, count, sizeof *names, by_bytes);
    }
    return names;
}

/* An object in canonical form in which the value of one of its members is written by put. */
static int put_with(struct buf *out, const json_t *object, const char *key, put_value *put, void *self, struct err *err)
{
    OWN(own_mem) const char **names = names_of((json_t *)(uintptr_t)object);
    if (names == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; names[i] != NULL; i++) {
        OWN(own_json) json_t *name = json_string(names[i]);
        buf_puts(out, i == 0 ? "{" : ",");
        TRY(json_canonical(out, name, err));
        buf_putc(out, ':');
        TRY(strcmp(names[i], key) == 0 ? put(self, out, err)
                                       : json_canonical(out, json_object_get(object, names[i]), err));
    }
    buf_putc(out, '}');
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
