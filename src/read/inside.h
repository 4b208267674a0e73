/* What the files of this room share.
 *
 *   bytes ─ formats/prose, mail ─▶ blocks ─▶ sentences ─▶ tokens ─┬─ names ─▶ parties
 *                                                                 ├─ dates, deadlines, sums, marks
 *                                                                 └─ verbs of saying ─▶ statements
 * All of it lives in one arena, and refers to the text by pointers into it. */
#ifndef ASSAY_READ_INSIDE_H
#define ASSAY_READ_INSIDE_H

#include "assay/read.h"
#include "base/arena.h"
#include "base/time.h"
#include "formats/mail.h"
#include "formats/prose.h"
#include "read/lexicon.h"

enum {
    READ_BYTES_MAX = 8 << 20,
    SENTENCES_MAX = 20000,
    TOKENS_MAX = 400, /* of a sentence; what is behind is not examined, and counted */
    PARTIES_MAX = 500,
    PROPOSALS_MAX = 5000, /* of a kind */
    NO_NAME = 0
};

enum party_kind { PARTY_PERSON, PARTY_COMPANY, PARTY_GROUP, PARTY_ACCOUNT, PARTY_PUBLICATION, PARTY_KINDS };
extern const char *const party_kind_names[PARTY_KINDS];

struct party {
    struct str name; /* as first written, without "the" */
    struct str key;  /* lower case, without "Ltd" and the like */
    struct str acronym;
    unsigned votes[PARTY_KINDS];
    enum party_kind kind;
    char id[32];
    uint64_t nouns[6]; /* hashes of "bank", "retailer": what it was called */
    unsigned noun_count;
    struct party *employer;    /* of a person who speaks for it */
    unsigned mentions, places; /* places: of them behind "in" */
    bool is_told;              /* it is proposed */
    bool is_he, is_she;        /* of a person, as far as a title or a first name tells */
    bool is_compromised;
    const struct sentence *first, *compromised_in;
};

enum token_kind { TOKEN_WORD, TOKEN_NUMBER, TOKEN_MARK, TOKEN_URL, TOKEN_MAIL, TOKEN_HANDLE };

struct token {
    struct str text; /* without "'s" */
    struct str low;  /* ASCII letters lowered, quotes straight */
    enum token_kind kind;
    char mark;        /* of a mark: , : ; . ? ! ( ) - and < > for quotation marks that open and close */
    uint32_t at, end; /* in the sentence's text */
    uint32_t lists;   /* bit l: a phrase of list l begins with this word */
    bool is_capital, is_possessive, is_cited;
    bool is_later; /* in a further sentence of a quotation */
    unsigned name; /* 1 + index of the party that it names; NO_NAME */
    bool is_name_start;
};

struct sentence {
    struct str text;
    const struct prose_block *block;
    uint32_t number; /* in the document, from 1 */
    struct token *tokens;
    size_t count;
    size_t dropped; /* tokens beyond TOKENS_MAX */
};

/* A day or an instant that words name. */
struct moment {
    int64_t at; /* ns UTC; of a day, its midnight in UTC; TIME_NONE: not to be told */
    bool is_day;
    int16_t zone_minutes;
    bool has_zone;
    bool is_zone_assumed; /* its hour stands without a zone: that of the document was taken */
    int64_t until;        /* of a week or month, its last day; TIME_NONE otherwise */
    const char *why;      /* it is not to be told */
    size_t from, to;      /* tokens */
};

struct told_date {
    struct moment moment;
    const struct sentence *in;
    bool is_deadline;
};

struct deadline {
    struct moment due, start;
    bool is_start_assumed, is_served;
    const char *start_by; /* "said", "sentence", "document", "receipt, taken as the document's day" */
    int64_t count;        /* of days, hours; 0: the end itself was named */
    const char *unit;     /* "days", "hours", "working days", "months" */
    const struct sentence *in;
    size_t from, to; /* tokens */
};

struct ransom {
    struct str amount;    /* digits with a point: "1500000" */
    const char *currency; /* ISO 4217 or BTC, XMR, ETH, USDT */
    struct str said;
    const struct sentence *in;
};

enum mark_kind { MARK_CONTACT, MARK_HASH, MARK_CVE, MARK_URL };

struct mark {
    enum mark_kind kind;
    const char *type; /* "e-mail", "handle", "telephone", "Tox", "Session"; "SHA-256", ... */
    struct str value; /* masked where it is a contact */
    const struct sentence *in;
    uint32_t at, end; /* in the sentence */
};

enum act { ACT_ASSERTS, ACT_DENIES, ACT_DEMANDS, ACT_REPORTS, ACT_REPLIES, ACT_RETRACTS, ACT_NONE };
extern const char *const act_names[];

enum { CLAIM_KINDS = 7 };
extern const char *const claim_kind_names[CLAIM_KINDS];

struct statement {
    struct party *speaker;
    struct str voice; /* the words that name the speaker */
    enum act act;
    unsigned claims; /* bit k: of claim kind k */
    struct moment time;
    const char *time_by; /* "sentence", "document", "quoted mail" */
    const char *channel; /* NULL: not said */
    struct party *to;    /* told, or demanded from */
    bool is_quoted;
    struct str text;
    const struct sentence *in;
    size_t verb;    /* token; SIZE_MAX: the document's own voice */
    size_t subject; /* token where the speaker's words begin */
    size_t within;  /* 1 + index of the statement that reports it; 0: none does */
    const struct deadline *deadline;
    bool is_of_document; /* the publication's own report */
};

/* A question to a party, and what became of it. */
struct reply {
    struct party *asked, *by;
    struct moment when; /* it was asked; the document's day unless is_dated */
    bool is_dated, is_silent, is_refused;
    size_t answer; /* 1 + index of the statement that answers; 0: none */
    const struct deadline *until;
    const struct sentence *in, *answered_in;
};

/* Since when a party knew, by whose word. */
struct clock {
    struct party *party, *by;
    struct moment when;
    const struct sentence *in;
};

/* Whose "we" it is, and when: of the document, or of a quoted mail. */
struct voice {
    struct party *author, *addressee;
    struct moment when;
    bool is_own_word; /* a notice, post, mail or release: it speaks for itself */
    bool is_spoken;   /* of a transcript */
    bool is_pleaded;  /* of a complaint to a court: each numbered paragraph is alleged */
};

/* A post of a thread: whose the sentences from that number on are. */
struct section {
    uint32_t first;
    struct voice voice;
};

enum document_kind { DOCUMENT_TEXT, DOCUMENT_HTML, DOCUMENT_MAIL };

#define LIST_OF(type, name) \
    struct {                \
        type *all;          \
        size_t count, cap;  \
    } name

struct reader {
    const struct assay_read_options *options;
    struct arena *arena;
    const struct lexicon *lexicon;
    struct prose prose;
    struct mail mail;
    enum document_kind document;
    LIST_OF(struct sentence, sentences);
    LIST_OF(struct party *, parties);
    LIST_OF(struct told_date, dates);
    LIST_OF(struct deadline, deadlines);
    LIST_OF(struct ransom, ransoms);
    LIST_OF(struct mark, marks);
    LIST_OF(struct statement, statements);
    LIST_OF(struct section, sections);
    LIST_OF(struct reply, replies);
    LIST_OF(struct clock, clocks);
    struct moment served; /* a notice, by its own words; TIME_NONE: it does not say */
    struct voice own;     /* of the document */
    struct voice quoted;  /* of what is quoted in a mail */
    struct party *publication;
    struct party *protagonist; /* the house that it is about; NULL: none is named */
    int16_t zone_minutes;
    const char *zone_by; /* "option", "document", "UTC" */
    const char *published_by;
    uint64_t bytes, words, english_words;
    bool is_english, is_cut;
    uint32_t about_from; /* number of the line "About X" below which a house praises itself; 0: there is none */
    bool has_client;     /* the head says for whom its lawyers write */
    /* who was spoken of last, of each kind, and who spoke last */
    struct party *last[PARTY_KINDS];
    struct party *last_speaker, *last_asserter, *last_person;
    struct party *quoting; /* whose words stood in quotation marks last, in sentence quoting_in */
    uint32_t quoting_in;
    struct party *last_he, *last_she; /* the last person who may be meant by it */
    struct party *spoken;             /* the person of this sentence's speaker */
    bool is_subject_unknown;          /* somebody spoke in the last sentence who could not be told: "it" may be him */
    struct party *last_subject;       /* whom "it" in the next sentence means; no person */
    struct err *err;
};

/* Room for one more in a list of the reader's arena; NULL and is_cut at the bound, or without memory (err). */
void *reader_more(struct reader *reader, void **all, size_t *count, size_t *cap, size_t size, size_t most);
#define MORE(reader, list, most) \
    reader_more((reader), (void **)&(list).all, &(list).count, &(list).cap, sizeof *(list).all, (most))

/* sentence.c */
MUST_USE int sentences_cut(struct reader *reader);
/* The text of tokens [from, to) as it stands. */
struct str sentence_slice(const struct sentence *sentence, size_t from, size_t to);
bool sentence_is_examined(const struct sentence *sentence);
/* A line of the head of a forwarded mail: whose what follows is. */
bool is_quoted_head(const struct sentence *sentence);

/* lexicon.c: longest phrase of a list at a token; 0: none. */
size_t lexicon_at(const struct reader *reader, enum lexicon_list list, const struct sentence *sentence, size_t at,
                  const struct lexicon_entry **ret_entry);
/* Is the word at `at` of that class of grammar.tsv? */
bool word_is(const struct reader *reader, const struct sentence *sentence, size_t at, const char *class);
const char *noun_at(const struct reader *reader, const struct sentence *sentence, size_t at, size_t *ret_count);
static inline bool is_mark(const struct sentence *s, size_t at, char mark)
{
    return at < s->count && s->tokens[at].kind == TOKEN_MARK && s->tokens[at].mark == mark;
}

/* party.c, name.c */
MUST_USE int names_find(struct reader *reader);
struct party *party_named(struct reader *reader, struct str name, enum party_kind kind);
struct party *party_of_token(const struct reader *reader, const struct sentence *sentence, size_t at);
void parties_settle(struct reader *reader);
enum party_kind party_kind_of_noun(const char *class);

/* date.c: tokens of a date at `at`; 0 if none begins there. is_future: of two days with that name the coming one. */
size_t date_at(const struct reader *reader, const struct sentence *s, size_t at, const struct moment *now,
               bool is_future, struct moment *ret_moment);
bool number_at(const struct reader *reader, const struct sentence *s, size_t at, double *ret_value);
int64_t moment_day(const struct moment *moment); /* days since 1970, in the moment's own zone */
struct moment moment_of_day(int64_t day);
const struct moment *reader_now(const struct reader *reader, const struct sentence *sentence);
const struct voice *reader_voice(const struct reader *reader, const struct sentence *sentence);
MUST_USE int dates_find(struct reader *reader);

/* deadline.c, money.c, mark.c */
MUST_USE int deadlines_find(struct reader *reader);
MUST_USE int ransoms_find(struct reader *reader);
MUST_USE int marks_find(struct reader *reader);
/* A sentence's text with contacts masked (new bytes in out). */
void marks_mask(const struct reader *reader, const struct sentence *sentence, struct str part, struct buf *out);

/* voice.c: publication, author, addressee, day of publication. */
MUST_USE int voice_find(struct reader *reader);

/* stance.c */
struct sense {
    bool denies, demands, retracts, replies, is_silent, is_of_data;
    bool wants;    /* "we demand": the first person */
    bool is_aware; /* "knew", "learned of" */
    bool is_fact;  /* what was done about it, or what the data holds: "notified", "may have contained" */
    unsigned claims;
};
/* Is it for something that was asked, from that token on: "to", "for", "that"? "Asked on Tuesday" asks for nothing. */
bool asks_for_something(const struct sentence *s, size_t from);
void sense_add(struct sense *to, const struct sense *more);
struct sense sense_of(const struct reader *reader, const struct sentence *s, size_t from, size_t to);

/* subject.c: who is meant by tokens [from, to); NULL: nobody that can be told. */
struct party *party_of_phrase(struct reader *reader, const struct sentence *s, size_t from, size_t to, enum act act);
void reader_heard_person(struct reader *reader, struct party *person);
void reader_heard(struct reader *reader, const struct sentence *s, size_t from, size_t to);

/* salience.c: the house that the document is about; NULL: no house is named. */
struct party *protagonist_of(const struct reader *reader);
/* "Port Authority", "Quillon Labs": by its last word one who looks at what befell others; or the publication. */
bool is_onlooker(const struct reader *reader, const struct party *party);

/* statement.c */
MUST_USE int statements_find(struct reader *reader);

/* tell.c */
MUST_USE int reader_tell(struct reader *reader, const struct assay_sink *sink);

#endif
