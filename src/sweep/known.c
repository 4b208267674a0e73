/* Releases in memory, their roots in the tree, and the comparison of one file. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "assay/finding.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "sweep/known.h"

#include "base/banned.h"

enum {
    ANCHORS_MAX = 32,
    ANCHOR_BYTES = 1 << 20,
    TRIED_FIRST = 4,
    OWNS_FILES = 3,
    SPACE_BYTES = 4096,
    ROOTS_MAX = 4096,
    ROOTS_TOLD = 100,
    PATH_MAX_BYTES = 1 << 16
};

struct release {
    struct manifest *manifest;
    bool is_since, is_placed;
    const struct manifest_file *anchors[ANCHORS_MAX];
    unsigned anchor_count;
};

struct root {
    struct str source; /* the path given */
    char *path;        /* below the source, with a slash at its end unless it is the top */
    size_t len;
    size_t release;
    uint8_t *seen; /* a bit for each file of the release; NULL once the source is left */
    uint64_t counts[KNOWN_STATES];
    uint64_t missing, unseen;
    bool is_best; /* of the releases that have their root here, the one that fits: its missing files count */
};

struct known {
    struct release *releases;
    size_t release_count;
    struct root *roots;
    size_t root_count, source_from; /* the first root of this source */
    uint64_t roots_left;
    size_t *active; /* roots above where the walk is, outermost first */
    size_t active_count;
    struct buf dir; /* where the walk is, with a slash at its end unless it is the top */
    bool has_entered;
    struct buf probe;
    int fd;
    struct str source;
    bool is_file;
};

/* ---- releases ---- */

static bool is_usable(const struct manifest_file *file, uint64_t most)
{
    return file->bytes != 0 && file->bytes <= most;
}

static size_t count_usable(const struct manifest *manifest, uint64_t most)
{
    size_t usable = 0;
    for (size_t i = 0; i < manifest->count; i++) {
        usable += is_usable(&manifest->files[i], most);
    }
    return usable;
}

/* Spread evenly, and asked in an order that jumps about: the first four lie far apart. Large ones are none if there are others. */
static void choose_anchors(struct release *release)
{
    const struct manifest *manifest = release->manifest;
    const struct manifest_file *even[ANCHORS_MAX];
    uint64_t most = ANCHOR_BYTES;
    size_t usable = count_usable(manifest, most), nth = 0, count = 0;
    if (usable == 0) {
        most = UINT64_MAX;
        usable = count_usable(manifest, most);
    }
    size_t wanted = usable < ANCHORS_MAX ? usable : ANCHORS_MAX;
    for (size_t i = 0; i < manifest->count && count < wanted; i++) {
        if (!is_usable(&manifest->files[i], most)) {
            continue;
        }
        if (nth == count * usable / wanted) {
            even[count++] = &manifest->files[i];
        }
        nth++;
    }
    for (unsigned i = 0; i < ANCHORS_MAX; i++) {
        unsigned turned = (i & 1) << 4 | (i & 2) << 2 | (i & 4) | (i & 8) >> 2 | (i & 16) >> 4;
        if (turned < count) {
            release->anchors[release->anchor_count++] = even[turned];
        }
    }
}

static int add_release(struct known *known, const char *path, bool is_since, struct err *err)
{
    struct release *release = &known->releases[known->release_count];
    TRY(manifest_load(path, &release->manifest, err));
    known->release_count++;
    release->is_since = is_since;
    choose_anchors(release);
    return 0;
}

struct known *known_load(const char *const *paths, size_t count, const char *since, struct err *err)
{
    struct known *known = calloc(1, sizeof *known);
    struct release *releases = calloc(count + 1, sizeof *releases);
    if (known == NULL || releases == NULL) {
        free(known);
        free(releases);
        err_no_memory(err);
        return NULL;
    }
    *known = (struct known){.releases = releases, .dir.max = PATH_MAX_BYTES, .probe.max = PATH_MAX_BYTES};
    for (size_t i = 0; i < count; i++) {
        if (add_release(known, paths[i], false, err) != 0) {
            known_free(known);
            return NULL;
        }
    }
    if (since != NULL && add_release(known, since, true, err) != 0) {
        known_free(known);
        return NULL;
    }
    return known;
}

void known_free(struct known *known)
{
    if (known == NULL) {
        return;
    }
    for (size_t i = 0; i < known->release_count; i++) {
        manifest_free(known->releases[i].manifest);
    }
    for (size_t i = 0; i < known->root_count; i++) {
        free(known->roots[i].path);
        free(known->roots[i].seen);
    }
    free(known->releases);
    free(known->roots);
    free(known->active);
    buf_free(&known->dir);
    buf_free(&known->probe);
    free(known);
}

/* ---- the comparison ---- */

/* A file of the tree, digested at most once. */
struct digested {
    int fd;
    uint64_t bytes;
    bool is_done, is_text, has_failed;
    struct sha256 whole, text;
};

/* Other line ends at most double a file: one that has grown by more has changed, and is not read for it. */
static bool may_be_space(const struct digested *is, const struct manifest_file *was)
{
    return was->is_text && is->bytes / 2 <= was->bytes + SPACE_BYTES;
}

static enum known_state state_of(struct digested *is, const struct manifest_file *was)
{
    bool is_worth = is->bytes == was->bytes || may_be_space(is, was);
    if (!is_worth) {
        return KNOWN_CHANGED;
    }
    if (!is->is_done) {
        is->has_failed = manifest_digest(is->fd, &is->whole, &is->text, &is->is_text) != 0;
        is->has_failed = lseek(is->fd, 0, SEEK_SET) != 0 || is->has_failed;
        is->is_done = true;
    }
    if (is->has_failed) {
        return KNOWN_NONE;
    }
    if (is->bytes == was->bytes && sha256_eq(&is->whole, &was->whole)) {
        return KNOWN_SAME;
    }
    return was->is_text && is->is_text && sha256_eq(&is->text, &was->text) ? KNOWN_SPACE : KNOWN_CHANGED;
}

/* The better of two words about one file. */
static bool is_better(enum known_state state, enum known_state than)
{
    return state != KNOWN_NONE && (than == KNOWN_NONE || state < than);
}

void known_compare(const struct known_place *place, int fd, uint64_t bytes, struct known_view *ret_view)
{
    struct digested is = {.fd = fd, .bytes = bytes};
    struct known_view view = {.is_owned = place->is_owned, .is_bytes = bytes};
    for (unsigned i = 0; i < place->count; i++) {
        const struct known_claim *claim = &place->claims[i];
        enum known_state state = state_of(&is, claim->file);
        if (claim->is_since && is_better(state, view.since)) {
            view.since = state;
            view.since_root = claim->root;
            view.made = claim->manifest->made;
        } else if (!claim->is_since && is_better(state, view.release)) {
            view.release = state;
            view.release_root = claim->root;
            view.name = claim->manifest->name;
            view.was_bytes = claim->file->bytes;
        }
    }
    if (place->is_beside && view.release == KNOWN_NONE) {
        view.release = KNOWN_EXTRA;
        view.release_root = place->beside_root;
        view.name = place->beside->name;
    }
    if (place->is_new && view.since == KNOWN_NONE) {
        view.since = KNOWN_EXTRA;
        view.since_root = place->new_root;
        view.made = place->since->made;
    }
    *ret_view = view;
}

const char *known_class(const struct known_view *view)
{
    return view->release == KNOWN_SAME ? "known" : view->since == KNOWN_SAME ? "unchanged" : NULL;
}

bool known_tells(const struct known_view *view)
{
    return view->release == KNOWN_CHANGED || view->release == KNOWN_EXTRA || view->since == KNOWN_CHANGED ||
           view->since == KNOWN_EXTRA;
}

void known_explain(const struct known_view *view, bool is_script, struct found *found)
{
    switch (view->release) {
    case KNOWN_CHANGED:
        found_reasonf(found, "known", 0, "differs from release %s: %llu bytes there, %llu here", view->name,
                      (unsigned long long)view->was_bytes, (unsigned long long)view->is_bytes);
        break;
    case KNOWN_EXTRA:
        if (view->is_owned || is_script) {
            found_reasonf(found, "known", 0, "not in release %s, %s", view->name,
                          view->is_owned ? "in a directory that is the release's" : "beside files of it");
        }
        break;
    case KNOWN_SPACE:
        found_reasonf(found, "known", 0, "as in release %s but for white space", view->name);
        break;
    case KNOWN_NONE:
    case KNOWN_SAME:
    case KNOWN_STATES:
        break;
    }
    if (view->since == KNOWN_CHANGED || view->since == KNOWN_EXTRA) {
        found_reasonf(found, "known", 0, view->since == KNOWN_CHANGED ? "changed since %s" : "not there on %s",
                      view->made);
    }
}

void known_raise(const struct known_view *view, bool is_script, struct found *found)
{
    if (view->release == KNOWN_CHANGED) {
        found_raise(found, FOUND_CHANGED_FILE, is_script ? FOUND_MEDIUM : FOUND_LOW, 1);
    } else if (view->release == KNOWN_EXTRA && view->is_owned && is_script) {
        found_raise(found, FOUND_ODD_PLACE, FOUND_MEDIUM, 1);
    } else if ((view->release == KNOWN_EXTRA && (view->is_owned || is_script)) || view->since == KNOWN_CHANGED ||
               view->since == KNOWN_EXTRA) {
        found_raise(found, FOUND_HINT, FOUND_LOW, 1);
    }
}

/* ---- roots ---- */

void known_enter(struct known *known, int root, struct str source, bool is_file)
{
    known->fd = root;
    known->source = source;
    known->is_file = is_file;
    known->source_from = known->root_count;
    known->active_count = 0;
    known->has_entered = false;
    buf_reset(&known->dir);
}

static struct str dir_of(struct str path)
{
    const char *slash = path.len != 0 ? memrchr(path.data, '/', path.len) : NULL;
    return str_slice(path, 0, slash != NULL ? (size_t)(slash - path.data) : 0);
}

static bool holds(struct known *known, struct str dir, const struct manifest_file *anchor, bool *ret_is_there)
{
    buf_reset(&known->probe);
    buf_put(&known->probe, dir);
    buf_put(&known->probe, anchor->path);
    struct stat about;
    *ret_is_there = !known->probe.failed && fstatat(known->fd, known->probe.data, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
                    S_ISREG(about.st_mode);
    if (!*ret_is_there) {
        return false;
    }
    OWN(own_fd) int fd = file_open_beneath(known->fd, known->probe.data, 0);
    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        return false;
    }
    struct digested is = {.fd = fd, .bytes = (uint64_t)about.st_size};
    enum known_state state = state_of(&is, anchor);
    return state == KNOWN_SAME || state == KNOWN_SPACE;
}

static bool is_root(struct known *known, struct str dir, const struct release *release)
{
    bool is_whole_tree = release->is_since && dir.len == 0;
    unsigned needed = is_whole_tree ? 1 : (release->anchor_count + 1) / 2, agree = 0, missing = 0;
    for (unsigned i = 0; i < release->anchor_count && agree + (release->anchor_count - i) >= needed; i++) {
        bool is_there;
        agree += holds(known, dir, release->anchors[i], &is_there);
        missing += !is_there;
        if (agree == needed) {
            return true;
        }
        if (missing == TRIED_FIRST && i + 1 == TRIED_FIRST && !is_whole_tree) {
            return false;
        }
    }
    return false;
}

static int add_root(struct known *known, struct str dir, size_t release, struct err *err)
{
    if (known->root_count == ROOTS_MAX) {
        known->roots_left++;
        return 0;
    }
    struct root *roots = realloc(known->roots, (known->root_count + 1) * sizeof *roots);
    known->roots = roots != NULL ? roots : known->roots;
    size_t *active = realloc(known->active, (known->active_count + 1) * sizeof *active);
    known->active = active != NULL ? active : known->active;
    char *path = str_dup(dir);
    uint8_t *seen = calloc(known->releases[release].manifest->count / 8 + 1, 1);
    if (roots == NULL || active == NULL || path == NULL || seen == NULL) {
        free(path);
        free(seen);
        return err_no_memory(err);
    }
    known->active[known->active_count++] = known->root_count;
    known->roots[known->root_count++] =
        (struct root){.source = known->source, .path = path, .len = dir.len, .release = release, .seen = seen};
    known->releases[release].is_placed = true;
    return 0;
}

/* The walk has come to a directory; dir ends with a slash unless it is the top. */
static int enter_dir(struct known *known, struct str dir, struct err *err)
{
    for (size_t i = 0; i < known->release_count; i++) {
        if (is_root(known, dir, &known->releases[i])) {
            TRY(add_root(known, dir, i, err));
        }
    }
    return 0;
}

/* Leaves the directories that path is not in, enters those that it is in. */
static int follow(struct known *known, struct str path, struct err *err)
{
    struct str was = buf_str(&known->dir);
    size_t same = 0;
    for (size_t i = 0; i < was.len && i < path.len && was.data[i] == path.data[i]; i++) {
        same = was.data[i] == '/' ? i + 1 : same;
    }
    while (known->active_count != 0 && known->roots[known->active[known->active_count - 1]].len > same) {
        known->active_count--;
    }
    known->dir.len = same < known->dir.len ? same : known->dir.len;
    if (!known->has_entered) {
        known->has_entered = true;
        TRY(enter_dir(known, STR(""), err));
    }
    for (size_t i = same; i < path.len; i++) {
        if (path.data[i] == '/') {
            TRY(enter_dir(known, str_slice(path, 0, i + 1), err));
            buf_put(&known->dir, str_slice(path, known->dir.len, i + 1));
        }
    }
    return buf_check(&known->dir, err);
}

static void see(struct root *root, size_t index)
{
    root->seen[index / 8] |= (uint8_t)(1U << (index % 8));
}

static bool is_seen(const struct root *root, size_t index)
{
    return (root->seen[index / 8] >> (index % 8) & 1) != 0;
}

/* Nobody knows what lies below a directory that could not be listed. */
static void see_closed(struct known *known, struct str path)
{
    for (size_t i = 0; i < known->active_count; i++) {
        struct root *root = &known->roots[known->active[i]];
        const struct manifest *manifest = known->releases[root->release].manifest;
        struct str dir = str_slice(path, root->len, path.len);
        for (size_t at = manifest_lower(manifest, dir); at < manifest->count; at++) {
            struct str file = manifest->files[at].path;
            if (!str_starts(file, dir)) {
                break;
            }
            if ((dir.len == 0 || file.data[dir.len] == '/') && !is_seen(root, at)) {
                see(root, at);
                root->unseen++;
            }
        }
    }
}

/* The nearest directory above the file that the release has. */
static const struct manifest_dir *near_dir(const struct manifest *manifest, struct str path)
{
    for (struct str dir = dir_of(path);; dir = dir_of(dir)) {
        const struct manifest_dir *near = manifest_find_dir(manifest, dir);
        if (near != NULL || dir.len == 0) {
            return near;
        }
    }
}

/* No release has the file: what the nearest root's says of the place. */
static void place_extra(const struct known *known, size_t at, struct str path, struct known_place *place)
{
    const struct root *root = &known->roots[at];
    const struct manifest *manifest = known->releases[root->release].manifest;
    struct str below = str_slice(path, root->len, path.len);
    const struct manifest_dir *near = near_dir(manifest, below);
    bool is_owned = near != NULL && near->path.len != 0 && near->files >= OWNS_FILES;
    if (is_owned || (near != NULL && str_eq(near->path, dir_of(below)))) {
        place->is_beside = true;
        place->beside_root = at;
        place->beside = manifest;
        place->is_owned = place->is_owned || is_owned;
    }
}

static void place_file(struct known *known, const struct walk_entry *entry, struct known_place *place)
{
    struct str path = {entry->path, entry->len};
    bool has_release = false, has_since = false;
    size_t nearest = SIZE_MAX;
    for (size_t i = known->active_count; i-- > 0;) {
        size_t at = known->active[i];
        struct root *root = &known->roots[at];
        const struct release *release = &known->releases[root->release];
        const struct manifest_file *file = manifest_find(release->manifest, str_slice(path, root->len, path.len));
        if (file != NULL) {
            see(root, (size_t)(file - release->manifest->files));
            if (place->count < KNOWN_CLAIMS_MAX) {
                place->claims[place->count++] = (struct known_claim){file, release->manifest, at, release->is_since};
            }
            has_release = has_release || !release->is_since;
            has_since = has_since || release->is_since;
        } else if (release->is_since && !place->is_new) {
            place->is_new = true;
            place->new_root = at;
            place->since = release->manifest;
        } else if (!release->is_since && (nearest == SIZE_MAX || known->roots[nearest].len == root->len)) {
            place_extra(known, at, path, place);
        }
        nearest = nearest == SIZE_MAX && !release->is_since ? at : nearest;
    }
    place->is_beside = place->is_beside && !has_release;
    place->is_new = place->is_new && !has_since;
}

int known_place(struct known *known, const struct walk_entry *entry, struct known_place *ret_place, struct err *err)
{
    struct known_place place = {.count = 0};
    struct str path = {entry->path, entry->len};
    *ret_place = place;
    if (known->is_file) {
        return 0;
    }
    TRY(follow(known, path, err));
    if (entry->kind == WALK_FILE || entry->kind == WALK_LOST) {
        place_file(known, entry, &place);
    } else if (entry->kind == WALK_CLOSED_DIR) {
        see_closed(known, path);
    }
    *ret_place = place;
    return 0;
}

/* ---- counts ---- */

void known_count(struct known *known, const struct known_view *view)
{
    if (view->release != KNOWN_NONE) {
        known->roots[view->release_root].counts[view->release]++;
    }
    if (view->since != KNOWN_NONE) {
        known->roots[view->since_root].counts[view->since]++;
    }
}

/* Two versions of a release may both have their root in one directory; that of the version which lies there is the one whose files
 * may be said to be missing. */
static bool is_best(const struct known *known, const struct root *root)
{
    for (size_t i = known->source_from; i < known->root_count; i++) {
        const struct root *other = &known->roots[i];
        bool is_rival = other != root && other->len == root->len && strcmp(other->path, root->path) == 0 &&
                        known->releases[other->release].is_since == known->releases[root->release].is_since;
        if (is_rival && (other->counts[KNOWN_SAME] > root->counts[KNOWN_SAME] ||
                         (other->counts[KNOWN_SAME] == root->counts[KNOWN_SAME] && other < root))) {
            return false;
        }
    }
    return true;
}

static void put_path(const struct root *root, struct str below, struct buf *path)
{
    buf_reset(path);
    buf_put(path, root->source);
    if (!str_ends(root->source, STR("/"))) {
        buf_putc(path, '/');
    }
    buf_put(path, (struct str){root->path, root->len});
    buf_put(path, below);
}

static int leave_root(struct known *known, struct root *root, void *self,
                      int (*tell)(void *self, struct str path, const char *release, struct err *err), struct err *err)
{
    const struct manifest *manifest = known->releases[root->release].manifest;
    OWN(own_buf) struct buf path = {.max = PATH_MAX_BYTES * 2};
    for (size_t i = 0; i < manifest->count && root->is_best; i++) {
        if (is_seen(root, i)) {
            continue;
        }
        root->missing++;
        if (tell != NULL) {
            put_path(root, manifest->files[i].path, &path);
            TRY(buf_check(&path, err));
            TRY(tell(self, buf_str(&path), manifest->name, err));
        }
    }
    return 0;
}

int known_leave(struct known *known, void *self,
                int (*tell)(void *self, struct str path, const char *release, struct err *err), struct err *err)
{
    for (size_t i = known->source_from; i < known->root_count; i++) {
        known->roots[i].is_best = is_best(known, &known->roots[i]);
        TRY(leave_root(known, &known->roots[i], self, tell, err));
    }
    for (size_t i = known->source_from; i < known->root_count; i++) {
        free(known->roots[i].seen);
        known->roots[i].seen = NULL;
    }
    known->source_from = known->root_count;
    return 0;
}

static json_t *root_json(const struct known *known, const struct root *root)
{
    OWN(own_buf) struct buf path = {.max = PATH_MAX_BYTES * 2};
    const struct manifest *manifest = known->releases[root->release].manifest;
    put_path(root, STR(""), &path);
    struct str shown = buf_str(&path);
    shown.len -= shown.len > 1 && shown.data[shown.len - 1] == '/';
    return json_pack("{s:o, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "path", assay_text(shown, 4096), "release",
                     manifest->name, "made", manifest->made, "files", (json_int_t)manifest->count, "known",
                     (json_int_t)root->counts[KNOWN_SAME], "space", (json_int_t)root->counts[KNOWN_SPACE], "changed",
                     (json_int_t)root->counts[KNOWN_CHANGED], "extra", (json_int_t)root->counts[KNOWN_EXTRA], "missing",
                     (json_int_t)root->missing, "unseen", (json_int_t)root->unseen);
}

/* Sums over roots of one sort. */
static void sum(const struct known *known, bool of_since, struct root *ret_sum, size_t *ret_roots)
{
    *ret_sum = (struct root){.len = 0};
    *ret_roots = 0;
    for (size_t i = 0; i < known->root_count; i++) {
        const struct root *root = &known->roots[i];
        if (known->releases[root->release].is_since != of_since) {
            continue;
        }
        (*ret_roots)++;
        for (size_t state = 0; state < KNOWN_STATES; state++) {
            ret_sum->counts[state] += root->counts[state];
        }
        ret_sum->missing += root->missing;
        ret_sum->unseen += root->unseen;
    }
}

json_t *known_json(const struct known *known)
{
    size_t releases = 0, roots, told = 0;
    for (size_t i = 0; known != NULL && i < known->release_count; i++) {
        releases += !known->releases[i].is_since;
    }
    if (releases == 0) {
        return json_null();
    }
    struct root all;
    json_t *list = json_array();
    sum(known, false, &all, &roots);
    for (size_t i = 0; i < known->root_count && told < ROOTS_TOLD; i++) {
        if (!known->releases[known->roots[i].release].is_since) {
            told++;
            (void)json_array_append_new(list, root_json(known, &known->roots[i]));
        }
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "releases", (json_int_t)releases, "roots",
                     (json_int_t)roots, "roots_left", (json_int_t)known->roots_left, "files",
                     (json_int_t)all.counts[KNOWN_SAME], "space", (json_int_t)all.counts[KNOWN_SPACE], "changed",
                     (json_int_t)all.counts[KNOWN_CHANGED], "extra", (json_int_t)all.counts[KNOWN_EXTRA], "missing",
                     (json_int_t)all.missing, "unseen", (json_int_t)all.unseen, "at", list);
}

json_t *known_since_json(const struct known *known)
{
    const struct manifest *manifest = NULL;
    for (size_t i = 0; known != NULL && i < known->release_count; i++) {
        manifest = known->releases[i].is_since ? known->releases[i].manifest : manifest;
    }
    if (manifest == NULL) {
        return json_null();
    }
    struct root all;
    size_t roots;
    sum(known, true, &all, &roots);
    return json_pack("{s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "of", "manifest", "file",
                     manifest->name, "made", manifest->made, "complete", manifest->is_complete, "roots",
                     (json_int_t)roots, "unchanged", (json_int_t)all.counts[KNOWN_SAME], "space",
                     (json_int_t)all.counts[KNOWN_SPACE], "changed", (json_int_t)all.counts[KNOWN_CHANGED], "new",
                     (json_int_t)all.counts[KNOWN_EXTRA], "missing", (json_int_t)all.missing, "unseen",
                     (json_int_t)all.unseen);
}

const char *known_unplaced(const struct known *known, size_t *at)
{
    while (known != NULL && *at < known->release_count) {
        const struct release *release = &known->releases[(*at)++];
        if (!release->is_placed) {
            return release->manifest->name;
        }
    }
    return NULL;
}
