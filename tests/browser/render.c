/* report_render MODEL.json TIME: writes the page to stdout. */
#include <stdio.h>
#include <stdlib.h>

#include "assay/report.h"
#include "base/own.h"
#include "base/time.h"

#include "base/banned.h"

int main(int argc, char **argv)
{
    json_error_t problem;
    struct err err = {0};
    char *html = NULL;
    size_t length = 0;
    if (argc != 3) {
        fputs("usage: report_render MODEL.json TIME\n", stderr);
        return 64;
    }
    OWN(own_json) json_t *model = json_load_file(argv[1], JSON_ALLOW_NUL, &problem);
    if (model == NULL || assay_report_html(model, time_parse(str_of(argv[2])), &html, &length, &err) != 0) {
        fprintf(stderr, "report_render: %s\n", model == NULL ? problem.text : err.text);
        return 2;
    }
    bool is_written = fwrite(html, 1, length, stdout) == length && fflush(stdout) == 0;
    free(html);
    return is_written ? 0 : 2;
}
