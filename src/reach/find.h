/* The credentials lying in a tree, found the way code in that tree would find them.
 *
 *   walk ─▶ file ─▶ readers of find_list.h ─▶ pairs (name, value, container) ─▶ find_pairs judges groups of them ─┐
 *                 └▶ PHP, run on values instead of on the machine ─▶ connections, constants, arrays ──────────────┴▶ find_add
 *
 * A reader knows a syntax, find_pairs.c knows what a password's neighbours are called, find_add.c knows what a credential is:
 * one per service, host, port, database, account and password, however many files say it. */
#ifndef ASSAY_REACH_FIND_H
#define ASSAY_REACH_FIND_H

#include "assay/reach.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum {
    FIND_FILE_MAX_BYTES = 4 << 20,
    FIND_CREDENTIALS_MAX = 20000,
    FIND_REASONS_MAX = 16,
    FIND_TEXT_MAX_BYTES = 4096, /* longer values are no credentials */
    FIND_HOLE = 1               /* the byte that stands in a text for a piece that could not be followed */
};

/* One step of how a value was followed; the newest first. Nothing secret is in it. */
struct find_step {
    const struct find_step *before;
    const char *kind; /* "constant", "variable", "include", "environment", ...: static */
    struct str path;
    uint32_t line;
    struct str text;
};

enum val_kind {
    VAL_UNKNOWN,
    VAL_NULL,
    VAL_TEXT,  /* numbers and booleans too, as PHP prints them */
    VAL_ENV,   /* lies in the environment or a secret store; text is its name there */
    VAL_INPUT, /* comes from the visitor: nothing lies in the tree */
    VAL_ARRAY,
    VAL_OBJECT,
    VAL_RUN /* a closure */
};

struct val_array;
struct val_object;

struct val {
    uint8_t kind;
    bool is_default; /* the environment may say otherwise */
    uint32_t line;   /* where the text stands */
    struct str path;
    struct str text;
    struct val_array *array;
    struct val_object *object;
    const struct find_step *trail;
};

/* A literal of a file. */
static inline struct val val_text(struct str path, uint32_t line, struct str text)
{
    return (struct val){.kind = VAL_TEXT, .line = line, .path = path, .text = text};
}

/* Known to the last byte. */
static inline bool val_is_text(const struct val *value)
{
    return value->kind == VAL_TEXT &&
           (value->text.len == 0 || memchr(value->text.data, FIND_HOLE, value->text.len) == NULL);
}

enum find_confidence { FIND_LOW, FIND_MEDIUM, FIND_HIGH };

struct cred {
    const char *service; /* static; NULL: unknown */
    const char *opens;   /* static; NULL: what the service opens */
    const char *product; /* static */
    struct val host, port, socket, database, account, password, prefix;
    struct str file;  /* of SQLite: as the code says it */
    struct str query; /* of a URI, without password */
    enum find_confidence confidence;
    bool no_password; /* none is used: SQLite, trust */
    bool is_key;      /* a key or token: named by kind, its value kept nowhere; `print` tells two apart */
    uint64_t print;
    struct str path; /* where it is used, if no member says better */
    uint32_t line;
    const struct find_step *why; /* ahead of what the members' trails say */
};

struct find_file {
    struct str path; /* as a person would write it */
    struct str rel;  /* below the root, NUL-terminated */
    struct str name;
    struct str bytes;
    bool is_doubtful; /* tests, documentation, other people's packages */
    bool is_sample;   /* config.sample.php: values in it are examples */
    unsigned words;   /* FIND_WORD_* that occur */
};

/* What a first pass over the bytes of a file can tell. */
enum {
    FIND_WORD_URL = 1,     /* "://" */
    FIND_WORD_KEY = 2,     /* a mark of a cloud key or token */
    FIND_WORD_CONNECT = 4, /* PHP that connects */
    FIND_WORD_PASS = 8,    /* "pass", "pwd", in any case at its first letter */
    FIND_WORD_PHP = 16     /* "<?" */
};

struct find;
struct php_follow;

/* find.c */
/* Opens rel below the root of the tree at hand, whole. False if there is none that can be read. Bytes live in arena. */
bool find_open(struct find *find, struct str rel, struct arena *arena, struct str *ret_bytes);
/* Is it there, a file, beneath the root? */
bool find_is_file(const struct find *find, struct str rel);
/* The root as an absolute path without a slash at its end; "" only for "/". */
struct str find_root(const struct find *find);
struct str find_shown(struct find *find, struct arena *arena, struct str rel);
struct php_follow *find_follow(struct find *find);
/* The file at hand was not read to the end: a limit of steps. */
void find_cut_short(struct find *find);

/* find_add.c */
struct finds;
struct finds *finds_new(struct err *err);
void finds_free(struct finds *finds);
size_t finds_count(const struct finds *finds);
struct finds *find_finds(struct find *find);
/* Takes a copy, or counts it to one that is there. Drops what is none: placeholders, nothing known. err: LIMIT. */
MUST_USE int find_add(struct find *find, const struct find_file *file, const struct cred *cred, struct err *err);
/* In the order of places. */
MUST_USE int finds_emit(struct finds *finds, bool with_secrets, const struct assay_sink *sink, struct err *err);
/* services: {service: count} */
json_t *finds_services(const struct finds *finds);
const struct find_step *find_step(struct arena *arena, const struct find_step *before, const char *kind,
                                  struct str path, uint32_t line, const char *format, ...) PRINTF(6, 7);

/* find_words.c */
unsigned find_words(struct str bytes);
/* "mysql" of "pdo_mysql", "MySQLi", "django.db.backends.mysql"; NULL if none. */
const char *find_service_of(struct str word);
const char *find_service_of_port(uint64_t port);
/* The service that a scheme of a URL names; NULL: none of ours. */
const char *find_service_of_scheme(struct str scheme);
/* "tcp", "tls": says no service, but with a login in its query it is Redis, as PHP keeps its sessions there. */
bool find_is_session_scheme(struct str scheme);
const char *find_opens(const char *service);
/* "your_password", "password_here", "<password>", "null": what a sample file holds before it is filled in; nothing opens with it. */
bool find_is_placeholder(struct str text);
/* "changeme", "example123", "xxx": mostly put there to be replaced, but real often enough; found, with low confidence. */
bool find_is_doubtful_word(struct str text);
/* "password", "user": may be meant or not. */
bool find_is_weak_word(struct str text);

/* find_dsn.c: one string that says where and as whom. Each fills what is not yet known in cred. False: it is none. */
/* scheme://account:password@host:port/database?query, also with jdbc: before it */
bool dsn_url(struct arena *arena, const struct val *text, struct cred *cred);
/* mysql:host=..;dbname=.. of PDO, sqlite:FILE */
bool dsn_pdo(struct arena *arena, const struct val *text, struct cred *cred);
/* Server=..;Database=..;User Id=..;Password=.. of ADO, host=.. user=.. of libpq */
bool dsn_keywords(struct arena *arena, const struct val *text, struct cred *cred);
/* Whichever it is. */
bool dsn_any(struct arena *arena, const struct val *text, struct cred *cred);

/* find_pairs.c: names and values in containers. */
enum { PAIRS_MAX = 20000, PAIRS_GROUPS_MAX = 4000 };
struct pairs;
struct pairs *pairs_new(struct arena *arena, const struct find_file *file);
/* A container in another (0: the file). is_flat: its names carry their own prefixes (DB_HOST, MAIL_HOST). */
uint32_t pairs_group(struct pairs *pairs, uint32_t parent, struct str name, bool is_flat);
void pairs_add(struct pairs *pairs, uint32_t group, struct str name, const struct val *value);
/* Turns groups into credentials. product may be NULL. trust: high where the product is known. err: LIMIT. */
MUST_USE int pairs_judge(struct find *find, struct pairs *pairs, const char *product, const char *service,
                         struct err *err);

/* Readers: hand what they see to find_add. err: LIMIT. */
struct find_reader {
    const char
        *names; /* patterns, separated by spaces: exact, "*.end", "start*", "*in*", "dir/name"; letters as they are */
    const char *product;
    const char *service; /* unless the file says another */
    int (*read)(struct find *find, const struct find_file *file, const struct find_reader *reader, struct arena *arena,
                struct err *err);
};

typedef int find_read(struct find *find, const struct find_file *file, const struct find_reader *reader,
                      struct arena *arena, struct err *err);
find_read read_literal; /* find_literal.c: JSON, JavaScript, Python, Ruby */
find_read read_lines;   /* find_lines.c: NAME=value, ini, properties, Dockerfile */
find_read read_yaml;    /* find_yaml.c */
find_read read_xml;     /* find_xml.c */
find_read read_pgpass;  /* find_dotfiles.c ... */
find_read read_netrc;
find_read read_git;
find_read read_htpasswd;
find_read read_php; /* find_php.c */

/* Any text. */
MUST_USE int read_urls(struct find *find, const struct find_file *file, struct arena *arena, struct err *err);
MUST_USE int read_keys(struct find *find, const struct find_file *file, struct err *err);

/* What the path says: is_doubtful, is_sample. */
void find_describe(struct find_file *file);
/* Every reader whose pattern the file's name fits, then URLs and keys. For find.c, tests and fuzzing. */
MUST_USE int find_read_file(struct find *find, const struct find_file *file, struct arena *arena, bool *ret_is_read,
                            struct err *err);
/* A find without a tree: what files name is not there. */
MUST_USE struct find *find_new(const struct assay_sink *sink, struct err *err);
void find_free(struct find *find);
void own_find(struct find **find);

#endif
