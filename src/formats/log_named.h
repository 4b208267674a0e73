/* What the text of a complaint names: a script, a file, a request. */
#ifndef ASSAY_FORMATS_LOG_NAMED_H
#define ASSAY_FORMATS_LOG_NAMED_H

#include "base/str.h"

/* The script of "... in /var/www/a.php on line 7", "... in /var/www/a.php:7", "... in /var/www/a.php(3) : eval()'d code on
 * line 1" (PHP's main.c, php_error_cb): the last one of the text. Otherwise the first file with an absolute path that the
 * text names. Empty if there is none. */
struct str log_named_file(struct str message);

/* The first line of a record. */
struct str log_first_line(struct str record);

#endif
