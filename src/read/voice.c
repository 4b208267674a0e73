/* Whose document it is and of which day: what the page or the mail says of itself, the labels and the signature of a letter, the first short line
 * that holds a date. */
#include "base/str.h"
#include "read/inside.h"

#include "base/banned.h"

enum { HEAD_SENTENCES = 12, SHORT_TOKENS = 14 };

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
static struct party *party_of_label(struct reader *reader, struct str value)
{
    value = str_trim(str_cut(value, '<').head);
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
    if (value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"') {
        value = str_slice(value, 1, value.len - 1);
    }
    static const struct str desks[] = {
        STR_INIT(" Press Office"),   STR_INIT(" Newsroom"),  STR_INIT(" Media Relations"),
        STR_INIT(" Communications"), STR_INIT(" Legal"),     STR_INIT(" Press"),
        STR_INIT(" Team"),           STR_INIT(" Support"),   STR_INIT(" Customer Service"),
        STR_INIT(" Customer Care"),  STR_INIT(" Help Desk"), STR_INIT(" Desk"),
        STR_INIT(" Helpdesk"),       STR_INIT(" Abuse"),     STR_INIT(" Security Team")};
    for (size_t i = 0; i < sizeof desks / sizeof *desks; i++) {
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

/* "Helena Brandt <hbrandt@osterbank.example>": whose surname is in the address is a person. */
static struct party *party_of_sender(struct reader *reader, struct str value)
{
    struct party *party = party_of_label(reader, value);
    struct str_cut at = str_cut(str_cut(value, '<').tail, '@');
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

static bool label_is(struct str text, const char *name, struct str *ret_value)
{
    struct str_cut cut = str_cut(text, ':');
    if (!cut.found || !str_eq_nocase(str_trim(cut.head), str_of(name))) {
        return false;
    }
    *ret_value = str_trim(cut.tail);
    return true;
}

static void set_when(struct reader *reader, struct moment moment, const char *by)
{
    if (reader->own.when.at == TIME_NONE && moment.at != TIME_NONE && moment.until == TIME_NONE) {
        reader->own.when = moment;
        reader->published_by = by;
    }
}

static struct moment date_in(const struct reader *reader, const struct sentence *s)
{
    struct moment none = {.at = TIME_NONE, .until = TIME_NONE}, found;
    for (size_t at = 0; at < s->count; at++) {
        if (date_at(reader, s, at, &none, false, &found) != 0 && found.at != TIME_NONE && found.until == TIME_NONE) {
            return found;
        }
    }
    return none;
}

/* The head of a mail that was forwarded or answered below. */
static void read_forwarded(struct reader *reader)
{
    struct voice *quoted = &reader->quoted;
    for (size_t i = 0; reader->document == DOCUMENT_MAIL && i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        struct str value;
        if (s->block->role != PROSE_LABEL || s->block->depth != 1) {
            continue;
        }
        if (label_is(s->text, "from", &value) && quoted->author == NULL) {
            quoted->author = party_of_sender(reader, value);
            quoted->is_own_word = quoted->author != NULL;
        } else if ((label_is(s->text, "date", &value) || label_is(s->text, "sent", &value)) &&
                   quoted->when.at == TIME_NONE) {
            struct moment when = {.until = TIME_NONE, .has_zone = true};
            quoted->when = mail_date(value, &when.at, &when.zone_minutes) ? when : date_in(reader, s);
        }
    }
}

/* "Keele & Farrant LLP, solicitors for Dunmere Water": whom they write for. */
static struct str client_in(struct str value)
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

static void read_labels(struct reader *reader)
{
    static const char *const authors[] = {"from", "user", "posted by", "author", "on behalf of"};
    for (size_t i = 0; i < reader->prose.count; i++) {
        const struct prose_block *block = &reader->prose.blocks[i];
        struct str value;
        if (block->role != PROSE_LABEL || block->depth != 0) {
            continue;
        }
        for (size_t a = 0; a < sizeof authors / sizeof *authors; a++) {
            if (label_is(block->text, authors[a], &value) && reader->own.author == NULL) {
                struct str client = client_in(value);
                reader->has_client = client.data != value.data;
                reader->own.author = party_of_label(reader, client);
                bool is_account = (a == 1 || a == 2) && reader->own.author != NULL;
                if (is_account) {
                    reader->own.author->votes[PARTY_ACCOUNT] += 9;
                }
            }
        }
        if (label_is(block->text, "to", &value) && reader->own.addressee == NULL) {
            reader->own.addressee = party_of_label(reader, value);
        }
        if (label_is(block->text, "source", &value) || label_is(block->text, "published", &value)) {
            struct party *party = party_of_label(reader, value);
            reader->publication = reader->publication == NULL && party != NULL && party->votes[PARTY_PUBLICATION] != 0
                                      ? party
                                      : reader->publication;
        }
    }
}

/* "On Mon, 2 Mar 2026 at 10:00, Ruth Adeyemi <...> wrote:" */
static void read_quoted(struct reader *reader, const struct sentence *s)
{
    struct str text = s->text;
    if (!str_starts(text, STR("On ")) || !str_ends(text, STR(" wrote:"))) {
        return;
    }
    struct str name = str_slice(text, 3, text.len - strlen(" wrote:"));
    struct moment when = date_in(reader, s);
    size_t at = when.at != TIME_NONE && when.to < s->count ? s->tokens[when.to].at : 3;
    name = str_trim(str_slice(text, at, 3 + name.len));
    while (name.len != 0 && strchr(", ", name.data[0]) != NULL) {
        name = str_slice(name, 1, name.len);
    }
    reader->quoted.author = party_of_label(reader, name);
    reader->quoted.when = when;
    reader->quoted.is_own_word = reader->quoted.author != NULL;
}

/* "HALVERTON, 5 May 2027 (Northern Wire) - " */
static void read_agency(struct reader *reader, const struct sentence *s)
{
    for (size_t at = 0; at + 2 < s->count && at < SHORT_TOKENS; at++) {
        size_t to = at + 1;
        while (is_mark(s, at, '(') && to < s->count && to < at + 7 && !is_mark(s, to, ')')) {
            to++;
        }
        if (is_mark(s, at, '(') && is_mark(s, to, ')') && is_mark(s, to + 1, '-')) {
            struct party *party = party_of_label(reader, sentence_slice(s, at + 1, to));
            reader->publication = party != NULL && party->votes[PARTY_PUBLICATION] != 0 ? party : NULL;
            return;
        }
    }
}

/* Does every word begin with a capital, but for the smallest? What goes on in small letters is a sentence, and no paper's name. */
static bool is_title(struct str text)
{
    for (size_t i = 1; i + 3 < text.len; i++) {
        bool is_small = text.data[i - 1] == ' ' && text.data[i] >= 'a' && text.data[i] <= 'z';
        size_t to = i;
        while (to < text.len && text.data[to] != ' ') {
            to++;
        }
        if (is_small && to - i > 3) {
            return false;
        }
    }
    return true;
}

static bool presents_itself(struct str text)
{
    return str_find_nocase(str_slice(text, 0, 8), STR("this is "), 0) == 0 ||
           str_find_nocase(str_slice(text, 0, 7), STR("we are "), 0) == 0;
}

static bool greets(struct str text);

/* "until 30 May", "since Monday": the day of something else than the document. */
static bool is_limited(const struct sentence *s, size_t at)
{
    static const struct str words[] = {STR_INIT("until"), STR_INIT("by"),    STR_INIT("before"),
                                       STR_INIT("till"),  STR_INIT("since"), STR_INIT("from"),
                                       STR_INIT("after"), STR_INIT("than"),  STR_INIT("in")};
    if (at > 1 && is_mark(s, at - 1, ',') && str_eq(s->tokens[at - 2].low, STR("today"))) {
        return false; /* "from today, 1 July" */
    }
    for (size_t back = 1; back <= 3 && back <= at; back++) {
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            if (str_eq(s->tokens[at - back].low, words[i])) {
                return true;
            }
        }
    }
    return at > 0 && str_eq(s->tokens[at - 1].low, STR("on")) && s->count > 6;
}

/* The first date at the head of a text: by itself in a short line, or in a dateline. */
static void read_head(struct reader *reader)
{
    size_t seen = 0;
    for (size_t i = 0; i < reader->sentences.count && seen < HEAD_SENTENCES; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        bool is_head = s->block->depth == 0 && s->block->role != PROSE_NOISE && s->count != 0;
        seen += is_head;
        struct moment when = is_head ? date_in(reader, s) : (struct moment){.at = TIME_NONE};
        bool is_short = s->count <= SHORT_TOKENS || s->block->role == PROSE_LABEL;
        bool is_dateline = when.at != TIME_NONE && when.to < 8 && when.to < s->count &&
                           s->tokens[when.to].kind == TOKEN_MARK && strchr("-(", s->tokens[when.to].mark) != NULL;
        if (is_head && reader->publication == NULL) {
            read_agency(reader, s);
        }
        if (!is_head || (!is_short && !is_dateline)) {
            continue;
        }
        if (when.at == TIME_NONE || !is_limited(s, when.from)) {
            set_when(reader, when, "document");
        }
        bool is_by = str_starts(s->text, STR("By "));
        bool is_name_alone = s->count <= 5 && seen <= 4; /* a line that is nothing but the paper's name */
        bool is_label = (s->block->role == PROSE_LABEL && !is_by) || presents_itself(s->text) || greets(s->text);
        if (reader->publication != NULL || is_label || (!is_by && when.at == TIME_NONE && !is_name_alone)) {
            continue;
        }
        struct str names = is_by                  ? str_slice(s->text, 3, s->text.len)
                           : when.at != TIME_NONE ? str_slice(s->text, 0, s->tokens[when.from].at)
                                                  : s->text;
        struct party *party = is_title(names) ? party_of_label(reader, names) : NULL;
        reader->publication = party != NULL && party->votes[PARTY_PUBLICATION] != 0 ? party : NULL;
    }
}

/* "Gantry Rail Press Office" is Gantry Rail. */
static struct party *without_desk(struct reader *reader, struct party *party)
{
    return party_of_label(reader, party->name);
}

/* Are only short lines behind it, until what is quoted? */
static bool is_near_end(const struct reader *reader, size_t index)
{
    for (size_t i = index + 1; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        if (s->block->depth != 0 || s->block->role == PROSE_LABEL) {
            return true;
        }
        if (s->count > 6 || i > index + 4) {
            return false;
        }
    }
    return true;
}

/* Whom a letter is written for: "on behalf of X", or the house below the name in its signature. */
static struct party *client_of(struct reader *reader, unsigned depth)
{
    static const struct str behalf[] = {STR_INIT("behalf of "),     STR_INIT("We act for "),  STR_INIT("acting for "),
                                        STR_INIT("instructed by "), STR_INIT("Our client: "), STR_INIT("Our Client: "),
                                        STR_INIT("our client, "),   STR_INIT("Client: "),     STR_INIT("behalf of: ")};
    bool is_signature = false;
    struct party *found = NULL;
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        if (s->block->depth != depth || !sentence_is_examined(s)) {
            continue;
        }
        for (size_t b = 0; b < sizeof behalf / sizeof *behalf; b++) {
            size_t at = str_find(s->text, behalf[b], 0);
            for (size_t t = 0; at != SIZE_MAX && t < s->count; t++) {
                struct party *party = s->tokens[t].at >= at + behalf[b].len ? party_of_token(reader, s, t) : NULL;
                if (party != NULL) {
                    return party;
                }
            }
        }
        static const struct str ends[] = {STR_INIT("Yours"),        STR_INIT("Sincerely"),    STR_INIT("Regards"),
                                          STR_INIT("Kind regards"), STR_INIT("Best regards"), STR_INIT("Faithfully")};
        for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
            is_signature |= str_starts(s->text, ends[e]) && s->count < 6;
        }
        bool is_last = depth == 0 && reader->document == DOCUMENT_MAIL && is_near_end(reader, i) && s->count <= 5 &&
                       s->count != 0 && s->tokens[s->count - 1].kind == TOKEN_WORD;
        is_signature |= s->block->role == PROSE_SIGNATURE || is_last;
        for (size_t t = 0; is_signature && t < s->count; t++) {
            struct party *party = s->tokens[t].is_name_start ? party_of_token(reader, s, t) : NULL;
            bool is_house = party != NULL && party->votes[PARTY_PERSON] == 0;
            struct party *house = is_house ? without_desk(reader, party) : NULL;
            found = house != NULL ? house : found;
        }
    }
    return found;
}

static unsigned count_first_person(const struct reader *reader)
{
    unsigned count = 0;
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; sentence_is_examined(s) && s->block->depth == 0 && t < s->count; t++) {
            count += !s->tokens[t].is_cited && word_is(reader, s, t, "we") && s->tokens[t].kind == TOKEN_WORD;
        }
    }
    return count;
}

/* "I", "my": of one person's page. */
static unsigned count_singular(const struct reader *reader)
{
    unsigned count = 0;
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; sentence_is_examined(s) && t < s->count; t++) {
            bool is_it = str_eq(s->tokens[t].low, STR("i")) || str_eq(s->tokens[t].low, STR("my")) ||
                         str_eq(s->tokens[t].low, STR("me"));
            count += is_it && !s->tokens[t].is_cited;
        }
    }
    return count;
}

static void read_mail(struct reader *reader)
{
    struct moment when = {.until = TIME_NONE, .has_zone = true};
    if (reader->document != DOCUMENT_MAIL) {
        return;
    }
    reader->own.author = party_of_sender(reader, reader->mail.from);
    reader->own.addressee = party_of_label(reader, reader->mail.to);
    if (mail_date(reader->mail.date, &when.at, &when.zone_minutes)) {
        set_when(reader, when, "head of the mail");
    }
}

static void read_page(struct reader *reader)
{
    const struct prose_about *about = &reader->prose.about;
    int64_t at = time_parse(str_trim(about->published));
    if (at != TIME_NONE) {
        struct moment when = {.at = at, .is_day = about->published.len == 10, .until = TIME_NONE};
        int64_t hours, minutes;
        struct str zone =
            str_slice(about->published, about->published.len > 6 ? about->published.len - 6 : 0, about->published.len);
        bool is_offset = zone.len == 6 && (zone.data[0] == '+' || zone.data[0] == '-') && zone.data[3] == ':' &&
                         str_i64(str_slice(zone, 1, 3), &hours) && str_i64(str_slice(zone, 4, 6), &minutes);
        when.has_zone = !when.is_day;
        when.zone_minutes = (int16_t)(is_offset ? (zone.data[0] == '-' ? -1 : 1) * (hours * 60 + minutes) : 0);
        set_when(reader, when, "page");
    }
    struct party *site = about->site.len != 0 ? party_of_label(reader, about->site) : NULL;
    bool is_mine = about->author.len != 0 && count_singular(reader) >= 2;
    bool is_paper = site != NULL && site->votes[PARTY_PUBLICATION] > site->votes[PARTY_COMPANY];
    if (site != NULL && !(is_mine && !is_paper) && site->votes[PARTY_COMPANY] < site->votes[PARTY_PUBLICATION] + 1 &&
        (is_paper || count_first_person(reader) < 2)) {
        site->votes[PARTY_PUBLICATION] += 3;
        reader->publication = site;
    } else if (site != NULL && !is_mine && reader->own.author == NULL) {
        reader->own.author = site;
    }
    if ((site == NULL || is_mine) && about->author.len != 0 && reader->own.author == NULL &&
        count_first_person(reader) != 0) {
        struct str name = about->author;
        reader->own.author = party_of_label(reader, str_starts(name, STR("By ")) ? str_slice(name, 3, name.len) : name);
        if (reader->own.author != NULL && is_mine && reader->own.author->votes[PARTY_COMPANY] == 0) {
            reader->own.author->votes[PARTY_PERSON] += 3; /* who says "I" */
        }
    }
}

/* The posts of a thread, each under its "User:" or "Posted by:", with the date below or beside it. */
static int read_thread(struct reader *reader)
{
    struct section *open = NULL;
    size_t posts = 0;
    struct str value;
    for (size_t i = 0; reader->document == DOCUMENT_TEXT && i < reader->sentences.count; i++) {
        struct str text = reader->sentences.all[i].text;
        posts +=
            label_is(text, "user", &value) || label_is(text, "posted by", &value) || label_is(text, "author", &value);
    }
    for (size_t i = 0; posts > 1 && i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        bool is_post = label_is(s->text, "user", &value) || label_is(s->text, "posted by", &value) ||
                       label_is(s->text, "author", &value);
        struct party *author = is_post ? party_of_label(reader, value) : NULL;
        if (author != NULL) {
            open = MORE(reader, reader->sections, PROPOSALS_MAX);
            if (open == NULL) {
                return reader->is_cut ? 0 : -1;
            }
            author->votes[PARTY_ACCOUNT] += 9;
            *open = (struct section){s->number, {.author = author, .when = reader->own.when, .is_own_word = true}};
        } else if (open != NULL && s->number - open->first <= 2 && s->count <= SHORT_TOKENS) {
            struct moment when = date_in(reader, s);
            open->voice.when = when.at != TIME_NONE ? when : open->voice.when;
        }
    }
    return 0;
}

static void settle_zone(struct reader *reader)
{
    const struct assay_read_options *options = reader->options;
    const struct moment *when = &reader->own.when;
    bool is_said = when->at != TIME_NONE && !when->is_day && when->has_zone;
    reader->zone_minutes = options->has_zone ? options->zone_minutes : is_said ? when->zone_minutes : 0;
    reader->zone_by = options->has_zone ? "option" : is_said ? "document" : "UTC";
}

/* Does a text begin with its salutation? A letter to a paper names the paper at its head, and is not the paper's. */
static bool is_letter(const struct reader *reader)
{
    static const struct str words[] = {STR_INIT("Dear "), STR_INIT("Sir,"), STR_INIT("Sirs,"), STR_INIT("Madam,")};
    size_t seen = 0;
    for (size_t i = 0; reader->document == DOCUMENT_TEXT && i < reader->sentences.count && seen < HEAD_SENTENCES; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        seen += s->block->depth == 0;
        for (size_t w = 0; s->block->depth == 0 && w < sizeof words / sizeof *words; w++) {
            if (str_starts(s->text, words[w])) {
                return true;
            }
        }
    }
    return false;
}

/* Is it "WE ARE HOLLOW CHOIR", ">>> RAVENMOOR <<<"? */
static bool is_banner(struct str text, struct str name)
{
    size_t at = str_find_nocase(text, name, 0), letters = 0;
    for (size_t i = 0; at != SIZE_MAX && i < text.len; i++) {
        char c = text.data[i];
        letters += (i < at || i >= at + name.len) && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
    }
    return at != SIZE_MAX && letters <= strlen("this message is from");
}

static bool greets(struct str text)
{
    static const struct str words[] = {STR_INIT("hello"),     STR_INIT("hi "),     STR_INIT("dear"),
                                       STR_INIT("attention"), STR_INIT("attn"),    STR_INIT("to "),
                                       STR_INIT("greetings"), STR_INIT("good "),   STR_INIT("hey"),
                                       STR_INIT("to:"),       STR_INIT("welcome"), STR_INIT("message to")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_find_nocase(str_slice(text, 0, words[i].len), words[i], 0) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "~~~ BASALT CREW ~~~", "THIS IS PALE LANTERN" at the head of a note: names in capitals that no list knows. */
static struct party *banner_name(struct reader *reader, const struct sentence *s)
{
    size_t from = 0, to = s->count;
    while (from < to &&
           (!is_ascii_letter(s->tokens[from].text.data[0]) || s->tokens[from].kind != TOKEN_WORD ||
            word_is(reader, s, from, "we") || word_is(reader, s, from, "det") || word_is(reader, s, from, "aux") ||
            str_eq(s->tokens[from].low, STR("message")) || str_eq(s->tokens[from].low, STR("from")))) {
        from++;
    }
    while (to > from && !is_ascii_letter(s->tokens[to - 1].text.data[0])) {
        to--;
    }
    for (size_t i = from; i < to; i++) {
        const struct token *token = &s->tokens[i];
        bool is_known = (token->lists & (UINT32_C(1) << LIST_COMMON | UINT32_C(1) << LIST_GRAMMAR |
                                         UINT32_C(1) << LIST_VERBS | UINT32_C(1) << LIST_CLAIMS)) != 0;
        const char *class = noun_at(reader, s, i, NULL);
        bool is_other = class != NULL && strcmp(class, "group") != 0;
        for (size_t b = 0; b < token->text.len; b++) {
            if (token->text.data[b] >= 'a' && token->text.data[b] <= 'z') {
                return NULL;
            }
        }
        if (token->kind != TOKEN_WORD || is_known || is_other) {
            return NULL;
        }
    }
    return to > from && to - from <= 3 && s->tokens[from].text.len > 2
               ? party_named(reader, sentence_slice(s, from, to), PARTY_GROUP)
               : NULL;
}

static struct party *as_group(struct party *party)
{
    party->votes[PARTY_GROUP] += party->votes[PARTY_COMPANY] == 0 ? 3 : 0;
    party->votes[PARTY_PUBLICATION] = 0;
    return party;
}

/* The name alone at the foot of a note: "- Basalt Crew". */
static struct party *foot_name(const struct reader *reader)
{
    for (size_t i = reader->sentences.count; i > 0; i--) {
        const struct sentence *s = &reader->sentences.all[i - 1];
        if (s->count == 0 || s->block->role == PROSE_NOISE) {
            continue;
        }
        size_t at = s->tokens[0].kind == TOKEN_MARK ? 1 : 0;
        at += at < s->count && str_eq(s->tokens[at].low, STR("the"));
        struct party *party =
            s->count <= 5 && at < s->count && s->tokens[at].is_name_start ? party_of_token(reader, s, at) : NULL;
        return party != NULL && s->tokens[s->count - 1].name == s->tokens[at].name ? party : NULL;
    }
    return NULL;
}

/* Of a note without a line that says whose it is: "encrypted by X", "we are X", or X alone at its head. */
static struct party *note_author(struct reader *reader)
{
    if (count_first_person(reader) < 2) {
        return NULL;
    }
    for (size_t i = 0; i < reader->sentences.count && i < 2; i++) {
        struct party *banner = banner_name(reader, &reader->sentences.all[i]);
        if (banner != NULL) {
            return as_group(banner);
        }
    }
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        bool is_head = (!sentence_is_examined(s) || (i < 3 && s->count < SHORT_TOKENS)) && !greets(s->text);
        for (size_t p = 0; is_head && p < reader->parties.count; p++) {
            struct party *party = reader->parties.all[p];
            if (party->mentions != 0 && is_banner(s->text, party->name)) {
                return as_group(party);
            }
        }
        for (size_t t = 2; sentence_is_examined(s) && t < s->count; t++) {
            struct party *party =
                s->tokens[t].is_name_start && !s->tokens[t].is_cited ? party_of_token(reader, s, t) : NULL;
            struct str before = s->tokens[t - 1].low, first = s->tokens[t - 2].low;
            bool is_it = (str_eq(before, STR("are")) && str_eq(first, STR("we"))) ||
                         (str_eq(before, STR("is")) && str_eq(first, STR("this"))) ||
                         (str_eq(before, STR("by")) &&
                          (str_ends(first, STR("ed")) || str_eq(first, STR("stolen")) || str_eq(first, STR("taken"))));
            if (party != NULL && is_it) {
                return as_group(party);
            }
        }
    }
    struct party *foot = foot_name(reader);
    return foot != NULL ? as_group(foot) : NULL;
}

/* Whom a note greets: "Hello, Draymoor Logistics!", "To the management of Lakeview Health". */
static struct party *greeted(const struct reader *reader)
{
    for (size_t i = 0; i < reader->sentences.count && i < 6; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; greets(s->text) && t < s->count; t++) {
            struct party *party = s->tokens[t].is_name_start ? party_of_token(reader, s, t) : NULL;
            if (party != NULL && party != reader->own.author) {
                return party;
            }
        }
    }
    return NULL;
}

/* The party whose name ends with that word. */
static struct party *surnamed(const struct reader *reader, struct str low)
{
    for (size_t i = 0; low.len > 2 && i < reader->parties.count; i++) {
        struct str key = reader->parties.all[i]->key;
        if (key.len > low.len && str_ends(key, low) && key.data[key.len - low.len - 1] == ' ') {
            return reader->parties.all[i];
        }
    }
    return NULL;
}

/* The house in the lines above a letter's salutation, but for the writer's own. */
static struct party *address_of(const struct reader *reader)
{
    struct party *found = NULL;
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        if (str_starts(s->text, STR("Dear "))) {
            for (size_t t = 1; t < s->count; t++) { /* "Dear Ms Lam" */
                struct party *greeted =
                    s->tokens[t].is_name_start ? party_of_token(reader, s, t) : surnamed(reader, s->tokens[t].low);
                if (greeted != NULL && greeted != reader->own.author) {
                    return greeted;
                }
            }
            return found;
        }
        for (size_t t = 0; s->count <= 8 && t < s->count; t++) {
            struct party *party = s->tokens[t].is_name_start ? party_of_token(reader, s, t) : NULL;
            bool is_house = party != NULL && party != reader->own.author && party->votes[PARTY_PERSON] == 0 &&
                            (party->votes[PARTY_PUBLICATION] != 0 || i > 1);
            found = is_house && (found == NULL || found->votes[PARTY_PUBLICATION] == 0) ? party : found;
        }
    }
    return NULL;
}

int voice_find(struct reader *reader)
{
    struct moment none = {.at = TIME_NONE, .is_day = true, .until = TIME_NONE};
    reader->own.when = none;
    reader->quoted.when = none;
    if (reader->options->published != INT64_MIN) {
        struct moment given = {.at = reader->options->published,
                               .is_day = reader->options->is_published_date,
                               .until = TIME_NONE,
                               .has_zone = reader->options->has_zone,
                               .zone_minutes = reader->options->zone_minutes};
        set_when(reader, given, "option");
    }
    read_mail(reader);
    read_page(reader);
    read_labels(reader);
    read_head(reader);
    settle_zone(reader);
    for (size_t i = 0; i < reader->sentences.count; i++) {
        if (reader->sentences.all[i].block->role == PROSE_LABEL) {
            read_quoted(reader, &reader->sentences.all[i]);
        }
    }
    read_forwarded(reader);
    reader->publication = is_letter(reader) ? NULL : reader->publication;
    struct party *client = client_of(reader, 0);
    bool is_mine = client != NULL && reader->publication == NULL && !reader->has_client;
    reader->own.author = is_mine ? client : reader->own.author;
    struct party *quoted_client = reader->document == DOCUMENT_MAIL ? client_of(reader, 1) : NULL;
    reader->quoted.author = quoted_client != NULL ? quoted_client : reader->quoted.author;
    reader->quoted.addressee = reader->own.author;
    if (reader->own.author == NULL && reader->publication == NULL && reader->document == DOCUMENT_TEXT) {
        reader->own.author = note_author(reader);
    }
    if (reader->own.addressee == NULL && reader->document == DOCUMENT_TEXT && reader->publication == NULL) {
        reader->own.addressee = is_letter(reader) ? address_of(reader) : greeted(reader);
    }
    bool is_person = reader->own.author != NULL && reader->own.author->employer != NULL;
    reader->own.author = is_person ? reader->own.author->employer : reader->own.author;
    TRY(read_thread(reader));
    reader->own.is_own_word = reader->own.author != NULL && reader->publication == NULL;
    reader->own.author = reader->publication != NULL ? reader->publication : reader->own.author;
    return 0;
}
