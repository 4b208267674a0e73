/* Sigma rules over log lines (https://sigmahq.io/docs, specification 2.0): read once, tried on every line.
 *
 *   sigma_rule.c   one rule: YAML to a tree of conditions; what is wrong with it, and where
 *   sigma_value.c  values and their modifiers
 *   sigma_load.c   a folder of rules; those that cannot be tried are counted, each with its reason
 *   sigma_words.c  which rules can match a line at all: all their literals in one automaton
 *   sigma_match.c  a line against a rule
 *   sigma_tell.c   what matched, as findings; what was not tried, as coverage */
#ifndef ASSAY_TRACE_SIGMA_H
#define ASSAY_TRACE_SIGMA_H

#include "trace/inside.h"

enum {
    SIGMA_RULES_MAX = 8192,
    SIGMA_VALUES_MAX = 4096, /* of one rule */
    SIGMA_TAGS = 16,
    SIGMA_CLIENTS = 8, /* of one rule, told apart */
    SIGMA_EXAMPLES = 3,
    SIGMA_TEXT_MAX = 16 << 10 /* bytes of a field that are compared */
};

/* Fields by what a line has for them. Rules name them as W3C logs and proxies do. */
enum sigma_field {
    SIGMA_METHOD,
    SIGMA_URL,   /* host, path and query */
    SIGMA_QUERY, /* rules put whole URLs here: path "?" query, and the query alone */
    SIGMA_STEM,
    SIGMA_EXTENSION,
    SIGMA_STATUS,
    SIGMA_AGENT,
    SIGMA_REFERER,
    SIGMA_USER,
    SIGMA_HOST,
    SIGMA_CLIENT,
    SIGMA_BYTES,
    SIGMA_BYTES_IN,
    SIGMA_DURATION,
    SIGMA_STATEMENT,
    SIGMA_ABSENT, /* a field that no log here records */
    SIGMA_WHOLE   /* keywords: anywhere in the line */
};

enum sigma_how {
    SIGMA_IS, /* with what stands before and behind it in `has_before`, `has_behind` */
    SIGMA_GLOB,
    SIGMA_REGEX,
    SIGMA_NETWORK,
    SIGMA_NULL,
    SIGMA_EXISTS, /* number: 1 or 0 */
    SIGMA_LESS,
    SIGMA_AT_MOST,
    SIGMA_MORE,
    SIGMA_AT_LEAST
};

struct regex;

struct sigma_value {
    enum sigma_how how;
    bool is_cased, may_begin_anywhere, may_end_anywhere;
    struct str text;       /* IS: the letters */
    const uint16_t *globs; /* GLOB: bytes, SIGMA_ONE, SIGMA_ANY */
    size_t glob_count;
    const struct regex *regex;
    struct client_key network;
    unsigned bits;
    uint64_t number;
    struct str literal; /* lower case: the longest text that every match has in it; len 0: none */
};
enum { SIGMA_ONE = 256, SIGMA_ANY = 257 };

enum sigma_node_kind { SIGMA_AND, SIGMA_OR, SIGMA_NOT, SIGMA_COUNT, SIGMA_ITEM };

struct sigma_node {
    enum sigma_node_kind kind;
    unsigned least;           /* COUNT: so many children */
    struct sigma_node *first; /* children */
    struct sigma_node *next;
    /* ITEM */
    enum sigma_field field;
    const char *name;
    bool is_all, is_not;
    struct sigma_value *values;
    size_t value_count;
};

enum sigma_category { SIGMA_WEBSERVER, SIGMA_PROXY, SIGMA_DATABASE, SIGMA_OTHER };

struct sigma_rule {
    const char *file, *id, *title, *level, *status;
    const char *tags[SIGMA_TAGS];
    size_t tag_count;
    enum sigma_category category;
    struct sigma_node *root;
};

/* keep: everything. NULL in *ret_rule and no error: a rule for other logs. err: FORMAT "line:column: what", LIMIT. */
MUST_USE int sigma_read(struct str bytes, struct arena *keep, struct sigma_rule **ret_rule, struct err *err);

/* ---- sigma_value.c ---- */

/* Modifiers of one field, as they stand behind its name. */
struct sigma_modifiers {
    bool is_contains, is_starts, is_ends, is_all, is_regex, is_cidr, is_base64, is_offsets, is_windash, is_exists,
        is_cased, is_wide, is_not, is_nocase, is_multiline, is_dotall;
    enum sigma_how compare; /* SIGMA_IS: none of lt, lte, gt, gte */
};
/* err: FORMAT naming the modifier. */
MUST_USE int sigma_modifiers_read(struct str text, struct sigma_modifiers *modifiers, struct err *err);
/* One YAML value as one or more values; at most room. */
MUST_USE int sigma_values_of(struct str text, bool is_null, const struct sigma_modifiers *modifiers, struct arena *keep,
                             struct sigma_value *out, size_t room, size_t *ret_count, struct err *err);

/* ---- sigma_words.c ---- */

struct words;
/* literals of each rule of which one must be in a line; a rule without any is tried on every line. */
MUST_USE struct words *words_build(struct sigma_rule *const *rules, size_t count, struct arena *keep, struct err *err);
/* Sets the bits of rules one of whose literals is in text. */
void words_find(const struct words *words, struct str text, uint64_t *bits);
/* Bits of the rules that have none. */
const uint64_t *words_always(const struct words *words);

/* ---- sigma_match.c ---- */

/* A line as rules see it. Made once a line; forms are made when the first rule needs them. */
struct sigma_view {
    const struct log_line *line;
    enum log_kind kind;
    unsigned has;
    struct str client, target;
    struct str decoded, twice; /* of target; len 0: as it is */
    struct str url, url_decoded;
    struct buf room;
};
void sigma_view_of(struct sigma_view *view, const struct log_line *line, enum log_kind kind, unsigned has,
                   struct str client);
bool sigma_matches(const struct sigma_rule *rule, const struct sigma_view *view);
/* Added to `has` when lines were seen to carry their host: no format promises it. */
#define SIGMA_HAS_HOST (1U << 30)
/* Could any line of such a log match? If not, the name of a field that is missing. */
bool sigma_can_match(const struct sigma_rule *rule, enum log_kind kind, unsigned has, const char **ret_missing);

/* ---- sigma_load.c ---- */

struct sigma_refused {
    const char *file, *why;
};

struct sigma {
    const char *folder;
    struct sigma_rule **rules;
    size_t count, words_count;
    struct sigma_refused *refused;
    size_t refused_count, refused_cap;
    uint64_t digest;              /* of all rules' bytes */
    uint64_t other_rules, unread; /* for other logs; files or folders that could not be read */
    struct words *words;
};
/* err: IO (the folder), LIMIT. What cannot be read inside is complained about and counted. */
MUST_USE int sigma_load(const char *folder, const struct assay_sink *sink, struct arena *keep, struct sigma **ret_sigma,
                        struct err *err);

/* ---- hits: of one job, or of the run ---- */

struct sigma_example {
    struct hit hit;
    char client[ADDRESS_BYTES], method[16], text[256]; /* target or statement, cut */
    bool is_cut;
};
struct sigma_hits {
    size_t rule;
    uint64_t count, answered; /* answered: 2xx or 3xx */
    struct hit first, last;
    struct client_key clients[SIGMA_CLIENTS];
    size_t client_count; /* SIGMA_CLIENTS + 1: more */
    struct sigma_example examples[SIGMA_EXAMPLES];
    size_t example_count;
};
struct sigma_tally {
    const struct sigma *sigma;
    uint16_t *index; /* rule to row + 1 */
    struct sigma_hits *rows;
    size_t count, cap;
    uint64_t *bits;
    bool has_hosts; /* a line said which host was asked for */
    struct buf room;
};
MUST_USE int sigma_tally_init(struct sigma_tally *tally, const struct sigma *sigma, struct err *err);
void sigma_tally_free(struct sigma_tally *tally);
MUST_USE int sigma_take(struct sigma_tally *tally, const struct log_line *line, enum log_kind kind, unsigned has,
                        struct str client, const struct hit *hit, struct err *err);
MUST_USE int sigma_merge(struct sigma_tally *into, const struct sigma_tally *from, uint64_t lines_before,
                         struct err *err);
void sigma_keep(struct keep *keep, struct sigma_tally *tally);
MUST_USE int sigma_tell(struct telling *telling, const struct sigma_tally *tally);

#endif
