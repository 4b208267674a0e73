/* What the kinds of personal data share: one cell looked at once, a detector's shape, and how a column is judged.
 *
 *   cell ─ kind_cell_read ─▶ shape ─ prefilter of each detector ─▶ is(): no | shape | yes ─▶ counts per column
 *   counts + hint of the column's name + its table ─▶ fits() ─▶ note
 *
 * Shape and yes: a detector with a check digit says "shape" for what looks like its kind and fails the check. Of random
 * values of that shape a known share passes by chance (a tenth for Luhn), so k passes of m shapes can be weighed. */
#ifndef ASSAY_REACH_KIND_H
#define ASSAY_REACH_KIND_H

#include "reach/kinds.h"

enum {
    CELL_BYTES = 512,           /* longer cells are text: only what lies inside is looked for */
    CELL_TEXT_BYTES = 64 << 10, /* and only so far */
    CELL_COMPACT = 64,
    KIND_SLOTS = 40
};

/* Classes of bytes. */
enum {
    CELL_DIGIT = 1 << 0,
    CELL_UPPER = 1 << 1,
    CELL_LOWER = 1 << 2,
    CELL_SPACE = 1 << 3,
    CELL_DASH = 1 << 4,
    CELL_DOT = 1 << 5,
    CELL_SLASH = 1 << 6,
    CELL_PLUS = 1 << 7,
    CELL_PAREN = 1 << 8,
    CELL_COLON = 1 << 9,
    CELL_AT = 1 << 10,
    CELL_DOLLAR = 1 << 11,
    CELL_LESS = 1 << 12,  /* the filler of a passport's machine-readable zone */
    CELL_COMMA = 1 << 13, /* , and ; */
    CELL_QUOTE = 1 << 14, /* apostrophe */
    CELL_HIGH = 1 << 15,  /* 0x80 and above */
    CELL_WORD = 1 << 16,  /* _ = % and other marks found in tokens */
    CELL_OTHER = 1 << 17,
    CELL_LETTER = CELL_UPPER | CELL_LOWER,
    CELL_ANY = (1 << 18) - 1
};

struct kind_cell {
    struct str text;            /* trimmed; never empty */
    bool is_long;               /* longer than CELL_BYTES: what follows describes the beginning only */
    unsigned classes;           /* CELL_* that occur */
    size_t digits;              /* and how often */
    size_t letters;             /* ASCII */
    size_t compact_len;         /* digits and letters, at most CELL_COMPACT kept */
    char compact[CELL_COMPACT]; /* digits and upper-case letters, all else left out */
};

void kind_cell_read(struct kind_cell *cell, struct str trimmed);
/* Only hexadecimal digits, n of them, in one case. */
bool kind_cell_is_hex(const struct kind_cell *cell, size_t n);
/* The text is exactly: digits in groups of these lengths with one separator of `separators` between them. */
bool kind_cell_groups(struct str text, const char *separators, const unsigned char *lengths, size_t count);

/* How surely a column's name says a kind. */
enum kind_hint {
    KIND_HINT_NONE,
    KIND_HINT_WEAK,  /* "name", "city": only in a table of people */
    KIND_HINT_PLAIN, /* "mail", "postcode" */
    KIND_HINT_STRONG /* "date_of_birth", "passwd" */
};

enum kind_is { KIND_NO, KIND_SHAPE, KIND_YES };

/* One cell, one detector. */
struct kind_ask {
    const struct kind_cell *cell;
    enum kind_hint hint;
    const char *part; /* which part the name says: "first", "postcode"; NULL */
    int32_t year;     /* now */
    bool is_first;    /* a value not seen before in this column, as long as values are told apart */
    unsigned slot;    /* out: which scheme (below the detector's slots) */
    int32_t param;    /* out: its parameter ("cost 10"), or a year */
};

struct kind_slot {
    uint64_t k, distinct; /* values; distinct ones among the first KINDS_DISTINCT */
    int32_t min, max;     /* of the parameter */
};

/* One column and one kind, when all rows were seen. */
struct kind_view {
    enum kind_hint hint;
    const char *part;
    uint64_t n, distinct;          /* non-null, non-empty values; distinct ones (at most KINDS_DISTINCT) */
    uint64_t k, k_distinct;        /* of the kind */
    uint64_t m, m_distinct;        /* of its shape, those of the kind included */
    const struct kind_slot *slots; /* NULL: none was filled */
    bool is_dense;                 /* numbers that follow on one another: counted, not drawn */
    bool is_numbered;              /* the name says that it numbers things: orders, parts, commits */
    bool of_people;                /* the table is about people */
    bool of_medicine;              /* about patients, treatments, ... */
    bool is_reference;             /* about things that have names too: products, cities */
    bool has_partner;              /* another column of the table carries the other half: longitude, a salt */
};

struct buf;
struct kind_detector {
    const char *id;
    unsigned needs[2];              /* a byte of each must be there; 0: nothing */
    unsigned takes;                 /* and no byte of another class; 0: any */
    uint16_t min, max;              /* bytes of text; max 0: no limit, long cells too */
    uint8_t digits_min, digits_max; /* 0, 0: any */
    size_t slots;                   /* schemes, at most KIND_SLOTS */
    bool is_asked_by_name;          /* is() is asked only if the name hints */
    bool may_by_name;               /* a name alone makes a note where there are no values */
    bool is_only_name;              /* values never tell (religion) */
    bool is_whole;                  /* the cell is one such thing: two of these compete for a column */
    bool may_be_opaque;             /* hashed or encrypted values of a column named so are noted by name */
    double chance;                  /* share of values of the shape that pass by chance */
    double purity;                  /* of a true column: Beta(purity, 1); 0: 9, one value in ten may be dirt */
    double prior;                   /* log10 odds, without a hint */
    double floor;                   /* least share of the values without a hint; a quarter of it with one */
    enum kind_is (*is)(struct kind_ask *ask);
    /* NULL: kind_fits. Says whether the column is of the kind, and of how many values. */
    bool (*fits)(const struct kind_detector *kind, const struct kind_view *view, uint64_t *ret_k, double *ret_score);
    /* NULL: the part of the name. Appends what to say of the scheme; *ret_weak static or NULL. */
    void (*scheme)(const struct kind_view *view, struct buf *out, const char **ret_weak);
};

/* log10 odds that the column is of the kind: prior, hint, and k of m passes against what chance gives. */
double kind_weigh(const struct kind_detector *kind, const struct kind_view *view);
/* The usual fits(): weighed with what its table is about, and a floor for the share. */
bool kind_fits(const struct kind_detector *kind, const struct kind_view *view, uint64_t *ret_k, double *ret_score);
/* Share of the values: of all, or of the distinct ones where one placeholder fills the rest; the higher. */
double kind_share(const struct kind_view *view, uint64_t k, uint64_t distinct);
/* Schemes by their names, the most frequent first: "Visa; Mastercard". names[slot]; NULL: not named. */
void kind_name_slots(const struct kind_view *view, const char *const *names, size_t count, struct buf *out);

/* The list, in the order of kind_list.h. */
enum {
#define KIND(id) KIND_##id,
#include "reach/kind_list.h"
#undef KIND
    KINDS_COUNT
};
extern const struct kind_detector *const kind_detectors[KINDS_COUNT];
#define KIND(id) extern const struct kind_detector kind_##id;
#include "reach/kind_list.h"
#undef KIND

#endif
