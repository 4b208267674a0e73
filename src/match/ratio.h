/* How much an agreement means: the likelihood ratios of docs/statistics.md, part A, as pure functions.
 * Everything is log10. Nothing here knows a row, a file or a sink. */
#ifndef ASSAY_MATCH_RATIO_H
#define ASSAY_MATCH_RATIO_H

#include "base/stat.h"

enum { RATIO_COLUMNS_MAX = 64, RATIO_BACKGROUNDS_MAX = 64 };

/* In the order in which ties of the headline are named. */
enum ratio_alternative {
    RATIO_ELSEWHERE,
    RATIO_MADE_UP,
    RATIO_PARTNER,
    RATIO_RECYCLED,
    RATIO_SEED,
    RATIO_ALTERNATIVES
};

/* "elsewhere", "made_up", "partner", "recycled", "seed": members of the summary. */
const char *ratio_name(enum ratio_alternative alternative);

/* Kinds of source-made columns, as far as exports replace them. */
enum ratio_kind { RATIO_HASH, RATIO_TIME, RATIO_ID, RATIO_KINDS };
/* "hash", "time", "id": members of match.tau in the rates document. */
const char *ratio_kind_name(enum ratio_kind kind);

/* Constants that are measured or policy, never evidence. */
struct ratio_policy {
    double omega;            /* share kept for an unknown common cause */
    double tau[RATIO_KINDS]; /* chance that an export replaces a column of that kind */
    double eta;              /* share kept for one to three accounts of a forger's own */
    double leaning;          /* of linked rows that a true export altered: share of the part that mostly agrees */
    double share_least;      /* m_lo of A.6: agreement of a true export with its database, at least */
};
extern const struct ratio_policy ratio_policy_default;

/* A column that only the database's keeper made, over the linked rows. */
struct ratio_column {
    uint64_t k, m;  /* equal values, comparable values */
    double u;       /* chance of a coincidence per row */
    double tau;     /* chance that an export replaces the column */
    bool secret;    /* nobody was given it; otherwise issued to others */
    uint64_t n_all; /* rows that could have agreed, if more than have an identity (rows linked by the column itself) */
};

struct ratio_background {
    double c, r; /* share of the background set in the database; of the database in the set */
    uint64_t k;  /* rows of the sample in the set */
};

struct ratio_input {
    uint64_t n;        /* rows that count, seed rows among them */
    uint64_t e_n, e_k; /* rows with an identity; of them known to the database */
    bool has_pairing;
    uint64_t p_n, p_k; /* linked rows whose pairing column can be compared; of them those that agree */
    const struct ratio_column *columns;
    size_t column_count; /* at most RATIO_COLUMNS_MAX */
    const struct ratio_background *backgrounds;
    size_t background_count;
    uint64_t seed_rows;
    uint64_t clusters_all, clusters_secret; /* separate occasions among the agreeing rows */
    uint64_t head_agree;                    /* of the database's first rows, those that agree in a column it made */
};

struct ratio_values {
    double value[RATIO_ALTERNATIVES];
    bool computed[RATIO_ALTERNATIVES];
    double all, secret; /* what the source-made columns carry, after the clusters */
};

/* A.3: one source-made column, k of m, where n_all rows could have agreed. m = 0: 0. */
double ratio_source_column(const struct ratio_policy *policy, uint64_t k, uint64_t m, uint64_t n_all, double u,
                           double tau);
/* A.4 X(F): agreement averaged, contradiction multiplied. None: 0. */
double ratio_combine(const double *values, size_t count);
/* A.4: the alternatives before any cap. Without background sets "recycled" is not computed. */
void ratio_alternatives(const struct ratio_policy *policy, const struct ratio_input *in,
                        struct ratio_values *ret_values);
/* Every value cut to [cap.lo, cap.hi]; the smallest computed one is the headline. */
enum ratio_alternative ratio_headline(struct ratio_values *values, struct interval cap);
/* A.5: what n validation ratios of each kind can carry. No validation: [0, 0]. */
struct interval ratio_cap(const double *h1, size_t h1_count, const double *h2, size_t h2_count);
/* A.6: the share of the sample that comes from the database, from k of n rows that agree in a source-made column. */
struct interval ratio_share(const struct ratio_policy *policy, uint64_t k, uint64_t n);
/* A.6 without such columns, from containment k of n and measured coincidence ū. False: it cannot be estimated. */
bool ratio_share_identity(uint64_t k, uint64_t n, uint64_t background_k, uint64_t background_n,
                          struct interval *ret_share);

#endif
