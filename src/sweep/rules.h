/* YARA rules, our own and those that are given. The only door to libyara.
 *
 * A rule of ours says in its meta what a match means:
 *   class, confidence   as in docs/json-lines.md (confidence default medium)
 *   what                one sentence for the report
 *   language            optional: PHP, ASP, ASPX, JSP; the rule counts only in files of that language
 *   name                optional: the family or tool
 *   needs               optional: texts, separated by |, one of which the first 4,096 bytes of a file hold if the rule matches
 *   needs_sink          optional: true: it matches only where code or a command is run; with needs, either will do */
#ifndef ASSAY_SWEEP_RULES_H
#define ASSAY_SWEEP_RULES_H

#include "sweep/found.h"

struct rules;
struct rules_scanner;

/* Compiles every *.yar of the directory, in bytewise order of names. Rules may not include files.
 * NULL with err: IO, FORMAT (file, line and what). */
MUST_USE struct rules *rules_load(const char *directory, struct err *err);
/* Rules of others: every path is a file, or a directory whose *.yar and *.yara, at any depth, are compiled, each in a namespace
 * of its own name. They may include files of that directory. NULL with err: IO, FORMAT (the first fault: file, line and what). */
MUST_USE struct rules *rules_load_given(const char *const *paths, size_t count, struct err *err);
void rules_free(struct rules *rules);
void own_rules(struct rules **rules);
size_t rules_count(const struct rules *rules);

/* One per thread; rules must outlive it. NULL with err: LIMIT. */
MUST_USE struct rules_scanner *rules_scanner_new(struct rules *rules, struct err *err);
void rules_scanner_free(struct rules_scanner *scanner);

/* Adds what the rules see. scripts: SCRIPT_* bits of the file. Returns false if libyara gave up
 * (time or memory): then the file was not fully looked at. */
MUST_USE bool rules_scan(struct rules_scanner *scanner, struct str bytes, unsigned scripts, struct found *found);
/* Could a rule of ours match at all? has_sink: the file runs code or a command. */
bool rules_may_match(const struct rules_scanner *scanner, struct str bytes, unsigned scripts, bool has_sink);

/* What rules of others may ask about a file, as the external variables filename, filepath (from the root of the tree, with "/"
 * first), extension (".php"), filetype ("PHP", "JPEG") and owner ("root", or the number). */
struct rules_about {
    struct str path;
    const char *language, *magic; /* NULL: unknown */
    unsigned uid;
};
/* As rules_scan(), with rules that were given. */
MUST_USE bool rules_scan_given(struct rules_scanner *scanner, const struct rules_about *about, struct str bytes,
                               struct found *found);

#endif
