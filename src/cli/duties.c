/* The table of reporting duties, found and read. */
#include "cli/duties.h"
#include "assay/case.h"
#include "base/buf.h"
#include "base/json.h"

#include "base/banned.h"

int cli_duties(const struct cli *cli, json_t **ret_table, struct err *err)
{
    char path[4200];
    const char *given = cli_text(cli, "deadlines");
    if (given != NULL) {
        return assay_case_duties(given, ret_table, err);
    }
    TRY(cli_data(cli, "deadlines.yaml", path, sizeof path, err));
    return assay_case_duties(path, ret_table, err);
}

int cli_duty_remedy(const json_t *table, struct err *err)
{
    OWN(own_buf) struct buf names = {0};
    const json_t *rows = json_object_get(table, "rows");
    const char *last = "";
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *set = json_text(json_array_get(rows, i), "set", "");
        if (strcmp(set, last) != 0) {
            buf_printf(&names, "%s%s", *last != '\0' ? ", " : "", set);
            last = set;
        }
    }
    return err_remedy(err, "known are %s", names.data != NULL && !names.failed ? names.data : "none");
}
