/* Targets sweep/manifest.c: manifests written by strangers. The first byte says where the bytes are cut in two; what is read must
 * be the same as in one piece, and every file that was read must be found again. */
#include <stdlib.h>

#include "base/str.h"
#include "sweep/manifest.h"

static struct manifest *read_in(struct str head, struct str tail)
{
    struct manifest *manifest = NULL;
    struct manifest_reader *reader = manifest_reader_new("fuzz", NULL);
    bool is_good = reader != NULL && manifest_reader_put(reader, head, NULL) == 0 &&
                   manifest_reader_put(reader, tail, NULL) == 0 && manifest_reader_end(reader, &manifest, NULL) == 0;
    manifest_reader_free(reader);
    return is_good ? manifest : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct str bytes = {(const char *)data + 1, size - 1};
    size_t cut = (size_t)data[0] * bytes.len / 255;
    (void)manifest_is(str_cut(bytes, '\n').head);
    struct manifest *whole = read_in(bytes, STR(""));
    struct manifest *pieces = read_in(str_slice(bytes, 0, cut), str_slice(bytes, cut, bytes.len));
    if ((whole == NULL) != (pieces == NULL) || (whole != NULL && whole->count != pieces->count)) {
        abort();
    }
    for (size_t i = 0; whole != NULL && i < whole->count; i++) {
        if (manifest_find(whole, whole->files[i].path) != &whole->files[i]) {
            abort();
        }
    }
    manifest_free(whole);
    manifest_free(pieces);
    return 0;
}
