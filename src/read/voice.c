/* Whose document it is and of which day: what the page or the mail says of itself, the labels and the signature of a letter, the first short line
 * that holds a date. */
#include "read/voice.h"
#include "base/str.h"

#include "base/banned.h"

enum { HEAD_SENTENCES = 12, SHORT_TOKENS = 14 };

static void set_when(struct reader *reader, struct moment moment, const char *by)
{
    if (reader->own.when.at == TIME_NONE && moment.at != TIME_NONE && moment.until == TIME_NONE) {
        reader->own.when = moment;
        reader->published_by = by;
    }
}

struct moment date_in(const struct reader *reader, const struct sentence *s)
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
    for (size_t i = 0; i < reader->sentences.count; i++) {
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

/* "Uploaded by n1ghtcr4b" at the head. */
static void read_uploader(struct reader *reader)
{
    static const struct str words[] = {STR_INIT("uploaded by "), STR_INIT("posted by "), STR_INIT("leaked by "),
                                       STR_INIT("shared by "), STR_INIT("released by ")};
    for (size_t i = 0; i < reader->sentences.count && i < 4; i++) {
        struct str text = reader->sentences.all[i].text;
        for (size_t w = 0; reader->own.author == NULL && w < sizeof words / sizeof *words; w++) {
            size_t at = str_find_nocase(text, words[w], 0);
            struct str name = at != SIZE_MAX && text.len < 90 ? str_slice(text, at + words[w].len, text.len) : STR("");
            name = str_cut(str_cut(name, ' ').head, ',').head;
            reader->own.author = name.len > 2 ? party_named(reader, name, PARTY_ACCOUNT) : NULL;
        }
    }
}

/* "by hexen_jo" alone in a line of the head: what is written small is an account's name. */
static void read_small_byline(struct reader *reader)
{
    for (size_t i = 0; i < reader->sentences.count && i < 4; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        bool is_it = s->count == 2 && s->block->depth == 0 && str_eq(s->tokens[0].low, STR("by")) &&
                     !s->tokens[1].is_capital && s->tokens[1].text.len > 3 && s->tokens[1].lists == 0;
        if (is_it && reader->own.author == NULL) {
            reader->own.author = party_named(reader, s->tokens[1].text, PARTY_ACCOUNT);
        }
    }
}

/* Who writes an opinion in a paper: named in the byline below "OPINION"; NULL: it is none. */
static struct party *columnist(struct reader *reader)
{
    static const char *const kinds[] = {"opinion",   "comment", "commentary", "column",
                                        "viewpoint", "op-ed",   "perspective"};
    bool is_opinion = false;
    for (size_t i = 0; i < reader->sentences.count && i < HEAD_SENTENCES; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        is_opinion |= s->count != 0 && s->count <= 2 && i < 4 &&
                      str_is_one_of(s->tokens[0].low, kinds, sizeof kinds / sizeof *kinds);
        size_t by = s->count;
        while (by > 0 && s->count - by < 5 && s->tokens[by - 1].kind == TOKEN_WORD && s->tokens[by - 1].is_capital) {
            by--;
        }
        if (is_opinion && by > 0 && s->count - by > 1 && str_eq(s->tokens[by - 1].low, STR("by"))) {
            return party_of_label(reader, sentence_slice(s, by, s->count));
        }
    }
    return NULL;
}

static void read_labels(struct reader *reader)
{
    static const char *const authors[] = {"from",         "user",        "posted by",    "author",
                                          "on behalf of", "answered by", "issued by",    "prepared by",
                                          "statement by", "reply from",  "submitted by", "statement from"};
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

/* "By Ann Lee, staff writer", "Comment by Ann Lee", "Trent Oxley - 28 August - 3 min read": whose report it is, and no house's own word. */
static bool is_byline(const struct sentence *s)
{
    static const struct str starts[] = {STR_INIT("By "),         STR_INIT("Comment by "),   STR_INIT("Words by "),
                                        STR_INIT("Words: "),     STR_INIT("Opinion by "),   STR_INIT("Analysis by "),
                                        STR_INIT("Written by "), STR_INIT("Reporting by "), STR_INIT("Report by ")};
    static const struct str parts[] = {STR_INIT("min read"), STR_INIT("minute read"), STR_INIT("staff writer"),
                                       STR_INIT("staff reporter"), STR_INIT(" correspondent")};
    bool is_it = false;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        is_it |= str_starts(s->text, starts[i]) && s->text.len > starts[i].len && s->text.data[starts[i].len] >= 'A' &&
                 s->text.data[starts[i].len] <= 'Z';
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        is_it |= str_find_nocase(s->text, parts[i], 0) != SIZE_MAX;
    }
    return is_it && s->count <= SHORT_TOKENS && !is_mark(s, s->count - 1, '.');
}

static bool has_byline(const struct reader *reader)
{
    for (size_t i = 0; i < reader->sentences.count && i < HEAD_SENTENCES; i++) {
        if (reader->sentences.all[i].count != 0 && is_byline(&reader->sentences.all[i])) {
            return true;
        }
    }
    return false;
}

/* "OFFICE OF THE DATA GUARDIAN" is no paper, whatever its last word says. */
static bool is_of_office(const struct sentence *s)
{
    static const char *const words[] = {"office", "ministry", "department"};
    return s->count > 2 && str_is_one_of(s->tokens[0].low, words, sizeof words / sizeof *words) &&
           str_eq(s->tokens[1].low, STR("of"));
}

/* May that short line at the head hold a paper's name: with a day, behind "By", or by itself? `seen`: lines of the head up to it. */
static bool may_name_paper(const struct sentence *s, const struct moment *when, size_t seen)
{
    bool is_by = str_starts(s->text, STR("By "));
    bool is_name_alone = s->count <= 5 && seen <= 4; /* a line that is nothing but the paper's name */
    bool is_label = (s->block->role == PROSE_LABEL && !is_by) || presents_itself(s->text) || greets(s->text);
    bool is_crumbs =
        str_find(s->text, STR("\xe2\x80\xba"), 0) != SIZE_MAX || str_find(s->text, STR(" > "), 0) != SIZE_MAX;
    return !is_label && !is_crumbs && !is_of_office(s) && (is_by || when->at != TIME_NONE || is_name_alone);
}

/* "Ann Lee @annlee · 3 Sep 2030": the head of a post names no paper. */
static bool is_posted(const struct sentence *s)
{
    bool is_it = false;
    for (size_t t = 1; t < s->count; t++) {
        is_it |= s->tokens[t].kind == TOKEN_HANDLE;
    }
    return is_it;
}

/* The paper that a short line at the head names; NULL: none. */
static struct party *paper_in(struct reader *reader, const struct sentence *s, const struct moment *when,
                              bool is_bylined)
{
    bool is_by = str_starts(s->text, STR("By "));
    struct str names = is_by                   ? str_slice(s->text, 3, s->text.len)
                       : when->at != TIME_NONE ? str_slice(s->text, 0, s->tokens[when->from].at)
                                               : s->text;
    struct party *party = is_title(names) && !is_posted(s) ? party_of_label(reader, names) : NULL;
    bool is_below_byline = is_bylined && !is_by && when->at != TIME_NONE && when->from > 1 && party != NULL &&
                           party->votes[PARTY_PERSON] == 0; /* "By X", then "The Packet, 17 April" */
    if (is_below_byline) {
        party->votes[PARTY_PUBLICATION] += 3;
    }
    return party != NULL && party->votes[PARTY_PUBLICATION] != 0 ? party : NULL;
}

/* A day by itself in a short line of the head, or in a dateline. */
static bool is_day_line(const struct sentence *s, const struct moment *when, size_t index)
{
    bool is_short = s->count <= SHORT_TOKENS || s->block->role == PROSE_LABEL ||
                    (index < 2 && when->at != TIME_NONE && when->to >= s->count);
    bool is_dateline = when->at != TIME_NONE && when->to < 8 && when->to < s->count &&
                       s->tokens[when->to].kind == TOKEN_MARK && strchr("-(", s->tokens[when->to].mark) != NULL;
    return is_short || is_dateline;
}

/* "Minutes of the meeting held on 5 March 2030" in the first lines, "Printed by X, 24/10/2031" in the last ones. */
static void read_edges(struct reader *reader)
{
    size_t count = reader->sentences.count;
    for (size_t i = 0; i < count && i < 4; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        if (s->block->depth == 0 && s->count != 0 && !is_mark(s, s->count - 1, '.')) {
            set_when(reader, date_in(reader, s), "document");
        }
    }
    for (size_t i = count; reader->document == DOCUMENT_TEXT && i > 0 && i + 3 > count; i--) {
        const struct sentence *s = &reader->sentences.all[i - 1];
        bool is_line =
            s->block->depth == 0 && s->count != 0 && s->count <= SHORT_TOKENS && !is_mark(s, s->count - 1, '.');
        struct moment when = is_line ? date_in(reader, s) : (struct moment){.at = TIME_NONE};
        if (when.at != TIME_NONE && !is_limited(s, when.from)) {
            set_when(reader, when, "document");
        }
    }
}

/* What stands above "By Priyanka Osei" is the paper's name. */
static void read_line_above_byline(struct reader *reader)
{
    const struct sentence *first = reader->sentences.count != 0 ? &reader->sentences.all[0] : NULL;
    bool is_paper = first != NULL && reader->publication == NULL && first->count > 1 && first->count <= 5 &&
                    first->block->depth == 0 && first->block->role != PROSE_LABEL && is_title(first->text);
    for (size_t i = 0; is_paper && i < first->count; i++) {
        is_paper = first->tokens[i].kind == TOKEN_WORD && first->tokens[i].is_capital;
    }
    if (is_paper) {
        reader->publication = party_named(reader, first->text, PARTY_PUBLICATION);
    }
}

/* The first day at the head of a text, and whose paper it is. */
static void read_head(struct reader *reader)
{
    size_t seen = 0;
    bool is_bylined = false;
    for (size_t i = 0; i < reader->sentences.count && seen < HEAD_SENTENCES; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        if (s->block->depth != 0 || s->block->role == PROSE_NOISE || s->count == 0) {
            continue;
        }
        seen++;
        struct moment when = date_in(reader, s);
        if (reader->publication == NULL) {
            read_agency(reader, s);
        }
        if (!is_day_line(s, &when, i)) {
            continue;
        }
        if (when.at == TIME_NONE || !is_limited(s, when.from)) {
            set_when(reader, when, "document");
        }
        is_bylined |= is_byline(s) || str_starts(s->text, STR("By "));
        if (reader->publication == NULL && may_name_paper(s, &when, seen)) {
            reader->publication = paper_in(reader, s, &when, is_bylined);
        }
    }
    read_edges(reader);
    if (is_bylined) {
        read_line_above_byline(reader);
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

/* Whom a letter is written for: "on behalf of X", or the house below the name in its signature. */
static struct party *client_of(struct reader *reader, unsigned depth)
{
    static const struct str behalf[] = {STR_INIT("behalf of "),     STR_INIT("We act for "),  STR_INIT("acting for "),
                                        STR_INIT("instructed by "), STR_INIT("Our client: "), STR_INIT("Our Client: "),
                                        STR_INIT("our client, "),   STR_INIT("Client: "),     STR_INIT("behalf of: ")};
    bool is_signature = false, is_open_letter = is_letter(reader);
    const struct party *writer = reader->own.author;
    bool is_his = writer != NULL && writer->votes[PARTY_PERSON] != 0 && writer->votes[PARTY_COMPANY] == 0;
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
        bool is_below = is_his && i > 0 && /* "From: Jon Hale": his house stands below his name */
                        str_find(reader->sentences.all[i - 1].text, writer->name, 0) == 0;
        bool is_last = depth == 0 && (reader->document == DOCUMENT_MAIL || is_open_letter || is_below) &&
                       is_near_end(reader, i) && s->count <= 5 && s->count != 0 &&
                       s->tokens[s->count - 1].kind == TOKEN_WORD;
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
    struct str_cut address = str_cut(reader->mail.from, '@');
    bool is_house =
        reader->own.author != NULL && address.found &&
        (house_of_domain(reader, address.tail) == reader->own.author ||
         is_desk_address(str_cut(reader->mail.from, '<').found ? str_cut(address.head, '<').tail : address.head));
    reader->has_client |= is_house; /* told by the address: the signature tells the person */
    reader->own.addressee = party_of_label(reader, reader->mail.to);
    if (mail_date(reader->mail.date, &when.at, &when.zone_minutes)) {
        set_when(reader, when, "head of the mail");
    }
}

static bool is_shouted_title(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= 'a' && text.data[i] <= 'z') {
            return false;
        }
    }
    return text.len > 4;
}

/* Does a sentence begin with that party? A paper seldom writes of itself so. */
static bool is_told_of(const struct reader *reader, const struct party *party)
{
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        bool is_it = sentence_is_examined(s) && s->count > 5 &&
                     (party_of_token(reader, s, 0) == party ||
                      (str_eq(s->tokens[0].low, STR("the")) && party_of_token(reader, s, 1) == party));
        if (is_it) {
            return true;
        }
    }
    return false;
}

/* "Statement on recent media reports": no paper's headline. */
static bool is_own_title(const struct reader *reader)
{
    static const struct str starts[] = {STR_INIT("Statement"),     STR_INIT("Notice"),        STR_INIT("Our "),
                                        STR_INIT("Press release"), STR_INIT("Media release"), STR_INIT("News release"),
                                        STR_INIT("Important "),    STR_INIT("Security "),     STR_INIT("Response to"),
                                        STR_INIT("A message"),     STR_INIT("Open letter"),   STR_INIT("Incident ")};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (str_starts(reader->prose.about.title, starts[i]) || str_starts(reader->prose.about.page, starts[i])) {
            return true;
        }
    }
    return false;
}

/* "Notice of data incident | Harrow Dental Group", "CRIMSON VEIL :: leaks": the piece of a page's title that is the site's name: a party of the text, or
 * else one that a list knows. */
static struct party *site_of_title(struct reader *reader, bool *ret_is_paper)
{
    static const char *const joints[] = {" | ",  " - ",        " \xe2\x80\x93 ", " \xe2\x80\x94 ",
                                         " :: ", " \xc2\xb7 ", " // ",           ": "};
    struct str title = reader->prose.about.page;
    for (size_t j = 0; j < sizeof joints / sizeof *joints; j++) {
        size_t at = str_find(title, str_of(joints[j]), 0);
        struct str pieces[2] = {at != SIZE_MAX ? str_slice(title, at + strlen(joints[j]), title.len) : STR(""),
                                at != SIZE_MAX ? str_slice(title, 0, at) : STR("")};
        bool is_loud = at != SIZE_MAX && is_shouted_title(pieces[1]) && !is_shouted_title(pieces[0]);
        for (size_t p = is_loud ? 1 : 0; p < 2; p++) { /* "SABLE COURT :: verdicts" */
            bool is_name = pieces[p].len > 2 && pieces[p].len < 60 && is_title(pieces[p]);
            struct party *party = is_name ? party_of_label(reader, pieces[p]) : NULL;
            *ret_is_paper = party != NULL && party->votes[PARTY_PUBLICATION] > party->votes[PARTY_COMPANY];
            bool is_last = p == 0 && j + 1 < sizeof joints / sizeof *joints;
            bool is_known = party != NULL && (is_last || (p == 1 && party->votes[PARTY_PERSON] != 0) ||
                                              party->mentions != 0 || is_shouted_title(pieces[p]));
            if (is_known) {
                return party;
            }
        }
    }
    return NULL;
}

/* "MARROW 2024-2026" -> "MARROW" */
static struct str without_years(struct str name)
{
    while (name.len != 0 && strchr(" 0123456789-,", name.data[name.len - 1]) != NULL) {
        name.len--;
    }
    return str_trim(name);
}

/* "(c) 2030 Harrow Dental Group. All rights reserved.": whose page it is, by its foot. */
static struct party *owner_of_page(struct reader *reader)
{
    static const struct str signs[] = {STR_INIT("\xc2\xa9"), STR_INIT("(c)"), STR_INIT("Copyright")};
    for (size_t i = 0; i < reader->prose.count; i++) {
        struct str text = reader->prose.blocks[i].text;
        for (size_t k = 0; k < sizeof signs / sizeof *signs; k++) {
            size_t at = str_find_nocase(text, signs[k], 0);
            size_t from = at != SIZE_MAX ? at + signs[k].len : text.len;
            while (from < text.len && strchr(" 0123456789-,", text.data[from]) != NULL) {
                from++;
            }
            struct str name = without_years(str_cut(str_slice(text, from, text.len), '.').head);
            if (at != SIZE_MAX && name.len > 2 && name.len < 60 && is_title(name)) {
                return party_of_label(reader, name);
            }
        }
    }
    return NULL;
}

/* "press@harlowpumps.example", where the text speaks of Harlow Pumps. */
static struct party *owner_of_address(struct reader *reader)
{
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; t < s->count; t++) {
            struct str_cut at = str_cut(s->tokens[t].text, '@');
            struct party *party = s->tokens[t].kind == TOKEN_MAIL && at.found ? house_of_domain(reader, at.tail) : NULL;
            if (party != NULL && party->votes[PARTY_PUBLICATION] == 0) {
                return party;
            }
        }
    }
    return NULL;
}

/* "About Harlow Pumps" at the foot of a release. */
static struct party *about_whom(struct reader *reader)
{
    for (size_t i = reader->sentences.count; i > 0; i--) {
        const struct sentence *s = &reader->sentences.all[i - 1];
        bool is_about = s->count > 1 && s->count < 7 && str_starts(s->text, STR("About ")) &&
                        !is_mark(s, s->count - 1, '.') && !is_mark(s, s->count - 1, '?');
        for (size_t t = 1; is_about && t < s->count; t++) {
            struct party *party = party_of_token(reader, s, t);
            if (party != NULL) {
                reader->about_from = s->number;
                return party;
            }
        }
    }
    return NULL;
}

/* Sentences with a quotation of some length: a report holds several, a house's own page hardly any. */
static unsigned count_quoting(const struct reader *reader)
{
    unsigned count = 0;
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        unsigned cited = 0;
        for (size_t t = 0; sentence_is_examined(s) && t < s->count; t++) {
            cited += s->tokens[t].is_cited && s->tokens[t].kind == TOKEN_WORD;
        }
        count += cited > 3;
    }
    return count;
}

/* Whose page it is where it does not say so of itself. */
static void read_unsigned_page(struct reader *reader)
{
    bool is_paper = false;
    struct party *site = site_of_title(reader, &is_paper);
    site = site != NULL ? site : owner_of_page(reader);
    if (site == NULL || reader->document != DOCUMENT_HTML || reader->publication != NULL) {
        return;
    }
    bool is_report = (count_quoting(reader) > 2 || (has_byline(reader) && count_quoting(reader) != 0)) &&
                     !is_told_of(reader, site) && site->votes[PARTY_GROUP] == 0;
    if (is_paper || is_report || site->votes[PARTY_PUBLICATION] > site->votes[PARTY_COMPANY]) {
        site->votes[PARTY_PUBLICATION] += is_report ? 3 : 0;
        reader->publication = site;
    } else if (reader->own.author == NULL && (count_first_person(reader) != 0 || is_told_of(reader, site))) {
        reader->own.author = site;
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
    bool is_domain = str_find(about->site, STR(" "), 0) == SIZE_MAX && str_find(about->site, STR("."), 0) != SIZE_MAX;
    struct party *site = about->site.len != 0 && !is_domain ? party_of_label(reader, about->site) : NULL;
    bool is_mine = about->author.len != 0 && count_singular(reader) >= 2;
    bool is_paper = site != NULL && site->votes[PARTY_PUBLICATION] > site->votes[PARTY_COMPANY];
    if (site != NULL && !(is_mine && !is_paper) && site->votes[PARTY_COMPANY] < site->votes[PARTY_PUBLICATION] + 1 &&
        (is_paper || (count_first_person(reader) < 2 && !is_told_of(reader, site) && !is_own_title(reader)))) {
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
    if (site == NULL) {
        read_unsigned_page(reader);
    }
}

static void settle_zone(struct reader *reader)
{
    const struct assay_read_options *options = reader->options;
    const struct moment *when = &reader->own.when;
    bool is_said = when->at != TIME_NONE && !when->is_day && when->has_zone && !when->is_zone_assumed;
    reader->zone_minutes = options->has_zone ? options->zone_minutes : is_said ? when->zone_minutes : 0;
    reader->zone_by = options->has_zone ? "option" : is_said ? "document" : "UTC";
}

/* A paper's correction is its own word. */
static bool is_correction(const struct reader *reader)
{
    static const struct str starts[] = {STR_INIT("Correction"), STR_INIT("Clarification"), STR_INIT("Apology"),
                                        STR_INIT("CORRECTION"), STR_INIT("CLARIFICATION"), STR_INIT("APOLOGY")};
    for (size_t i = 0; i < reader->sentences.count && i < 5; i++) {
        for (size_t k = 0; k < sizeof starts / sizeof *starts; k++) {
            if (str_starts(reader->sentences.all[i].text, starts[k])) {
                return true;
            }
        }
    }
    return false;
}

/* "Company: Hale Motors", "Victim: ..." of a leak site's list. */
static bool names_victim(const struct reader *reader)
{
    for (size_t i = 0; i < reader->prose.count; i++) {
        if (is_victim_label(reader->prose.blocks[i].text)) {
            return true;
        }
    }
    return false;
}

/* Who is to be reached by onion or Tox is a gang, whatever its name looks like. */
static bool hides(const struct reader *reader)
{
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; t < s->count; t++) {
            bool is_tox = str_eq(s->tokens[t].low, STR("tox")) && is_mark(s, t + 1, ':');
            if (is_tox || str_find(s->tokens[t].low, STR(".onion"), 0) != SIZE_MAX) {
                return true;
            }
        }
    }
    return false;
}

/* The day that was given with the command. */
static void take_given_day(struct reader *reader)
{
    if (reader->options->published != INT64_MIN) {
        struct moment given = {.at = reader->options->published,
                               .is_day = reader->options->is_published_date,
                               .until = TIME_NONE,
                               .has_zone = reader->options->has_zone,
                               .zone_minutes = reader->options->zone_minutes};
        set_when(reader, given, "option");
    }
}

/* Whose a text without a label is. */
static void read_note(struct reader *reader)
{
    bool is_note = reader->own.author == NULL && reader->publication == NULL && reader->document == DOCUMENT_TEXT;
    if (is_note && names_victim(reader)) { /* who keeps a list of those it extorts signs it at its foot */
        reader->own.author = owner_of_page(reader);
    }
    if (is_note && reader->own.author == NULL) {
        reader->own.author = note_author(reader);
    }
}

/* Whether "we" is the author's, the paper's or its columnist's. */
static void settle_own_word(struct reader *reader)
{
    reader->own.is_own_word = reader->own.author != NULL && reader->publication == NULL;
    reader->own.author = reader->publication != NULL ? reader->publication : reader->own.author;
    reader->own.is_own_word |= reader->publication != NULL && is_correction(reader);
    struct party *writer = reader->publication != NULL && !reader->own.is_own_word ? columnist(reader) : NULL;
    if (writer != NULL) {
        reader->own.author = writer;
        reader->own.is_own_word = true;
    }
}

/* Whose a document is by its foot or its address, if nothing else told. */
static void read_unsigned_text(struct reader *reader, bool is_free)
{
    struct party *about = is_free ? about_whom(reader) : NULL;
    if (reader->own.author == NULL && is_free) {
        struct party *addressed = about == NULL ? owner_of_address(reader) : NULL;
        bool is_its = addressed != NULL && (count_first_person(reader) != 0 || is_told_of(reader, addressed));
        reader->own.author = about != NULL ? about : is_its ? addressed : foot_author(reader);
    }
}

int voice_find(struct reader *reader)
{
    struct moment none = {.at = TIME_NONE, .is_day = true, .until = TIME_NONE};
    reader->own.when = none;
    reader->quoted.when = none;
    take_given_day(reader);
    read_mail(reader);
    read_page(reader);
    read_labels(reader);
    if (reader->document == DOCUMENT_TEXT) {
        read_uploader(reader);
        read_small_byline(reader);
    }
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
    read_note(reader);
    bool is_office = false, is_free = reader->publication == NULL && reader->document != DOCUMENT_MAIL;
    struct party *nameless = is_free ? nameless_author(reader) : NULL;
    reader->own.author = nameless != NULL ? nameless : reader->own.author;
    struct party *heading = is_free ? heading_author(reader, &is_office) : NULL;
    struct party *signer = is_free && reader->document == DOCUMENT_TEXT && count_singular(reader) > 1 &&
                                   !reader->has_client && client == NULL
                               ? signing_person(reader)
                               : NULL;
    reader->own.author = signer != NULL ? signer : reader->own.author;
    heading = signer != NULL ? NULL : heading;
    struct party *formal = is_free ? form_author(reader) : NULL;
    is_office |= formal != NULL;
    heading = formal != NULL ? formal : heading;
    reader->own.author = heading != NULL && (is_office || reader->own.author == NULL) ? heading : reader->own.author;
    if (reader->own.addressee == NULL && reader->document == DOCUMENT_TEXT && reader->publication == NULL) {
        reader->own.addressee = is_letter(reader) ? address_of(reader) : greeted(reader);
    }
    read_unsigned_text(reader, is_free);
    if (reader->publication == NULL && reader->own.author != NULL && hides(reader)) {
        reader->own.author->votes[PARTY_GROUP] += 6;
    }
    reader->own.author = holder_of_office(reader, reader->own.author);
    bool is_person = reader->own.author != NULL && reader->own.author->employer != NULL;
    reader->own.author = is_person ? reader->own.author->employer : reader->own.author;
    TRY(posts_find(reader));
    if (reader->sections.count == 0) {
        TRY(turns_find(reader));
    }
    settle_own_word(reader);
    return reader->sections.count == 0 ? stamps_find(reader) : 0;
}
