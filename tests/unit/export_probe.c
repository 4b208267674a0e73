/* export_probe FORMAT MODEL.json: what src/export makes of a model; tests/cli/test_export.py holds it against published schemas. */
#include <stdio.h>
#include <stdlib.h>

#include "assay/export.h"
#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

int main(int argc, char **argv)
{
    json_error_t problem;
    struct err err = {0};
    OWN(own_mem) char *text = NULL;
    size_t length = 0;
    if (argc != 3) {
        fputs("usage: export_probe FORMAT MODEL.json\n", stderr);
        return 64;
    }
    OWN(own_json) json_t *model = json_load_file(argv[2], JSON_ALLOW_NUL, &problem);
    if (model == NULL || assay_export(model, argv[1], NULL, &text, &length, &err) != 0) {
        fprintf(stderr, "export_probe: %s\n", model == NULL ? problem.text : err.text);
        return 2;
    }
    return fwrite(text, 1, length, stdout) == length && fflush(stdout) == 0 ? 0 : 2;
}
