/* Pieces of reach's records. Names of databases and tables are hostile: valid UTF-8, cut, and lists that end. */
#include "base/json.h"
#include "base/str.h"
#include "reach/inside.h"

#include "base/banned.h"

int fit_add(struct fit *fit, json_t *item, struct err *err)
{
    if (fit->array == NULL) {
        fit->array = json_array();
    }
    if (item == NULL || fit->array == NULL) {
        json_decref(item);
        return err_no_memory(err);
    }
    size_t bytes = json_dumpb(item, NULL, 0, JSON_COMPACT | JSON_ENSURE_ASCII);
    if (fit->bytes + bytes > LIST_BYTES) {
        fit->left_out++;
        json_decref(item);
        return 0;
    }
    fit->bytes += bytes + 1;
    return json_array_append_new(fit->array, item) == 0 ? 0 : err_no_memory(err);
}

void own_fit(struct fit *fit)
{
    json_decref(fit->array);
}

json_t *say_name(struct str name)
{
    return assay_text(name, NAME_BYTES);
}

/* Drivers begin with the URI; where the record names it, once is enough. */
struct str without_uri(const char *text, struct str uri)
{
    struct str all = str_of(text);
    bool is_doubled = uri.len != 0 && str_starts(all, uri) && str_starts(str_slice(all, uri.len, all.len), STR(": "));
    return is_doubled ? str_slice(all, uri.len + 2, all.len) : all;
}

json_t *say_why(struct str text, const char *password)
{
    enum { PASSWORD_LEAST = 4 }; /* a shorter one would be found by chance, in any sentence */
    OWN(own_buf) struct buf out = {0};
    struct str secret = str_of(password);
    size_t at;
    if (text.len == 0) {
        return NULL;
    }
    while (secret.len >= PASSWORD_LEAST && (at = str_find(text, secret, 0)) != SIZE_MAX) {
        buf_put(&out, str_slice(text, 0, at));
        buf_puts(&out, "(password)");
        text = str_slice(text, at + secret.len, text.len);
    }
    buf_put(&out, text);
    return out.failed ? NULL : assay_text(buf_str(&out), WHY_BYTES);
}

int say_set(json_t *body, const char *key, json_t *value)
{
    return value == NULL ? 0 : json_object_set_new(body, key, value);
}

json_t *say_pair(double lo, double hi)
{
    return json_pack("[f,f]", lo, hi);
}

json_t *say_counts(uint64_t lo, uint64_t hi)
{
    return json_pack("[I,I]", (json_int_t)lo, (json_int_t)hi);
}

int say_coverage(const struct assay_sink *sink, const char *source, const char *class, const char *database,
                 const char *table, uint64_t count, const char *why, struct err *err)
{
    json_t *body = json_pack("{s:o,s:s,s:I}", "source", assay_text(str_of(source), 1024), "class", class, "count",
                             (json_int_t)count);
    int failed = body == NULL ? -1 : 0;
    if (failed == 0 && database != NULL) {
        failed |= say_set(body, "database", say_name(str_of(database)));
    }
    if (failed == 0 && table != NULL) {
        failed |= say_set(body, "table", say_name(str_of(table)));
    }
    if (failed == 0 && why != NULL && *why != '\0') {
        failed |= say_set(body, "why", assay_text(str_of(why), WHY_BYTES));
    }
    if (failed != 0) {
        json_decref(body);
        return err_no_memory(err);
    }
    return assay_emit(sink, ASSAY_COVERAGE, body, err);
}
