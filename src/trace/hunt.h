/* The hunt: what looks like an attack when no path is given.
 *
 *   hunt_sql.c     is a value an injection into SQL?
 *   hunt_signs.c   one request's signs: injections, traversal, code, commands, tunnels, database tools, probes
 *   hunt.c         signs added up per client: who asks for what is not there, who guesses passwords, who attacks
 *   hunt_pages.c   paths by their numbers: new, used by few, odd in size, below folders where files are put
 *   hunt_tell.c    findings, each with how it may be innocent
 *
 * Every sign is about the form of a request and says nothing of success; success has signs of its own, which are
 * told as such. */
#ifndef ASSAY_TRACE_HUNT_H
#define ASSAY_TRACE_HUNT_H

#include "trace/pages.h"

/* Signs: id, name in findings. */
#define HUNT_SIGNS(SIGN)                                                                \
    SIGN(SIGN_SQL, "sql-injection")         /* a value that is a piece of SQL */        \
    SIGN(SIGN_TRAVERSAL, "path-traversal")  /* out of the folder, or a system's file */ \
    SIGN(SIGN_CODE, "code-injection")       /* ${jndi:, php://, OGNL, shellshock ... */ \
    SIGN(SIGN_COMMAND, "web-shell-command") /* a parameter that is a command */         \
    SIGN(SIGN_TUNNEL, "web-shell-tunnel")   /* reGeorg's cmd=connect|read|forward */    \
    SIGN(SIGN_DB_TOOL, "database-tool")     /* Adminer, phpMyAdmin */                   \
    SIGN(SIGN_EXPOSED, "exposed-file")      /* .env, .git, backups: answered */

enum sign {
#define HUNT_SIGN_ID(id, name) id,
    HUNT_SIGNS(HUNT_SIGN_ID)
#undef HUNT_SIGN_ID
        SIGN_COUNT
};

enum {
    SIGHTINGS_MAX = 8192, /* (sign, client) */
    MISSERS_MAX = 32768,  /* clients that asked for something that is not there */
    GUESSERS_MAX = 16384, /* (client, path of a login) */
    SIGHTING_PATHS = 6,
    SIGHTING_EXAMPLES = 3,
    HUNT_TEXT = 224,
    MISSED_BITS = 512
};

/* ---- hunt_sql.c ---- */

/* NULL, or what makes the decoded value SQL: "union select", "boolean pair", "time delay", ... */
const char *sql_injection(struct str value);

/* ---- hunt_signs.c ---- */

struct signs {
    const char *why[SIGN_COUNT]; /* NULL: no such sign */
    bool is_probe;               /* asks for what scanners ask for */
    bool is_login;               /* a path of that name */
    char decoded[HUNT_TEXT];     /* COMMAND: what it carries; "" else */
};
void signs_of(struct signs *signs, const struct log_line *line);
/* "sqlmap", "nikto", ... in a browser's name; NULL: none. */
const char *scanner_name(struct str agent);

/* ---- hunt.c ---- */

struct row_key {
    struct client_key client;
    uint64_t what;
};
/* Rows of one kind, each beginning with its row_key; bounded. */
struct hunt_table {
    size_t row_bytes, most, count, cap;
    char *rows;
    uint32_t *index;
    uint64_t dropped; /* requests that found no room */
};

struct hunt_example {
    struct hit hit;
    char method[12], text[HUNT_TEXT], decoded[HUNT_TEXT];
};

struct sighting_path {
    char path[HUNT_TEXT];
    uint64_t requests, ok, least_ok, most_ok;
    bool is_script, is_ok_after_500;
    bool had_500;
};

struct sighting {
    struct row_key key; /* what: the sign */
    char address[ADDRESS_BYTES];
    const char *why;                              /* of the first */
    const char *scanner;                          /* its browser's name is one; NULL: no */
    uint64_t requests, ok, denied, failed, posts; /* ok: 2xx; denied: 4xx; failed: 5xx */
    uint64_t longest_us;
    struct hit first, last, first_ok;
    struct sighting_path paths[SIGHTING_PATHS]; /* of answered ones first */
    size_t path_count;                          /* SIGHTING_PATHS + 1: more */
    struct hunt_example examples[SIGHTING_EXAMPLES];
    size_t example_count;
};

struct misser {
    struct row_key key;
    char address[ADDRESS_BYTES];
    const char *scanner;
    uint64_t missed, probes;
    uint64_t seen[MISSED_BITS / 64]; /* hashes of paths that were not there: how many distinct ones */
    struct hit first, last;
    int64_t minute;
    uint32_t in_minute, most_a_minute;
    struct hunt_example example;
};

struct guesser {
    struct row_key key; /* what: the path's hash */
    char address[ADDRESS_BYTES], path[HUNT_TEXT];
    uint64_t posts, same, longest_same; /* same: answers like the one before, in a row */
    uint64_t agents;                    /* a bit for each browser's name, by its hash */
    uint64_t refused, moved;            /* 401 and 403; 3xx */
    uint16_t usual_status;
    uint64_t usual_bytes;
    int64_t minute;
    uint32_t in_minute, most_a_minute;
    struct hit first, last, changed; /* changed: the first other answer behind a long row of like ones */
};

/* A target that had no sign. */
struct plain {
    uint16_t len;
    char text[158];
};
enum { PLAIN_SLOTS = 1024 };

struct hunt {
    struct plain *plain;
    struct hunt_table sightings, missers, guessers;
    bool has_basic; /* a 401 was seen: there is a row of guessers */
};
void hunt_init(struct hunt *hunt);
void hunt_clear(struct hunt *hunt);
MUST_USE int hunt_take(struct hunt *hunt, const struct source *source, const struct log_line *line, struct str client,
                       const struct hit *hit, struct err *err);
MUST_USE int hunt_merge(struct hunt *into, const struct hunt *from, uint64_t lines_before, struct err *err);
/* arena: for texts. */
void hunt_keep(struct keep *keep, struct hunt *hunt, struct arena *arena);
void *hunt_row(const struct hunt_table *table, size_t at);
/* About how many distinct paths a client missed; MISSED_BITS * 4 and more: at least that. */
uint64_t misser_paths(const struct misser *misser);

enum { GUESSES_LEAST = 15 }; /* like answers in a row, before another one says something */

/* ---- hunt_tell.c, hunt_pages.c ---- */

MUST_USE int hunt_tell(struct telling *telling, const struct hunt *hunt);
/* Paths that were used as tools: scripts that answered a web shell's or tunnel's requests or a database tool's, and those in
 * folders for uploads that few clients sent something to. Texts stay with run and hunt. */
struct tool {
    struct str path;
    struct client_key via;
};
size_t hunt_tools(const struct run *run, const struct hunt *hunt, struct tool *ret_tools, size_t room);
/* Findings by the numbers of paths (hunt_pages.c). */
MUST_USE int hunt_tell_pages(struct telling *telling);
bool page_is_tool(const struct page *page);
const struct page *page_find(const struct run *run, struct str path);

#endif
