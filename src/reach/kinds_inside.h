/* What kinds.c counts and kind_judge.c judges: columns with their counts. */
#ifndef ASSAY_REACH_KINDS_INSIDE_H
#define ASSAY_REACH_KINDS_INSIDE_H

#include "base/arena.h"
#include "reach/kind.h"
#include "reach/kind_words.h"

enum {
    KINDS_DISTINCT = 512, /* values told apart, per column: more would not change a judgement */
    KINDS_TABLE = 1024,   /* a power of two above it */
    KINDS_COLUMNS_MAX = 16384,
    KINDS_BYTES = 1 << 30,
    NUMBER_DIGITS = 8,
    MEMBERS_MAX = 64, /* names of members of JSON told apart, per column */
    MEMBER_KINDS = 4,
    NUMBERS_MAX = 128,
    NUMBER_GAP = 20000 /* numbers that were counted stand closer; nine digits of 128 people 400 times less close */
};

struct tally {
    uint64_t k, m;
    uint32_t k_distinct, m_distinct;
    struct kind_slot *slots;
};

/* What every detector would refuse at once, side by side: this is asked of each cell and each kind. */
struct gate {
    unsigned refused; /* classes */
    unsigned needs[2];
    uint16_t min, max;
    unsigned char digits_min, digits_max, kind;
    bool takes_long;
};

/* A member of JSON by its name, with what the name hints at. */
struct member {
    uint64_t hash;
    unsigned count;
    struct {
        unsigned char kind;
        enum kind_hint hint;
        const char *part;
    } hinted[MEMBER_KINDS];
};

struct inside {
    struct member members[MEMBERS_MAX];
    size_t member_count;
    uint64_t k[KINDS_COUNT]; /* cells with a member of the kind */
};

struct column {
    struct inside *inside; /* NULL: no JSON was seen */
    struct kind_hints hints;
    enum kind_table table;
    bool is_medical, has_salt_name;
    uint64_t n;
    uint64_t *numbers; /* distinct whole numbers of NUMBER_DIGITS and more, the first NUMBERS_MAX */
    size_t number_count;
    bool is_dense, is_numbered;
    size_t distinct;
    uint64_t *seen; /* KINDS_TABLE hashes, 0: free */
    struct tally tallies[KINDS_COUNT];
    struct gate gates[KINDS_COUNT]; /* of the kinds to ask */
    size_t gate_count;
};

struct kinds {
    struct arena arena;
    struct column *columns;
    size_t count;
    int32_t year;
    size_t latitudes, longitudes, streets, salts; /* columns that are called so */
    bool is_short;                                /* of memory: counts are not whole */
    bool of_people;
    struct kind_note *notes;
    size_t note_count;
};

#endif
