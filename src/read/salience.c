/* The house that a document is about: the one named most, in its title, and first. "The company" and a spokesman of nobody in particular are its,
 * where nobody else was just spoken of. Who only watches (a court, a regulator, a laboratory, a paper) is it where no other house is named. */
#include "base/str.h"
#include "read/name.h"

#include "base/banned.h"

enum { TITLE_WEIGHT = 4, FIRST_WEIGHT = 3, FIRST_SENTENCES = 3 };

static struct str last_word(struct str text)
{
    size_t from = text.len;
    while (from > 0 && text.data[from - 1] != ' ') {
        from--;
    }
    return str_slice(text, from, text.len);
}

bool is_onlooker(const struct reader *reader, const struct party *party)
{
    static const char *const ends[] = {"authority", "commission",   "commissioner", "office",    "agency",
                                       "regulator", "inspectorate", "ombudsman",    "watchdog",  "court",
                                       "tribunal",  "police",       "ministry",     "labs",      "laboratories",
                                       "security",  "research",     "intelligence", "forensics", "cyberlabs",
                                       "analytics", "cyber",        "constabulary", "centre",    "institute",
                                       "llp",       "chambers",     "solicitors",   "bureau",    "council"};
    struct str last = last_word(party->key);
    return str_is_one_of(last, ends, sizeof ends / sizeof *ends) || party == reader->publication;
}

static bool is_in(struct str text, const struct party *party)
{
    return text.len != 0 && party->key.len > 2 && str_find_nocase(text, party->key, 0) != SIZE_MAX;
}

static unsigned salience_of(const struct reader *reader, const struct party *party)
{
    unsigned weight = party->mentions - (party->places < party->mentions ? party->places : party->mentions);
    weight += is_in(reader->prose.about.title, party) ? TITLE_WEIGHT : 0;
    size_t seen = 0;
    for (size_t i = 0; i < reader->sentences.count && seen < FIRST_SENTENCES; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        if (!sentence_is_examined(s) || s->count < 8) {
            continue;
        }
        seen++;
        for (size_t t = 0; t < s->count; t++) {
            bool is_it = s->tokens[t].is_name_start && party_of_token(reader, s, t) == party;
            if (is_it) {
                weight += FIRST_WEIGHT;
                seen = seen < FIRST_SENTENCES ? seen : FIRST_SENTENCES;
                break;
            }
        }
    }
    return weight;
}

struct party *protagonist_of(const struct reader *reader)
{
    struct party *best = NULL;
    unsigned most = 0;
    for (size_t i = 0; i < reader->parties.count; i++) {
        struct party *party = reader->parties.all[i];
        if (party->kind != PARTY_COMPANY || party->mentions == 0) {
            continue;
        }
        unsigned weight = 2 * salience_of(reader, party);
        weight = is_onlooker(reader, party) ? weight / 3 : weight;
        if (weight > most) {
            most = weight;
            best = party;
        }
    }
    return best;
}
