/* formats/table_combo.c: lists of accounts. */
#include "table_fuzz.h"

extern const struct table_format table_combo_format;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_table(&table_combo_format, data, size);
    return 0;
}
