/* Gate's verdict in hand: rules, analysis, tools, place; then the record with the lines it stands on. */
#include <stdio.h>
#include <stdlib.h>

#include "assay/finding.h"
#include "base/str.h"
#include "base/time.h"
#include "sweep/admin.h"
#include "sweep/config.h"
#include "sweep/examine.h"
#include "sweep/place.h"
#include "sweep/served.h"
#include "sweep/verdict.h"

#include "base/banned.h"

enum { CODE_LINE_BYTES = 300 };

struct examiner {
    struct rules_scanner *scanner, *given; /* given: NULL without rules of others */
    struct analyst *analyst;
    const struct faults *faults;
    bool all;
};

struct examiner *examiner_new(const struct books *books, bool all, struct err *err)
{
    struct examiner *examiner = calloc(1, sizeof *examiner);
    if (examiner == NULL) {
        err_no_memory(err);
        return NULL;
    }
    examiner->all = all;
    examiner->faults = books->faults;
    examiner->scanner = rules_scanner_new(books->rules, err);
    examiner->analyst = examiner->scanner != NULL ? analyst_new(err) : NULL;
    if (books->given != NULL) {
        examiner->given = rules_scanner_new(books->given, err);
    }
    if (examiner->analyst == NULL || (books->given != NULL && examiner->given == NULL)) {
        examiner_free(examiner);
        return NULL;
    }
    return examiner;
}

void examiner_free(struct examiner *examiner)
{
    if (examiner != NULL) {
        rules_scanner_free(examiner->scanner);
        rules_scanner_free(examiner->given);
        analyst_free(examiner->analyst);
        free(examiner);
    }
}

struct str name_of(struct str path)
{
    const char *slash = path.len != 0 ? memrchr(path.data, '/', path.len) : NULL;
    return slash != NULL ? str_slice(path, (size_t)(slash - path.data) + 1, path.len) : path;
}

bool examiner_wants(const struct examiner *examiner, const struct gate *gate)
{
    return gate->scripts != 0 || examiner->given != NULL;
}

static bool ask_given(struct examiner *examiner, const struct subject *subject, struct found *found)
{
    unsigned languages = subject->gate.scripts & ~(unsigned)SCRIPT_CONFIG;
    const struct rules_about about = {subject->path, languages != 0 ? gate_language(languages) : NULL,
                                      subject->gate.magic, subject->about.st_uid};
    return rules_scan_given(examiner->given, &about, subject->bytes, found);
}

bool examine(struct examiner *examiner, const struct subject *subject, struct found *found)
{
    struct str bytes = subject->bytes;
    const struct gate *gate = &subject->gate;
    unsigned languages = gate->scripts & ~(unsigned)SCRIPT_CONFIG;
    bool is_complete = examiner->given == NULL || ask_given(examiner, subject, found);
    if (gate->scripts == 0) {
        return is_complete;
    }
    found->language = gate_language(languages != 0 ? languages : gate->scripts);
    if (gate->by_name == SCRIPT_CONFIG) {
        config_look(subject->path, bytes, found);
    }
    if (languages & SCRIPT_PHP || gate_is_settings(name_of(subject->path))) {
        admin_look(bytes, subject->root, subject->source, subject->path, found);
        faults_tell(examiner->faults, found);
    }
    size_t code_bytes = bytes.len - (gate->first_tag < bytes.len ? gate->first_tag : bytes.len);
    if (languages != 0) {
        is_complete = analyst_look(examiner->analyst, bytes, languages, found, &code_bytes) && is_complete;
        if (rules_may_match(examiner->scanner, bytes, languages, analyst_saw_sink(examiner->analyst))) {
            is_complete = rules_scan(examiner->scanner, bytes, languages, found) && is_complete;
        }
    }
    place_judge(subject->root, subject->path, bytes, gate, code_bytes, found);
    return is_complete;
}

bool examine_tells(const struct examiner *examiner, const struct found *found)
{
    return found->class > (examiner->all ? FOUND_NOTHING : FOUND_HINT);
}

/* The line that the finding stands on and the one before it, as evidence, ahead of the reasons. */
static void quote_lines(struct str bytes, struct found *found)
{
    uint64_t line = 1;
    struct str before = STR("");
    struct str_cut cut = str_cut(bytes, '\n');
    while (cut.found && line < found->line) {
        before = cut.head;
        cut = str_cut(cut.tail, '\n');
        line++;
    }
    json_t *reasons = found->reasons;
    found->reasons = NULL;
    if (str_trim(before).len != 0) {
        found_reason(found, "code", line - 1, str_slice(before, 0, CODE_LINE_BYTES), (struct str){NULL, 0});
    }
    found_reason(found, "code", line, str_slice(cut.head, 0, CODE_LINE_BYTES), (struct str){NULL, 0});
    if (reasons != NULL && json_array_extend(found->reasons, reasons) != 0) {
        found->failed = true;
    }
    json_decref(reasons);
}

static json_t *finding_json(const struct found *found, const struct stat *about, const char *sha256)
{
    char mtime[TIME_TEXT];
    char mode[8];
    time_rfc3339(mtime, (int64_t)about->st_mtim.tv_sec * NS_PER_S);
    (void)snprintf(mode, sizeof mode, "%04o", about->st_mode & 07777U);
    json_t *name = found->name[0] != '\0' ? assay_text(str_of(found->name), FOUND_NAME_BYTES) : json_null();
    json_t *version = found->version[0] != '\0' ? assay_text(str_of(found->version), FOUND_VERSION_BYTES) : json_null();
    json_t *digest_text = sha256 != NULL ? json_string(sha256) : json_null();
    return json_pack("{s:s, s:I, s:s?, s:o, s:o, s:s, s:o, s:I, s:s, s:I, s:s, s:s*, s:O*, s:O}", "class",
                     found_class_name(found->class), "line", (json_int_t)found->line, "language", found->language,
                     "name", name, "version", version, "confidence", found_confidence_name(found->confidence), "sha256",
                     digest_text, "bytes", (json_int_t)about->st_size, "mtime", mtime, "uid", (json_int_t)about->st_uid,
                     "mode", mode, "origin", found->origin, "vulnerabilities", found->vulnerabilities, "reasons",
                     found->reasons);
}

json_t *examine_record(const struct subject *subject, struct found *found, const char *sha256)
{
    if (subject->root >= 0) {
        place_describe(subject->root, subject->path, &subject->about, found);
        if (subject->gate.by_name == SCRIPT_NONE) {
            served_look(subject->root, subject->path, found);
        }
    }
    quote_lines(subject->bytes, found);
    return found->failed ? NULL : finding_json(found, &subject->about, sha256);
}
