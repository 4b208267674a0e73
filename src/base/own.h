/* Release at the end of the scope, with OWN(). Each takes NULL, -1 and half-made things. */
#ifndef ASSAY_BASE_OWN_H
#define ASSAY_BASE_OWN_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "assay/words.h"

static inline void own_file(FILE **file)
{
    if (*file != NULL) {
        fclose(*file);
    }
}

static inline void own_fd(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

static inline void own_mem(void *slot)
{
    void **memory = slot;
    free(*memory);
}

static inline void own_json(json_t **value)
{
    json_decref(*value);
}

#endif
