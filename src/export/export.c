/* The list of formats, and the way from a name to its exporter. */
#include <stdlib.h>

#include "assay/case.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "export/inside.h"

#include "base/banned.h"

static const struct assay_export_format formats[] = {
#define EXPORT(name, ending, says) {#name, says, ending},
#include "export/export_list.h"
#undef EXPORT
};

static int (*const exporters[])(const struct export *, struct buf *, struct err *) = {
#define EXPORT(name, ending, says) export_##name,
#include "export/export_list.h"
#undef EXPORT
};

const struct assay_export_format *assay_export_formats(size_t *ret_count)
{
    *ret_count = sizeof formats / sizeof formats[0];
    return formats;
}

static int no_such(const char *format, struct err *err)
{
    OWN(own_buf) struct buf names = {0};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        buf_printf(&names, "%s%s", i > 0 ? ", " : "", formats[i].name);
    }
    TRY(buf_check(&names, err));
    err_set(err, ERR_USAGE, "no format is called '%s'", format);
    return err_remedy(err, "one of: %s", names.data);
}

/* The place of a format in the lists; -1 with err. */
static int number_of(const char *format, struct err *err)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i].name, format) == 0) {
            return (int)i;
        }
    }
    return no_such(format, err);
}

static int write_format(int number, const json_t *model, struct assay_records *records,
                        const struct assay_export_options *options, const struct assay_export_out *to, struct buf *out,
                        struct err *err)
{
    static const struct assay_export_options none;
    const json_t *kase = json_object_get(model, "case");
    const struct export from = {.model = model,
                                .kase = kase,
                                .records = records,
                                .to = to,
                                .scope = json_text(kase, "vkey", ""),
                                .options = options != NULL ? options : &none};
    if (!json_is_object(kase)) {
        return err_set(err, ERR_FORMAT, "no model of a case");
    }
    TRY(exporters[number](&from, out, err));
    return buf_check(out, err);
}

int assay_export(const json_t *model, const char *format, const struct assay_export_options *options, char **ret_text,
                 size_t *ret_len, struct err *err)
{
    struct buf out = {0};
    int number = number_of(format, err);
    if (number < 0 || write_format(number, model, NULL, options, NULL, &out, err) != 0) {
        buf_free(&out);
        return -1;
    }
    *ret_text = out.data;
    *ret_len = out.len;
    return 0;
}

int export_flush(const struct export *from, struct buf *out, struct err *err)
{
    enum { PIECE_BYTES = 256 << 10 };
    if (from->to == NULL || out->len < PIECE_BYTES) {
        return 0;
    }
    TRY(buf_check(out, err));
    TRY(from->to->put(from->to->self, buf_str(out), err));
    buf_reset(out);
    return 0;
}

int assay_export_case(struct assay_case *kase, const char *format, const struct assay_export_options *options,
                      const struct assay_export_out *to, struct err *err)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_assay_records) struct assay_records *records = NULL;
    OWN(own_buf) struct buf out = {0};
    int number = number_of(format, err);
    if (number < 0) {
        return -1;
    }
    TRY(assay_case_lean(kase, assay_case_size(kase), &model, &records, err));
    TRY(write_format(number, model, records, options, to, &out, err));
    return to->put(to->self, buf_str(&out), err);
}

json_t *export_text(struct buf *text)
{
    json_t *value = text->failed ? NULL : json_stringn(text->data != NULL ? text->data : "", text->len);
    buf_reset(text);
    return value;
}

struct indented {
    struct buf *out;
    const char *indent;
};

/* A '<' stands in strings only, and is written so that no text of a case ends the script element of a page into which somebody pastes
 * the document, as publishers do with a ClaimReview. A line feed stands between members only: in a text it is written as \n. */
static int put_bytes(const char *bytes, size_t count, void *self)
{
    const struct indented *to = self;
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '<') {
            buf_puts(to->out, "\\u003c");
        } else {
            buf_putc(to->out, bytes[i]);
        }
        if (bytes[i] == '\n') {
            buf_puts(to->out, to->indent);
        }
    }
    return 0;
}

bool export_put(struct buf *out, const json_t *value, const char *indent)
{
    struct indented to = {out, indent};
    return value != NULL &&
           json_dump_callback(value, put_bytes, &to, JSON_SORT_KEYS | JSON_INDENT(1) | JSON_REAL_PRECISION(12)) == 0;
}

int export_dump(struct buf *out, json_t *document, struct err *err)
{
    bool done = export_put(out, document, "");
    json_decref(document);
    buf_putc(out, '\n');
    return done ? buf_check(out, err) : err_no_memory(err);
}
