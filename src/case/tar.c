/* Headers of ustar archives, field by field (POSIX.1-2017, pax, "ustar Interchange Format"). */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/str.h"
#include "case/tar.h"

#include "base/banned.h"

/* Where the fields begin. */
enum { NAME = 0, MODE = 100, UID = 108, GID = 116, SIZE = 124, MTIME = 136, CHECKSUM = 148, TYPE = 156, MAGIC = 257 };

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool tar_is_name(const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++) {
        bool begins = i == 0 || name[i - 1] == '/';
        bool is_inner = (name[i] == '.' && !begins) || (name[i] == '/' && !begins && i + 1 < length);
        if (!is_plain(name[i]) && !is_inner) {
            return false;
        }
    }
    return length != 0 && length <= TAR_NAME_MAX;
}

static void put_octal(char *field, size_t digits, uint64_t value)
{
    for (size_t i = digits; i > 0; i--) {
        field[i - 1] = (char)('0' + (value & 7));
        value >>= 3;
    }
}

void tar_header(char out[static TAR_BLOCK], const struct tar_member *member)
{
    memset(out, 0, TAR_BLOCK);
    memcpy(out + NAME, member->name, strlen(member->name));
    put_octal(out + MODE, 7, 0644);
    put_octal(out + UID, 7, 0);
    put_octal(out + GID, 7, 0);
    put_octal(out + SIZE, 11, member->size);
    put_octal(out + MTIME, 11, member->time_s);
    memset(out + CHECKSUM, ' ', 8); /* it counts as blanks while it is summed */
    out[TYPE] = '0';
    memcpy(out + MAGIC, "ustar\00000", 8);
    uint64_t sum = 0;
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        sum += (uint8_t)out[i];
    }
    put_octal(out + CHECKSUM, 6, sum);
    out[CHECKSUM + 6] = '\0';
}

static bool read_octal(const char *field, size_t digits, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits; i++) {
        if (field[i] < '0' || field[i] > '7') {
            return false;
        }
        value = value * 8 + (uint64_t)(field[i] - '0');
    }
    *ret_value = value;
    return true;
}

int tar_read(struct tar_member *ret_member, const char block[static TAR_BLOCK])
{
    static const char zeros[TAR_BLOCK];
    char again[TAR_BLOCK];
    struct tar_member member = {.size = 0};
    if (memcmp(block, zeros, TAR_BLOCK) == 0) {
        return 0;
    }
    *ret_member = member;
    memcpy(member.name, block + NAME, TAR_NAME_MAX);
    if (!tar_is_name(member.name) || !read_octal(block + SIZE, 11, &member.size) ||
        !read_octal(block + MTIME, 11, &member.time_s)) {
        return -1;
    }
    tar_header(again, &member);
    *ret_member = member;
    return memcmp(block, again, TAR_BLOCK) == 0 ? 1 : -1;
}

int tar_find(int fd, const char *name, uint64_t *ret_offset, uint64_t *ret_size, struct err *err)
{
    struct tar_member member;
    char block[TAR_BLOCK];
    for (uint64_t at = 0;; at += TAR_BLOCK + member.size + tar_padding(member.size)) {
        ssize_t got = pread(fd, block, TAR_BLOCK, (off_t)at);
        if (got < 0) {
            return err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
        }
        int is = got == TAR_BLOCK ? tar_read(&member, block) : -1;
        if (is <= 0) {
            return err_set(err, is == 0 ? ERR_NOT_FOUND : ERR_FORMAT, "%s: is not in the bundle", name);
        }
        if (strcmp(member.name, name) == 0) {
            *ret_offset = at + TAR_BLOCK;
            *ret_size = member.size;
            return 0;
        }
    }
}
