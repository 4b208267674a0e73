/* Archives and compressed files as a stream of entries, whatever the format: tar, zip (jar, war, ear, docx ...), 7z, rar, cpio, deb,
 * rpm, cab, ISO 9660, phar, and a lone .gz, .bz2, .xz, .zst, .lz4, .Z as an archive of one.
 *
 *   descriptor ┐
 *   bytes      │
 *   stream     ├─ libarchive or phar.c ─▶ container_next() ─▶ container_read() ─┐
 *   entry of another container ◀───────────────────────────────────────────────┘
 *
 * Nothing is unpacked to disk, and a name is text: it is told and never followed. What may be unpacked is a budget that everything
 * nested in one file shares; it grows with the size of that file, so that the whole stays linear. */
#ifndef ASSAY_FORMATS_CONTAINER_H
#define ASSAY_FORMATS_CONTAINER_H

#include "formats/stream.h"

struct container;

/* What may still be done for one file of the tree. */
struct container_budget {
    uint64_t bytes;   /* to be unpacked */
    uint64_t entries; /* to be met */
};

enum container_kind { CONTAINER_FILE, CONTAINER_DIRECTORY, CONTAINER_LINK, CONTAINER_SPECIAL };

struct container_item {
    enum container_kind kind;
    struct str path; /* as the archive has it: absolute, with "..", any bytes; gone at the next container_next() */
    int64_t mtime_s; /* 0: not told */
    uint32_t uid, mode;
    bool is_encrypted; /* its bytes can't be had */
    uint64_t bytes;    /* as the archive tells; 0: it does not */
};

/* What a file of this size is given. */
struct container_budget container_budget_for(uint64_t file_bytes);

/* fd is borrowed, seekable, read from its beginning; its own position is not touched, so that several may read it at once. NULL with
 * err: FORMAT (none of the formats), LIMIT (memory). */
MUST_USE struct container *container_open_fd(int fd, struct container_budget *budget, struct err *err);
/* Over bytes that come in order (a tar that was packed). input is copied; what it speaks of must outlive the container. What input
 * failed of is what is told. */
MUST_USE struct container *container_open_from(const struct stream_input *input, struct container_budget *budget,
                                               struct err *err);
/* bytes and budget are borrowed and must outlive it. */
MUST_USE struct container *container_open_bytes(struct str bytes, struct container_budget *budget, struct err *err);
/* The entry that `outer` stands on, of which `head` was read already (copied). outer must not be used before it is closed. */
MUST_USE struct container *container_open_entry(struct container *outer, struct str head, struct err *err);
/* A phar of PHP's own format: `bytes` is the script that carries it. */
MUST_USE struct container *container_open_phar(struct str bytes, struct container_budget *budget, struct err *err);
void container_close(struct container *container);
void own_container(struct container **container);

/* The next entry; *ret_any false at the end. err: FORMAT (damaged, or the rest is encrypted), LIMIT (the budget): no entry comes behind. */
MUST_USE int container_next(struct container *container, struct container_item *ret_item, bool *ret_any,
                            struct err *err);
/* At least one byte of the entry, or *ret_got 0 at its end. err: FORMAT (damaged: another entry may follow), LIMIT (the budget). */
MUST_USE int container_read(struct container *container, char *into, size_t room, size_t *ret_got, struct err *err);
/* Takes bytes that were made of what was read, such as the empty cells of a sheet, from the budget too. err: LIMIT. */
MUST_USE int container_spend(struct container *container, uint64_t bytes, struct err *err);
/* A compressed file that is no archive: its one entry has no name of its own. After the first container_next(). */
bool container_is_single(const struct container *container);
/* What it took of the container around it, its beginning not counted. */
uint64_t container_outer_bytes(const struct container *container);
/* Something in it is encrypted. */
bool container_has_encrypted(const struct container *container);
/* It was met to its end, and its own list says that nothing is in it: a zip or 7z without entries. */
bool container_is_empty(const struct container *container);

/* The first bytes of something that can be opened here: the name of the format, NULL if it is none. */
const char *container_probe(struct str head);
/* Formats whose list of entries is at the end: better read from memory than as a stream. */
bool container_is_listed_at_end(struct str head);

#endif
