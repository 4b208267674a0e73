/* The path of processors without vectors worth using: one point at a time, by the same formulas as the others. */
#ifdef __SIZEOF_INT128__
#include "private/field_portable.h"

#include "private/field_lanes.h"
#include "private/group_lanes.h"

#include "base/banned.h"

/* SHA-512 of one message at a time is libsodium's. */
static void expand(uint8_t (*out)[GROUP_UNIFORM_BYTES], const struct str *messages, size_t count, struct str tag)
{
    group_sodium.expand(out, messages, count, tag);
}

const struct group_path group_portable = {
    "portable",           lanes_map,   lanes_multiply, lanes_map_multiply, lanes_multiply_base,
    lanes_multiply_point, lanes_check, expand};

#else
typedef int no_such_processor;
#endif
