/* The path of processors with AVX-512 IFMA: eight points at a time. */
#ifdef __x86_64__
#include "private/field_ifma.h"

#include "private/field_lanes.h"
#include "private/group_lanes.h"
#include "private/sha512_lanes.h"

#include "base/banned.h"

const struct group_path group_ifma = {"avx512ifma",       lanes_map,           lanes_multiply,
                                      lanes_map_multiply, lanes_multiply_base, lanes_multiply_point,
                                      lanes_check,        lanes_expand};

#else
typedef int no_such_processor;
#endif
