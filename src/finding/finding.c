/* Records on their way from an engine to whoever listens. */
#include "assay/finding.h"
#include "base/buf.h"
#include "base/str.h"

#include "base/banned.h"

static const char *const kinds[] = {"finding", "event", "coverage", "measure", "summary"};

const char *assay_kind_name(enum assay_kind kind)
{
    return kinds[kind];
}

int assay_kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (name != NULL && strcmp(name, kinds[i]) == 0) {
            return (int)i;
        }
    }
    return -1;
}

int assay_emit(const struct assay_sink *sink, enum assay_kind kind, json_t *body, struct err *err)
{
    if (body == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory for a %s", assay_kind_name(kind));
    }
    int failed = sink->put(sink->self, kind, body, err);
    json_decref(body);
    return failed;
}

void assay_complain(const struct assay_sink *sink, struct str where, struct str what)
{
    if (sink->complain != NULL) {
        sink->complain(sink->self, where, what);
    }
}

void assay_tell(const struct assay_sink *sink, const struct assay_progress *progress)
{
    if (sink->progress != NULL) {
        sink->progress(sink->self, progress);
    }
}

json_t *assay_text(struct str bytes, size_t max_bytes)
{
    OWN(own_buf) struct buf text = {.max = max_bytes + 16};
    while (bytes.len != 0) {
        size_t step = str_utf8_step(bytes);
        struct str piece = step != 0 ? (struct str){bytes.data, step} : STR("\xef\xbf\xbd");
        if (text.len + piece.len > max_bytes) {
            buf_putc(&text, '~');
            break;
        }
        buf_put(&text, piece);
        bytes = str_slice(bytes, step != 0 ? step : 1, bytes.len);
    }
    return text.failed ? NULL : json_stringn(text.data != NULL ? text.data : "", text.len);
}
