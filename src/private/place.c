/* The run's directory. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "private/place.h"

#include "base/banned.h"

enum { NAME_MAX_BYTES = 64 };
static const char secrets_magic[8] = {'A', 'S', 'Y', 'S', 'E', 'C', '1', '\n'};

int place_secrets_new(struct secrets **ret_secrets, struct err *err)
{
    if (sodium_init() < 0) {
        return err_set(err, ERR_IO, "libsodium found no source of random numbers");
    }
    *ret_secrets = sodium_malloc(sizeof **ret_secrets); /* locks it, or does without where the limit is too low */
    if (*ret_secrets == NULL) {
        return err_no_memory(err);
    }
    sodium_memzero(*ret_secrets, sizeof **ret_secrets);
    return 0;
}

void own_secrets(struct secrets **secrets)
{
    sodium_free(*secrets);
    *secrets = NULL;
}

static struct sha256 check_of(const struct secrets *secrets)
{
    return sha256_of((struct str){(const char *)secrets, offsetof(struct secrets, check)});
}

int place_use_key(struct place *place, const uint8_t seed[static SIGN_SEED_BYTES], struct err *err)
{
    if (place->key == NULL) {
        place->key = sodium_malloc(sizeof *place->key);
    }
    return place->key == NULL ? err_no_memory(err) : sign_from_seed(place->key, seed, err);
}

/* The signing key, in locked memory too. */
static int make_key(struct place *place, struct err *err)
{
    return place_use_key(place, place->secrets->sign_seed, err);
}

static int load_secrets(struct place *place, struct err *err)
{
    place->is_wiped = place_has(place, "wiped");
    if (place->is_wiped) {
        return 0;
    }
    OWN(own_fd) int fd = openat(place->dir, "secrets", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return errno == ENOENT ? 0 : err_set(err, ERR_IO, "%s/secrets: %s", place->path, strerror(errno));
    }
    TRY(place_secrets_new(&place->secrets, err));
    ssize_t got = read(fd, place->secrets, sizeof *place->secrets);
    struct sha256 check = check_of(place->secrets);
    if (got != (ssize_t)sizeof *place->secrets || memcmp(place->secrets->magic, secrets_magic, 8) != 0 ||
        memcmp(check.bytes, place->secrets->check, sizeof check.bytes) != 0) {
        own_secrets(&place->secrets);
        err_set(err, ERR_TAMPERED, "%s/secrets: damaged", place->path);
        return err_remedy(err, "nothing can be done with this run; make new commitments in another directory");
    }
    return make_key(place, err);
}

int place_open(struct place *place, const char *path, bool is_new, struct err *err)
{
    struct stat about;
    *place = (struct place){.path = path, .dir = -1};
    place->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place->dir < 0 && is_new && errno == ENOENT && mkdir(path, 0700) == 0) {
        place->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (place->dir < 0) {
        err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
        return err_remedy(err, "--state names the run's directory, which assay private commit makes");
    }
    if (fstat(place->dir, &about) != 0 || (about.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        err_set(err, ERR_IO, "%s: others may write into it", path);
        return err_remedy(err, "they could take away that a commitment is spent: chmod 700 %s", path);
    }
    if (flock(place->dir, LOCK_EX | LOCK_NB) != 0) {
        return err_set(err, ERR_BUSY, "%s: another step is at work in it", path);
    }
    return load_secrets(place, err);
}

void place_close(struct place *place)
{
    own_secrets(&place->secrets);
    sodium_free(place->key);
    own_fd(&place->dir);
    *place = (struct place){.dir = -1};
}

void own_place(struct place *place)
{
    place_close(place);
}

bool place_has(const struct place *place, const char *name)
{
    struct stat about; /* what cannot be looked at is there: `spent` is never taken for missing, and written anew */
    return fstatat(place->dir, name, &about, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

void place_name(const struct place *place, const char *name, char *out, size_t out_bytes)
{
    (void)snprintf(out, out_bytes, "%s/%s", place->path, name);
}

int place_begin(const struct place *place, const char *name, struct err *err)
{
    char part[NAME_MAX_BYTES];
    (void)snprintf(part, sizeof part, "%s.part", name);
    int fd = openat(place->dir, part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd >= 0 ? fd : err_set(err, ERR_IO, "%s/%s: %s", place->path, part, strerror(errno));
}

int place_finish(const struct place *place, const char *name, int fd, struct err *err)
{
    char part[NAME_MAX_BYTES];
    (void)snprintf(part, sizeof part, "%s.part", name);
    if (file_sync(fd) != 0 || renameat(place->dir, part, place->dir, name) != 0 || file_sync(place->dir) != 0) {
        return err_set(err, ERR_IO, "%s/%s: %s", place->path, name, strerror(errno));
    }
    return 0;
}

int place_put(const struct place *place, const char *name, struct str bytes, struct err *err)
{
    OWN(own_fd) int fd = place_begin(place, name, err);
    return fd < 0 || file_write_fd(fd, bytes, err) != 0 ? -1 : place_finish(place, name, fd, err);
}

int place_keep_secrets(struct place *place, struct err *err)
{
    memcpy(place->secrets->magic, secrets_magic, sizeof secrets_magic);
    struct sha256 check = check_of(place->secrets);
    memcpy(place->secrets->check, check.bytes, sizeof check.bytes);
    TRY(place_put(place, "secrets", (struct str){(const char *)place->secrets, sizeof *place->secrets}, err));
    return make_key(place, err);
}

static int overwrite(const struct place *place, const char *name, struct err *err)
{
    static const uint8_t zeros[sizeof(struct secrets)];
    OWN(own_fd) int fd = openat(place->dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return errno == ENOENT ? 0 : err_set(err, ERR_IO, "%s/%s: %s", place->path, name, strerror(errno));
    }
    if (file_write_fd(fd, (struct str){(const char *)zeros, sizeof zeros}, err) != 0 || file_sync(fd) != 0 ||
        unlinkat(place->dir, name, 0) != 0) {
        return err_set(err, ERR_IO, "%s/%s: %s", place->path, name, strerror(errno));
    }
    return 0;
}

static int forget(const struct place *place, const char *name, struct err *err)
{
    bool is_gone = unlinkat(place->dir, name, 0) == 0 || errno == ENOENT;
    return is_gone ? 0 : err_set(err, ERR_IO, "%s/%s: %s", place->path, name, strerror(errno));
}

int place_wipe(struct place *place, struct err *err)
{
    char when[TIME_TEXT], name[NAME_MAX_BYTES];
    if (!place_has(place, "wiped")) {
        time_rfc3339(when, time_now());
        TRY(place_put(place, "wiped", str_of(when), err));
    }
    place->is_wiped = true;
    own_secrets(&place->secrets);
    TRY(overwrite(place, "secrets", err));
    TRY(overwrite(place, "secrets.part", err));
    for (size_t i = 0; i < SUITE_TYPES_MAX; i++) {
        (void)snprintf(name, sizeof name, "records.%zu", i);
        TRY(forget(place, name, err));
        (void)snprintf(name, sizeof name, "roots.%zu", i);
        TRY(forget(place, name, err));
    }
    return file_sync(place->dir) == 0 ? 0 : err_set(err, ERR_IO, "%s: %s", place->path, strerror(errno));
}

int place_spend(const struct place *place, struct str header, bool *ret_is_first, struct err *err)
{
    OWN(own_buf) struct buf before = {0};
    *ret_is_first = !place_has(place, "spent");
    if (*ret_is_first) {
        return place_put(place, "spent", header, err);
    }
    TRY(file_read_at(place->dir, "spent", WIRE_BODY_MAX + 128, &before, err));
    if (str_eq(buf_str(&before), header)) {
        return 0;
    }
    err_set(err, ERR_USAGE, "%s: this commitment is spent on another run", place->path);
    return err_remedy(err, "one commitment serves one run: make new ones, and say which run this is (--run, --after)");
}

/* ---- key files ---- */

static bool take_line(struct str *text, const char *word, uint8_t out[static 32])
{
    struct str_cut line = str_cut(*text, '\n');
    struct str_cut parts = str_cut(line.head, ' ');
    *text = line.tail;
    return parts.found && str_eq(parts.head, str_of(word)) && hex_decode(out, 32, str_trim(parts.tail));
}

static const char *title(bool is_secret)
{
    return is_secret ? "assay private secret key 1" : "assay private public key 1";
}

int key_pair_read(struct key_pair *pair, const char *path, bool is_secret, struct err *err)
{
    OWN(own_buf) struct buf bytes = {0};
    TRY(file_read(path, 4096, &bytes, err));
    struct str_cut first = str_cut(buf_str(&bytes), '\n');
    struct str rest = first.tail;
    bool is_good = str_eq(first.head, str_of(title(is_secret))) && take_line(&rest, "sign", pair->sign) &&
                   take_line(&rest, "box", pair->box) && rest.len == 0;
    sodium_memzero(bytes.data, bytes.len);
    if (!is_good || (!is_secret && !sign_is_key(pair->sign))) {
        err_set(err, ERR_FORMAT, "%s: not a file with %s keys", path, is_secret ? "secret" : "public");
        return err_remedy(err, "assay private key FILE makes FILE, which is kept, and FILE.pub, which is given away");
    }
    return 0;
}

static void put_pair(char *out, size_t room, bool is_secret, const struct key_pair *pair)
{
    char sign[65], box[65];
    hex_encode(sign, pair->sign, 32);
    hex_encode(box, pair->box, 32);
    (void)snprintf(out, room, "%s\nsign %s\nbox %s\n", title(is_secret), sign, box);
    sodium_memzero(sign, sizeof sign);
    sodium_memzero(box, sizeof box);
}

int key_pair_make(const char *path, struct key_pair *ret_public, struct err *err)
{
    struct key_pair secret;
    struct sign_key key;
    char text[256], public_path[4096];
    OWN(own_fd) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    randombytes_buf(&secret, sizeof secret);
    TRY(sign_from_seed(&key, secret.sign, err));
    memcpy(ret_public->sign, key.public_key, 32);
    suite_box_public(ret_public->box, secret.box);
    sign_wipe(&key);
    put_pair(text, sizeof text, true, &secret);
    sodium_memzero(&secret, sizeof secret);
    int failed = file_write_fd(fd, str_of(text), err);
    failed = failed == 0 && file_sync(fd) != 0 ? err_set(err, ERR_IO, "%s: %s", path, strerror(errno)) : failed;
    put_pair(text, sizeof text, false, ret_public);
    (void)snprintf(public_path, sizeof public_path, "%s.pub", path);
    return failed != 0 ? failed : file_write(public_path, str_of(text), err);
}
