/* The parties of a document: one for all the names it goes by, of the kind that most of its mentions vote for. */
#include <stdio.h>

#include "base/str.h"
#include "read/name.h"

#include "base/banned.h"

const char *const party_kind_names[PARTY_KINDS] = {"person", "company", "group", "account", "publication"};

enum party_kind party_kind_of_noun(const char *class)
{
    static const struct {
        const char *class;
        enum party_kind kind;
    } kinds[] = {{"company", PARTY_COMPANY},
                 {"office", PARTY_COMPANY},
                 {"group", PARTY_GROUP},
                 {"account", PARTY_ACCOUNT},
                 {"publication", PARTY_PUBLICATION},
                 {"role", PARTY_PERSON},
                 {"title", PARTY_PERSON},
                 {"rank", PARTY_PERSON}};
    for (size_t i = 0; class != NULL && i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].class, class) == 0) {
            return kinds[i].kind;
        }
    }
    return PARTY_KINDS;
}

const char *name_suffix(const struct reader *reader, struct str low)
{
    const struct lexicon_entry *entry = lexicon_find(reader->lexicon, LIST_SUFFIXES, low);
    size_t hyphen = str_find(low, STR("-"), 0); /* "Ledger-Dispatch" */
    if (entry == NULL && hyphen != SIZE_MAX) {
        entry = lexicon_find(reader->lexicon, LIST_SUFFIXES, str_slice(low, hyphen + 1, low.len));
    }
    return entry != NULL ? entry->value : NULL;
}

/* Lower case, without "the", "Ltd" and account signs. */
static struct str key_of(struct reader *reader, struct str name)
{
    struct str copy = arena_str(reader->arena, name, reader->err);
    char *bytes = (char *)(uintptr_t)copy.data;
    for (size_t i = 0; bytes != NULL && i < copy.len; i++) {
        bytes[i] = (char)(bytes[i] >= 'A' && bytes[i] <= 'Z' ? bytes[i] + 32 : bytes[i]);
    }
    copy = str_starts(copy, STR("the ")) ? str_slice(copy, 4, copy.len) : copy;
    for (;;) {
        copy = str_trim(copy);
        while (copy.len > 1 && strchr(".,", copy.data[copy.len - 1]) != NULL) {
            copy.len--;
        }
        size_t blank = copy.len;
        while (blank > 0 && copy.data[blank - 1] != ' ') {
            blank--;
        }
        struct str last = str_slice(copy, blank, copy.len);
        const char *kind = blank != 0 ? name_suffix(reader, last) : NULL;
        if (kind == NULL || strcmp(kind, "legal") != 0) {
            return copy;
        }
        copy = str_slice(copy, 0, blank);
    }
}

static struct str last_word(struct str text)
{
    size_t from = text.len;
    while (from > 0 && text.data[from - 1] != ' ') {
        from--;
    }
    return str_slice(text, from, text.len);
}

static bool is_prefix(struct str shorter, struct str longer)
{
    return shorter.len < longer.len && str_starts(longer, shorter) && longer.data[shorter.len] == ' ';
}

/* "the trust" of "orrin health trust" */
static bool is_ending(struct str shorter, struct str longer)
{
    return shorter.len + 1 < longer.len && str_ends(longer, shorter) &&
           longer.data[longer.len - shorter.len - 1] == ' ';
}

/* "KA" of "K. Amari", as minutes call those present. */
static bool is_initials(struct str name, struct str full)
{
    size_t seen = 0;
    bool is_begin = true;
    for (size_t i = 0; i < full.len; i++) {
        bool is_capital = full.data[i] >= 'A' && full.data[i] <= 'Z';
        if (is_begin && is_capital && (seen >= name.len || name.data[seen++] != full.data[i])) {
            return false;
        }
        is_begin = full.data[i] == ' ';
    }
    return seen == name.len && seen > 1 && seen < 4;
}

/* The same party under another name: a shorter one, a surname, an acronym that was given. */
static bool is_same(const struct party *party, struct str key, struct str name, enum form form)
{
    bool is_titled = form == FORM_TITLED;
    bool is_one_word = str_find(key, STR(" "), 0) == SIZE_MAX;
    bool is_account = key.data[0] == '@' || (party->key.len != 0 && party->key.data[0] == '@');
    if (str_eq(party->key, key) || (party->acronym.len != 0 && str_eq(party->acronym, name))) {
        return true;
    }
    if (is_account) {
        return false;
    }
    bool is_house = party->votes[PARTY_COMPANY] + party->votes[PARTY_GROUP] + party->votes[PARTY_PUBLICATION] != 0 &&
                    party->votes[PARTY_PERSON] == 0;
    bool may_be_person = party->votes[PARTY_PERSON] != 0 || is_titled || (form == FORM_PLAIN && !is_house);
    bool is_surname = is_one_word && may_be_person && str_find(party->key, STR(" "), 0) != SIZE_MAX &&
                      str_eq(last_word(party->key), key);
    bool is_first_name = is_one_word && party->votes[PARTY_PERSON] != 0 && is_prefix(key, party->key);
    bool is_short = party->votes[PARTY_PERSON] == 0 && (is_prefix(key, party->key) || is_prefix(party->key, key)) &&
                    !(party->votes[PARTY_PUBLICATION] != 0 && is_prefix(key, party->key)); /* a town is not its paper */
    bool is_initialled = is_one_word && party->votes[PARTY_PERSON] != 0 && is_initials(name, party->name);
    bool is_definite = form == FORM_DEFINITE && party->votes[PARTY_PERSON] == 0 && is_ending(key, party->key);
    return is_initialled || is_surname || is_first_name || is_short || is_definite;
}

/* "BASALT CREW", "RAVENMOOR"; what is short may be an acronym. */
static bool is_shouted(struct str name)
{
    bool has_blank = false;
    for (size_t i = 0; i < name.len; i++) {
        if ((name.data[i] < 'A' || name.data[i] > 'Z') && name.data[i] != ' ') {
            return false;
        }
        has_blank |= name.data[i] == ' ';
    }
    return name.len > (has_blank ? 6U : 7U);
}

static struct str calmed(struct reader *reader, struct str name)
{
    struct str copy = arena_str(reader->arena, name, reader->err);
    char *bytes = (char *)(uintptr_t)copy.data;
    for (size_t i = 1; bytes != NULL && i < copy.len; i++) {
        bytes[i] = (char)(bytes[i - 1] != ' ' && bytes[i] != ' ' ? bytes[i] + 32 : bytes[i]);
    }
    return copy.data != NULL ? copy : name;
}

/* "Hexaloom Gateway" where Hexaloom was named before, and no word of a house ends the longer name: a thing of that house. */
static bool is_product(const struct reader *reader, const struct party *party, struct str key)
{
    return name_suffix(reader, last_word(key)) == NULL && party->mentions > 1;
}

struct party *party_find(struct reader *reader, struct str name, enum form form)
{
    struct str key = key_of(reader, name);
    if (key.len == 0) {
        return NULL;
    }
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = reader->parties.count; i > 0; i--) {
            struct party *party = reader->parties.all[i - 1];
            if (pass == 0 ? str_eq(party->key, key) : is_same(party, key, name, form)) {
                /* "Penna" of "Dario Penna": houses are called by their first words, people by their last */
                party->votes[PARTY_PERSON] += pass == 1 && form == FORM_PLAIN && is_ending(key, party->key) ? 2 : 0;
                party->name =
                    is_shouted(party->name) && !is_shouted(name) && str_eq(party->key, key) ? name : party->name;
                if (party->votes[PARTY_PERSON] == 0 && is_prefix(party->key, key) && !is_product(reader, party, key)) {
                    party->key = key; /* the longer name is the fuller one */
                    party->name = name;
                }
                return party;
            }
        }
    }
    struct party **slot = MORE(reader, reader->parties, PARTIES_MAX);
    struct party *party = slot != NULL ? ARENA_NEW(reader->arena, struct party, 1, reader->err) : NULL;
    if (party == NULL) {
        reader->parties.count -= slot != NULL;
        return NULL;
    }
    *party = (struct party){.name = is_shouted(name) ? calmed(reader, name) : name, .key = key, .kind = PARTY_COMPANY};
    *slot = party;
    return party;
}

struct party *party_named(struct reader *reader, struct str name, enum party_kind kind)
{
    name = str_trim(name);
    name = str_starts(name, STR("The ")) || str_starts(name, STR("the ")) ? str_slice(name, 4, name.len) : name;
    struct party *party = name.len != 0 && name.len < 200 ? party_find(reader, name, FORM_PLAIN) : NULL;
    if (party != NULL && kind < PARTY_KINDS) {
        party->votes[kind] += 3;
        party->kind = party->mentions == 0 ? kind : party->kind;
    }
    return party;
}

unsigned party_index(const struct reader *reader, const struct party *party)
{
    for (size_t i = reader->parties.count; i > 0; i--) {
        if (reader->parties.all[i - 1] == party) {
            return (unsigned)i;
        }
    }
    return NO_NAME;
}

/* "Harbour Post" -> "harbour-post", and a number behind it if that is taken. */
static void make_id(const struct reader *reader, struct party *party, size_t index)
{
    size_t len = 0;
    for (size_t i = 0; i < party->key.len && len < 26; i++) {
        char c = party->key.data[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_plain) {
            party->id[len++] = c;
        } else if (len != 0 && party->id[len - 1] != '-') {
            party->id[len++] = '-';
        }
    }
    while (len != 0 && party->id[len - 1] == '-') {
        len--;
    }
    party->id[len] = '\0';
    bool is_taken = len == 0;
    for (size_t i = 0; i < index; i++) {
        is_taken |= strcmp(reader->parties.all[i]->id, party->id) == 0;
    }
    if (is_taken) {
        (void)snprintf(party->id + len, sizeof party->id - len, "%s%zu", len != 0 ? "-" : "party-", index + 1);
    }
}

void parties_settle(struct reader *reader)
{
    for (size_t i = 0; i < reader->parties.count; i++) {
        struct party *party = reader->parties.all[i];
        unsigned best = 0;
        for (enum party_kind kind = 0; kind < PARTY_KINDS; kind++) {
            if (party->votes[kind] > best) {
                best = party->votes[kind];
                party->kind = kind;
            }
        }
        if (party->kind == PARTY_PUBLICATION && party->votes[PARTY_COMPANY] >= best) {
            party->kind = PARTY_COMPANY;
        }
        make_id(reader, party, i);
    }
}
