/* Sums that somebody asks for: a number and a currency in a sentence that speaks of a ransom or of paying. */
#include <stdio.h>

#include "base/str.h"
#include "read/inside.h"

#include "base/banned.h"

static bool is_multiple(const struct lexicon_entry *entry)
{
    return entry->value[0] == '*';
}

static const struct lexicon_entry *word_at(const struct reader *reader, const struct sentence *s, size_t at)
{
    const struct lexicon_entry *entry;
    return lexicon_at(reader, LIST_MONEY, s, at, &entry) != 0 ? entry : NULL;
}

/* "$1.5m", "US$500,000", "10BTC", "1.5": currency and multiple may be stuck to the number. */
static bool read_sum(const struct reader *reader, struct str low, double *ret_value, const char **ret_currency)
{
    char plain[40], tail[16];
    size_t from = 0, len = 0, end = 0;
    while (from < low.len && (low.data[from] < '0' || low.data[from] > '9')) {
        from++;
    }
    for (size_t i = from; i < low.len && len < sizeof plain; i++, end = i) {
        char c = low.data[i];
        if ((c < '0' || c > '9') && c != '.' && c != ',') {
            break;
        }
        if (c != ',') {
            plain[len++] = c;
        }
    }
    end = end < from ? from : end;
    struct str head = str_slice(low, 0, from), rest = str_slice(low, end, low.len);
    if (len == 0 || !str_double((struct str){plain, len}, ret_value) || rest.len >= sizeof tail) {
        return false;
    }
    const struct lexicon_entry *before = lexicon_find(reader->lexicon, LIST_MONEY, head);
    const struct lexicon_entry *after = lexicon_find(reader->lexicon, LIST_MONEY, rest);
    double times;
    *ret_currency = before != NULL && !is_multiple(before) ? before->value : NULL;
    if (after != NULL && is_multiple(after) && str_double(str_of(after->value + 1), &times)) {
        *ret_value *= times;
    } else if (after != NULL) {
        *ret_currency = after->value;
    }
    return (head.len == 0 || before != NULL) && (rest.len == 0 || after != NULL);
}

static size_t sum_at(const struct reader *reader, const struct sentence *s, size_t at, struct ransom *ret,
                     double *ret_value)
{
    const char *currency = NULL;
    size_t to = at;
    const struct lexicon_entry *entry = word_at(reader, s, at);
    if (entry != NULL && !is_multiple(entry)) { /* "USD 500,000", "Rs. 40 lakh" */
        currency = entry->value;
        to += 1 + is_mark(s, to + 1, '.');
    }
    const char *stuck = NULL;
    if (to >= s->count ||
        (!read_sum(reader, s->tokens[to].low, ret_value, &stuck) && !number_at(reader, s, to, ret_value))) {
        return 0;
    }
    currency = stuck != NULL ? stuck : currency;
    to++;
    double times;
    while ((entry = word_at(reader, s, to)) != NULL) {
        if (is_multiple(entry) && str_double(str_of(entry->value + 1), &times)) {
            *ret_value *= times;
        } else if (currency == NULL) {
            currency = entry->value;
        } else if (str_eq(s->tokens[to].low, STR("in"))) {
            break;
        }
        to++;
    }
    ret->currency = currency;
    ret->said = sentence_slice(s, at, to);
    return currency != NULL ? to - at : 0;
}

static bool is_about_ransom(const struct reader *reader, const struct sentence *s)
{
    static const struct str words[] = {STR_INIT("demand"),  STR_INIT("price"),  STR_INIT("wallet"),
                                       STR_INIT("receive"), STR_INIT("pay"),    STR_INIT("ask"),
                                       STR_INIT("want"),    STR_INIT("send"),   STR_INIT("transfer"),
                                       STR_INIT("seek"),    STR_INIT("sought"), STR_INIT("blackmail")};
    const struct lexicon_entry *entry;
    const struct voice *voice = reader_voice(reader, s);
    if (voice->is_own_word && (voice->author->kind == PARTY_GROUP || voice->author->kind == PARTY_ACCOUNT)) {
        return true; /* who sells or extorts names his price */
    }
    for (size_t i = 0; i < s->count; i++) {
        if (lexicon_at(reader, LIST_CLAIMS, s, i, &entry) != 0 && strcmp(entry->value, "ransom") == 0) {
            return true;
        }
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            if (str_starts(s->tokens[i].low, words[w])) {
                return true;
            }
        }
    }
    return false;
}

static int keep(struct reader *reader, const struct sentence *s, struct ransom ransom, double value)
{
    char text[64];
    struct ransom *slot = MORE(reader, reader->ransoms, PROPOSALS_MAX);
    if (slot == NULL) {
        return reader->is_cut ? 0 : -1;
    }
    (void)snprintf(text, sizeof text, "%.10g", value);
    if (value >= 1e9 && value < 1e15) {
        (void)snprintf(text, sizeof text, "%.0f", value);
    }
    ransom.amount = arena_str(reader->arena, str_of(text), reader->err);
    ransom.in = s;
    *slot = ransom;
    return ransom.amount.data != NULL ? 0 : -1;
}

int ransoms_find(struct reader *reader)
{
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t at = 0; sentence_is_examined(s) && is_about_ransom(reader, s) && at < s->count;) {
            struct ransom ransom = {0};
            double value = 0;
            size_t count = sum_at(reader, s, at, &ransom, &value);
            if (count != 0) {
                TRY(keep(reader, s, ransom, value));
            }
            at += count != 0 ? count : 1;
        }
    }
    return 0;
}
