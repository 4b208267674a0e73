/* formats/table_sqldump.c: SQL dumps written by strangers. */
#include "table_fuzz.h"

extern const struct table_format table_sqldump_format;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_table(&table_sqldump_format, data, size);
    return 0;
}
