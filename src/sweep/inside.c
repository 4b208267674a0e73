/* One entry at a time goes through one buffer: its beginning says what it is; what may run is kept whole, up to ENTRY_MAX_BYTES;
 * of the rest a window passes that looks for tags. Archives in archives are read as they come; those whose list is at their end are
 * held in memory first, if they are small enough. */
#include <assert.h>

#include "assay/finding.h"
#include "base/hash.h"
#include "base/own.h"
#include "base/str.h"
#include "formats/container.h"
#include "formats/phar.h"
#include "formats/tag.h"
#include "sweep/inside.h"

#include "base/banned.h"

enum {
    PROBE_BYTES = 64 << 10,
    WINDOW_BYTES = 1 << 20,
    OVERLAP_BYTES = 256,
    ENTRY_MAX_BYTES = 8 << 20,
    HELD_MAX_BYTES = 24 << 20, /* archives held in memory, all levels together */
    DEPTH_MAX = 4,
    RECORDS_MAX = 5000,
    PATH_MAX_BYTES = 4096
};

struct run {
    struct examiner *examiner;
    struct str name; /* of the file */
    const struct stat *about;
    struct container_budget budget;
    struct buf *room;
    struct buf path; /* "!/a.zip!/b.php" */
    size_t held_bytes;
    unsigned depth;
    struct inside *inside;
};

/* How one entry went. */
struct entry {
    struct subject subject;
    const char *class;
    bool hides;
    uint64_t bytes;   /* read so far */
    uint64_t skipped; /* of those, before what is in the buffer */
    bool is_ended;
    struct err err;
};

static void look_all(struct run *run, struct container *container);

static void say_why(struct run *run, const char *why)
{
    run->inside->is_whole = false;
    if (run->inside->why[0] == '\0') {
        (void)str_escape(run->inside->why, sizeof run->inside->why, str_of(why), INSIDE_WHY_BYTES - 2);
    }
}

static void count(struct run *run, const struct entry *entry)
{
    struct inside *inside = run->inside;
    size_t i = 0;
    while (i < inside->row_count && strcmp(inside->rows[i].class, entry->class) != 0) {
        i++;
    }
    assert(i < INSIDE_CLASSES_MAX); /* there are fewer classes than rows */
    if (i == inside->row_count) {
        inside->rows[inside->row_count++] = (struct inside_row){entry->class, 0, 0};
    }
    inside->rows[i].count++;
    inside->rows[i].bytes += entry->bytes;
    if (!entry->hides) {
        return;
    }
    say_why(run, entry->err.kind != ERR_NONE ? entry->err.text : entry->class);
    if (json_array_size(inside->unseen) < RECORDS_MAX &&
        json_array_append_new(inside->unseen, json_pack("{s:s, s:o, s:I}", "class", entry->class, "entry",
                                                        assay_text(buf_str(&run->path), PATH_MAX_BYTES), "bytes",
                                                        (json_int_t)entry->bytes)) != 0) {
        inside->failed = true;
    }
}

static void stop_entry(struct entry *entry, const char *class)
{
    entry->class = class;
    entry->hides = true;
}

/* Bytes of the entry until `want` are in the buffer, or it ends. False when it can't be read on. */
static bool fill(struct run *run, struct container *container, struct entry *entry, size_t want)
{
    while (!entry->is_ended && run->room->len < want) {
        size_t got = 0;
        char *into = buf_room(run->room, want - run->room->len);
        if (into == NULL) {
            run->inside->failed = true;
            return false;
        }
        if (container_read(container, into, want - run->room->len, &got, &entry->err) != 0) {
            stop_entry(entry, entry->err.kind == ERR_LIMIT ? "unpacks to too much" : "damaged");
            return false;
        }
        run->room->len += got;
        entry->bytes += got;
        entry->is_ended = got == 0;
    }
    return true;
}

/* The window passes until a tag is in it. False when there is none. */
static bool pass_to_tag(struct run *run, struct container *container, struct entry *entry)
{
    struct buf *room = run->room;
    while (!entry->is_ended) {
        entry->skipped += room->len - OVERLAP_BYTES;
        memmove(room->data, room->data + room->len - OVERLAP_BYTES, OVERLAP_BYTES);
        room->len = OVERLAP_BYTES;
        char mark;
        bool is_read = fill(run, container, entry, WINDOW_BYTES);
        if (tag_find(buf_str(room), 0, entry->subject.gate.is_binary, &mark) != SIZE_MAX) {
            return true;
        }
        if (!is_read) {
            return false;
        }
    }
    return false;
}

static void keep_finding(struct run *run, struct entry *entry, struct found *found)
{
    char hex[SHA256_HEX + 1];
    bool is_whole = entry->is_ended && entry->skipped == 0;
    if (is_whole) {
        struct sha256 digest = sha256_of(entry->subject.bytes);
        hex_encode(hex, digest.bytes, SHA256_BYTES);
    }
    if (entry->skipped != 0) {
        found_reasonf(found, "limit", 0, "lines are counted from byte %llu of the entry, where its code was met",
                      (unsigned long long)entry->skipped);
    }
    entry->subject.about.st_size = (off_t)entry->bytes;
    json_t *finding = examine_record(&entry->subject, found, is_whole ? hex : NULL);
    if (finding == NULL || found->failed ||
        json_object_set_new(finding, "path", assay_text(buf_str(&run->path), PATH_MAX_BYTES)) != 0 ||
        json_array_append(run->inside->findings, finding) != 0) {
        run->inside->failed = true;
    }
    json_decref(finding);
}

/* Names that would leave the directory they are unpacked in; nothing is unpacked here. */
static bool leads_out(struct str path)
{
    for (struct str_cut cut = str_cut(path, '/');; cut = str_cut(cut.tail, '/')) {
        if (str_eq(cut.head, STR(".."))) {
            return true;
        }
        if (!cut.found) {
            return false;
        }
    }
}

static void examine_entry(struct run *run, struct entry *entry)
{
    struct found found = {.class = FOUND_NOTHING};
    entry->subject.bytes = buf_str(run->room);
    if (examiner_wants(run->examiner, &entry->subject.gate) && !examine(run->examiner, &entry->subject, &found) &&
        !entry->hides) {
        stop_entry(entry, "not fully analysed");
    }
    if (leads_out(entry->subject.path)) {
        found_raise(&found, FOUND_HINT, FOUND_LOW, 1);
        found_reasonf(&found, "place", 0, "its name leads out of the directory that the archive is unpacked in");
    }
    if (!entry->is_ended && !entry->hides) {
        stop_entry(entry, "too large");
    }
    if (examine_tells(run->examiner, &found)) {
        keep_finding(run, entry, &found);
    }
    found_clear(&found);
}

/* A script, a picture, a text: whatever is no archive. */
static void look_plain(struct run *run, struct container *container, struct entry *entry)
{
    struct subject *subject = &entry->subject;
    struct str name = name_of(subject->path);
    bool is_read = fill(run, container, entry, WINDOW_BYTES);
    subject->gate = gate_look(name, buf_str(run->room));
    bool may_run = examiner_wants(run->examiner, &subject->gate) || subject->gate.by_name != SCRIPT_NONE;
    if (is_read && !may_run && !entry->is_ended) {
        may_run = pass_to_tag(run, container, entry);
    }
    if (may_run) {
        if (!entry->is_ended && entry->err.kind == ERR_NONE) {
            (void)fill(run, container, entry, ENTRY_MAX_BYTES);
        }
        subject->gate = gate_look(name, buf_str(run->room));
    }
    if (may_run || leads_out(subject->path)) {
        entry->is_ended = entry->is_ended || !may_run;
        examine_entry(run, entry);
    }
}

/* The archive that this entry is, opened: held in memory if its list is at its end and there is room for it. held: owned by the
 * caller, and needed for as long as the archive. */
static struct container *open_nested(struct run *run, struct container *outer, struct entry *entry, struct buf *held)
{
    if (!container_is_listed_at_end(buf_str(run->room))) {
        return container_open_entry(outer, buf_str(run->room), &entry->err);
    }
    size_t room = HELD_MAX_BYTES - run->held_bytes;
    held->max = HELD_MAX_BYTES * 2;
    bool is_read = fill(run, outer, entry, room < PROBE_BYTES ? PROBE_BYTES : room);
    buf_put(held, buf_str(run->room));
    if (held->failed || (!is_read && entry->err.kind == ERR_LIMIT)) {
        return NULL;
    }
    if (is_read && !entry->is_ended) { /* too large to hold: a zip can be read as it comes, too */
        return container_open_entry(outer, buf_str(held), &entry->err);
    }
    entry->err = (struct err){.kind = ERR_NONE}; /* a damaged one is read as far as it goes */
    return container_open_bytes(buf_str(held), &run->budget, &entry->err);
}

static void look_nested(struct run *run, struct container *outer, struct entry *entry)
{
    OWN(own_buf) struct buf held = {.max = 0};
    if (run->depth >= DEPTH_MAX) {
        stop_entry(entry, "nested too deep");
        return;
    }
    struct container *nested = open_nested(run, outer, entry, &held);
    if (nested == NULL) {
        stop_entry(entry, entry->err.kind == ERR_LIMIT ? "unpacks to too much" : "archive not opened");
        return;
    }
    bool was_whole = run->inside->is_whole;
    run->inside->is_whole = true;
    run->held_bytes += held.len;
    run->depth++;
    look_all(run, nested);
    run->depth--;
    entry->bytes += container_outer_bytes(nested);
    run->held_bytes -= held.len;
    container_close(nested);
    if (!run->inside->is_whole) {
        stop_entry(entry, "archive not wholly read");
    }
    run->inside->is_whole = run->inside->is_whole && was_whole;
}

/* A script that carries a phar: the script was examined; its files are looked at from a copy, for the buffer is needed. */
static void look_carried(struct run *run, struct entry *entry)
{
    struct str script = buf_str(run->room);
    if (run->depth >= DEPTH_MAX || run->held_bytes + script.len > HELD_MAX_BYTES) {
        stop_entry(entry, "nested too deep");
        return;
    }
    OWN(own_buf) struct buf copy = {.max = ENTRY_MAX_BYTES * 2};
    buf_put(&copy, script);
    struct container *phar = copy.failed ? NULL : container_open_phar(buf_str(&copy), &run->budget, &entry->err);
    if (phar == NULL) {
        stop_entry(entry, "archive not opened");
        return;
    }
    run->held_bytes += copy.len;
    run->depth++;
    look_all(run, phar);
    run->depth--;
    run->held_bytes -= copy.len;
    container_close(phar);
}

static void look_bytes(struct run *run, struct container *container, struct entry *entry)
{
    buf_reset(run->room);
    (void)fill(run, container, entry, PROBE_BYTES);
    if (container_probe(buf_str(run->room)) != NULL) {
        look_nested(run, container, entry);
        return;
    }
    look_plain(run, container, entry);
    if ((entry->subject.gate.scripts & SCRIPT_PHP) != 0 && phar_is(buf_str(run->room))) {
        look_carried(run, entry);
    }
}

/* "dump.sql" of "dump.sql.gz": a compressed file names nothing. */
static struct str name_without_packing(struct str path)
{
    struct str name = name_of(path);
    const char *dot = name.len != 0 ? memrchr(name.data, '.', name.len) : NULL;
    struct str stem = dot != NULL && dot != name.data ? str_slice(name, 0, (size_t)(dot - name.data)) : name;
    return str_ends_nocase(name, STR(".tgz")) || stem.len == 0 ? STR("content") : stem;
}

static void look_entry(struct run *run, struct container *container, const struct container_item *item, struct str path)
{
    struct entry entry = {.class = "read", .subject = {.path = path, .root = -1, .about = *run->about}};
    entry.subject.about.st_mtim = (struct timespec){.tv_sec = item->mtime_s};
    entry.subject.about.st_uid = item->uid;
    entry.subject.about.st_mode = S_IFREG | (item->mode & 07777U);
    if (item->kind == CONTAINER_LINK) {
        entry.class = "link";
    } else if (item->kind == CONTAINER_SPECIAL) {
        entry.class = "special file";
    } else if (item->is_encrypted) {
        stop_entry(&entry, "encrypted");
    } else {
        look_bytes(run, container, &entry);
    }
    count(run, &entry);
}

static bool is_over(const struct run *run)
{
    return run->inside->failed || json_array_size(run->inside->findings) >= RECORDS_MAX;
}

static void look_all(struct run *run, struct container *container)
{
    struct err err = {.kind = ERR_NONE};
    struct container_item item;
    uint64_t met = 0;
    bool any;
    while (container_next(container, &item, &any, &err) == 0 && any) {
        met++;
        if (item.kind == CONTAINER_DIRECTORY) {
            continue;
        }
        OWN(own_buf) struct buf name = {.max = PATH_MAX_BYTES * 8};
        size_t before = run->path.len;
        buf_put(&name, container_is_single(container)
                           ? name_without_packing(run->path.len != 0 ? buf_str(&run->path) : run->name)
                           : item.path);
        buf_puts(&run->path, "!/");
        buf_put(&run->path, buf_str(&name));
        if (name.failed || run->path.failed) {
            run->inside->failed = true;
            return;
        }
        look_entry(run, container, &item, buf_str(&name));
        run->path.len = before;
        if (is_over(run)) {
            say_why(run, "more findings than are told of one archive");
            return;
        }
    }
    if (err.kind != ERR_NONE) {
        say_why(run, err.text);
    } else if (met == 0 && !container_is_empty(container)) { /* what begins with NULs looks like the end of a tar */
        say_why(run, "no entry in it could be told");
    }
}

static void look(struct run *run, struct container *container, const struct err *err)
{
    struct inside *inside = run->inside;
    if (container == NULL) {
        say_why(run, err->text);
        return;
    }
    look_all(run, container);
    inside->is_opened = inside->row_count != 0 || inside->is_whole;
    container_close(container);
}

static bool begin(struct run *run, struct examiner *examiner, const struct subject *file, struct buf *room,
                  struct inside *inside)
{
    *inside = (struct inside){.findings = json_array(), .unseen = json_array(), .is_whole = true};
    *run = (struct run){.examiner = examiner,
                        .name = name_of(file->path),
                        .about = &file->about,
                        .budget = container_budget_for((uint64_t)file->about.st_size),
                        .room = room,
                        .path = {.max = PATH_MAX_BYTES * 64},
                        .inside = inside};
    inside->failed = inside->findings == NULL || inside->unseen == NULL;
    return !inside->failed;
}

void inside_look(struct examiner *examiner, int fd, const struct subject *file, struct buf *room,
                 struct inside *ret_inside)
{
    struct run run;
    struct err err = {.kind = ERR_NONE};
    if (begin(&run, examiner, file, room, ret_inside)) {
        look(&run, container_open_fd(fd, &run.budget, &err), &err);
    }
    buf_free(&run.path);
}

void inside_look_phar(struct examiner *examiner, const struct subject *file, struct buf *room,
                      struct inside *ret_inside)
{
    struct run run;
    struct err err = {.kind = ERR_NONE};
    if (begin(&run, examiner, file, room, ret_inside)) {
        look(&run, container_open_phar(file->bytes, &run.budget, &err), &err);
    }
    buf_free(&run.path);
}

void inside_clear(struct inside *inside)
{
    json_decref(inside->findings);
    json_decref(inside->unseen);
    *inside = (struct inside){.row_count = 0};
}
