/* A manifest: what a tree held on a day, one JSON object a line.
 *
 *   {"kind":"manifest","format":"assay-manifest/1","made":"2026-..Z","root":"wordpress","files":2,"bytes":9,
 *    "complete":true,"sha256":"of every byte behind this line"}          blanks up to a fixed length
 *   {"path":"index.php","bytes":5,"sha256":"..","text":".."}             bytewise by path
 *   {"path":"logo.png","bytes":4,"sha256":"..","text":null}
 *
 * `text` is the digest with differences of white space taken out: a UTF-8 byte order mark, blanks and carriage returns at the
 * end of lines, empty lines at the end of the file. So a checkout with other line ends is told apart from a change. It is null
 * for a file with a NUL byte. A path that is no UTF-8 is "path_hex" instead. The digest in the first line finds damage and
 * careless edits; who can rewrite the file can rewrite it too, so a manifest is kept where an intruder cannot write. */
#ifndef ASSAY_SWEEP_MANIFEST_H
#define ASSAY_SWEEP_MANIFEST_H

#include <jansson.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/time.h"

enum { MANIFEST_NAME_BYTES = 256, MANIFEST_LINE_BYTES = 64 << 10 };

struct manifest_file {
    struct str path;
    uint64_t bytes;
    struct sha256 whole, text;
    bool is_text; /* text is set */
};

/* A directory that has files of the release directly in it; "" is the top. */
struct manifest_dir {
    struct str path;
    size_t files;
};

struct manifest {
    char name[MANIFEST_NAME_BYTES]; /* of the file, as a person would call it; escaped */
    char made[TIME_TEXT];
    bool is_complete; /* all of the tree had been read */
    struct manifest_file *files;
    size_t count, room;
    struct manifest_dir *dirs; /* sorted */
    size_t dir_count;
    struct arena paths;
};

/* Bytes in, in pieces of any size; then end. One manifest a reader. */
struct manifest_reader;
MUST_USE struct manifest_reader *manifest_reader_new(const char *name, struct err *err);
MUST_USE int manifest_reader_put(struct manifest_reader *reader, struct str piece, struct err *err);
/* *ret_manifest: the caller's. err: FORMAT, LIMIT; names the file and the line. */
MUST_USE int manifest_reader_end(struct manifest_reader *reader, struct manifest **ret_manifest, struct err *err);
void manifest_reader_free(struct manifest_reader *reader);
void own_manifest_reader(struct manifest_reader **reader);

MUST_USE int manifest_load(const char *path, struct manifest **ret_manifest, struct err *err);
void manifest_free(struct manifest *manifest);
/* Is this the first line of a manifest? */
bool manifest_is(struct str first_line);

/* NULL if it has none. */
const struct manifest_file *manifest_find(const struct manifest *manifest, struct str path);
const struct manifest_dir *manifest_find_dir(const struct manifest *manifest, struct str path);
/* Index of the first file whose path is not before this one. */
size_t manifest_lower(const struct manifest *manifest, struct str path);

/* Digests of the rest of a file. *ret_is_text: it has no NUL byte, and then *ret_text is set. Returns an errno. */
MUST_USE int manifest_digest(int fd, struct sha256 *ret_whole, struct sha256 *ret_text, bool *ret_is_text);
/* The record of one file, as a line of a manifest. NULL without memory. */
json_t *manifest_record(struct str path, uint64_t bytes, const struct sha256 *whole, const struct sha256 *text);

#endif
