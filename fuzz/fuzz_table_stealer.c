/* formats/table_stealer.c: accounts as password stealers leave them. */
#include "table_fuzz.h"

extern const struct table_format table_stealer_format;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_table(&table_stealer_format, data, size);
    return 0;
}
