/* What a party opens to the neutral, as the neutral reads it: the bytes are sealed and signed here, as their sender would, so that what is
 * within is read. The first byte says which audit; the rest is the plain content. Its first row is the one that was committed, so that what
 * comes behind the paths is reached, too. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "private/neutral.h"

enum { ROW_AT = 38 }; /* behind run, audit, type and the number of rows */

struct setting {
    struct sign_key party;
    struct key_pair secret;
    uint8_t box[32];
    char key_path[32];
    struct wire_file offer, commit[3];
    struct wire_tags_secret keepers;
    struct assay_private_options options;
    uint64_t position;
    struct group_point point;
};

static void make_commit(struct wire_file *file, const struct setting *at, uint8_t role)
{
    struct group_scalar one = {{1}};
    *file = (struct wire_file){.fd = -1, .kind = WIRE_COMMIT, .commit = {.role = role, .types = 1}};
    memcpy(file->commit.party, at->party.public_key, SIGN_KEY_BYTES);
    file->commit.type[0] = (struct wire_type){.kinds = {1}, .rows = 1, .n = 1};
    group_best()->multiply_base(&file->commit.type[0].public_point, &one, 1);
}

static void begin(struct setting *at)
{
    char hex[2][65], text[256];
    uint8_t seed[32] = {1};
    int fd = memfd_create("key", 0);
    memset(&at->secret, 2, sizeof at->secret);
    hex_encode(hex[0], at->secret.sign, 32);
    hex_encode(hex[1], at->secret.box, 32);
    (void)snprintf(text, sizeof text, "assay private secret key 1\nsign %s\nbox %s\n", hex[0], hex[1]);
    (void)snprintf(at->key_path, sizeof at->key_path, "/proc/self/fd/%d", fd);
    suite_box_public(at->box, at->secret.box);
    if (sign_from_seed(&at->party, seed, NULL) != 0 || file_write_fd(fd, str_of(text), NULL) != 0) {
        abort();
    }
    at->options.key_file = at->key_path;
    at->offer = (struct wire_file){.fd = -1, .kind = WIRE_OFFER};
    make_commit(&at->commit[WIRE_ASKER], at, WIRE_ASKER);
    make_commit(&at->commit[WIRE_KEEPER], at, WIRE_KEEPER);
    at->keepers.types = 1;
    at->point = at->commit[WIRE_ASKER].commit.type[0].public_point;
}

/* The trees of one row are that row. */
static void commit_to(struct setting *at, struct str content)
{
    struct str head = str_slice(content, ROW_AT, content.len < ROW_AT + 10 ? content.len : ROW_AT + 10);
    size_t length = head.len < 10 ? SIZE_MAX : (size_t)(uint8_t)head.data[8] << 8 | (uint8_t)head.data[9];
    if (length > content.len || content.len - length < ROW_AT + 10 + GROUP_BYTES) {
        return;
    }
    struct str entry = str_slice(content, ROW_AT + 10, ROW_AT + 10 + length);
    struct group_point point;
    uint8_t tag[SUITE_TAG_BYTES];
    memcpy(point.bytes, entry.data + length, GROUP_BYTES);
    suite_tag(tag, &point);
    for (uint8_t role = WIRE_ASKER; role <= WIRE_KEEPER; role++) {
        at->commit[role].commit.type[0].entries = tree_leaf(entry);
    }
    at->commit[WIRE_ASKER].commit.type[0].records = tree_leaf((struct str){(const char *)point.bytes, GROUP_BYTES});
    at->keepers.list[0].root = tree_leaf((struct str){(const char *)tag, sizeof tag});
}

/* header || signature || content under its key, in memory. */
static int send(const struct setting *at, uint8_t audit, uint8_t role, struct str content, struct wire_file *file)
{
    struct wire_open open = {.audit = audit, .role = role};
    OWN(own_buf) struct buf inner = {0}, body = {0}, whole = {0};
    uint8_t sealed[64] = {5}, ephemeral[32] = {6};
    struct sha256 id;
    buf_put(&inner, content);
    suite_stream((uint8_t *)inner.data, inner.len, 0, sealed);
    struct sha256 digest = sha256_of(buf_str(&inner));
    memcpy(sealed + 32, digest.bytes, SHA256_BYTES);
    if (suite_seal(open.sealed, (struct str){(const char *)sealed, sizeof sealed}, at->box, ephemeral, NULL) != 0) {
        abort();
    }
    wire_put_open(&body, &open);
    if (wire_finish(&whole, WIRE_OPEN, &body, &at->party, &id, NULL) != 0 ||
        wire_parse(file, buf_str(&whole), NULL) != 0) {
        abort();
    }
    buf_put(&whole, buf_str(&inner));
    file->fd = memfd_create("opening", MFD_CLOEXEC);
    file->bytes = whole.len;
    return file_write_fd(file->fd, buf_str(&whole), NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct setting at;
    if (at.options.key_file == NULL) {
        begin(&at);
    }
    if (size == 0) {
        return 0;
    }
    struct str content = {(const char *)data + 1, size - 1};
    uint8_t role = data[0] & 1 ? WIRE_KEEPER : WIRE_ASKER;
    bool is_points = (data[0] & 2) != 0;
    commit_to(&at, content);
    struct drawn drawn = {1, &at.position, &at.point};
    struct neutral neutral = {.secret = {NULL, NULL, &at.keepers}, .asker = {drawn}, .keeper = {drawn}};
    struct step step = {
        .options = &at.options,
        .files = {.offer = &at.offer, .commit = {NULL, &at.commit[WIRE_ASKER], &at.commit[WIRE_KEEPER]}}};
    OWN(own_wire_file) struct wire_file file = {.fd = -1};
    OWN(own_openings) struct openings openings = {0};
    struct opened asked[SUITE_TYPES_MAX] = {{.count = 1, .points = &at.point}};
    struct err err = {0};
    if (send(&at, is_points ? 3 : role, role, content, &file) != 0) {
        abort();
    }
    int failed = is_points ? openings_points(&step, &neutral, &file, asked, &openings, &err)
                           : openings_leaves(&step, &neutral, &file, &openings, &err);
    if ((failed != 0) != (err.text[0] != '\0')) {
        abort(); /* refused without a word, or a word without a refusal */
    }
    return 0;
}
