/* The directory of one file, listed and asked about; at most NEIGHBOURS_MAX of them. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "sweep/place.h"

#include "base/banned.h"

enum { NEIGHBOURS_MAX = 20000, ASKED_MAX = 512, MEDIA_MIN = 5, SCRIPTS_MAX = 2, CODE_MIN_BYTES = 24 };

struct neighbours {
    size_t scripts, media, all;
    /* of those that were asked about, without the file itself */
    int64_t times[ASKED_MAX];   /* seconds: of the content */
    int64_t changes[ASKED_MAX]; /* and of the inode, which nobody sets at will */
    size_t asked, same_owner;
};

static const char *const media_endings[] = {".jpg",  ".jpeg", ".png", ".gif", ".webp", ".ico",   ".svg",
                                            ".bmp",  ".pdf",  ".mp3", ".mp4", ".avi",  ".zip",   ".doc",
                                            ".docx", ".xls",  ".csv", ".txt", ".woff", ".woff2", ".ttf"};
static const char *const image_endings[] = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".ico", ".bmp"};
static const char *const loose_directories[] = {
    "upload",  "uploads", "uploaded", "userfiles", "attachment", "attachments", "avatar",
    "avatars", "img",     "image",    "images",    "pictures",   "photos",      "media",
    "files",   "cache",   "tmp",      "temp",      "thumbs",     "thumbnails",  "gallery"};

/* Of those, the ones that hold what strangers send. In the others an application may well have a script of its own. */
static const char *const upload_directories[] = {"upload",     "uploads",     "uploaded", "userfiles",
                                                 "attachment", "attachments", "avatar",   "avatars"};

static bool ends_with_any(struct str name, const char *const *endings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_ends_nocase(name, str_of(endings[i]))) {
            return true;
        }
    }
    return false;
}

#define ENDS_WITH_ANY(name, endings) ends_with_any((name), (endings), sizeof(endings) / sizeof *(endings))

static struct str directory_of(struct str path)
{
    for (size_t i = path.len; i > 0; i--) {
        if (path.data[i - 1] == '/') {
            return str_slice(path, 0, i - 1);
        }
    }
    return STR("");
}

static struct str base_of(struct str path)
{
    struct str directory = directory_of(path);
    return str_slice(path, directory.len + (directory.len != 0 || (path.len != 0 && path.data[0] == '/')), path.len);
}

static void own_dir(DIR **directory)
{
    if (*directory != NULL) {
        closedir(*directory);
    }
}

static DIR *open_directory(int root, struct str directory)
{
    char path[4096];
    if (directory.len >= sizeof path) {
        return NULL;
    }
    memcpy(path, directory.len != 0 ? directory.data : ".", directory.len != 0 ? directory.len : 1);
    path[directory.len != 0 ? directory.len : 1] = '\0';
    int fd = directory.len != 0 ? file_open_beneath(root, path, O_DIRECTORY)
                                : openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    if (stream == NULL && fd >= 0) {
        close(fd);
    }
    return stream;
}

static void ask(struct neighbours *around, int directory, const char *name, uid_t owner)
{
    struct stat about;
    if (around->asked < ASKED_MAX && fstatat(directory, name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(about.st_mode)) {
        around->changes[around->asked] = about.st_ctim.tv_sec;
        around->times[around->asked++] = about.st_mtim.tv_sec;
        around->same_owner += about.st_uid == owner;
    }
}

/* about NULL: only counts. */
static bool list_neighbours(int root, struct str path, const struct stat *about, struct neighbours *around)
{
    struct str own_name = base_of(path);
    OWN(own_dir) DIR *stream = open_directory(root, directory_of(path));
    if (stream == NULL) {
        return false;
    }
    const struct dirent *entry;
    while (around->all < NEIGHBOURS_MAX && (entry = readdir(stream)) != NULL) {
        struct str name = str_of(entry->d_name);
        if (entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN) {
            continue;
        }
        enum script script = gate_script_by_name(name);
        around->all++;
        around->scripts += script != SCRIPT_NONE && script != SCRIPT_CONFIG;
        around->media += ENDS_WITH_ANY(name, media_endings);
        if (about != NULL && !str_eq(name, own_name)) {
            ask(around, dirfd(stream), entry->d_name, about->st_uid);
        }
    }
    return true;
}

static bool is_below_any(struct str path, const char *const *directories, size_t count)
{
    struct str directory = directory_of(path);
    while (directory.len != 0) {
        struct str last = base_of(directory);
        for (size_t i = 0; i < count; i++) {
            if (str_eq_nocase(last, str_of(directories[i]))) {
                return true;
            }
        }
        directory = directory_of(directory);
    }
    return false;
}

#define IS_BELOW_ANY(path, directories) is_below_any((path), (directories), sizeof(directories) / sizeof *(directories))

bool place_is_loose(struct str path)
{
    return IS_BELOW_ANY(path, loose_directories);
}

/* Whether it could do a visitor's bidding: an index that lists its own folder, or a tool that joins pictures, takes nothing. */
static bool takes_input(struct str bytes, unsigned languages)
{
    static const char *const php[] = {"$_GET",      "$_POST",      "$_REQUEST",     "$_COOKIE", "$_FILES", "$_SERVER[",
                                      "$HTTP_RAW_", "php://input", "getallheaders", "$GLOBALS", "eval(",   "${"};
    for (size_t i = 0; (languages & SCRIPT_PHP) != 0 && i < sizeof php / sizeof *php; i++) {
        if (str_find_nocase(bytes, str_of(php[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return (languages & ~(unsigned)SCRIPT_PHP) != 0 && str_find_nocase(bytes, STR("request"), 0) != SIZE_MAX;
}

void place_judge(int root, struct str path, struct str bytes, const struct gate *gate, size_t code_bytes,
                 struct found *found)
{
    struct str name = base_of(path);
    unsigned languages = gate->scripts & ~(unsigned)SCRIPT_CONFIG;
    if (languages == 0 || code_bytes < CODE_MIN_BYTES) {
        return;
    }
    if ((gate->is_image && gate->by_name == SCRIPT_NONE) || ENDS_WITH_ANY(name, image_endings)) {
        found_raise(found, FOUND_ODD_PLACE, FOUND_LOW, 1);
        found_reasonf(found, "place", 1, "%s code in a file that is %s", gate_language(languages),
                      gate->is_image ? gate->magic : "named like an image");
        return;
    }
    if (gate->is_image) {
        found_raise(found, FOUND_ODD_PLACE, FOUND_LOW, 1);
        found_reasonf(found, "place", 1, "a script that begins like a %s", gate->magic);
        return;
    }
    struct neighbours around = {.all = 0};
    if (gate->by_name != SCRIPT_NONE && gate->by_name != SCRIPT_CONFIG && place_is_loose(path) &&
        list_neighbours(root, path, NULL, &around) && around.scripts <= SCRIPTS_MAX && around.media >= MEDIA_MIN) {
        bool is_odd = IS_BELOW_ANY(path, upload_directories) || takes_input(bytes, languages);
        found_raise(found, is_odd ? FOUND_ODD_PLACE : FOUND_HINT, FOUND_LOW, 1);
    }
}

static int time_cmp(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static int64_t median(int64_t *times, size_t count)
{
    qsort(times, count, sizeof *times, time_cmp);
    return times[count / 2];
}

/* Returns how many reasons there are to wonder. */
static unsigned describe_time(const struct stat *about, struct neighbours *around, struct found *found)
{
    enum { DAY_S = 86400, FAR_DAYS = 30, FEW = 3 };
    char text[TIME_TEXT], change[TIME_TEXT];
    time_human(text, (int64_t)about->st_mtim.tv_sec * NS_PER_S);
    if (around->asked < FEW) {
        found_reasonf(found, "time", 0, "%s", text);
        return 0;
    }
    int64_t days = (about->st_mtim.tv_sec - median(around->times, around->asked)) / DAY_S;
    int64_t late_days = (about->st_ctim.tv_sec - median(around->changes, around->asked)) / DAY_S;
    if (days >= FAR_DAYS) {
        found_reasonf(found, "time", 0, "%s, %lld days after the files around it", text, (long long)days);
        return 1;
    }
    found_reasonf(found, "time", 0, "%s", text);
    if (late_days >= 1 && about->st_ctim.tv_sec - about->st_mtim.tv_sec >= DAY_S) {
        time_human(change, (int64_t)about->st_ctim.tv_sec * NS_PER_S);
        found_reasonf(
            found, "time", 0,
            "the file's times were set after it was written: its entry changed %s, %lld days after those around it",
            change, (long long)late_days);
        return 1;
    }
    return 0;
}

/* "x7f3kq9z.php": letters and digits in turns, or letters that nobody can say. */
static bool is_random_name(struct str name)
{
    enum { MIN = 7, TURNS_MIN = 3, DUMB_MIN = 7 };
    size_t length = 0, turns = 0, letters = 0, vowels = 0;
    bool was_digit = false;
    for (; length < name.len && name.data[length] != '.'; length++) {
        char byte = name.data[length];
        bool is_digit = byte >= '0' && byte <= '9';
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_digit && !is_letter) {
            return false;
        }
        turns += length != 0 && is_digit != was_digit;
        letters += is_letter;
        vowels += is_letter && memchr("aeiouyAEIOUY", byte, 12) != NULL;
        was_digit = is_digit;
    }
    return length >= MIN && (turns >= TURNS_MIN || (letters == length && length >= DUMB_MIN && vowels == 0));
}

/* The users that web servers run as on Debian, Red Hat and Alpine. */
static bool is_web_server(uid_t owner)
{
    return owner == 33 || owner == 48 || owner == 82;
}

static unsigned describe_owner(const struct stat *about, const struct neighbours *around, struct found *found)
{
    unsigned odd = 0;
    if (around->asked >= 2 && around->same_owner == 0) {
        found_reasonf(found, "place", 0, "owner is user %u%s, unlike all %zu files around it", about->st_uid,
                      is_web_server(about->st_uid) ? ", as which web servers run" : "", around->asked);
        odd++;
    }
    if ((about->st_mode & S_IWOTH) != 0) {
        found_reasonf(found, "place", 0, "anybody on the machine may change it (mode %04o)", about->st_mode & 07777U);
    }
    return odd;
}

void place_describe(int root, struct str path, const struct stat *about, struct found *found)
{
    struct neighbours around = {.all = 0};
    unsigned odd = 0;
    if (!list_neighbours(root, path, about, &around)) {
        return;
    }
    if (around.media >= MEDIA_MIN && around.scripts <= SCRIPTS_MAX &&
        gate_script_by_name(base_of(path)) != SCRIPT_NONE) {
        found_reasonf(found, "place", 0, "one of %zu %s among %zu pictures and documents", around.scripts,
                      around.scripts == 1 ? "script" : "scripts", around.media);
        odd += found->class != FOUND_ODD_PLACE; /* which it is for this */
    }
    if (is_random_name(base_of(path))) {
        found_reasonf(found, "place", 0, "a name that looks drawn at random");
        odd++;
    }
    odd += describe_owner(about, &around, found);
    odd += describe_time(about, &around, found);
    /* One step, from the lowest: medium and high are groups whose error rates were measured on content alone. */
    if (odd >= 2 && found->class > FOUND_HINT && found->confidence == FOUND_LOW) {
        found->confidence = FOUND_MEDIUM;
    }
}
