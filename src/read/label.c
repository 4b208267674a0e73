/* Whose a line such as "From: Ann Lee, Tarn Bank <a@b.example>" is. */
#include "base/str.h"
#include "read/voice.h"

#include "base/banned.h"

/* "Editor", "Incident" of an "Incident Team": nobody's name. */
static bool is_mere_word(const struct reader *reader, struct str name)
{
    char low[32];
    size_t len = name.len < sizeof low ? name.len : 0;
    for (size_t i = 0; i < len; i++) {
        low[i] = (char)(name.data[i] >= 'A' && name.data[i] <= 'Z' ? name.data[i] + 32 : name.data[i]);
    }
    struct str word = {low, len};
    return lexicon_find(reader->lexicon, LIST_STANCE, word) != NULL ||
           lexicon_find(reader->lexicon, LIST_COMMON, word) != NULL ||
           lexicon_find(reader->lexicon, LIST_GRAMMAR, word) != NULL ||
           lexicon_find(reader->lexicon, LIST_NOUNS, word) != NULL;
}

/* The end of "Name <address>", "Name, The Paper": the piece that says most. */
struct party *party_of_label(struct reader *reader, struct str value)
{
    value = str_trim(str_cut(value, '<').head);
    if (value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"') {
        value = str_slice(value, 1, value.len - 1);
    }
    size_t handle = str_find(value, STR(" @"), 0); /* "Milo Grant @milogrant" */
    value = handle != SIZE_MAX && handle > 0 ? str_slice(value, 0, handle) : value;
    bool is_titled = false;
    static const struct str titles[] = {STR_INIT("Mr. "),   STR_INIT("Mr "),   STR_INIT("Mrs. "), STR_INIT("Mrs "),
                                        STR_INIT("Ms. "),   STR_INIT("Ms "),   STR_INIT("Dr. "),  STR_INIT("Dr "),
                                        STR_INIT("Prof. "), STR_INIT("Shri "), STR_INIT("Smt "),  STR_INIT("Smt. "),
                                        STR_INIT("M/s "),   STR_INIT("M/s. ")};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        bool is_it = str_starts(value, titles[i]);
        is_titled |= is_it && titles[i].data[1] != '/';
        value = is_it ? str_slice(value, titles[i].len, value.len) : value;
    }
    size_t bracket = str_find(value, STR(" ("), 0); /* "Ananya Deshmukh (Orrick Vale Chambers)" */
    value = bracket != SIZE_MAX && bracket > 2 ? str_slice(value, 0, bracket) : value;
    size_t dash = str_find(value, STR(" - "), 0);
    value = dash != SIZE_MAX && dash > 3 ? str_slice(value, 0, dash) : value; /* "Kestrel Audit - Incident Desk" */
    static const struct str desks[] = {STR_INIT(" Press Office"),
                                       STR_INIT(" Newsroom"),
                                       STR_INIT(" Media Relations"),
                                       STR_INIT(" Communications"),
                                       STR_INIT(" Legal"),
                                       STR_INIT(" Press"),
                                       STR_INIT(" Team"),
                                       STR_INIT(" Support"),
                                       STR_INIT(" Customer Service"),
                                       STR_INIT(" Customer Care"),
                                       STR_INIT(" Help Desk"),
                                       STR_INIT(" Desk"),
                                       STR_INIT(" Engineering"),
                                       STR_INIT(" Help Centre"),
                                       STR_INIT(" Help Center"),
                                       STR_INIT(" Trust Centre"),
                                       STR_INIT(" Trust Center"),
                                       STR_INIT(" Media Centre"),
                                       STR_INIT(" Press Room"),
                                       STR_INIT(" Community"),
                                       STR_INIT(" Updates"),
                                       STR_INIT(" Investor Relations"),
                                       STR_INIT(" Announcements"),
                                       STR_INIT(" Status"),
                                       STR_INIT(" Blog"),
                                       STR_INIT(" Helpdesk"),
                                       STR_INIT(" Abuse"),
                                       STR_INIT(" Security Team")};
    for (size_t k = 0; k < 2 * (sizeof desks / sizeof *desks); k++) { /* "Kelso Engineering Blog" loses both */
        size_t i = k % (sizeof desks / sizeof *desks);
        bool is_desk = str_ends(value, desks[i]) && !str_ends(value, STR("Free Press"));
        value = is_desk ? str_slice(value, 0, value.len - desks[i].len) : value;
    }
    struct str best = STR("");
    const struct lexicon_entry *suffix = NULL;
    for (struct str_cut cut = str_cut(value, ',');; cut = str_cut(cut.tail, ',')) {
        struct str piece = str_trim(cut.head);
        size_t from = piece.len;
        char low[64];
        while (from > 0 && piece.data[from - 1] != ' ') {
            from--;
        }
        size_t len = piece.len - from < sizeof low ? piece.len - from : 0;
        for (size_t i = 0; i < len; i++) {
            char c = piece.data[from + i];
            low[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
        suffix = from != 0 ? lexicon_find(reader->lexicon, LIST_SUFFIXES, (struct str){low, len}) : NULL;
        bool is_better = best.len == 0 || suffix != NULL;
        best = is_better ? piece : best;
        if (!cut.found || suffix != NULL) {
            break;
        }
    }
    bool is_address = str_find(best, STR("@"), 0) != SIZE_MAX && str_find(best, STR("@"), 0) != 0;
    if (best.len == 0 || is_address || is_mere_word(reader, best)) {
        return NULL;
    }
    struct str_cut first = str_cut(best, ' ');
    bool is_person = suffix == NULL && first.found && !is_titled;
    char name[32];
    size_t len = first.head.len < sizeof name ? first.head.len : 0;
    for (size_t i = 0; i < len; i++) {
        char c = first.head.data[i];
        name[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    is_person = is_person && lexicon_find(reader->lexicon, LIST_FIRSTNAMES, (struct str){name, len}) != NULL;
    enum party_kind kind = best.data[0] == '@' ? PARTY_ACCOUNT
                           : suffix != NULL
                               ? party_kind_of_noun(strcmp(suffix->value, "legal") == 0 ? "company" : suffix->value)
                           : is_person || is_titled ? PARTY_PERSON
                                                    : PARTY_KINDS;
    return party_named(reader, best, kind);
}

/* Are two names the same letters, whatever stands between them? "selhurst-mills" and "Selhurst Mills" */
static bool is_same_letters(struct str a, struct str b)
{
    size_t i = 0, k = 0;
    for (;;) {
        while (i < a.len && strchr(" -_.&'", a.data[i]) != NULL) {
            i++;
        }
        while (k < b.len && strchr(" -_.&'", b.data[k]) != NULL) {
            k++;
        }
        if (i == a.len || k == b.len) {
            return i == a.len && k == b.len && a.len != 0;
        }
        if (!str_eq_nocase(str_slice(a, i, i + 1), str_slice(b, k, k + 1))) {
            return false;
        }
        i++;
        k++;
    }
}

/* "...@selhurst-mills.example": the house of that name in the text. */
struct party *house_of_domain(struct reader *reader, struct str domain)
{
    struct str label = str_cut(domain, '.').head;
    for (size_t i = 0; label.len > 3 && i < reader->parties.count; i++) {
        struct party *party = reader->parties.all[i];
        bool is_it = is_same_letters(party->key, label) || is_same_letters(str_cut(party->key, ' ').head, label);
        if (party->votes[PARTY_PERSON] == 0 && is_it) {
            return party_of_label(reader, party->name); /* "The Fernbus Team" is Fernbus */
        }
    }
    return NULL;
}

/* "ops@", "press@": the address of a house, and of nobody in it. */
bool is_desk_address(struct str local)
{
    static const struct str words[] = {
        STR_INIT("ops"),      STR_INIT("info"),     STR_INIT("press"),   STR_INIT("support"),  STR_INIT("care"),
        STR_INIT("security"), STR_INIT("incident"), STR_INIT("office"),  STR_INIT("notice"),   STR_INIT("notices"),
        STR_INIT("noreply"),  STR_INIT("no-reply"), STR_INIT("contact"), STR_INIT("privacy"),  STR_INIT("media"),
        STR_INIT("help"),     STR_INIT("it"),       STR_INIT("hello"),   STR_INIT("customers")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_eq_nocase(local, words[i])) {
            return true;
        }
    }
    return false;
}

/* The house of an address that gives no name: "ops@quicklane.example". */
static struct party *house_of_address(struct reader *reader, struct str value)
{
    struct str_cut at = str_cut(str_trim(value), '@');
    struct str label = str_cut(at.tail, '.').head;
    bool is_desk = at.found && str_find(at.head, STR(" "), 0) == SIZE_MAX && is_desk_address(at.head);
    return is_desk && label.len > 2 ? party_named(reader, label, PARTY_COMPANY) : NULL;
}

/* "Helena Brandt <hbrandt@osterbank.example>": whose surname is in the address is a person, and writes for the house of the address. */
struct party *party_of_sender(struct reader *reader, struct str value)
{
    struct party *party = party_of_label(reader, value);
    struct str_cut at = str_cut(str_cut(value, '<').tail, '@');
    struct party *house = at.found ? house_of_domain(reader, at.tail) : NULL;
    if (house != NULL) {
        return house;
    }
    if (party == NULL && !str_cut(value, '<').found) {
        return house_of_address(reader, value);
    }
    if (party != NULL && at.found && is_same_letters(party->key, at.head)) {
        return party; /* "Cold Ledger <coldledger@...>": a name of no surname */
    }
    size_t blank = 0;
    for (size_t i = 0; party != NULL && i < party->key.len; i++) {
        blank = party->key.data[i] == ' ' ? i + 1 : blank;
    }
    bool is_own =
        blank != 0 && at.found && str_find_nocase(at.head, str_slice(party->key, blank, party->key.len), 0) != SIZE_MAX;
    if (is_own) {
        party->votes[PARTY_PERSON] += 3;
    }
    return party;
}

bool label_is(struct str text, const char *name, struct str *ret_value)
{
    struct str_cut cut = str_cut(text, ':');
    if (!cut.found || !str_eq_nocase(str_trim(cut.head), str_of(name))) {
        return false;
    }
    *ret_value = str_trim(cut.tail);
    return true;
}

/* "Keele & Farrant LLP, solicitors for Dunmere Water": whom they write for. */
struct str client_in(struct str value)
{
    static const struct str words[] = {
        STR_INIT("solicitors for "), STR_INIT("lawyers for "), STR_INIT("attorneys for "), STR_INIT("counsel for "),
        STR_INIT("on behalf of "),   STR_INIT("acting for "),  STR_INIT("advocates for "), STR_INIT("representing ")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t at = str_find_nocase(value, words[i], 0);
        if (at != SIZE_MAX) {
            return str_slice(value, at + words[i].len, value.len);
        }
    }
    return value;
}
