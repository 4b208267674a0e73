/* Tables of reporting duties: whatever is accepted gives clocks, roots and a status of a small case; whatever is not names its place. */
#include <stdlib.h>

#include "assay/case.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/clock_duties.h"

static json_t *small_case(void)
{
    return json_pack("{s:[{s:s, s:[s, s]}], s:[{s:s, s:s, s:s, s:s}, {s:s, s:s, s:s, s:s, s:s}]}", "parties", "id", "a",
                     "duties", "s", "a", "clocks", "id", "T1", "party", "a", "what", "aware", "at",
                     "2026-03-31T09:00:00Z", "id", "T2", "party", "a", "what", "reported", "duty", "a", "at",
                     "2026-04-01");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    OWN(own_json) json_t *duties = NULL;
    if (size > 1 << 14) {
        return 0;
    }
    if (duties_read("f.yaml", (struct str){(const char *)data, size}, &duties, &err) != 0) {
        if (err.kind == ERR_NONE || !str_starts(str_of(err.text), STR("f.yaml"))) {
            abort();
        }
        return 0;
    }
    OWN(own_json) json_t *model = small_case();
    OWN(own_json) json_t *status = assay_case_status(model, duties, 1775000000000000000, &err);
    if (status == NULL && err.kind == ERR_NONE) {
        abort();
    }
    return 0;
}
