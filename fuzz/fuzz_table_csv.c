/* formats/table_csv.c: CSV written by strangers. */
#include "table_fuzz.h"

extern const struct table_format table_csv_format;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_table(&table_csv_format, data, size);
    return 0;
}
