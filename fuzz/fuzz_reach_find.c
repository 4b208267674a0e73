/* Targets everything that reads a file in search of credentials: find_read_file() with every reader of find_list.h, PHP among them. The
 * first byte chooses the name. Whatever is found stands on a line of the file, and no key is handed out. */
#include <stdlib.h>

#include "base/json.h"
#include "reach/find.h"

static const char *const names[] = {"wp-config.php",
                                    "a.php",
                                    "config/database.php",
                                    ".env",
                                    "docker-compose.yml",
                                    "settings.py",
                                    "web.config",
                                    ".pgpass",
                                    ".netrc",
                                    ".git/config",
                                    ".htpasswd",
                                    "appsettings.json",
                                    "Dockerfile",
                                    ".my.cnf",
                                    "database.yml",
                                    "knexfile.js",
                                    "sitemanager.xml",
                                    "note.txt",
                                    "sites/x/settings.php",
                                    "application.properties"};

static size_t lines;

static int put(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    (void)self;
    (void)kind;
    (void)err;
    int64_t line = json_int(body, "line", -1);
    bool is_shown = json_object_get(body, "shown") != NULL;
    if (line < 0 || (size_t)line > lines || json_object_get(body, "path") == NULL ||
        json_text(body, "id", NULL) == NULL || is_shown != (strcmp(json_text(body, "password", ""), "set") == 0)) {
        abort();
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct assay_sink sink = {.put = put};
    if (size == 0) {
        return 0;
    }
    OWN(own_find) struct find *find = find_new(&sink, NULL);
    OWN(own_arena) struct arena arena;
    arena_init(&arena, (size_t)64 << 20);
    if (find == NULL) {
        return 0;
    }
    struct str rel = str_of(names[data[0] % (sizeof names / sizeof *names)]);
    const char *slash = strrchr(rel.data, '/');
    struct find_file file = {.path = rel,
                             .rel = rel,
                             .name = slash != NULL ? str_of(slash + 1) : rel,
                             .bytes = {(const char *)data + 1, size - 1}};
    bool is_read;
    lines = 1;
    for (size_t i = 1; i < size; i++) {
        lines += data[i] == '\n';
    }
    if (find_read_file(find, &file, &arena, &is_read, NULL) == 0) {
        (void)finds_emit(find_finds(find), true, &sink, NULL);
    }
    return 0;
}
