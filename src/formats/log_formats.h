/* Format strings of servers' configurations, compiled: each into a program (log_program.h). */
#ifndef ASSAY_FORMATS_LOG_FORMATS_H
#define ASSAY_FORMATS_LOG_FORMATS_H

#include "formats/log_program.h"

/* text is the format as the server has it after reading its configuration: quotes and backslashes undone.
 * False: too long for a program. What a directive means that is not known here is passed over, up to the next literal. */
bool format_apache(struct program *program, struct str text);
bool format_nginx(struct program *program, struct str text, enum program_escape escape);
bool format_fpm(struct program *program, struct str text);

#endif
