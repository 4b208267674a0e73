/* Server configuration that lies in a web tree and turns other files into scripts. */
#ifndef ASSAY_SWEEP_CONFIG_H
#define ASSAY_SWEEP_CONFIG_H

#include "sweep/found.h"

/* path: of a .htaccess, .user.ini, php.ini, web.config or web.xml. */
void config_look(struct str path, struct str bytes, struct found *found);

/* ---- between the dialects ---- */

/* One line of Apache's or PHP's, a statement that was put together from its continued lines; number: of its first. */
struct config_line {
    struct str text; /* trimmed, not empty, no comment */
    uint64_t number;
};

/* Files and FilesMatch around a line. */
struct config_section {
    bool is_open, is_for_php; /* the pattern names PHP's endings only */
    struct str pattern;
};

/* What a whole .htaccess says, asked once and used by each of its lines. */
struct config_apache {
    struct config_section section;
    bool has_cgi, has_no_cgi; /* Options +ExecCGI, -ExecCGI */
    bool is_loose;            /* it lies in a directory of uploads, pictures, caches */
};

struct config_apache config_apache_begin(struct str path, struct str bytes);
void config_apache_line(struct config_apache *apache, struct config_line line, struct found *found);
/* name: a PHP setting; what follows it on the line is its value. */
void config_php_line(struct config_line line, bool is_loose, struct found *found);
/* XML: web.config of IIS, web.xml of a servlet container. */
void config_iis_look(struct str bytes, struct found *found);
void config_servlet_look(struct str bytes, struct found *found);

/* The next word of *rest, without its quotes. */
struct str config_word(struct str *rest);
bool config_has(struct str text, const char *word); /* in any case */
/* ".jpg", "jpg", "*.jpg": an ending of pictures, texts, archives: what never is a script. */
bool config_is_inert(struct str ending);

#endif
