/* assay_bundle_verify(): files first, for nothing else is where it seems before they are known; then keys, ledger, the rest. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/bundle.h"

#include "base/banned.h"

static void own_bundle(struct bundle *bundle)
{
    own_verify(&bundle->verify);
    own_fd(&bundle->fd);
    free(bundle->parts);
    json_decref(bundle->places);
    buf_free(&bundle->head);
    buf_free(&bundle->list);
    free(bundle->leaves);
    free(bundle->is_redacted);
    json_decref(bundle->reports);
    json_decref(bundle->withheld);
}

static int open_file(struct bundle *bundle, const char *path)
{
    struct stat about;
    bundle->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (bundle->fd < 0 || fstat(bundle->fd, &about) != 0) {
        return err_set(bundle->verify.err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(about.st_mode)) {
        err_set(bundle->verify.err, ERR_IO, "%s: not a regular file", path);
        return err_remedy(bundle->verify.err, "a bundle is read in place; put it into a file first");
    }
    bundle->bytes = (uint64_t)about.st_size;
    return 0;
}

/* Where the lines are that everything else is about. */
static int find_ledger(struct bundle *bundle)
{
    struct verify *verify = &bundle->verify;
    const struct part *part = bundle_part(bundle, "ledger.jsonl");
    if (part == NULL || !part->is_there) {
        return 0;
    }
    verify->ledger = fcntl(bundle->fd, F_DUPFD_CLOEXEC, 0);
    verify->begin = part->offset;
    verify->end = part->offset + part->size;
    return verify->ledger >= 0 ? 0 : err_set(verify->err, ERR_IO, "%s: %s", verify->path, strerror(errno));
}

static int check_signature(struct bundle *bundle)
{
    OWN(own_papers) struct verify_papers papers = {.vkey_says = "", .checkpoint_says = ""};
    int vkey = bundle_read(bundle, "vkey", NOTE_MAX_BYTES, &papers.vkey, &papers.vkey_says);
    int checkpoint = bundle_read(bundle, "checkpoint", NOTE_MAX_BYTES, &papers.checkpoint, &papers.checkpoint_says);
    papers.has_vkey = vkey == 1;
    papers.has_checkpoint = checkpoint == 1;
    return vkey < 0 || checkpoint < 0 ? -1 : verify_signature(&bundle->verify, &papers);
}

/* Sizes of the kept checkpoints, rising, for the pass over the ledger. */
static int by_size(const void *left, const void *right)
{
    const struct archived *a = left;
    const struct archived *b = right;
    return (a->size > b->size) - (a->size < b->size);
}

static int list_checkpoints(struct bundle *bundle)
{
    struct archive *archive = &bundle->verify.archive;
    archive->of = calloc(bundle->count + 1, sizeof *archive->of);
    bundle->verify.archive_has_root = calloc(bundle->count + 1, sizeof *bundle->verify.archive_has_root);
    if (archive->of == NULL || bundle->verify.archive_has_root == NULL) {
        return verify_no_memory(&bundle->verify);
    }
    for (size_t i = 0; i < bundle->count; i++) {
        struct str name = str_of(bundle->parts[i].name);
        uint64_t size;
        if (str_starts(name, STR("checkpoints/")) && case_is_size(str_slice(name, 12, name.len), &size)) {
            archive->of[archive->count++].size = size;
        }
    }
    qsort(archive->of, archive->count, sizeof *archive->of, by_size);
    return 0;
}

/* WITHHELD: a digest, and the ids of entries that name it. */
static int read_withheld(struct bundle *bundle)
{
    OWN(own_buf) struct buf bytes = {0};
    const char *says;
    int got = bundle_read(bundle, BUNDLE_WITHHELD, BUNDLE_LIST_MAX, &bytes, &says);
    struct str rest = got == 1 ? buf_str(&bytes) : STR("");
    while (rest.len != 0) {
        struct str_cut line = str_cut(rest, '\n');
        struct str_cut digest = str_cut(line.head, ' ');
        uint8_t raw[SHA256_BYTES];
        char hex[SHA256_HEX + 1];
        rest = line.tail;
        if (!line.found || !hex_decode(raw, sizeof raw, digest.head)) {
            TRY(verify_problem(&bundle->verify, VERIFY_ALTERED, BUNDLE_WITHHELD,
                               "holds a line that begins with no digest", ""));
            continue;
        }
        hex_encode(hex, raw, SHA256_BYTES);
        json_t *ids = json_stringn(digest.tail.data, digest.tail.len);
        if (json_object_set_new(bundle->withheld, hex, ids != NULL ? ids : json_string("")) != 0) {
            return verify_no_memory(&bundle->verify);
        }
    }
    return got < 0 ? -1 : 0;
}

static int run(struct bundle *bundle, const char *const *opened)
{
    struct verify *verify = &bundle->verify;
    TRY(bundle_files(bundle));
    TRY(list_checkpoints(bundle));
    TRY(find_ledger(bundle));
    TRY(check_signature(bundle));
    TRY(read_withheld(bundle));
    size_t signature_lines = json_array_size(verify->lines);
    TRY(bundle_ledger(bundle));
    TRY(verify_entries_first(verify, signature_lines));
    TRY(bundle_list(bundle));
    TRY(verify_signed(verify));
    TRY(bundle_rest(bundle));
    TRY(bundle_opened(bundle, opened));
    return bundle_left_out(bundle);
}

static int add_signed(struct bundle *bundle, json_t *report)
{
    struct verify *verify = &bundle->verify;
    char vkey[NOTE_VKEY_TEXT];
    char hex[SHA256_HEX + 1];
    if (!verify->has_checkpoint) {
        return 0;
    }
    note_key_write(vkey, &verify->key);
    hex_encode(hex, verify->root.bytes, SHA256_BYTES);
    OWN(own_json)
    json_t *seen = json_pack("{s:s, s:s, s:I, s:s}", "origin", verify->key.name, "vkey", vkey, "size",
                             (json_int_t)verify->size, "root", hex);
    return seen != NULL && json_object_update(report, seen) == 0 ? 0 : verify_no_memory(verify);
}

int assay_bundle_verify(const char *path, const struct assay_trust *trust, const char *const *opened,
                        json_t **ret_report, struct err *err)
{
    struct err unheard;
    OWN(own_bundle) struct bundle bundle = {.fd = -1};
    TRY(verify_begin(&bundle.verify, path, trust, err != NULL ? err : &unheard));
    bundle.verify.place = &bundle_place;
    bundle.places = json_object();
    bundle.reports = json_object();
    bundle.withheld = json_object();
    if (bundle.places == NULL || bundle.reports == NULL || bundle.withheld == NULL) {
        return verify_no_memory(&bundle.verify);
    }
    TRY(open_file(&bundle, path));
    TRY(run(&bundle, opened));
    json_t *made = NULL;
    TRY(verify_end(&bundle.verify, &made));
    OWN(own_json) json_t *report = made;
    if (json_object_set_new(report, "withheld", json_integer((json_int_t)json_object_size(bundle.withheld))) != 0 ||
        json_object_set_new(report, "redacted", json_integer((json_int_t)bundle.redacted)) != 0) {
        return verify_no_memory(&bundle.verify);
    }
    TRY(add_signed(&bundle, report));
    *ret_report = json_incref(report);
    return 0;
}
