/* PHP-FPM's access log with the format it has built in, and the one that php-fpm.conf suggests; any other access.format is read
 * when it is given (log_configured.c).
 *
 *   127.0.0.1 -  14/Mar/2026:21:47:09 +0000 "GET /index.php" 200
 *   - - ann 14/Mar/2026:21:47:09 +0000 "POST /index.php?a=b" 200 /srv/www/index.php 12.345 2048 81.23%
 *
 * Unlike Apache's common format the time has no brackets and the request no protocol; nothing is in both. */
#include "formats/log_formats.h"

#include "base/str.h"

#include "base/banned.h"

static bool compile(struct program *program, const char *template)
{
    return format_fpm(program, str_of(template));
}

static bool fpm_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    static const char *const templates[] = {
        "%R - %u %t \"%m %r%Q%q\" %s",
        "%R - %u %t \"%m %r%Q%q\" %s %f %{milli}d %{kilo}M %C%%",
    };
    return program_probe(spec, head, templates, sizeof templates / sizeof *templates, compile, ret_setup, ret_has);
}

const struct log_format log_fpm_access = {
    .name = "PHP-FPM access",
    .cannot_show = "request bodies (what a POST carried), response bodies, sizes, and who asked",
    .kind = LOG_WEB,
    .probe = fpm_probe,
    .parse = program_parse,
    .blind = program_blind,
};
