/* assay_case_verify(): offline, from the bytes alone. Keys first, then what they signed, then what that covers. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "case/verify.h"

#include "base/banned.h"

int verify_no_memory(struct verify *verify)
{
    return err_set(verify->err, ERR_LIMIT, "%s: out of memory", verify->path);
}

const char *verify_count(char out[static COUNT_TEXT], uint64_t count)
{
    char digits[24];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, count);
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        if (i != 0 && (length - i) % 3 == 0) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *verify_digest(char out[static DIGEST_TEXT], const struct sha256 *digest)
{
    char hex[SHA256_HEX + 1];
    hex_encode(hex, digest->bytes, SHA256_BYTES);
    (void)snprintf(out, DIGEST_TEXT, "%.8s...%.4s", hex, hex + SHA256_HEX - 4);
    return out;
}

/* Names of files may hold any bytes; a report holds text. */
static json_t *text_of(const char *text)
{
    char plain[1024];
    size_t length = str_escape(plain, sizeof plain, str_of(text), sizeof plain - 1);
    return json_stringn(plain, length);
}

int verify_problem(struct verify *verify, enum verify_kind kind, const char *where, const char *says,
                   const char *detail)
{
    verify->is_bad = true;
    *(kind == VERIFY_ALTERED ? &verify->altered : &verify->missing) += 1;
    if (json_array_size(verify->problems) >= VERIFY_PROBLEMS_MAX) {
        verify->untold++;
        return 0;
    }
    json_t *problem = json_pack("{s:b, s:o, s:o, s:o*}", "ok", 0, "where", text_of(where), "says", text_of(says),
                                "detail", detail[0] != '\0' ? text_of(detail) : NULL);
    return problem != NULL && json_array_append_new(verify->problems, problem) == 0 ? 0 : verify_no_memory(verify);
}

static int add_line(struct verify *verify, const char *what, json_t *line)
{
    bool is_added = line != NULL && json_object_set_new(line, "what", json_string(what)) == 0 &&
                    json_array_append(verify->lines, line) == 0;
    return is_added ? 0 : verify_no_memory(verify);
}

static int add_untold(struct verify *verify, const char *what)
{
    char count[COUNT_TEXT];
    char says[COUNT_TEXT + 16];
    if (verify->untold == 0) {
        return 0;
    }
    (void)snprintf(says, sizeof says, "and %s more", verify_count(count, verify->untold));
    OWN(own_json) json_t *line = json_pack("{s:b, s:s, s:s}", "ok", 0, "where", what, "says", says);
    verify->untold = 0;
    return add_line(verify, what, line);
}

int verify_topic(struct verify *verify, const char *what, const char *format, ...)
{
    char says[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(says, sizeof says, format, args);
    va_end(args);
    size_t problems = json_array_size(verify->problems);
    OWN(own_json) json_t *line = json_pack("{s:b, s:o}", "ok", problems == 0, "says", text_of(says));
    TRY(add_line(verify, what, line));
    for (size_t i = 0; i < problems; i++) {
        TRY(add_line(verify, what, json_array_get(verify->problems, i)));
    }
    TRY(add_untold(verify, what));
    return json_array_clear(verify->problems) == 0 ? 0 : verify_no_memory(verify);
}

int verify_small(struct verify *verify, const char *name, struct buf *out, const char **ret_says)
{
    return verify->place->read(verify, name, NOTE_MAX_BYTES, out, ret_says);
}

/* The key that entry 0 names and the key in the file vkey: in an unharmed case they are one. */
struct keys {
    struct note_key entry, file;
    bool has_entry, has_file;
};

void own_papers(struct verify_papers *papers)
{
    buf_free(&papers->vkey);
    buf_free(&papers->checkpoint);
}

int verify_lines(struct verify *verify, struct lines *lines)
{
    if (verify->ledger < 0) {
        return 0;
    }
    return lines_open_within(lines, verify->ledger, verify->begin, verify->end, verify->err) == 0 ? 1 : -1;
}

static int read_keys(struct verify *verify, struct verify_papers *papers, struct keys *keys)
{
    OWN(own_lines) struct lines lines = {0};
    struct line first;
    int got = verify_lines(verify, &lines);
    if (got < 0) {
        return -1;
    }
    keys->has_entry =
        got == 1 && lines_next(&lines, &first, NULL) == 1 && case_key_of(&keys->entry, first.text, NULL) == 0;
    struct str_cut line = str_cut(buf_str(&papers->vkey), '\n');
    keys->has_file =
        papers->has_vkey && line.found && line.tail.len == 0 && note_key_read(&keys->file, line.head, NULL) == 0;
    papers->vkey_says = papers->has_vkey ? "is no verifier key" : papers->vkey_says;
    return 0;
}

/* Which of the two signed the checkpoint decides; without a checkpoint that holds, entry 0 does. */
static void choose_key(struct verify *verify, struct verify_papers *papers, const struct keys *keys, struct err *why)
{
    struct str bytes = buf_str(&papers->checkpoint);
    struct checkpoint checkpoint;
    const struct note_key *candidates[] = {keys->has_entry ? &keys->entry : NULL, keys->has_file ? &keys->file : NULL};
    for (size_t i = 0; i < 2; i++) {
        if (candidates[i] == NULL) {
            continue;
        }
        if (!verify->has_key) {
            verify->key = *candidates[i];
            verify->has_key = true;
        }
        bool is_first = papers->has_checkpoint && checkpoint_open(&checkpoint, bytes, candidates[i], why) == 0;
        if (is_first || (papers->has_checkpoint && verify_later_key(verify, candidates[i], bytes, &checkpoint))) {
            verify->key = *candidates[i];
            verify->signer = is_first ? verify->key : verify->signer;
            verify->has_checkpoint = true;
            verify->size = checkpoint.size;
            verify->root = checkpoint.root;
            return;
        }
    }
    papers->checkpoint_says = papers->has_checkpoint ? why->text : papers->checkpoint_says;
}

static int check_keys(struct verify *verify, const struct verify_papers *papers, const struct keys *keys)
{
    if (!keys->has_file) {
        bool is_gone = strcmp(papers->vkey_says, "is missing") == 0;
        TRY(verify_problem(verify, is_gone ? VERIFY_MISSING : VERIFY_ALTERED, "vkey", papers->vkey_says, ""));
    } else if (!note_key_eq(&keys->file, &verify->key)) {
        TRY(verify_problem(verify, VERIFY_ALTERED, "vkey", "is not the key that signed this case", ""));
    }
    if (keys->has_entry && !note_key_eq(&keys->entry, &verify->key)) {
        TRY(verify_problem(verify, VERIFY_ALTERED, "ledger.jsonl:1",
                           "entry 0 names another key than the one that signed", ""));
    }
    return 0;
}

int verify_signature(struct verify *verify, struct verify_papers *papers)
{
    struct keys keys = {.has_entry = false};
    struct err why = {.text = "no key to check it with"};
    char size[COUNT_TEXT];
    TRY(read_keys(verify, papers, &keys));
    choose_key(verify, papers, &keys, &why);
    if (!verify->has_checkpoint) {
        const char *says = papers->checkpoint_says;
        bool is_gone = strcmp(says, "is missing") == 0;
        TRY(verify_problem(verify, is_gone ? VERIFY_MISSING : VERIFY_ALTERED, "checkpoint", says, ""));
    }
    if (!verify->has_key) {
        TRY(verify_problem(verify, VERIFY_ALTERED, "ledger.jsonl:1", "entry 0 does not open a case", ""));
        return verify_topic(verify, "checkpoint", "no key, nothing that it signed");
    }
    TRY(case_keys_begin(&verify->keys, &verify->key, verify->err));
    TRY(check_keys(verify, papers, &keys));
    if (verify->has_checkpoint && verify_line_twice(buf_str(&papers->checkpoint))) {
        TRY(verify_problem(verify, VERIFY_ALTERED, "checkpoint", "holds a signature twice", ""));
    }
    return verify->has_checkpoint ? verify_topic(verify, "checkpoint", "%s entries signed by %s (case key)",
                                                 verify_count(size, verify->size), verify->key.name)
                                  : verify_topic(verify, "checkpoint", "not one that %s signed", verify->key.name);
}

static int check_signature(struct verify *verify)
{
    OWN(own_papers) struct verify_papers papers = {.vkey_says = "", .checkpoint_says = ""};
    int vkey = verify_small(verify, "vkey", &papers.vkey, &papers.vkey_says);
    int checkpoint = verify_small(verify, "checkpoint", &papers.checkpoint, &papers.checkpoint_says);
    papers.has_vkey = vkey == 1;
    papers.has_checkpoint = checkpoint == 1;
    return vkey < 0 || checkpoint < 0 ? -1 : verify_signature(verify, &papers);
}

/* The entries come first for a reader, the signature first for us. */
int verify_entries_first(struct verify *verify, size_t signature_lines)
{
    OWN(own_json) json_t *turned = json_array();
    size_t count = json_array_size(verify->lines);
    for (size_t i = 0; i < count; i++) {
        if (json_array_append(turned, json_array_get(verify->lines, (i + signature_lines) % count)) != 0) {
            return verify_no_memory(verify);
        }
    }
    json_decref(verify->lines);
    verify->lines = json_incref(turned);
    return 0;
}

int verify_signed(struct verify *verify)
{
    TRY(verify_keys(verify));
    TRY(verify_checkpoints(verify));
    TRY(verify_given_keys(verify));
    TRY(verify_cosignatures(verify));
    TRY(verify_times(verify));
    TRY(verify_policy(verify));
    return verify->trust->since != NULL ? verify_since(verify, verify->trust->since) : 0;
}

static int run(struct verify *verify)
{
    TRY(case_list_checkpoints(verify->dir, &verify->archive, verify->err));
    verify->archive_has_root = calloc(verify->archive.count + 1, sizeof *verify->archive_has_root);
    if (verify->archive_has_root == NULL) {
        return verify_no_memory(verify);
    }
    TRY(check_signature(verify));
    size_t signature_lines = json_array_size(verify->lines);
    TRY(verify_ledger(verify));
    TRY(verify_entries_first(verify, signature_lines));
    TRY(verify_signed(verify));
    TRY(verify_documents(verify));
    return verify_merges(verify);
}

void own_verify(struct verify *verify)
{
    own_case_keys(&verify->keys);
    own_fd(&verify->dir);
    own_fd(&verify->ledger);
    free(verify->path);
    free(verify->archive_has_root);
    own_archive(&verify->archive);
    json_decref(verify->lines);
    json_decref(verify->problems);
    json_decref(verify->expected);
}

int verify_begin(struct verify *verify, const char *path, const struct assay_trust *trust, struct err *err)
{
    static const struct assay_trust none = {0};
    *verify = (struct verify){.place = &verify_folder,
                              .dir = -1,
                              .ledger = -1,
                              .end = UINT64_MAX,
                              .size = UINT64_MAX,
                              .lines = json_array(),
                              .problems = json_array(),
                              .expected = json_object(),
                              .path = strdup(path),
                              .trust = trust != NULL ? trust : &none,
                              .err = err};
    bool is_made =
        verify->lines != NULL && verify->problems != NULL && verify->expected != NULL && verify->path != NULL;
    return is_made ? 0 : err_set(err, ERR_LIMIT, "%s: out of memory", path);
}

int verify_end(struct verify *verify, json_t **ret_report)
{
    json_t *report =
        json_pack("{s:b, s:I, s:I, s:I, s:I, s:O}", "verified", !verify->is_bad, "entries", (json_int_t)verify->entries,
                  "altered", (json_int_t)verify->altered, "missing", (json_int_t)verify->missing, "torn_bytes",
                  (json_int_t)verify->torn_bytes, "lines", verify->lines);
    if (report == NULL) {
        return verify_no_memory(verify);
    }
    *ret_report = report;
    return 0;
}

static int open_dir(struct verify *verify)
{
    verify->dir = open(verify->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (verify->dir < 0) {
        return err_set(verify->err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", verify->path, strerror(errno));
    }
    bool has_any = faccessat(verify->dir, "ledger.jsonl", F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
                   faccessat(verify->dir, "checkpoint", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    if (!has_any) {
        return err_set(verify->err, ERR_NOT_FOUND, "%s: no case there", verify->path);
    }
    verify->ledger = file_open_beneath(verify->dir, "ledger.jsonl", 0);
    bool is_told = verify->ledger >= 0 || errno == ENOENT || errno == ELOOP; /* as missing */
    return is_told ? 0 : err_set(verify->err, ERR_IO, "%s: ledger.jsonl: %s", verify->path, strerror(errno));
}

int verify_whole(struct verify *verify)
{
    TRY(open_dir(verify));
    return run(verify);
}

int assay_case_verify_with(const char *dir, const struct assay_trust *trust, json_t **ret_report, struct err *err)
{
    struct err unheard;
    OWN(own_verify) struct verify verify;
    TRY(verify_begin(&verify, dir, trust, err != NULL ? err : &unheard));
    TRY(verify_whole(&verify));
    return verify_end(&verify, ret_report);
}

int assay_case_verify(const char *dir, json_t **ret_report, struct err *err)
{
    return assay_case_verify_with(dir, NULL, ret_report, err);
}
