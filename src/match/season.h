/* Daylight saving: an export written in local time shows two clock offsets one hour apart, by the time of year
 * (docs/statistics.md, B.2). Rules: EU directive 2000/84/EC; US Energy Policy Act of 2005; Australian states since 2008;
 * New Zealand Time Order 2007. Earlier years followed other rules and are not recognised. */
#ifndef ASSAY_MATCH_SEASON_H
#define ASSAY_MATCH_SEASON_H

#include "match/dating.h"

enum { SEASON_S = 3600 };

struct season_rule;
struct season {
    const struct season_rule *rule; /* NULL: the sample's clock has no seasons */
    const char *family;             /* "European Union", ...; static */
    int64_t standard_s;             /* sample - table outside daylight saving */
    bool is_table_local;            /* the table keeps local time and the sample does not */
    uint64_t standard_rows, daylight_rows;
};

/* Is it a zone with daylight saving? differences_s: sample - table; tables_s: the table's instants; whole seconds. Found only
 * if it explains max(3, count/2) more rows than no offset and 3 more than `single`, the best single one; three rows or more in
 * each half of the year; at most one row in a hundred in the wrong half. rule is NULL if there is none. */
struct season season_find(const int64_t *differences_s, const int64_t *tables_s, size_t count,
                          const struct dating_offset *single);
/* The zone of a family, by its name and standard offset; rule is NULL for a family that is not known. */
struct season season_named(const char *family, int64_t standard_s, bool is_table_local);
/* What the difference of a row has beyond standard_s: 0, or an hour either way. table_s: the table's instant. */
int64_t season_extra(const struct season *season, int64_t table_s, int64_t difference_s);
/* An instant of the sample by the table's clock; DATING_NO_TIME in the local hour that occurs twice. */
int64_t season_to_table(const struct season *season, int64_t sample_s);

#endif
