/* The tables and grants that dumps tell of, growing, with an end. */
#include <stdlib.h>

#include "base/str.h"
#include "reach/dump.h"

#include "base/banned.h"

enum { MODEL_BYTES = 512 << 20, ROOM_START = 64 };

int dump_model_open(struct dump_model *model, struct err *err)
{
    *model = (struct dump_model){.database = STR("")};
    arena_init(&model->keep, MODEL_BYTES);
    model->scratch = calloc(DUMP_COLUMNS_MAX, sizeof *model->scratch);
    return model->scratch != NULL ? 0 : err_no_memory(err);
}

void own_dump_model(struct dump_model *model)
{
    arena_clear(&model->keep);
    free(model->tables);
    free(model->grants);
    free(model->scratch);
}

uint64_t dump_hash(struct str database, struct str schema, struct str name)
{
    uint64_t hash = str_hash(database);
    hash = hash * UINT64_C(0x9E3779B97F4A7C15) + str_hash(schema);
    return hash * UINT64_C(0x9E3779B97F4A7C15) + str_hash(name);
}

/* Room for one more of `bytes` each; -1 at most. */
static int grow(void *slot, size_t count, size_t *room, size_t most, size_t bytes, struct err *err)
{
    void **list = slot;
    if (count < *room) {
        return 0;
    }
    if (count >= most) {
        return err_set(err, ERR_LIMIT, "more than %zu tables or grants in the dumps", most);
    }
    size_t wanted = *room == 0 ? ROOM_START : *room * 2;
    void *grown = realloc(*list, wanted * bytes);
    if (grown == NULL) {
        return err_no_memory(err);
    }
    *list = grown;
    *room = wanted;
    return 0;
}

struct dump_table *dump_add_table(struct dump_model *model, struct err *err)
{
    if (grow(&model->tables, model->table_count, &model->table_room, DUMP_TABLES_MAX, sizeof *model->tables, err) !=
        0) {
        return NULL;
    }
    struct dump_table *table = &model->tables[model->table_count++];
    *table = (struct dump_table){.database = model->database, .schema = STR(""), .name = STR("")};
    return table;
}

struct dump_grant *dump_add_grant(struct dump_model *model, struct err *err)
{
    if (grow(&model->grants, model->grant_count, &model->grant_room, DUMP_GRANTS_MAX, sizeof *model->grants, err) !=
        0) {
        return NULL;
    }
    struct dump_grant *grant = &model->grants[model->grant_count++];
    *grant = (struct dump_grant){
        .who = STR(""), .database = model->database, .schema = STR(""), .name = STR(""), .text = STR("")};
    return grant;
}

const char *dump_power_name(enum dump_power power)
{
#define X(id, name, means) name,
    static const char *const names[] = {DUMP_POWERS(X)};
#undef X
    return names[power];
}

const char *dump_power_means(enum dump_power power)
{
#define X(id, name, means) means,
    static const char *const meanings[] = {DUMP_POWERS(X)};
#undef X
    return meanings[power];
}
