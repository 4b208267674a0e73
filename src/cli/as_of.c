/* --as-of DATE=FILE. */
#include <stdlib.h>

#include "base/str.h"
#include "base/time.h"
#include "cli/as_of.h"

#include "base/banned.h"

enum { DATE_TEXT = 10 /* 2020-08-01 */, DAY_S = 86400, MINUTE_S = 60 };

static int by_date(const void *a, const void *b)
{
    const struct assay_match_backup *left = a;
    const struct assay_match_backup *right = b;
    return (left->from > right->from) - (left->from < right->from);
}

static int parse_one(const char *text, struct assay_match_backup *backup, struct err *err)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals[1] == '\0') {
        err_set(err, ERR_USAGE, "--as-of '%s' names no backup", text);
        return err_remedy(err, "write it as --as-of 2020-08-01=backup.sql.gz or 2021-02-01T03:00Z=backup.csv");
    }
    struct str date = {text, (size_t)(equals - text)};
    int64_t from = time_parse(date);
    if (from == TIME_NONE) {
        err_set(err, ERR_USAGE, "--as-of: not a time: '%.*s'", STR_FMT(date));
        return err_remedy(err, "write it as 2020-08-01 or 2021-02-01T03:00Z");
    }
    if (from > time_now() + DAY_S * NS_PER_S) { /* by whatever zone's clock */
        err_set(err, ERR_USAGE, "--as-of: %.*s has not come yet", STR_FMT(date));
        return err_remedy(err, "a backup's date is when it was taken");
    }
    int64_t span_s = date.len == DATE_TEXT ? DAY_S : MINUTE_S;
    *backup = (struct assay_match_backup){equals + 1, from, from + span_s * NS_PER_S};
    return 0;
}

int as_of_parse(const struct cli *cli, struct assay_match_backup **ret_backups, size_t *ret_count, struct err *err)
{
    size_t count;
    const char *const *given = cli_list(cli, "as-of", &count);
    struct assay_match_backup *backups = calloc(count + 1, sizeof *backups);
    if (backups == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        if (parse_one(given[i], &backups[i], err) != 0) {
            free(backups);
            return -1;
        }
    }
    qsort(backups, count, sizeof *backups, by_date);
    *ret_backups = backups;
    *ret_count = count;
    return 0;
}

json_t *as_of_json(const struct assay_match_backup *backups, size_t count)
{
    json_t *list = count == 0 ? NULL : json_array();
    for (size_t i = 0; i < count; i++) {
        char from[TIME_TEXT];
        char until[TIME_TEXT];
        time_rfc3339(from, backups[i].from);
        time_rfc3339(until, backups[i].until);
        (void)json_array_append_new(list,
                                    json_pack("{s:o, s:s, s:s}", "name", assay_text(str_of(backups[i].name), 4096),
                                              "from", from, "until", until));
    }
    return list;
}
