/* libarchive with the formats and filters that work on bytes alone: none that starts a program, none (mtree) that opens files. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "formats/container.h"
#include "formats/phar.h"

#include "base/banned.h"

enum { BLOCK_BYTES = 64 << 10, ENTRIES_MAX = 1000000, RATIO_MAX = 250, NAME_MAX_BYTES = 4096 };

#define FREE_BYTES (UINT64_C(128) << 20) /* any file may unpack to that */

struct container {
    struct archive *archive; /* one of the two */
    struct phar *phar;
    struct container_budget *budget;
    struct container *outer; /* the entry of which is read */
    struct stream_input input;
    int fd;
    int64_t at, size; /* where in the file it reads, and how long that is */
    struct buf head;  /* of that entry, to be given first */
    bool head_is_given;
    uint64_t outer_bytes;
    char *block;
    locale_t locale; /* names are UTF-8 here, whatever the process thinks */
    struct buf name; /* of the entry at hand */
    bool is_single;
    struct err broken; /* of what is read: it is what ended this one */
};

struct magic {
    size_t at;
    struct str bytes;
    const char *name;
    bool is_listed_at_end;
};

static const struct magic magics[] = {
    {0, {"PK\3\4", 4}, "zip archive", true},          {0, {"PK\5\6", 4}, "zip archive", true},
    {0, {"\x1f\x8b\x08", 3}, "gzip file", false},     {4, {"1AY&SY", 6}, "bzip2 file", false},
    {0, {"\xfd\x37zXZ", 5}, "xz file", false},        {0, {"7z\xbc\xaf\x27\x1c", 6}, "7-Zip archive", true},
    {0, {"Rar!\x1a\x07", 6}, "RAR archive", false},   {0, {"\x28\xb5\x2f\xfd", 4}, "zstd file", false},
    {0, {"\x04\x22\x4d\x18", 4}, "lz4 file", false},  {0, {"LZIP\1", 5}, "lzip file", false},
    {0, {"\x1f\x9d\x90", 3}, "compress file", false}, {0, {"070701", 6}, "cpio archive", false},
    {0, {"070702", 6}, "cpio archive", false},        {0, {"070707", 6}, "cpio archive", false},
    {0, {"!<arch>\n", 8}, "ar archive", false},       {0, {"\xed\xab\xee\xdb", 4}, "RPM package", false},
    {0, {"MSCF\0\0\0\0", 8}, "cabinet", false},       {257, {"ustar", 5}, "tar archive", false},
};

/* A tar from before "ustar" is known by the sum over its first header alone (POSIX.1-1988: chksum at 148, as octal digits). */
static bool is_old_tar(struct str head)
{
    enum { HEADER = 512, SUM_AT = 148, SUM_LEN = 8 };
    if (head.len < HEADER || head.data[0] == '\0') {
        return false;
    }
    unsigned long sum = 0, told = 0;
    size_t digits = 0;
    for (size_t i = SUM_AT; i < SUM_AT + SUM_LEN; i++) {
        if (head.data[i] >= '0' && head.data[i] <= '7') {
            told = told * 8 + (unsigned long)(head.data[i] - '0');
            digits++;
        } else if (head.data[i] != ' ' && head.data[i] != '\0') {
            return false;
        }
    }
    for (size_t i = 0; i < HEADER && digits >= 3; i++) {
        sum += i >= SUM_AT && i < SUM_AT + SUM_LEN ? ' ' : (unsigned char)head.data[i];
    }
    return digits >= 3 && sum == told;
}

static const struct magic *magic_of(struct str head)
{
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        const struct magic *magic = &magics[i];
        if (str_eq(str_slice(head, magic->at, magic->at + magic->bytes.len), magic->bytes)) {
            return magic;
        }
    }
    return NULL;
}

const char *container_probe(struct str head)
{
    const struct magic *magic = magic_of(head);
    return magic != NULL ? magic->name : is_old_tar(head) ? "tar archive" : NULL;
}

bool container_is_listed_at_end(struct str head)
{
    const struct magic *magic = magic_of(head);
    return magic != NULL && magic->is_listed_at_end;
}

struct container_budget container_budget_for(uint64_t file_bytes)
{
    uint64_t bytes = file_bytes > UINT64_MAX / RATIO_MAX ? UINT64_MAX : file_bytes * RATIO_MAX;
    return (struct container_budget){.bytes = bytes < FREE_BYTES ? FREE_BYTES : bytes, .entries = ENTRIES_MAX};
}

/* ---- opening ---- */

static bool support_all(struct archive *archive)
{
    return archive_read_support_filter_bzip2(archive) == ARCHIVE_OK &&
           archive_read_support_filter_compress(archive) == ARCHIVE_OK &&
           archive_read_support_filter_gzip(archive) == ARCHIVE_OK &&
           archive_read_support_filter_lz4(archive) == ARCHIVE_OK &&
           archive_read_support_filter_lzip(archive) == ARCHIVE_OK &&
           archive_read_support_filter_rpm(archive) == ARCHIVE_OK &&
           archive_read_support_filter_xz(archive) == ARCHIVE_OK &&
           archive_read_support_filter_zstd(archive) == ARCHIVE_OK &&
           archive_read_support_format_7zip(archive) == ARCHIVE_OK &&
           archive_read_support_format_ar(archive) == ARCHIVE_OK &&
           archive_read_support_format_cab(archive) == ARCHIVE_OK &&
           archive_read_support_format_cpio(archive) == ARCHIVE_OK &&
           archive_read_support_format_empty(archive) == ARCHIVE_OK &&
           archive_read_support_format_iso9660(archive) == ARCHIVE_OK &&
           archive_read_support_format_rar(archive) == ARCHIVE_OK &&
           archive_read_support_format_rar5(archive) == ARCHIVE_OK &&
           archive_read_support_format_raw(archive) == ARCHIVE_OK &&
           archive_read_support_format_tar(archive) == ARCHIVE_OK &&
           archive_read_support_format_zip(archive) == ARCHIVE_OK;
}

static struct container *container_new(struct container_budget *budget, struct err *err)
{
    struct container *container = calloc(1, sizeof *container);
    if (container != NULL) {
        container->budget = budget;
        container->name.max = NAME_MAX_BYTES * 4;
        container->head.max = BLOCK_BYTES * 4;
        container->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); /* none: names suffer, bytes don't */
        container->archive = archive_read_new();
    }
    if (container == NULL || container->archive == NULL || !support_all(container->archive) ||
        archive_read_set_options(container->archive, "tar:read_concatenated_archives") != ARCHIVE_OK) {
        container_close(container);
        err_no_memory(err);
        return NULL;
    }
    return container;
}

/* What libarchive says, told as ours. */
static int fail(struct container *container, struct err *err)
{
    if (container->broken.kind != ERR_NONE) {
        return err_set(err, container->broken.kind, "%s", container->broken.text);
    }
    if (container_has_encrypted(container)) {
        return err_set(err, ERR_FORMAT, "encrypted");
    }
    const char *text = archive_error_string(container->archive);
    return err_set(err, ERR_FORMAT, "archive is damaged: %s", text != NULL ? text : "no reason given");
}

static struct container *opened(struct container *container, int status, struct err *err)
{
    if (status < ARCHIVE_WARN) {
        (void)fail(container, err);
        container_close(container);
        return NULL;
    }
    return container;
}

static la_ssize_t read_file(struct archive *archive, void *self, const void **ret_block)
{
    struct container *container = self;
    ssize_t got;
    do {
        got = pread(container->fd, container->block, BLOCK_BYTES, container->at);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        err_set(&container->broken, ERR_IO, "%s", strerror(errno));
        archive_set_error(archive, errno, "cannot be read");
        return ARCHIVE_FATAL;
    }
    container->at += got;
    *ret_block = container->block;
    return got;
}

static la_int64_t skip_file(struct archive *archive, void *self, la_int64_t bytes)
{
    (void)archive;
    struct container *container = self;
    int64_t left = container->size > container->at ? container->size - container->at : 0;
    int64_t step = bytes < left ? bytes : left;
    container->at += step;
    return step;
}

static la_int64_t seek_file(struct archive *archive, void *self, la_int64_t offset, int whence)
{
    (void)archive;
    struct container *container = self;
    int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? container->at : container->size;
    if (__builtin_add_overflow(from, offset, &from) || from < 0) {
        return ARCHIVE_FATAL;
    }
    return container->at = from;
}

struct container *container_open_fd(int fd, struct container_budget *budget, struct err *err)
{
    struct stat about;
    struct container *container = container_new(budget, err);
    if (container == NULL) {
        return NULL;
    }
    container->block = malloc(BLOCK_BYTES);
    if (container->block == NULL || fstat(fd, &about) != 0) {
        err_set(err, container->block == NULL ? ERR_LIMIT : ERR_IO, "%s", strerror(errno));
        container_close(container);
        return NULL;
    }
    container->fd = fd;
    container->size = about.st_size;
    (void)archive_read_set_read_callback(container->archive, read_file);
    (void)archive_read_set_skip_callback(container->archive, skip_file);
    (void)archive_read_set_seek_callback(container->archive, seek_file);
    (void)archive_read_set_callback_data(container->archive, container);
    return opened(container, archive_read_open1(container->archive), err);
}

static la_ssize_t read_input(struct archive *archive, void *self, const void **ret_block)
{
    struct container *container = self;
    size_t got = 0;
    if (container->input.read(container->input.self, container->block, BLOCK_BYTES, &got, &container->broken) != 0) {
        archive_set_error(archive, EIO, "what it is read from is damaged");
        return ARCHIVE_FATAL;
    }
    *ret_block = container->block;
    return (la_ssize_t)got;
}

struct container *container_open_from(const struct stream_input *input, struct container_budget *budget,
                                      struct err *err)
{
    struct container *container = container_new(budget, err);
    if (container == NULL) {
        return NULL;
    }
    container->input = *input;
    container->block = malloc(BLOCK_BYTES);
    if (container->block == NULL) {
        container_close(container);
        err_no_memory(err);
        return NULL;
    }
    return opened(container, archive_read_open(container->archive, container, NULL, read_input, NULL), err);
}

struct container *container_open_bytes(struct str bytes, struct container_budget *budget, struct err *err)
{
    struct container *container = container_new(budget, err);
    if (container == NULL) {
        return NULL;
    }
    return opened(container, archive_read_open_memory(container->archive, bytes.data, bytes.len), err);
}

static la_ssize_t read_outer(struct archive *archive, void *self, const void **ret_block)
{
    struct container *container = self;
    if (!container->head_is_given) {
        container->head_is_given = true;
        if (container->head.len != 0) {
            *ret_block = container->head.data;
            return (la_ssize_t)container->head.len;
        }
    }
    size_t got = 0;
    if (container_read(container->outer, container->block, BLOCK_BYTES, &got, &container->broken) != 0) {
        archive_set_error(archive, EIO, "the archive around it is damaged");
        return ARCHIVE_FATAL;
    }
    container->outer_bytes += got;
    *ret_block = container->block;
    return (la_ssize_t)got;
}

struct container *container_open_entry(struct container *outer, struct str head, struct err *err)
{
    struct container *container = container_new(outer->budget, err);
    if (container == NULL) {
        return NULL;
    }
    container->outer = outer;
    container->block = malloc(BLOCK_BYTES);
    buf_put(&container->head, head);
    if (container->block == NULL || container->head.failed) {
        container_close(container);
        err_no_memory(err);
        return NULL;
    }
    return opened(container, archive_read_open(container->archive, container, NULL, read_outer, NULL), err);
}

struct container *container_open_phar(struct str bytes, struct container_budget *budget, struct err *err)
{
    struct container *container = calloc(1, sizeof *container);
    if (container == NULL) {
        err_no_memory(err);
        return NULL;
    }
    container->budget = budget;
    container->name.max = NAME_MAX_BYTES * 4;
    container->phar = phar_open(bytes, err);
    if (container->phar == NULL) {
        container_close(container);
        return NULL;
    }
    return container;
}

void container_close(struct container *container)
{
    if (container == NULL) {
        return;
    }
    if (container->archive != NULL) {
        (void)archive_read_free(container->archive);
    }
    phar_close(container->phar);
    if (container->locale != (locale_t)0) {
        freelocale(container->locale);
    }
    buf_free(&container->head);
    buf_free(&container->name);
    free(container->block);
    free(container);
}

void own_container(struct container **container)
{
    container_close(*container);
}

/* ---- entries ---- */

/* The name as bytes; what has none that could be told is "?". */
static struct str name_of_entry(struct container *container, struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    name = name != NULL ? name : archive_entry_pathname_utf8(entry);
    buf_reset(&container->name);
    buf_put(&container->name, name != NULL ? str_slice(str_of(name), 0, NAME_MAX_BYTES) : STR("?"));
    return buf_str(&container->name);
}

static enum container_kind kind_of(struct archive_entry *entry)
{
    bool has_bytes = archive_entry_size_is_set(entry) && archive_entry_size(entry) > 0;
    if (archive_entry_hardlink(entry) != NULL && !has_bytes) {
        return CONTAINER_LINK;
    }
    switch (archive_entry_filetype(entry)) {
    case AE_IFDIR:
        return CONTAINER_DIRECTORY;
    case AE_IFLNK:
        return CONTAINER_LINK;
    case AE_IFCHR:
    case AE_IFBLK:
    case AE_IFIFO:
    case AE_IFSOCK:
        return CONTAINER_SPECIAL;
    default: /* some formats don't say */
        return CONTAINER_FILE;
    }
}

static int next_of_archive(struct container *container, struct container_item *ret_item, bool *ret_any, struct err *err)
{
    struct archive_entry *entry = NULL;
    locale_t before = container->locale != (locale_t)0 ? uselocale(container->locale) : (locale_t)0;
    int status = archive_read_next_header(container->archive, &entry);
    if (status >= ARCHIVE_WARN && status != ARCHIVE_EOF) {
        *ret_item = (struct container_item){
            .kind = kind_of(entry),
            .path = name_of_entry(container, entry),
            .mtime_s = archive_entry_mtime_is_set(entry) ? (int64_t)archive_entry_mtime(entry) : 0,
            .uid = (uint32_t)archive_entry_uid(entry),
            .mode = (uint32_t)archive_entry_perm(entry),
            .is_encrypted = archive_entry_is_encrypted(entry) != 0,
            .bytes = archive_entry_size_is_set(entry) ? (uint64_t)archive_entry_size(entry) : 0,
        };
    }
    if (before != (locale_t)0) {
        (void)uselocale(before);
    }
    *ret_any = status != ARCHIVE_EOF;
    if (status < ARCHIVE_WARN) {
        return fail(container, err);
    }
    container->is_single = archive_format(container->archive) == ARCHIVE_FORMAT_RAW;
    if (container->is_single && archive_filter_count(container->archive) < 2) {
        return err_set(err, ERR_FORMAT, "no archive");
    }
    return 0;
}

int container_next(struct container *container, struct container_item *ret_item, bool *ret_any, struct err *err)
{
    *ret_any = false;
    if (container->budget->entries == 0) {
        return err_set(err, ERR_LIMIT, "more than %d entries", ENTRIES_MAX);
    }
    container->budget->entries--;
    if (container->phar != NULL) {
        return phar_next(container->phar, ret_item, ret_any, err);
    }
    return next_of_archive(container, ret_item, ret_any, err);
}

int container_spend(struct container *container, uint64_t bytes, struct err *err)
{
    if (bytes > container->budget->bytes) {
        container->budget->bytes = 0;
        return err_set(err, ERR_LIMIT, "unpacks to more than %d times its size", RATIO_MAX);
    }
    container->budget->bytes -= bytes;
    return 0;
}

int container_read(struct container *container, char *into, size_t room, size_t *ret_got, struct err *err)
{
    *ret_got = 0;
    if (container->phar != NULL) {
        TRY(phar_read(container->phar, into, room, ret_got, err));
    } else {
        la_ssize_t got = archive_read_data(container->archive, into, room);
        if (got < 0) {
            return fail(container, err);
        }
        *ret_got = (size_t)got;
    }
    int result = container_spend(container, *ret_got, err);
    *ret_got = result == 0 ? *ret_got : 0;
    return result;
}

bool container_is_single(const struct container *container)
{
    return container->is_single;
}

uint64_t container_outer_bytes(const struct container *container)
{
    return container->outer_bytes;
}

bool container_is_empty(const struct container *container)
{
    int format = container->archive != NULL ? archive_format(container->archive) & ARCHIVE_FORMAT_BASE_MASK : 0;
    return format == ARCHIVE_FORMAT_ZIP || format == ARCHIVE_FORMAT_7ZIP;
}

bool container_has_encrypted(const struct container *container)
{
    return container->archive != NULL && archive_read_has_encrypted_entries(container->archive) > 0;
}
