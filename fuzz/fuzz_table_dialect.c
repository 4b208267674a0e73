/* formats/table_dialect.c: rarer dialects of CSV. */
#include "table_fuzz.h"

extern const struct table_format table_dialect_format;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_table(&table_dialect_format, data, size);
    return 0;
}
