/* A new case is made beside its place and moved there whole, so that nobody ever sees half of one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "case/inside.h"
#include "ledger/agent.h"
#include "ledger/keyfile.h"

#include "base/banned.h"

enum { DIR_MODE = 0700, PUBLIC_MODE = 0644 };

/* What whoever opens the case says about it. */
struct opening {
    const char *name, *origin, *question;
    bool is_sealed;
    const char *agent_key; /* NULL: a new key */
};

/* "Paytm Mall, 2020" -> "paytm-mall-2020": what a key name and a URL can carry. */
static void put_slug(struct buf *out, struct str name)
{
    size_t from = out->len;
    for (size_t i = 0; i < name.len && out->len - from < 100; i++) {
        char c = name.data[i];
        bool is_upper = c >= 'A' && c <= 'Z';
        bool is_plain = is_upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
        if (is_plain) {
            buf_putc(out, (char)(is_upper ? c - 'A' + 'a' : c));
        } else if (out->len > from && out->data[out->len - 1] != '-') {
            buf_putc(out, '-');
        }
    }
    while (out->len > from && out->data[out->len - 1] == '-') {
        out->data[--out->len] = '\0';
    }
    if (out->len == from) {
        buf_puts(out, "case");
    }
}

static int make_key(struct sign_key *secret, struct note_key *key, const struct opening *opening, struct err *err)
{
    OWN(own_buf) struct buf slug = {0};
    buf_puts(&slug, "assay.invalid/");
    put_slug(&slug, str_of(opening->name));
    TRY(buf_check(&slug, err));
    TRY(opening->agent_key != NULL ? agent_find(opening->agent_key, secret, err) : sign_new(secret, err));
    if (note_key_of(key, opening->origin != NULL ? str_of(opening->origin) : buf_str(&slug), secret->public_key, err) !=
        0) {
        return err_remedy(err, "an origin is a URL without its scheme, such as example.com/cases/7");
    }
    return 0;
}

static int put_line(int dir, const char *name, const char *text, unsigned mode, struct err *err)
{
    OWN(own_buf) struct buf line = {0};
    buf_printf(&line, "%s\n", text);
    TRY(buf_check(&line, err));
    return file_replace(dir, name, buf_str(&line), mode, err);
}

static int put_keys(int dir, const struct note_key *key, const struct sign_key *secret, bool is_sealed, struct err *err)
{
    char vkey[NOTE_VKEY_TEXT];
    note_key_write(vkey, key);
    TRY(put_line(dir, "vkey", vkey, PUBLIC_MODE, err));
    return keyfile_write(dir, "key", key, secret, is_sealed, err);
}

static json_t *first_entry(const char *name, const char *question, const struct note_key *key)
{
    char vkey[NOTE_VKEY_TEXT];
    note_key_write(vkey, key);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*}", "type", "case", "id", "case", "name", name, "origin", key->name,
                     "vkey", vkey, "question", question);
}

static int put_ledger(int dir, const char *name, const char *question, const struct note_key *key,
                      const struct sign_key *secret, struct err *err)
{
    OWN(own_json) json_t *entry = first_entry(name, question, key);
    OWN(own_buf) struct buf line = {0};
    OWN(own_buf) struct buf note = {0};
    if (entry == NULL) {
        return err_set(err, ERR_FORMAT, "the name or the question is not UTF-8");
    }
    TRY(case_first_line(&line, entry, err));
    struct tree tree = {.size = 0};
    struct sha256 leaf = tree_leaf(str_slice(buf_str(&line), 0, line.len - 1));
    tree_add(&tree, &leaf);
    TRY(file_replace(dir, "ledger.jsonl", buf_str(&line), PUBLIC_MODE, err));
    return case_sign(&note, &tree, key, secret, err) != 0
               ? -1
               : file_replace(dir, "checkpoint", buf_str(&note), PUBLIC_MODE, err);
}

static int fill(int dir, const struct opening *opening, struct err *err)
{
    static const char *const folders[] = {"checkpoints", "documents", "nonces"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (mkdirat(dir, folders[i], DIR_MODE) != 0) {
            return err_set(err, ERR_IO, "%s: %s", folders[i], strerror(errno));
        }
    }
    struct sign_key secret;
    struct note_key key;
    int failed = make_key(&secret, &key, opening, err);
    failed = failed != 0 ? failed : put_keys(dir, &key, &secret, opening->is_sealed, err);
    failed = failed != 0 ? failed : put_ledger(dir, opening->name, opening->question, &key, &secret, err);
    sign_wipe(&secret);
    return failed;
}

/* Takes away what fill() made of an unfinished case. */
static void take_back(const char *path, int dir)
{
    static const char *const files[] = {"key", "vkey", "ledger.jsonl", "checkpoint"};
    static const char *const folders[] = {"checkpoints", "documents", "nonces"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)unlinkat(dir, files[i], 0);
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        (void)unlinkat(dir, folders[i], AT_REMOVEDIR);
    }
    (void)rmdir(path);
}

/* rename(2) replaces an empty directory and refuses a full one: the check and the act are one. */
static int move_in(const char *made, const char *path, struct err *err)
{
    if (rename(made, path) == 0) {
        return 0;
    }
    if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) {
        err_set(err, ERR_USAGE, "%s: exists and is not empty", path);
        return err_remedy(err, "give a new directory for the case");
    }
    return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
}

static int create(const char *dir, const struct opening *opening, struct err *err)
{
    OWN(own_buf) struct buf path = {0};
    OWN(own_buf) struct buf made = {0};
    buf_puts(&path, dir);
    while (path.len > 1 && path.data[path.len - 1] == '/') {
        path.data[--path.len] = '\0';
    }
    buf_printf(&made, "%s.new-%ld", path.data != NULL ? path.data : "", (long)getpid());
    TRY(buf_check(&path, err));
    TRY(buf_check(&made, err));
    if (path.len == 0 || opening->name == NULL || *opening->name == '\0') {
        return err_set(err, ERR_USAGE, "a case needs a directory and a name");
    }
    if (mkdir(made.data, DIR_MODE) != 0) {
        return err_set(err, ERR_IO, "%s: %s", path.data, strerror(errno));
    }
    OWN(own_fd) int fd = open(made.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        (void)rmdir(made.data);
        return err_set(err, ERR_IO, "%s: %s", path.data, strerror(errno));
    }
    if (fill(fd, opening, err) != 0) {
        take_back(made.data, fd);
        return err_where(err, "%s", path.data);
    }
    if (move_in(made.data, path.data, err) != 0) {
        take_back(made.data, fd);
        return -1;
    }
    return file_sync_folder(AT_FDCWD, path.data) == 0 /* the case is there and whole, even where this fails */
               ? 0
               : err_set(err, ERR_IO, "%s: %s", path.data, strerror(errno));
}

int assay_case_create(const char *dir, const char *name, const char *origin, const char *question, struct err *err)
{
    return create(dir, &(struct opening){.name = name, .origin = origin, .question = question}, err);
}

int assay_case_create_sealed(const char *dir, const char *name, const char *origin, const char *question,
                             bool is_sealed, struct err *err)
{
    struct opening opening = {.name = name, .origin = origin, .question = question, .is_sealed = is_sealed};
    return create(dir, &opening, err);
}

int assay_case_create_in_agent(const char *dir, const char *name, const char *origin, const char *question,
                               const char *agent_key, struct err *err)
{
    struct opening opening = {.name = name, .origin = origin, .question = question, .agent_key = agent_key};
    return create(dir, &opening, err);
}
