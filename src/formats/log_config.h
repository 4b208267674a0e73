/* Log formats in servers' configurations: found in a file, and taken apart. */
#ifndef ASSAY_FORMATS_LOG_CONFIG_H
#define ASSAY_FORMATS_LOG_CONFIG_H

#include "base/arena.h"
#include "formats/log_program.h"

enum { CONFIG_FORMATS_MAX = 256, CONFIG_FILE_MAX = 4 << 20 };

/* Formats as log_spec has them: each a directive as it stands in the configuration, or a bare string. */
struct config_list {
    const char **all; /* room for CONFIG_FORMATS_MAX */
    size_t count;
};
/* Adds the formats of one configuration: Apache's LogFormat and CustomLog, nginx's log_format and access_log (which names the
 * predefined "combined" if it names none), PHP-FPM's access.format, PostgreSQL's log_line_prefix. Includes are not followed.
 * err: FORMAT if there is none, with what to do; LIMIT. keep: the texts. */
MUST_USE int config_formats(struct str text, const char *where, struct arena *keep, struct config_list *list,
                            struct err *err);

enum config_kind { CONFIG_BARE, CONFIG_APACHE, CONFIG_NGINX, CONFIG_FPM };

struct config_format {
    enum config_kind kind; /* CONFIG_BARE: no directive around it, any server's */
    struct str name;       /* of the format there, or all that was given */
    struct str text;       /* quotes and escapes undone; lies in room */
    enum program_escape escape;
};
/* Takes one format apart. False: a directive that holds no format. */
bool config_format(struct str given, struct buf *room, struct config_format *ret_format);

#endif
