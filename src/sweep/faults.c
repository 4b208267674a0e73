/* The table is read once and only read from then on; every worker asks it. Rows keep the order of the file. */
#include <stdlib.h>

#include "assay/finding.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "sweep/faults.h"
#include "sweep/release.h"

#include "base/banned.h"

enum { TABLE_MAX_BYTES = 4 << 20, TEXT_BYTES = 400, LISTED_IDS = 12, FAULTS_MAX = 100 };

struct faults {
    json_t *root, *rows; /* rows borrows */
};

void faults_free(struct faults *faults)
{
    if (faults != NULL) {
        json_decref(faults->root);
        free(faults);
    }
}

void own_faults(struct faults **faults)
{
    faults_free(*faults);
}

size_t faults_count(const struct faults *faults)
{
    return faults != NULL ? json_array_size(faults->rows) : 0;
}

static struct str bound(const json_t *row, const char *key)
{
    return str_of(json_text(row, key, ""));
}

static bool is_release(struct str text)
{
    return text.len == 0 || (text.len == release_at(text, 0).len && text.len != 0);
}

static struct release_range range_of(const json_t *row)
{
    return (struct release_range){bound(row, "from"), bound(row, "seen"), bound(row, "to"), bound(row, "fixed")};
}

/* Both are known and out of order. */
static bool is_above(struct str lower, struct str upper, bool may_be_equal)
{
    int order = lower.len != 0 && upper.len != 0 ? release_compare(lower, upper) : -1;
    return order > 0 || (order == 0 && !may_be_equal);
}

/* What is wrong with a row; NULL if nothing is. */
static const char *fault_of_row(const json_t *row)
{
    struct release_range range = range_of(row);
    const json_t *tools = json_object_get(row, "tools");
    size_t i;
    const json_t *tool;
    if (!json_is_array(tools) || json_array_size(tools) == 0) {
        return "no tools";
    }
    json_array_foreach(tools, i, tool)
    {
        if (!json_is_string(tool)) {
            return "a tool is no text";
        }
    }
    if (bound(row, "text").len == 0) {
        return "no text";
    }
    if (bound(row, "source").len == 0) {
        return "no source";
    }
    if (!is_release(range.from) || !is_release(range.seen) || !is_release(range.to) || !is_release(range.fixed)) {
        return "a bound is no release number";
    }
    if (range.to.len == 0 && range.fixed.len == 0) {
        return "neither the last release with the fault nor the first without";
    }
    if (is_above(range.from, range.seen, true) || is_above(range.from, range.to, true) ||
        is_above(range.seen, range.to, true) || is_above(range.from, range.fixed, false) ||
        is_above(range.seen, range.fixed, false) || is_above(range.to, range.fixed, false)) {
        return "its bounds contradict each other";
    }
    return NULL;
}

static int check_rows(const json_t *rows, const char *path, struct err *err)
{
    size_t i;
    const json_t *row;
    if (!json_is_array(rows)) {
        return err_set(err, ERR_FORMAT, "%s: no array 'rows'", path);
    }
    json_array_foreach(rows, i, row)
    {
        const char *fault = fault_of_row(row);
        if (fault != NULL) {
            return err_set(err, ERR_FORMAT, "%s: row %zu (%s): %s", path, i + 1, json_text(row, "id", "no id"), fault);
        }
    }
    return 0;
}

struct faults *faults_load(const char *path, struct err *err)
{
    OWN(own_buf) struct buf text = {.max = TABLE_MAX_BYTES * 2};
    if (file_read(path, TABLE_MAX_BYTES, &text, err) != 0) {
        return NULL;
    }
    OWN(own_json) json_t *root = json_read(buf_str(&text), err);
    if (root == NULL) {
        err_where(err, "%s", path);
        return NULL;
    }
    if (check_rows(json_object_get(root, "rows"), path, err) != 0) {
        return NULL;
    }
    struct faults *faults = calloc(1, sizeof *faults);
    if (faults == NULL) {
        err_no_memory(err);
        return NULL;
    }
    faults->root = json_incref(root);
    faults->rows = json_object_get(root, "rows");
    return faults;
}

static bool concerns(const json_t *row, const char *name)
{
    size_t i;
    const json_t *tool;
    json_array_foreach(json_object_get(row, "tools"), i, tool)
    {
        if (strcmp(json_string_value(tool), name) == 0) {
            return true;
        }
    }
    return false;
}

static json_t *text_of(const json_t *row, const char *key)
{
    struct str text = bound(row, key);
    return text.len != 0 ? assay_text(text, TEXT_BYTES) : json_null();
}

static json_t *listed(const json_t *row, bool is_certain)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "id", text_of(row, "id"), "text",
                     text_of(row, "text"), "from", text_of(row, "from"), "seen", text_of(row, "seen"), "to",
                     text_of(row, "to"), "fixed", text_of(row, "fixed"), "bounds", text_of(row, "bounds"), "source",
                     text_of(row, "source"), "certain", is_certain);
}

/* "CVE-2021-43008, SF-436 and 3 more" */
static void name_ids(struct buf *names, const json_t *list)
{
    size_t i;
    const json_t *row;
    json_array_foreach(list, i, row)
    {
        if (i == LISTED_IDS) {
            buf_printf(names, " and %zu more", json_array_size(list) - i);
            return;
        }
        buf_printf(names, "%s%s", i != 0 ? ", " : "", json_text(row, "id", "no number"));
    }
}

static void tell_count(struct found *found, size_t certain)
{
    OWN(own_buf) struct buf names = {0};
    size_t all = json_array_size(found->vulnerabilities), perhaps = all - certain;
    name_ids(&names, found->vulnerabilities);
    if (names.data == NULL) {
        found->failed = true;
    } else if (perhaps == 0) {
        found_reasonf(found, "known", 0, "%zu published %s of this release: %s", all,
                      all == 1 ? "vulnerability" : "vulnerabilities", names.data);
    } else {
        found_reasonf(found, "known", 0, "%zu published %s of this release, and %zu that it may have: %s", certain,
                      certain == 1 ? "vulnerability" : "vulnerabilities", perhaps, names.data);
    }
}

/* Appends the rows that this release is so placed in. */
static void list_rows(const struct faults *faults, enum release_place wanted, json_t *list, struct found *found)
{
    size_t i;
    const json_t *row;
    json_array_foreach(faults->rows, i, row)
    {
        struct release_range range = range_of(row);
        if (concerns(row, found->name) && release_place(str_of(found->version), &range) == wanted &&
            json_array_size(list) < FAULTS_MAX &&
            json_array_append_new(list, listed(row, wanted == RELEASE_INSIDE)) != 0) {
            found->failed = true;
        }
    }
}

void faults_tell(const struct faults *faults, struct found *found)
{
    if (faults == NULL || found->origin == NULL) {
        return;
    }
    if (found->version[0] == '\0') {
        found_reasonf(found, "known", 0, "its version is not known, so neither is what is published about it");
        return;
    }
    json_t *list = json_array();
    found->vulnerabilities = list;
    found->failed = found->failed || list == NULL;
    list_rows(faults, RELEASE_INSIDE, list, found);
    size_t certain = json_array_size(list);
    list_rows(faults, RELEASE_PERHAPS, list, found);
    if (json_array_size(list) != 0) {
        tell_count(found, certain);
    }
}
