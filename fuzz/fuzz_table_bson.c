/* formats/table_bson.c: BSON written by strangers. */
#include "table_fuzz.h"

extern const struct table_format table_bson_format;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_table(&table_bson_format, data, size);
    return 0;
}
