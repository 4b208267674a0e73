/* Lines of SHOW GRANTS: any bytes become grants or nothing, in bounded memory, and the patterns in them end. */
#include "base/str.h"
#include "sources/mysql_grants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena keep;
    struct grants grants = {0};
    struct str rest = {(const char *)data, size};
    arena_init(&keep, 16 << 20);
    while (rest.len > 0) {
        struct str_cut cut = str_cut(rest, '\n');
        rest = cut.tail;
        if (maria_grants_add(&grants, cut.head, &keep, NULL) != 0) {
            break;
        }
    }
    for (size_t i = 0; i < grants.count; i++) {
        const struct grant *grant = &grants.all[i];
        (void)grant_gives(grant, STR("SELECT"));
        if (grant->level == GRANT_DATABASE) {
            (void)grant_covers(grant->database, STR("shop_eu_archive_2024"));
            (void)grant_rank(grant->database);
        }
    }
    maria_grants_clear(&grants);
    arena_clear(&keep);
    return 0;
}
