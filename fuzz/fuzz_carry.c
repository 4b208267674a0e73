/* exchange: what an authenticated peer may send. Everything it leaves in the directory under a final name is a file of the
 * comparison whose size its header allows. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "private/carry.h"

struct source {
    const uint8_t *data;
    size_t left;
};

static void begin(void *self)
{
    (void)self;
}

static int put(void *self, const uint8_t *bytes, size_t count, struct err *err)
{
    (void)self, (void)err;
    return count != 0 && bytes == NULL ? -1 : 0;
}

static int get(void *self, uint8_t *bytes, size_t count, struct err *err)
{
    struct source *source = self;
    if (count > source->left) {
        return err_set(err, ERR_IO, "ended");
    }
    if (count != 0) {
        memcpy(bytes, source->data, count);
    }
    source->data += count;
    source->left -= count;
    return 0;
}

static void empty(int dir)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fdopendir(fd);
    for (const struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
        struct stat about;
        if (entry->d_name[0] == '.' || fstatat(dir, entry->d_name, &about, 0) != 0) {
            continue;
        }
        if (strncmp(entry->d_name, "received.", 9) != 0) {
            abort();
        }
        if (strstr(entry->d_name, ".part") == NULL && about.st_size < WIRE_FRAME_BYTES + SIGN_BYTES) {
            abort();
        }
        unlinkat(dir, entry->d_name, 0);
    }
    closedir(list);
}

static char path[] = "/dev/shm/assay-carry-XXXXXX"; /* one a process */

static void leave(void)
{
    (void)rmdir(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct place place = {.dir = -1};
    if (place.dir < 0) {
        if (mkdtemp(path) == NULL || place_open(&place, path, false, NULL) != 0 || atexit(leave) != 0) {
            abort();
        }
    }
    struct source source = {data, size};
    struct carry_link link = {&source, begin, put, get};
    struct err err = {0};
    OWN(own_carry) struct carry carry = {0};
    if (carry_begin(&carry, &link, &place, &err) == 0 && carry_receive(&carry, &err) != 0 && err.text[0] == '\0') {
        abort();
    }
    empty(place.dir);
    return 0;
}
