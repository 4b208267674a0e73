/* Who has to carry a claim, and what was said for and against it: the small part of Carneades (Gordon, Prakken and Walton 2007) that a
 * verdict needs. The standard is the claim's; words weigh nothing here, they are only put beside what was examined. */
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "judge/inside.h"

#include "base/banned.h"

json_t *burden_entry(const struct judged *judged)
{
    const char *party = json_text(judged->claim, "burden", NULL);
    const bool is_open = judged->outcome.direction == DIRECTION_UNDETERMINED;
    OWN(own_buf) struct buf text = {0};

    if (party == NULL) {
        buf_puts(&text, is_open ? "nobody said who has to show this, so while it is open it counts against nobody"
                                : "nobody said who has to show this");
        return json_pack("{s:n, s:b, s:s#}", "party", "decides", 0, "text", text.data, (int)text.len);
    }
    const json_t *row = json_find(json_object_get(judged->model, "parties"), "id", party);
    const char *name = json_text(row, "name", party);
    buf_printf(&text, "the burden is on %s; ", name);
    if (is_open) {
        buf_printf(&text, "while this is open, it counts against %s", name);
    } else {
        buf_puts(&text, "the evidence gives a direction, so the burden decides nothing");
    }
    return buf_check(&text, NULL) != 0
               ? NULL
               : json_pack("{s:s, s:b, s:s#}", "party", party, "decides", is_open, "text", text.data, (int)text.len);
}

static bool is_about(const json_t *statement, const char *claim)
{
    size_t i;
    const json_t *id;

    json_array_foreach(json_object_get(statement, "claims"), i, id)
    {
        if (json_is_string(id) && strcmp(json_string_value(id), claim) == 0) {
            return true;
        }
    }
    return false;
}

static json_t *said(const struct judged *judged, const char *act)
{
    json_t *ids = json_array();
    size_t i;
    const json_t *row;

    json_array_foreach(json_object_get(judged->model, "statements"), i, row)
    {
        if (strcmp(json_text(row, "act", ""), act) == 0 && is_about(row, json_text(judged->claim, "id", ""))) {
            json_array_append_new(ids, json_string(json_text(row, "id", "")));
        }
    }
    return ids;
}

static json_t *examined(const json_t *items)
{
    json_t *ids = json_array();
    size_t i;
    const json_t *item;

    json_array_foreach(items, i, item)
    {
        json_array_append_new(ids, json_string(json_text(item, "examination", "")));
    }
    return ids;
}

json_t *arguments_entry(const struct judged *judged, const json_t *pro, const json_t *con)
{
    return json_pack("{s:{s:o, s:o}, s:{s:o, s:o}}", "pro", "examinations", examined(pro), "statements",
                     said(judged, "asserts"), "con", "examinations", examined(con), "statements",
                     said(judged, "denies"));
}
