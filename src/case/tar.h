/* The container of a bundle: plain ustar (POSIX.1-1988), in one form only. Same members, same bytes; and a reader that knows
 * the one form notices every altered bit of a header, which readers that are generous do not.
 *
 *   header of 512 bytes | data | zeros up to the next 512        per member: regular file, mode 0644, owner 0
 *   1,024 zeros                                                  end
 */
#ifndef ASSAY_CASE_TAR_H
#define ASSAY_CASE_TAR_H

#include "assay/words.h"

enum { TAR_BLOCK = 512, TAR_NAME_MAX = 99 };
#define TAR_SIZE_MAX ((UINT64_C(1) << 33) - 1) /* eleven octal digits */

struct tar_member {
    char name[TAR_NAME_MAX + 1];
    uint64_t size;   /* bytes of data */
    uint64_t time_s; /* seconds since 1970, UTC */
};

/* Letters, digits, ". _ - /" between other than slashes, no step that begins with a dot; at most TAR_NAME_MAX bytes. */
bool tar_is_name(const char *name);
/* member->name is a name and size at most TAR_SIZE_MAX. */
void tar_header(char out[static TAR_BLOCK], const struct tar_member *member);
/* Takes a header apart. 1: it is byte for byte what tar_header() writes; 0: zeros, the end; -1: neither, and *ret_member holds
 * what could be read: without a name (""), the size is not to be relied on either. */
int tar_read(struct tar_member *ret_member, const char block[static TAR_BLOCK]);
/* Finds a member of an archive that is known to be sound (its digest was checked). err: NOT_FOUND, IO, FORMAT. */
MUST_USE int tar_find(int fd, const char *name, uint64_t *ret_offset, uint64_t *ret_size, struct err *err);
/* Zeros behind `size` bytes of data. */
static inline uint64_t tar_padding(uint64_t size)
{
    return (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
}

#endif
