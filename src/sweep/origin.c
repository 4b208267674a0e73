/* Packages and Composer put a tool where nobody who drops a file would think to put it; release archives bring neighbours along. The
 * place of a package is a claim of the path, not proof: the package manager's own list is the better witness, where there is one. */
#include <stdio.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "sweep/origin.h"

#include "base/banned.h"

enum { PATH_BYTES = 4096, AROUND_MAX = 5, MOST_OF_IT = 3 };

struct home {
    const char *name; /* the tool begins so: "Adminer" is also its Editor */
    const char *packages[3];
    const char *around[AROUND_MAX]; /* beside the tool, or one or two directories up */
};

/* Debian, Fedora, Arch and FreeBSD; Composer's vendor directory. */
static const struct home homes[] = {
    {"Adminer",
     {"/share/adminer/", "/vendor/vrana/adminer/", "/vendor/adminerevo/adminerevo/"},
     {"plugins", "designs", "adminer/include/bootstrap.inc.php", "include/bootstrap.inc.php", "adminer-plugins"}},
    {"AdminNeo",
     {"/share/adminneo/", "/vendor/adminneo/adminneo/", "/vendor/adminneo-org/adminneo/"},
     {"plugins", "adminneo-plugins", "admin/include/bootstrap.inc.php", "include/bootstrap.inc.php", "themes"}},
    {"phpMyAdmin",
     {"/share/phpmyadmin/", "/phpMyAdmin/", "/vendor/phpmyadmin/phpmyadmin/"},
     {"index.php", "themes", "js", "sql", "config.sample.inc.php"}},
    {"phpPgAdmin",
     {"/share/phppgadmin/", "/share/phpPgAdmin/", "/vendor/phppgadmin/phppgadmin/"},
     {"index.php", "conf", "classes", "themes", "images"}},
    {"phpLiteAdmin",
     {"/share/phpliteadmin/", "/vendor/phpliteadmin/pla/", NULL},
     {"phpliteadmin.config.php", "phpliteadmin.config.sample.php", "themes", "languages", "classes"}},
    {"SQL Buddy", {"/share/sqlbuddy/", NULL, NULL}, {"index.php", "dboverview.php", "includes", "locale", "themes"}},
    {"MySQLDumper", {"/share/mysqldumper/", NULL, NULL}, {"index.php", "msd_cron", "dump.php", "language", "tpl"}},
    {"Chive", {"/share/chive/", NULL, NULL}, {"index.php", "protected", "themes", "yii", "css"}},
    {"pgAdmin 4",
     {"/pgadmin4/web/", "/site-packages/pgadmin4/", "/dist-packages/pgadmin4/"},
     {"pgAdmin4.py", "pgAdmin4.wsgi", "setup.py", "migrations", "pgadmin"}},
    {"phpMiniAdmin", {"/share/phpminiadmin/", NULL, NULL}, {"phpminiconfig.php", "samples", NULL, NULL, NULL}},
};

static bool is_there(int root, struct str directory, const char *up, const char *name)
{
    char path[PATH_BYTES];
    int length = snprintf(path, sizeof path, "%.*s%s%s", STR_FMT(directory), up, name);
    OWN(own_fd) int fd = length < 0 || (size_t)length >= sizeof path ? -1 : file_open_beneath(root, path, 0);
    return fd >= 0;
}

/* How much of the tool is around the file, seen from the best of three directories; ret_names: what, for the reason. */
static unsigned count_around(int root, struct str directory, const struct home *home, char *names, size_t names_bytes)
{
    static const char *const ups[] = {"", "../", "../../"};
    unsigned best = 0;
    for (size_t u = 0; u < sizeof ups / sizeof *ups; u++) {
        char there[200] = "";
        unsigned count = 0;
        size_t used = 0;
        for (size_t i = 0; i < AROUND_MAX && home->around[i] != NULL; i++) {
            if (is_there(root, directory, ups[u], home->around[i])) {
                int length =
                    snprintf(there + used, sizeof there - used, "%s%s", count != 0 ? ", " : "", home->around[i]);
                used += length > 0 && (size_t)length < sizeof there - used ? (size_t)length : 0;
                count++;
            }
        }
        if (count > best) {
            best = count;
            (void)snprintf(names, names_bytes, "%s", there);
        }
    }
    return best;
}

static const struct home *home_of(const char *name)
{
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++) {
        if (str_starts(str_of(name), str_of(homes[i].name))) {
            return &homes[i];
        }
    }
    return NULL;
}

/* The place of a package that the path goes through; NULL if none. */
static const char *package_of(const char *source, struct str path, const struct home *home)
{
    char whole[PATH_BYTES * 2];
    (void)snprintf(whole, sizeof whole, "%s/%.*s", source != NULL ? source : "", STR_FMT(path));
    for (size_t i = 0; i < sizeof home->packages / sizeof *home->packages; i++) {
        const char *at = home->packages[i];
        bool is_bare = at != NULL && strcmp(at, "/phpMyAdmin/") == 0; /* a person calls a directory so, too */
        if (at != NULL && str_find(str_of(whole), str_of(at), 0) != SIZE_MAX &&
            (!is_bare || str_find(str_of(whole), STR("/share/"), 0) != SIZE_MAX ||
             str_find(str_of(whole), STR("/local/www/"), 0) != SIZE_MAX)) {
            return at;
        }
    }
    return NULL;
}

static void look_around(int root, struct str path, const struct home *home, struct found *found)
{
    char names[200] = "";
    const char *slash = path.len != 0 ? memrchr(path.data, '/', path.len) : NULL;
    struct str directory = str_slice(path, 0, slash != NULL ? (size_t)(slash - path.data) + 1 : 0);
    unsigned count = count_around(root, directory, home, names, sizeof names);
    if (count == 0) {
        found->origin = "dropped";
        found_reasonf(found, "place", 0, "nothing else of %s lies around it: one file, put there by itself",
                      found->name);
    } else if (count >= MOST_OF_IT) {
        found->origin = "installed";
        found_reasonf(found, "place", 0, "with the files of a whole %s around it (%s), not where a package puts it",
                      home->name, names);
    } else {
        found_reasonf(found, "place", 0, "some of %s lies around it: %s", home->name, names);
    }
}

void origin_tell(int root, const char *source, struct str path, struct found *found)
{
    const struct home *home = home_of(found->name);
    found->origin = "unclear";
    if (home == NULL) {
        return;
    }
    const char *package = package_of(source, path, home);
    if (package != NULL) {
        found->origin = "packaged";
        found_reasonf(found, "place", 0, "it lies where a package puts it: %s", package);
    } else if (root >= 0) {
        look_around(root, path, home, found);
    }
}
