/* Documents whose form tells whose they are: a company's filing, a party's pleading, a sworn statement, a status page. */
#include "base/str.h"
#include "read/voice.h"

#include "base/banned.h"

enum { HEAD_SENTENCES = 40 };

static bool says(const struct sentence *s, const char *words)
{
    return str_find_nocase(s->text, str_of(words), 0) != SIZE_MAX;
}

/* The name of the line before that one: "HOLLINGER FREIGHT SYSTEMS, INC." above "(Exact name of registrant as specified in its charter)". */
static struct party *line_before(struct reader *reader, size_t index)
{
    for (size_t i = index; i > 0 && index - i < 3; i--) {
        const struct sentence *s = &reader->sentences.all[i - 1];
        if (s->count > 1 && s->count < 12) {
            return party_named(reader, s->text, PARTY_COMPANY);
        }
    }
    return NULL;
}

static struct party *registrant(struct reader *reader, size_t index)
{
    const struct sentence *s = &reader->sentences.all[index];
    bool is_it = s->count < 20 && says(s, "name of") && (says(s, "registrant") || says(s, "issuer"));
    return is_it ? line_before(reader, index) : NULL;
}

/* "AFFIDAVIT OF LORNA TASK", "Witness statement of ..." */
static struct party *deponent(struct reader *reader, const struct sentence *s)
{
    static const char *const words[] = {"affidavit", "statement", "declaration", "deposition", "testimony"};
    size_t of = 0;
    while (of < s->count && !str_eq(s->tokens[of].low, STR("of"))) {
        of++;
    }
    bool is_it = s->count < 10 && of > 0 && of + 1 < s->count && of < 5 &&
                 str_is_one_of(s->tokens[of - 1].low, words, sizeof words / sizeof *words) &&
                 !is_mark(s, s->count - 1, '.') && s->tokens[of + 1].is_name_start;
    bool is_sworn = is_it && (says(s, "affidavit") || says(s, "declaration") || says(s, "witness") ||
                              says(s, "deposition") || says(s, "testimony"));
    return is_sworn ? party_of_token(reader, s, of + 1) : NULL;
}

static bool is_loud(const struct sentence *s)
{
    for (size_t i = 0; i < s->text.len; i++) {
        if (s->text.data[i] >= 'a' && s->text.data[i] <= 'z') {
            return false;
        }
    }
    return s->count != 0;
}

static bool is_pleading(const struct reader *reader)
{
    static const char *const titles[] = {"complaint", "statement of claim",   "particulars of claim",
                                         "petition",  "statement of defence", "claim form"};
    for (size_t i = 0; i < reader->sentences.count && i < HEAD_SENTENCES; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; s->count < 8 && t < sizeof titles / sizeof *titles; t++) {
            bool ends =
                s->text.len >= strlen(titles[t]) &&
                str_eq_nocase(str_slice(s->text, s->text.len - strlen(titles[t]), s->text.len), str_of(titles[t]));
            bool is_within = is_loud(s) && says(s, titles[t]); /* "CLASS ACTION COMPLAINT   JURY TRIAL DEMANDED" */
            if (ends || is_within) {
                return true;
            }
        }
    }
    return false;
}

/* "LORRAINE TASK, ..., Plaintiff, v.": who brings the suit pleads in it. */
static struct party *pleader(struct reader *reader)
{
    static const char *const parts[] = {"plaintiff",  "plaintiffs", "claimant",
                                        "petitioner", "applicant",  "complainant"};
    struct party *last = NULL;
    for (size_t i = 0; i < reader->sentences.count && i < HEAD_SENTENCES; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; t < s->count; t++) {
            bool is_court = s->count > 2 && (says(s, "court") || says(s, "tribunal"));
            bool is_part = str_is_one_of(s->tokens[t].low, parts, sizeof parts / sizeof *parts);
            if (is_part && (s->tokens[t].name != NO_NAME || last != NULL)) {
                return s->tokens[t].name != NO_NAME ? party_of_token(reader, s, t) : last;
            }
            last = s->tokens[t].is_name_start && !is_court && last == NULL ? party_of_token(reader, s, t) : last;
        }
    }
    return NULL;
}

/* "Pellworm Cloud Status" at the head of a page of incidents. */
static struct party *status_of(struct reader *reader)
{
    const struct sentence *s = reader->sentences.count > 3 ? &reader->sentences.all[0] : NULL;
    bool is_it = s != NULL && s->count > 1 && s->count < 6 && str_eq(s->tokens[s->count - 1].low, STR("status"));
    return is_it ? party_of_label(reader, s->text) : NULL;
}

struct party *form_author(struct reader *reader)
{
    struct party *found = reader->document == DOCUMENT_MAIL ? NULL : status_of(reader);
    for (size_t i = 0; found == NULL && i < reader->sentences.count && i < HEAD_SENTENCES; i++) {
        found = registrant(reader, i);
        found = found != NULL ? found : deponent(reader, &reader->sentences.all[i]);
    }
    if (found == NULL && is_pleading(reader)) {
        found = pleader(reader);
        reader->own.is_pleaded = found != NULL;
    }
    return found;
}
