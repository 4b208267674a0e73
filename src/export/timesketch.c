/* The whole case as one timeline: what was said, demanded and due; what was planted; the events and holes of the logs; what was
 * examined and judged when. */
#include "finding/timesketch.h"

#include "assay/case.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "export/inside.h"

#include "base/banned.h"

static void put_statement(const struct export *from, struct buf *out, const json_t *statement)
{
    const json_t *notice = json_object_get(statement, "notice");
    OWN(own_buf) struct buf text = {0};
    buf_printf(&text, "%s %s (%s): %s", fact_party(from, json_text(statement, "party", "?")),
               json_text(statement, "act", "says"), json_text(statement, "id", ""), json_text(statement, "text", ""));
    (void)timesketch_row(out, "assay:statement", json_text(statement, "said", ""), json_text(statement, "act", "said"),
                         buf_str(&text), NULL);
    if (json_is_object(notice)) {
        (void)timesketch_row(out, "assay:statement", json_text(notice, "due", ""), "answer due", buf_str(&text), NULL);
    }
}

/* A file that sweep found has one time of its own, and anybody who could write it could set it. */
static void put_planted(struct buf *out, const json_t *record)
{
    OWN(own_buf) struct buf text = {0};
    buf_printf(&text, "%s (confidence %s): %s; a modification time can be set at will", json_text(record, "class", "?"),
               json_text(record, "confidence", "?"), json_text(record, "path", ""));
    (void)timesketch_row(out, "assay:sweep", json_text(record, "mtime", ""), "file modified", buf_str(&text), record);
}

/* The records of one examination. */
struct rows {
    const struct export *from;
    struct buf *out;
    const char *data_type;
    bool is_sweep;
};

static int put_row(void *self, const struct assay_record *row, struct err *err)
{
    const struct rows *rows = self;
    int kind = assay_kind_of(json_text(row->wrapped, "type", ""));
    const json_t *record = json_object_get(row->wrapped, "record");
    if (kind == ASSAY_FINDING && rows->is_sweep) {
        put_planted(rows->out, record);
    } else if (kind >= 0) {
        (void)timesketch_record(rows->out, rows->data_type, (enum assay_kind)kind, record);
    }
    return export_flush(rows->from, rows->out, err);
}

static int put_examination(const struct export *from, struct buf *out, const json_t *examination, struct err *err)
{
    OWN(own_buf) struct buf text = {0};
    char data_type[64];
    const char *engine = json_text(examination, "engine", "examination");
    (void)snprintf(data_type, sizeof data_type, "assay:%.40s", engine);
    struct rows rows = {from, out, data_type, strcmp(engine, "sweep") == 0};
    fact_examined(&text, examination);
    (void)timesketch_row(out, data_type, json_text(examination, "began", ""), "examined", buf_str(&text), NULL);
    return assay_records_each(from->records, examination, ASSAY_EVERY_KIND, put_row, &rows, err);
}

int export_timesketch(const struct export *from, struct buf *out, struct err *err)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(fact_list(from, "statements"), i, entry)
    {
        put_statement(from, out, entry);
    }
    json_array_foreach(fact_list(from, "examinations"), i, entry)
    {
        TRY(put_examination(from, out, entry, err));
    }
    json_array_foreach(fact_list(from, "verdicts"), i, entry)
    {
        OWN(own_buf) struct buf text = {0};
        buf_printf(&text, "claim %s: ", json_text(entry, "claim", "?"));
        fact_says(&text, entry);
        (void)timesketch_row(out, "assay:verdict", json_text(entry, "time", ""), "judged", buf_str(&text), NULL);
    }
    return buf_check(out, err);
}
