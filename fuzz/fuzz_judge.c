/* src/judge: the model of somebody else's case, whose ledger anybody may have written: {"model": .., "rates": ..}. Whatever it holds,
 * there is a verdict for each claim or an error, its direction is what its figure says, and the same input gives the same bytes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assay/judge.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_verdict(const json_t *verdict)
{
    const json_t *ratio = json_object_get(verdict, "log10_lr");
    const char *direction = json_text(verdict, "direction", "");
    const double standard = log10(json_num(verdict, "standard", 100));
    check(json_is_null(ratio) || json_is_real(ratio));
    if (json_is_null(ratio)) {
        check(strcmp(direction, "undetermined") == 0); /* nothing weighed never reads as something found */
        return;
    }
    const double lr = json_real_value(ratio);
    check(isfinite(lr) && fabs(lr) <= 6 + 1e-9);
    if (strcmp(direction, "supported") == 0) {
        check(lr >= standard - 1e-3 && lr > 0);
    } else if (strcmp(direction, "refuted") == 0) {
        check(lr <= -standard + 1e-3 && lr < 0);
    } else {
        check(fabs(lr) <= standard + 1e-3);
    }
}

static int judge_to(struct buf *out, const json_t *model, const json_t *rates, size_t *ret_count)
{
    struct err err = {0};
    OWN(own_json) json_t *verdicts = NULL;
    if (assay_judge(model, rates, &verdicts, &err) != 0) {
        check(err.kind == ERR_FORMAT || err.kind == ERR_LIMIT);
        return -1;
    }
    size_t i;
    const json_t *verdict;
    json_array_foreach(verdicts, i, verdict)
    {
        check_verdict(verdict);
    }
    *ret_count = json_array_size(verdicts);
    return json_canonical(out, verdicts, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    OWN(own_json) json_t *both = json_read((struct str){(const char *)data, size}, &err);
    OWN(own_buf) struct buf first = {0}, second = {0};
    size_t count = 0;
    if (both == NULL) {
        return 0;
    }
    const json_t *model = json_object_get(both, "model"), *rates = json_object_get(both, "rates");
    if (judge_to(&first, model, rates, &count) != 0) {
        return 0;
    }
    check(count == json_array_size(json_object_get(model, "claims")));
    check(judge_to(&second, model, rates, &count) == 0 && str_eq(buf_str(&first), buf_str(&second)));
    return 0;
}
