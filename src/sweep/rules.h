/* Our own YARA rules. The only room of libyara; nobody else includes yara.h.
 *
 * A rule says in its meta what a match means:
 *   class, confidence   as in docs/json-lines.md (confidence default medium)
 *   what                one sentence for the report
 *   language            optional: PHP, ASP, ASPX, JSP; the rule counts only in files of that language
 *   name                optional: the family or tool */
#ifndef ASSAY_SWEEP_RULES_H
#define ASSAY_SWEEP_RULES_H

#include "sweep/found.h"

struct rules;
struct rules_scanner;

/* Compiles every *.yar of the directory, in bytewise order of names. Rules may not include files.
 * NULL with err: IO, FORMAT (file, line and what). */
MUST_USE struct rules *rules_load(const char *directory, struct err *err);
void rules_free(struct rules *rules);
void own_rules(struct rules **rules);
size_t rules_count(const struct rules *rules);

/* One per thread; rules must outlive it. NULL with err: LIMIT. */
MUST_USE struct rules_scanner *rules_scanner_new(struct rules *rules, struct err *err);
void rules_scanner_free(struct rules_scanner *scanner);

/* Adds what the rules see. scripts: SCRIPT_* bits of the file. Returns false if libyara gave up
 * (time or memory): then the file was not fully looked at. */
MUST_USE bool rules_scan(struct rules_scanner *scanner, struct str bytes, unsigned scripts, struct found *found);

#endif
