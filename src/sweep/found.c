/* Classes, their order, and reasons as JSON. */
#include <stdarg.h>
#include <stdio.h>

#include "assay/finding.h"
#include "base/str.h"
#include "sweep/found.h"

#include "base/banned.h"

enum { REASON_BYTES = 400, DECODED_BYTES = 600 };

static const char *const classes[] = {"nothing", "hint",         "rule", "odd-place", "changed-file", "vendor-encoded",
                                      "packed",  "config-shell", "tool", "uploader",  "admin-tool",   "shell"};
static const char *const confidences[] = {"low", "medium", "high"};

const char *found_class_name(enum found_class class)
{
    return classes[class];
}

enum found_class found_class_of(struct str name)
{
    for (size_t i = 1; i < sizeof classes / sizeof *classes; i++) {
        if (str_eq(name, str_of(classes[i]))) {
            return (enum found_class)i;
        }
    }
    return FOUND_NOTHING;
}

const char *found_confidence_name(enum found_confidence confidence)
{
    return confidences[confidence];
}

enum found_confidence found_confidence_of(struct str name)
{
    return str_eq(name, STR("high")) ? FOUND_HIGH : str_eq(name, STR("medium")) ? FOUND_MEDIUM : FOUND_LOW;
}

void found_raise(struct found *found, enum found_class class, enum found_confidence confidence, uint64_t line)
{
    if (class > found->class || (class == found->class && confidence > found->confidence)) {
        found->class = class;
        found->confidence = confidence;
        found->line = line;
    }
}

static json_t *reason_json(const char *kind, uint64_t line, struct str text, struct str decoded)
{
    json_t *shown = decoded.data != NULL ? assay_text(decoded, DECODED_BYTES) : json_null();
    return json_pack("{s:s, s:I, s:o, s:o}", "kind", kind, "line", (json_int_t)line, "text",
                     assay_text(text, REASON_BYTES), "decoded", shown);
}

/* Takes the reason over. */
static void add_reason(struct found *found, json_t *reason)
{
    if (found->reasons == NULL) {
        found->reasons = json_array();
    }
    if (json_array_size(found->reasons) >= FOUND_REASONS_MAX) {
        json_decref(reason);
        return;
    }
    if (reason == NULL || json_array_append_new(found->reasons, reason) != 0) {
        found->failed = true;
    }
}

void found_reason(struct found *found, const char *kind, uint64_t line, struct str text, struct str decoded)
{
    add_reason(found, reason_json(kind, line, text, decoded));
}

void found_taint(struct found *found, uint64_t line, struct str text, struct str decoded, json_t *steps)
{
    json_t *reason = reason_json("taint", line, text, decoded);
    if (json_object_set_new(reason, "steps", steps) != 0) {
        json_decref(reason);
        reason = NULL;
    }
    add_reason(found, reason);
}

void found_reasonf(struct found *found, const char *kind, uint64_t line, const char *format, ...)
{
    char text[REASON_BYTES * 2];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        found->failed = true;
        return;
    }
    found_reason(found, kind, line, str_of(text), (struct str){NULL, 0});
}

void found_clear(struct found *found)
{
    json_decref(found->reasons);
    json_decref(found->vulnerabilities);
    *found = (struct found){.class = FOUND_NOTHING};
}

uint64_t line_of(struct str bytes, size_t offset)
{
    uint64_t line = 1;
    size_t at = 0;
    if (offset > bytes.len) {
        offset = bytes.len;
    }
    while (at < offset) {
        const char *end = memchr(bytes.data + at, '\n', offset - at);
        if (end == NULL) {
            break;
        }
        at = (size_t)(end - bytes.data) + 1;
        line++;
    }
    return line;
}
