/* formats/table_jsonl.c: JSON Lines written by strangers. */
#include "table_fuzz.h"

extern const struct table_format table_jsonl_format;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_table(&table_jsonl_format, data, size);
    return 0;
}
