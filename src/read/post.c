/* The posts of a thread or a channel. Each begins with a line that says whose it is, and mostly when: "User: x", "@x, 3 March 2030", "by x >> 2 April",
 * "Black Heron, [14.09.2030 22:10]", or a name alone above a line with a date. One such line by itself may be anything; two are a thread. */
#include "base/str.h"
#include "read/name.h"
#include "read/voice.h"

#include "base/banned.h"

enum { SHORT_TOKENS = 14, NAME_TOKENS = 3 };

static bool begins_block(const struct sentence *s)
{
    return s->count != 0 && s->text.data == s->block->text.data && s->block->depth == 0;
}

/* "@castlerail, 3 March 2030" */
static bool is_handle_line(const struct sentence *s)
{
    bool has_number = false;
    for (size_t i = 1; i < s->count; i++) {
        has_number |= s->tokens[i].kind == TOKEN_NUMBER;
    }
    return s->count > 1 && s->count <= SHORT_TOKENS && s->tokens[0].kind == TOKEN_HANDLE && has_number &&
           begins_block(s);
}

static bool is_labelled(struct str text, struct str *ret_value)
{
    static const char *const labels[] = {"user", "posted by", "author", "poster", "username", "member", "nick", "op"};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        if (label_is(text, labels[i], ret_value)) {
            return true;
        }
    }
    return false;
}

/* A word that no list knows, as names of accounts are. */
static bool is_strange(const struct token *token)
{
    const uint32_t known = UINT32_C(1) << LIST_COMMON | UINT32_C(1) << LIST_GRAMMAR | UINT32_C(1) << LIST_NOUNS |
                           UINT32_C(1) << LIST_VERBS | UINT32_C(1) << LIST_CALENDAR | UINT32_C(1) << LIST_CLAIMS;
    return token->kind == TOKEN_HANDLE || (token->kind == TOKEN_WORD && (token->lists & known) == 0);
}

/* A tick or a picture behind a name. */
static bool is_sign(struct str text)
{
    return text.len > 2 && ((unsigned char)text.data[0] == 0xe2 || (unsigned char)text.data[0] == 0xf0);
}

/* The words of the name before the date of "by x >> 2 April 2030", "#2 x - 2 April", "Black Heron, [14.09.2030]"; empty: it is no such line. */
static struct str named_before_date(const struct reader *reader, const struct sentence *s)
{
    struct moment when =
        s->count <= SHORT_TOKENS && begins_block(s) ? date_in(reader, s) : (struct moment){.at = TIME_NONE};
    size_t from = 0, to;
    if (when.at == TIME_NONE || s->block->role == PROSE_LABEL) {
        return STR("");
    }
    while (from < when.from && s->tokens[from].kind != TOKEN_WORD && s->tokens[from].kind != TOKEN_HANDLE) {
        from++;
    }
    bool is_by = from < when.from && str_eq(s->tokens[from].low, STR("by"));
    from += is_by;
    for (to = from; to < when.from && s->tokens[to].kind != TOKEN_MARK &&
                    (to == from || (s->tokens[to].kind != TOKEN_HANDLE && !is_sign(s->tokens[to].text)));
         to++) {
        bool is_name = is_strange(&s->tokens[to]) || (is_by && to == from) ||
                       (s->tokens[to].is_capital && s->tokens[to].name != NO_NAME);
        if (!is_name) {
            break;
        }
    }
    bool is_comma = is_mark(s, to, ',') && to + 1 == when.from; /* "Hyderabad, 28 January": a dateline */
    bool is_divided =
        to < when.from && ((s->tokens[to].kind == TOKEN_MARK && !is_comma && !is_mark(s, to, ':')) || is_by ||
                           (to > from && (s->tokens[to].kind == TOKEN_HANDLE || is_sign(s->tokens[to].text))));
    bool is_page = reader->document == DOCUMENT_HTML; /* "NormanB 3 Nov 2031": elements of one line */
    is_divided |= is_page && is_strange(&s->tokens[from]) && when.from - to <= 1;
    bool is_rest_small = when.from - to <= 6; /* "(admin), on" */
    return to > from && to - from <= NAME_TOKENS && is_divided && is_rest_small ? sentence_slice(s, from, to) : STR("");
}

/* A name alone in its line, above one with a date. */
static bool is_name_above_date(const struct reader *reader, size_t index)
{
    const struct sentence *s = &reader->sentences.all[index];
    const struct sentence *next = index + 1 < reader->sentences.count ? &reader->sentences.all[index + 1] : NULL;
    bool is_alone = begins_block(s) && s->text.len == s->block->text.len && s->count <= 2 &&
                    is_strange(&s->tokens[0]) && is_strange(&s->tokens[s->count - 1]);
    return is_alone && next != NULL && begins_block(next) && next->count <= SHORT_TOKENS &&
           date_in(reader, next).at != TIME_NONE;
}

/* "kr0na" above "GOD user | Rep: 214 | Joined Feb 2029": what a board says of who posts. */
static bool is_name_above_rank(const struct reader *reader, size_t index)
{
    static const struct str signs[] = {STR_INIT("joined"),     STR_INIT("rep:"),      STR_INIT("posts:"),
                                       STR_INIT("reputation"), STR_INIT("messages:"), STR_INIT("member since"),
                                       STR_INIT("karma")};
    const struct sentence *s = &reader->sentences.all[index];
    const struct sentence *next = index + 1 < reader->sentences.count ? &reader->sentences.all[index + 1] : NULL;
    bool is_it = false;
    for (size_t i = 0; next != NULL && next->count <= SHORT_TOKENS && i < sizeof signs / sizeof *signs; i++) {
        is_it |= str_find_nocase(next->text, signs[i], 0) != SIZE_MAX;
    }
    return is_it && begins_block(s) && s->count <= 2 && is_strange(&s->tokens[0]) &&
           is_strange(&s->tokens[s->count - 1]);
}

/* Whose post begins with that sentence: his name; empty: none does. */
static struct str poster(const struct reader *reader, size_t index)
{
    const struct sentence *s = &reader->sentences.all[index];
    struct str value;
    if (s->count == 0 || s->block->role == PROSE_NOISE) {
        return STR("");
    }
    if (is_labelled(s->text, &value)) {
        return value;
    }
    return is_handle_line(s)                                                        ? s->tokens[0].text
           : is_name_above_date(reader, index) || is_name_above_rank(reader, index) ? s->text
                                                                                    : named_before_date(reader, s);
}

static bool is_labelled_at(const struct reader *reader, size_t index)
{
    struct str value;
    return is_labelled(reader->sentences.all[index].text, &value);
}

/* Are there two posts: and of those that only their form tells, no wrapped head of an article? */
static bool is_thread(const struct reader *reader)
{
    size_t posts = 0;
    for (size_t i = 0; i < reader->sentences.count; i++) {
        posts += reader->sentences.all[i].count != 0 && is_name_above_rank(reader, i); /* one is enough */
        bool is_it = (reader->document == DOCUMENT_TEXT || !is_labelled_at(reader, i)) && poster(reader, i).len != 0;
        posts += is_it;
    }
    return posts > 1 && reader->document != DOCUMENT_MAIL;
}

/* "DrumlinHelp_Kara", where the text speaks of Drumlin Savings: the desk of a house. NULL: it is none. */
static struct party *house_of_account(const struct reader *reader, struct str name)
{
    static const struct str desks[] = {STR_INIT("help"),     STR_INIT("support"),  STR_INIT("care"),
                                       STR_INIT("official"), STR_INIT("official"), STR_INIT("news"),
                                       STR_INIT("press"),    STR_INIT("team")};
    bool is_desk = false;
    for (size_t i = 0; i < sizeof desks / sizeof *desks; i++) {
        is_desk |= str_find_nocase(name, desks[i], 0) != SIZE_MAX;
    }
    name = name.len != 0 && name.data[0] == '@' ? str_slice(name, 1, name.len) : name;
    for (size_t i = 0; is_desk && i < reader->parties.count; i++) {
        struct party *party = reader->parties.all[i];
        struct str first = str_cut(party->key, ' ').head;
        bool is_house = first.len > 3 && party->votes[PARTY_PERSON] + party->votes[PARTY_ACCOUNT] == 0 &&
                        party->mentions != 0 && first.len < name.len;
        if (is_house && str_find_nocase(name, first, 0) == 0) {
            return party;
        }
    }
    return NULL;
}

/* "Ann Lee @annlee · 3 Sep 2030": who is called by that sign wherever it stands. */
static void note_handle(struct reader *reader, const struct sentence *head, const struct party *author)
{
    const struct token *handle = NULL;
    for (size_t t = 1; handle == NULL && t < head->count; t++) {
        handle = head->tokens[t].kind == TOKEN_HANDLE ? &head->tokens[t] : NULL;
    }
    for (size_t i = 0; handle != NULL && i < reader->sentences.count; i++) {
        struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; t < s->count; t++) {
            if (s->tokens[t].kind == TOKEN_HANDLE && str_eq_nocase(s->tokens[t].text, handle->text)) {
                s->tokens[t].name = party_index(reader, author);
                s->tokens[t].is_name_start = true;
            }
        }
    }
}

int posts_find(struct reader *reader)
{
    struct section *open = NULL;
    bool is_it = is_thread(reader);
    for (size_t i = 0; is_it && i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        struct str name = poster(reader, i);
        bool is_form = name.len != 0 && !is_labelled_at(reader, i);
        struct party *author = name.len == 0 ? NULL
                               : is_form     ? party_named(reader, name, PARTY_KINDS)
                                             : party_of_label(reader, name);
        struct moment when = date_in(reader, s);
        struct party *house = author != NULL ? house_of_account(reader, name) : NULL;
        author = house != NULL ? house : author;
        if (author != NULL) {
            open = MORE(reader, reader->sections, PROPOSALS_MAX);
            if (open == NULL) {
                return reader->is_cut ? 0 : -1;
            }
            bool is_named = author->votes[PARTY_PERSON] + author->votes[PARTY_COMPANY] != 0 && is_form;
            author->votes[PARTY_ACCOUNT] += author->votes[PARTY_GROUP] == 0 && house == NULL && !is_named ? 9 : 0;
            note_handle(reader, s, author);
            *open = (struct section){s->number, {.author = author, .when = reader->own.when, .is_own_word = true}};
            open->voice.when = when.at != TIME_NONE && is_form ? when : open->voice.when;
        } else if (open != NULL && s->number - open->first <= 2 && s->count <= SHORT_TOKENS) {
            open->voice.when = when.at != TIME_NONE ? when : open->voice.when;
        }
    }
    return 0;
}
