/* What statement.c, act.c, when.c and own.c share. */
#ifndef ASSAY_READ_STATEMENT_H
#define ASSAY_READ_STATEMENT_H

#include "read/say.h"

struct content {
    size_t from, to;               /* behind the verb */
    size_t before_from, before_to; /* before the subject, of the first verb */
};

/* act.c */
bool has_quote(const struct sentence *s, size_t from, size_t to);
/* Where the words of a saying begin: its subject, or its verb. */
size_t saying_first(const struct saying *saying);
/* The words that belong to a verb. */
struct content content_of(const struct reader *reader, const struct sentence *s, const struct sayings *sayings,
                          size_t index);
struct sense content_sense(const struct reader *reader, const struct sentence *s, const struct content *content);
enum act act_of(const struct saying *saying, const struct sense *sense, const struct reader *reader);
bool saying_counts(const struct reader *reader, const struct sentence *s, const struct saying *saying,
                   const struct content *content, const struct sense *sense);
/* Of what stands outside quotation marks, up to token end. */
struct sense uncited_sense(const struct reader *reader, const struct sentence *s, size_t end);
/* Does a paper's sentence speak of its own mistake? */
bool is_correcting(const struct reader *reader, const struct sentence *s);
const struct deadline *deadline_in(const struct reader *reader, const struct sentence *s);
bool has_sum(const struct reader *reader, const struct sentence *s);

/* when.c: sets time and time_by. */
void statement_date(const struct reader *reader, struct statement *statement);

/* statement.c: NULL at the bound or without memory. */
struct statement *statement_keep(struct reader *reader, struct statement statement);

/* reply.c: questions, their answers and awareness in a sentence whose statements are those from `first` on. */
void replies_note(struct reader *reader, const struct sentence *s, const struct sayings *sayings, size_t first);

/* own.c: what a document that speaks for itself says in a sentence where nobody else does. */
MUST_USE int put_own(struct reader *reader, const struct sentence *s, const struct sayings *sayings);

/* Does an order begin at that token: "Please confirm", "Do not pay"? */
bool order_begins(const struct reader *reader, const struct sentence *s, size_t at);

/* quotation.c: the further sentences of a quotation whose first one is a statement from `first` on. */
MUST_USE int put_later(struct reader *reader, const struct sentence *s, size_t first);

#endif
