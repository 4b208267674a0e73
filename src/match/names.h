/* What the name of a column says, in the languages that tables are named in. Whole words end where no letter follows; stems
 * may stand anywhere in the name. */
#ifndef ASSAY_MATCH_NAMES_H
#define ASSAY_MATCH_NAMES_H

#include "assay/words.h"
#include "base/str.h"

enum name_time {
    NAME_NOTHING,    /* no time */
    NAME_SOME_TIME,  /* a time, but not which: "ts", "date" */
    NAME_CREATED,    /* when the row was made */
    NAME_CHANGED,    /* when it was changed last */
    NAME_DELETED,    /* when it was marked as deleted */
    NAME_OTHER_TIME, /* a time that is none of these: last login, birth, end of a contract */
};

enum name_time name_time(struct str name);
/* Is it a name at all? False: none was given, or it counts the columns ("", "column 3", "column3"). */
bool name_is_given(struct str name);

/* The same name but for case and separators? */
bool link_same_name(struct str here, struct str there);
/* Do two names of columns say that they hold the same ("pw" and "password_hash", "joined" and "created_at")? */
bool link_same_meaning(struct str here, struct str there);
/* One says when a row was created, the other when it was changed: equal only in rows that never changed. */
bool link_contrary_meaning(struct str here, struct str there);

#endif
