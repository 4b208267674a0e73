/* Names and the parties they stand for: party.c, name.c, vote.c. */
#ifndef ASSAY_READ_NAME_H
#define ASSAY_READ_NAME_H

#include "read/inside.h"

/* "Cllr Petty", "the Trust" */
enum form { FORM_PLAIN, FORM_TITLED, FORM_DEFINITE };

/* The party of that name, a new one if there is none; NULL at the bound or without memory. */
struct party *party_find(struct reader *reader, struct str name, enum form form);
/* 1 + its place among the reader's; NO_NAME if it is none of them. */
unsigned party_index(const struct reader *reader, const struct party *party);
/* "legal", "company", "publication", "group"; NULL if the word ends no names. */
const char *name_suffix(const struct reader *reader, struct str low);
bool is_capital_word(const struct sentence *s, size_t at);
/* What the mention at tokens [from, to) says of its kind. */
void name_vote(const struct reader *reader, struct party *party, const struct sentence *s, size_t from, size_t to);

#endif
