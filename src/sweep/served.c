/* From the file's own directory upwards: the nearest .htaccess that names its ending, or everything, is the one that counts. */
#include <fcntl.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "sweep/config.h"
#include "sweep/examine.h"
#include "sweep/served.h"

#include "base/banned.h"

enum { LEVELS_MAX = 32, CONFIG_MAX_BYTES = 64 << 10 };

/* Whether the effect is on files with this ending: it is named, or no ending is. */
static bool concerns(const struct found *config, struct str ending)
{
    size_t i;
    const json_t *reason;
    json_array_foreach(config->reasons, i, reason)
    {
        struct str text = str_of(json_string_value(json_object_get(reason, "text")));
        bool is_effect = strcmp(json_string_value(json_object_get(reason, "kind")), "effect") == 0;
        if (is_effect && (str_find_nocase(text, ending, 0) != SIZE_MAX || str_starts(text, STR("every file")))) {
            return true;
        }
    }
    return false;
}

static bool look_at_config(int root, struct str directory, struct str ending, struct found *found)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%.*s.htaccess", STR_FMT(directory));
    OWN(own_fd) int fd = length < 0 || (size_t)length >= sizeof path ? -1 : file_open_beneath(root, path, 0);
    OWN(own_buf) struct buf text = {.max = CONFIG_MAX_BYTES * 2};
    if (fd < 0 || file_read_fd(fd, CONFIG_MAX_BYTES, &text, NULL) != 0) {
        return false;
    }
    struct found config = {.class = FOUND_NOTHING};
    config_look(str_of(path), buf_str(&text), &config);
    bool is_served = config.class == FOUND_CONFIG_SHELL && concerns(&config, ending);
    if (is_served) {
        found_reasonf(found, "effect", 0, "%s makes such files run under Apache", path);
        found->confidence = found->confidence == FOUND_LOW ? FOUND_MEDIUM : found->confidence;
    }
    found_clear(&config);
    return is_served;
}

void served_look(int root, struct str path, struct found *found)
{
    struct str name = name_of(path);
    const char *dot = name.len != 0 ? memrchr(name.data, '.', name.len) : NULL;
    struct str ending = dot != NULL ? str_slice(name, (size_t)(dot - name.data), name.len) : name;
    size_t end = path.len - name.len;
    for (unsigned level = 0; level < LEVELS_MAX; level++) {
        if (look_at_config(root, str_slice(path, 0, end), ending, found) || end == 0) {
            return;
        }
        do {
            end--;
        } while (end > 0 && path.data[end - 1] != '/');
    }
}
