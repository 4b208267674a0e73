/* Trust files: whatever is read answers the same when it is asked twice, and asks for no more witnesses than it has. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "ledger/policy.h"

/* The example of C2SP tlog-cosignature, whose keys nobody here has. */
static const char checkpoint[] =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\xe2\x80\x94 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    OWN(own_policy) struct policy *policy = NULL;
    struct policy_answer first;
    struct policy_answer second;
    const char *name;
    struct str bytes = {(const char *)data, size};
    struct str note = {checkpoint, sizeof checkpoint - 1};
    if (policy_read(&policy, bytes, NULL) != 0) {
        return 0;
    }
    int failed = policy_check(policy, note, &first, NULL, NULL, NULL);
    if (failed != policy_check(policy, note, &second, NULL, NULL, NULL)) {
        abort();
    }
    size_t witnesses = 0;
    while (policy_witness(policy, witnesses, &name) != NULL) {
        witnesses++;
    }
    if (failed == 0 && (first.is_met != second.is_met || first.witnesses != witnesses || first.cosigned > witnesses)) {
        abort();
    }
    if (failed == 0 && first.is_met && str_find(bytes, STR("none"), 0) == SIZE_MAX) {
        abort(); /* nobody cosigned that checkpoint */
    }
    return 0;
}
