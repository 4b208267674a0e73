/* sources/clickhouse_tsv.c and clickhouse_grants.c: what a ClickHouse server, or one that poses as one, answers. The first line is a
 * row, each further one a grant. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "sources/clickhouse_grants.h"
#include "sources/clickhouse_tsv.h"

enum { ROOM = 8 };

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void cut_row(struct str line)
{
    struct str cells[ROOM];
    char *copy = malloc(line.len + 1);
    check(copy != NULL);
    memcpy(copy, line.data == NULL ? "" : line.data, line.len);
    size_t tabs = 0;
    for (size_t i = 0; i < line.len; i++) {
        tabs += copy[i] == '\t' ? 1 : 0;
    }
    check(clickhouse_tsv(copy, line.len, cells, ROOM) == tabs + 1);
    for (size_t i = 0; i < ROOM && i <= tabs; i++) {
        bool is_inside = cells[i].data >= copy && cells[i].data + cells[i].len <= copy + line.len;
        check(cells[i].data == NULL ? cells[i].len == 0 : is_inside);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str_cut cut = str_cut((struct str){(const char *)data, size}, '\n');
    struct grants grants;
    struct err err = {0};
    cut_row(cut.head);
    check(grants_open(&grants, &err) == 0);
    while (cut.found) {
        cut = str_cut(cut.tail, '\n');
        check(grants_add(&grants, cut.head, &err) == 0 || err.kind == ERR_LIMIT);
    }
    check(grants.count <= GRANTS_MAX && grants.role_count <= GRANTS_ROLES_MAX);
    for (size_t i = 0; i < grants.count && i < 16; i++) { /* what is granted on everything is granted on each */
        const struct grant *grant = &grants.list[i];
        (void)grants_select(&grants, grant->database, grant->table, grant->column);
        check(!grants_are_all(&grants) || grants_select(&grants, grant->database, grant->table, grant->column));
        (void)grants_show_all(&grants, grant->database);
        (void)grants_why(&grants, grant->database);
    }
    grants_close(&grants);
    return 0;
}
