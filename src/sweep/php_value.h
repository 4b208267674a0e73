/* Values of the evaluator: what is known of an expression, and where it came from.
 *
 * A value may be a constant (text, number, array) or unknown; either way it carries taint: bits that say what
 * flowed into it. Texts are immutable and may share memory. All memory is the heap's and ends with it. */
#ifndef ASSAY_SWEEP_PHP_VALUE_H
#define ASSAY_SWEEP_PHP_VALUE_H

#include "base/arena.h"

enum php_taint {
    TA_IN = 1,           /* the visitor's bytes */
    TA_FNAME = 2,        /* the client's name of an upload */
    TA_FTMP = 4,         /* where the server keeps an upload */
    TA_NET = 8,          /* fetched from elsewhere */
    TA_FILE = 16,        /* read from a file */
    TA_SELF = 32,        /* of this very file */
    TA_DEC = 64,         /* came through a decoder */
    TA_BUILT = 128,      /* a constant put together from pieces */
    TA_CHOP = 256,       /* single characters cut from a constant */
    TA_VV = 512,         /* reached through a variable name that isn't known */
    TA_PARAM = 1024,     /* a parameter of a function nobody here calls */
    TA_AFFIX = 2048,     /* a constant is joined to it */
    TA_OPAQUE = 4096,    /* result of a function of this file that can't be computed */
    TA_GUARDED = 8192,   /* compared with a known few */
    TA_FILES = 1 << 14,  /* $_FILES or an entry of it */
    TA_SERVER = 1 << 15, /* $_SERVER itself */
    TA_HANDLE = 1 << 16, /* a file opened for writing; the other bits are its path's */
    TA_NONASCII = 1 << 17,
    TA_ALL_INPUT = 1 << 18,   /* a superglobal as a whole */
    TA_COM = 1 << 19,         /* an object of WScript.Shell or the like */
    TA_SCRIPT_PATH = 1 << 20, /* a path that ends in a script's ending */
    TA_REFLECT = 1 << 21,     /* a reflected function of the value's callee */
    TA_ENV = 1 << 22,         /* $GLOBALS */
    TA_OLD = 1 << 24,         /* the visitor's only where register_globals makes variables of fields */
    TA_BARE = 1 << 25,        /* a word that is text only if no such constant exists */
    TA_WRITTEN = 1 << 27,     /* a path whose file the visitor has just written */
    TA_TAGGED = 1 << 28,      /* a decoder's text that opens PHP is in it */
    TA_TABLE = 1 << 30,       /* a statement in which the visitor names the table */
    TA_WHOLE = 1 << 29,       /* the whole request made into one text */
    TA_DETOUR = 1 << 26,      /* "compress.zlib://", "udp://" ... stand before it */
    TA_BEHIND = 1 << 23       /* something that isn't the visitor's stands before what is */
};

enum { TA_FLOW = TA_IN | TA_FNAME | TA_FTMP | TA_NET | TA_FILE | TA_SELF | TA_VV };

enum php_type { PV_UNKNOWN, PV_TEXT, PV_NUMBER, PV_BOOL, PV_NULL, PV_ARRAY, PV_CLOSURE };

/* How a value got where it is, latest first. */
struct php_step {
    const struct php_step *before;
    uint32_t line;
    struct str text;
};

struct php_array;

struct php_value {
    uint8_t type;
    uint8_t decoders; /* how many it went through */
    uint16_t pieces;  /* constants it was put together from */
    uint32_t taint;
    struct str text;         /* TEXT */
    double number;           /* NUMBER, BOOL; CLOSURE: index of the function */
    struct php_array *array; /* ARRAY */
    struct str suffix;       /* constant end of an unknown text */
    const struct php_step *steps;
};

struct php_key {
    bool is_text;
    int64_t number;
    struct str text;
};

struct php_element {
    struct php_key key;
    struct php_value value;
};

struct php_array {
    uint32_t count, cap;
    struct php_element *list;
    uint32_t *index; /* open addressing over list; built when there are many */
    uint32_t index_size;
    int64_t next;
    bool is_shared;          /* copy before changing */
    uint32_t taint;          /* of its elements, as it was when the heap's count of changes was `taint_at` */
    uint64_t taint_at;       /* 0: not asked yet */
    const uint64_t *changes; /* that count */
};

struct php_map;

/* Variables, properties, constants: name to slot. Slots stay where they are; two names may share one. */
struct php_slot {
    struct php_value value;
    uint32_t depth;             /* of the block it was last assigned in */
    uint32_t beside;            /* taint that it has on the way through that block only */
    uint32_t until;             /* token behind that block */
    bool is_set;                /* assigned at all */
    bool is_asked;              /* a property: something has asked what it holds */
    const struct php_map *home; /* it was made for */
};

struct php_entry {
    struct str name;
    struct php_slot *slot;
};

struct php_map {
    struct php_entry *table;
    uint32_t size, count;
};

enum { PHP_SPARE_SIZES = 4 };

struct php_heap {
    struct arena arena;
    struct php_spare *slots, *tables[PHP_SPARE_SIZES]; /* given back by maps that ended, to be used again */
    char *tip;                                         /* texts grow here */
    size_t room;
    uint64_t steps;   /* work that may still be done */
    uint64_t changes; /* how often an element of any array was handed out to be written, and one */
    bool is_spent;    /* a bound was reached: what came after isn't known */
};

enum { PHP_TEXT_MAX = 3 << 20, PHP_ARRAY_MAX = 20000, PHP_HEAP_BYTES = 40 << 20 };

void php_heap_init(struct php_heap *heap);
void php_heap_clear(struct php_heap *heap);
/* One unit of work, or `units` of them; false when none are left. */
static inline bool php_heap_work(struct php_heap *heap, uint64_t units)
{
    if (heap->steps < units) {
        heap->steps = 0;
        heap->is_spent = true;
        return false;
    }
    heap->steps -= units;
    return true;
}

/* As much work as to look through a text for a few words. */
bool php_heap_read(struct php_heap *heap, struct str text);
/* Zeroed memory; NULL when there is none left (is_spent is set). */
void *php_heap_take(struct php_heap *heap, size_t bytes);
/* Room for a text of at most `bytes`; php_heap_text() then keeps what was used. NULL as above. */
char *php_heap_room(struct php_heap *heap, size_t bytes);
struct str php_heap_text(struct php_heap *heap, size_t used);

static inline struct php_value php_unknown(uint32_t taint)
{
    return (struct php_value){.type = PV_UNKNOWN, .taint = taint};
}

static inline struct php_value php_text_value(struct str text)
{
    return (struct php_value){.type = PV_TEXT, .text = text, .pieces = 1};
}

static inline struct php_value php_number_value(double number)
{
    return (struct php_value){.type = PV_NUMBER, .number = number};
}

static inline struct php_value php_bool_value(bool is_true)
{
    return (struct php_value){.type = PV_BOOL, .number = is_true};
}

/* Text, number, bool or null. */
static inline bool php_is_constant(const struct php_value *value)
{
    return value->type >= PV_TEXT && value->type <= PV_NULL;
}

/* As PHP converts; false if the value isn't constant. */
bool php_to_text(struct php_heap *heap, const struct php_value *value, struct str *ret_text);
bool php_to_number(const struct php_value *value, double *ret_number);
/* 1, 0, or -1 when it can't be known. */
int php_to_bool(const struct php_value *value);
struct php_value php_concat(struct php_heap *heap, const struct php_value *left, const struct php_value *right);
/* What could be either. */
struct php_value php_join(const struct php_value *left, const struct php_value *right);
/* All taint of a value, elements included (to a bounded depth). */
uint32_t php_taint_of_array(const struct php_value *value);

static inline uint32_t php_taint_of(const struct php_value *value)
{
    return value->type == PV_ARRAY ? php_taint_of_array(value) : value->taint;
}

struct php_array *php_array_new(struct php_heap *heap);
struct php_key php_key_of(struct php_heap *heap, const struct php_value *value); /* of a constant */
struct php_value *php_array_find(const struct php_array *array, const struct php_key *key);
/* The slot of key, made if it isn't there, to be written before anything else is asked; NULL at a bound. key NULL: the next number. */
struct php_value *php_array_at(struct php_heap *heap, struct php_array *array, const struct php_key *key);
/* An array that may be changed, in place of a shared one. NULL at a bound. */
struct php_array *php_array_own(struct php_heap *heap, struct php_value *value);

struct php_slot *php_map_find(const struct php_map *map, struct str name);
/* Found or made; NULL at a bound. name must outlive the map. */
struct php_slot *php_map_at(struct php_heap *heap, struct php_map *map, struct str name);
/* The map ends: its memory is used for others. Nobody may know its own slots any more; those that were bound stay. */
void php_map_end(struct php_heap *heap, struct php_map *map);
/* Makes name mean slot in this map too: references and globals. False at a bound. */
bool php_map_bind(struct php_heap *heap, struct php_map *map, struct str name, struct php_slot *slot);

#endif
