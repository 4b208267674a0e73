/* Choosing rows to show. Cells are masked unless they are to be revealed. */
#include "match/excerpts.h"
#include "assay/finding.h"
#include "base/own.h"
#include "match/columns.h"
#include "match/mask.h"

#include "base/banned.h"

enum { NAME_MAX_BYTES = 200, SHOWN_MAX_BYTES = 300 };

static json_t *cell_json(const struct evidence_input *in, const struct evidence *out, size_t row,
                         const struct aligned *column, bool is_revealed)
{
    OWN(own_buf) struct buf text = {0};
    const struct linkage *sample = in->sample;
    size_t here = sample->pairs[column->pair].sample;
    uint32_t value = set_cell(sample->set, row, here);
    bool is_compared = columns_comparable(sample, row, column->pair);
    if (value != 0) {
        mask_value(&text, sample->set, value, is_revealed);
    }
    return json_pack("{s:o, s:s, s:o, s:o}", "column", assay_text(sample->set->columns[here].name, NAME_MAX_BYTES),
                     "class", column_class_name(column->class), "shown",
                     value == 0 ? json_null() : assay_text(buf_str(&text), SHOWN_MAX_BYTES), "agrees",
                     is_compared ? json_boolean(columns_agree(sample, row, column->pair, out->offset_s)) : json_null());
}

static json_t *row_json(const struct evidence_input *in, const struct evidence *out, size_t row, bool is_revealed)
{
    json_t *cells = json_array();
    for (size_t i = 0; i < out->column_count; i++) {
        if (out->columns[i].class != COLUMN_NONE) {
            (void)json_array_append_new(cells, cell_json(in, out, row, &out->columns[i], is_revealed));
        }
    }
    return json_pack("{s:I, s:o}", "row", (json_int_t)row + 1, "cells", cells);
}

/* Of the source-made columns that can be compared in this row: how many, and how many agree. */
static void compare(const struct evidence_input *in, const struct evidence *out, size_t row, uint64_t *ret_compared,
                    uint64_t *ret_agreed)
{
    *ret_compared = *ret_agreed = 0;
    for (size_t i = 0; i < out->column_count; i++) {
        size_t pair = out->columns[i].pair;
        if (out->columns[i].is_counted && columns_comparable(in->sample, row, pair)) {
            (*ret_compared)++;
            *ret_agreed += columns_agree(in->sample, row, pair, out->offset_s);
        }
    }
}

json_t *excerpts_json(const struct evidence_input *in, const struct evidence *evidence, bool is_revealed)
{
    json_t *agreeing = json_array();
    json_t *contradicting = json_array();
    for (size_t r = 0; r < in->sample->set->row_count; r++) {
        uint64_t compared, agreed;
        if (json_array_size(agreeing) == EXCERPTS_MAX && json_array_size(contradicting) == EXCERPTS_MAX) {
            break;
        }
        compare(in, evidence, r, &compared, &agreed);
        json_t *rows = agreed == compared ? agreeing : contradicting;
        if (compared > 0 && evidence->states[r] != ROW_REPEATED && json_array_size(rows) < EXCERPTS_MAX) {
            (void)json_array_append_new(rows, row_json(in, evidence, r, is_revealed));
        }
    }
    return json_pack("{s:o, s:o}", "agreeing", agreeing, "contradicting", contradicting);
}
