/* Statements files: YAML of libfyaml, our keys, references and masking. Every refusal has to say where and what. */
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/state.h"

static json_t *earlier(void)
{
    return json_pack("{s:{s:s, s:s, s:s}, s:{s:s, s:s, s:[s]}}", "acme", "type", "party", "id", "acme", "name", "Acme",
                     "S0", "type", "statement", "id", "S0", "relays", "S1");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    OWN(own_arena) struct arena arena;
    OWN(own_json) json_t *before = earlier();
    OWN(own_json) json_t *entries = json_array();
    struct err err = {0};
    arena_init(&arena, (size_t)16 << 20);
    struct state state = {.arena = &arena, .name = "f.yaml", .before = before, .entries = entries, .err = &err};
    if (size > 1 << 16) {
        return 0;
    }
    if (state_read(&state, (struct str){(const char *)data, size}) != 0) {
        if (err.kind == ERR_NONE || !str_starts(str_of(err.text), STR("f.yaml:"))) {
            abort();
        }
        return 0;
    }
    OWN(own_buf) struct buf line = {0};
    if (json_canonical(&line, entries, &err) != 0) {
        abort();
    }
    return 0;
}
