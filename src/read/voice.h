/* What voice.c, label.c and letter.c share. */
#ifndef ASSAY_READ_VOICE_H
#define ASSAY_READ_VOICE_H

#include "read/inside.h"

/* label.c: "Name <address>", "Name, The Paper": the piece that says most; NULL: nobody. */
struct party *party_of_label(struct reader *reader, struct str value);
/* The same of a mail's sender, whose address may tell that he is a person. */
struct party *party_of_sender(struct reader *reader, struct str value);
bool label_is(struct str text, const char *name, struct str *ret_value);
/* "X LLP, solicitors for Y" -> "Y"; value itself where nobody else is named. */
struct str client_in(struct str value);

/* letter.c */
unsigned count_first_person(const struct reader *reader);
bool greets(struct str text);
/* Of a note without a line that says whose it is; NULL: cannot be told. */
struct party *note_author(struct reader *reader);
/* The party of the text that an address's domain spells. */
bool is_desk_address(struct str local);
struct party *house_of_domain(struct reader *reader, struct str domain);
/* form.c: whose a filing, a pleading, a sworn statement or a status page is by its form; NULL: it is none of them. */
struct party *form_author(struct reader *reader);
/* voice.c: the first day or instant in it; at TIME_NONE: there is none. */
struct moment date_in(const struct reader *reader, const struct sentence *s);
/* post.c: the posts of a thread or a channel, each with its author and time. */
MUST_USE int posts_find(struct reader *reader);
/* stamp.c: the pieces of a page that goes on, each with its own time. Behind what tells whose the document is. */
MUST_USE int stamps_find(struct reader *reader);
/* turn.c: whose turn each part of a transcript is. */
MUST_USE int turns_find(struct reader *reader);
/* "Company: Hale Motors", "Target: ...": it names whom a gang extorts. */
bool is_victim_label(struct str text);
/* "OFFICE OF THE DATA GUARDIAN", where the text speaks of the Data Guardian: that one; otherwise the party itself. */
struct party *holder_of_office(const struct reader *reader, struct party *office);
struct party *signing_person(struct reader *reader);
struct party *foot_author(struct reader *reader);
struct party *nameless_author(struct reader *reader);
/* Whose notice it is by its first line, and whether that is a court, a regulator. */
struct party *heading_author(struct reader *reader, bool *ret_is_office);
/* Whom a note greets, whom a letter is addressed to; NULL: nobody that is named. */
struct party *greeted(const struct reader *reader);
struct party *address_of(const struct reader *reader);

#endif
