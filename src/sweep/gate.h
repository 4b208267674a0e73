/* The first look at a file's bytes: what could run here, and what is it otherwise. One pass, no memory.
 * Content decides, the name only helps: PHP in a .jpg is PHP. */
#ifndef ASSAY_SWEEP_GATE_H
#define ASSAY_SWEEP_GATE_H

#include "assay/words.h"

enum script {
    SCRIPT_NONE = 0,
    SCRIPT_PHP = 1,
    SCRIPT_ASP = 2,  /* classic: VBScript or JScript */
    SCRIPT_ASPX = 4, /* and ascx, ashx, asmx */
    SCRIPT_JSP = 8,
    SCRIPT_CONFIG = 16 /* .htaccess, .user.ini, web.config; settings in Python that may carry pgAdmin's version */
};

struct gate {
    unsigned scripts; /* SCRIPT_* bits */
    enum script by_name;
    size_t first_tag;  /* offset; meaningful if scripts has a language */
    const char *magic; /* "JPEG image", "zip archive", NULL: text or unknown */
    bool is_archive, is_image, is_binary;
};

/* name: the last component of the path. bytes: the whole file, or the part of it that is at hand. */
struct gate gate_look(struct str name, struct str bytes);
/* What only the name says. */
enum script gate_script_by_name(struct str name);
/* Do settings of a program written in Python stand in a file of that name (version.py, config.py)? */
bool gate_is_settings(struct str name);
/* "PHP", "ASP", ...; of the most telling bit. */
const char *gate_language(unsigned scripts);

/* Does a file of that name run on some server by its ending alone? For names that code writes; gate_look() asks more of files. */
bool gate_is_script_name(struct str path);

#endif
