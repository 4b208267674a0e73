/* Files of the tz database: whatever is accepted gives offsets within reach, and days that begin where they begin. */
#include <stdlib.h>

#include "base/time.h"
#include "case/clock_zone.h"

enum { DAY_S = 86400, OFFSET_MOST = 200 * 3600 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t days[] = {-106740, -25000, 0, 1, 11000, 20542, 27394, 106740};
    struct err err = {0};
    struct arena arena;
    const struct zone *zone = NULL;
    arena_init(&arena, (size_t)16 << 20);
    if (zone_read(&arena, "f", (struct str){(const char *)data, size}, &zone, &err) == 0) {
        for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
            int64_t offset = zone_offset_s(zone, days[i] * DAY_S * NS_PER_S),
                    day = zone_day(zone, zone_midnight(zone, days[i]));
            if (offset < -OFFSET_MOST || offset > OFFSET_MOST || day < days[i] - 20 || day > days[i] + 20) {
                abort();
            }
        }
    } else if (err.kind == ERR_NONE) {
        abort();
    }
    arena_clear(&arena);
    return 0;
}
