/* Proposals as records, in the order of the document. Every one carries its sentence, in which contacts are masked. */
#include <stdio.h>

#include "base/str.h"
#include "read/inside.h"

#include "base/banned.h"

enum { SENTENCE_SHOWN = 2000 };

static json_t *masked(const struct reader *reader, const struct sentence *s, struct str part)
{
    OWN(own_buf) struct buf out = {0};
    marks_mask(reader, s, part, &out);
    return out.failed ? NULL : assay_text(buf_str(&out), SENTENCE_SHOWN);
}

/* ns as RFC 3339 in the moment's own zone; a day as a day. */
static void put_moment(char out[static TIME_TEXT], const struct moment *moment)
{
    int64_t zone = moment->is_day || !moment->has_zone ? 0 : moment->zone_minutes;
    time_rfc3339(out, moment->at + zone * 60 * NS_PER_S);
    if (moment->is_day) {
        out[10] = '\0';
    } else if (zone != 0) {
        size_t len = strlen(out) - 1;
        int64_t off = zone < 0 ? -zone : zone;
        (void)snprintf(out + len, TIME_TEXT - len, "%c%02d:%02d", zone < 0 ? '-' : '+', (int)(off / 60),
                       (int)(off % 60));
    }
}

static int set_moment(json_t *body, const char *key, const struct moment *moment)
{
    char text[TIME_TEXT];
    if (moment->at == TIME_NONE) {
        return 0;
    }
    put_moment(text, moment);
    return json_object_set_new(body, key, json_string(text));
}

static int set_text(json_t *body, const char *key, const char *text)
{
    return text == NULL || *text == '\0' ? 0 : json_object_set_new(body, key, json_string(text));
}

/* A finding of a class with its sentence and place; NULL without memory. */
static json_t *body_of(const struct reader *reader, const char *class, const char *prefix, size_t number,
                       const struct sentence *s)
{
    char id[24];
    (void)snprintf(id, sizeof id, "%s%zu", prefix, number);
    json_t *body = json_pack("{s:s,s:s}", "class", class, "id", id);
    if (body == NULL || s == NULL) {
        return body;
    }
    int failed = json_object_set_new(body, "sentence", masked(reader, s, s->text));
    failed |= json_object_set_new(body, "line", json_integer(s->block->line));
    if (s->block->part != 0) {
        failed |= json_object_set_new(body, "part", json_integer(s->block->part));
    }
    if (s->block->depth != 0) {
        failed |= json_object_set_new(body, "quoted_depth", json_integer(s->block->depth));
    }
    if (failed != 0) {
        json_decref(body);
        return NULL;
    }
    return body;
}

static int emit(const struct reader *reader, const struct assay_sink *sink, json_t *body, int failed)
{
    if (failed != 0) {
        json_decref(body);
        return err_no_memory(reader->err);
    }
    return assay_emit(sink, ASSAY_FINDING, body, reader->err);
}

static int tell_parties(const struct reader *reader, const struct assay_sink *sink, uint64_t *ret_count)
{
    for (size_t i = 0; i < reader->parties.count; i++) {
        const struct party *party = reader->parties.all[i];
        if (!party->is_told) {
            continue;
        }
        json_t *body = body_of(reader, "party", "P", ++*ret_count, party->first);
        int failed = body == NULL;
        failed = failed || json_object_set_new(body, "party", json_string(party->id)) != 0 ||
                 json_object_set_new(body, "name", assay_text(party->name, 200)) != 0 ||
                 set_text(body, "kind_of_party", party_kind_names[party->kind]) != 0;
        if (!failed && party->is_compromised) {
            failed = json_object_set_new(body, "compromised", json_true()) != 0 ||
                     json_object_set_new(body, "compromised_sentence",
                                         masked(reader, party->compromised_in, party->compromised_in->text)) != 0;
        }
        TRY(emit(reader, sink, body, failed));
    }
    return 0;
}

/* The sentence a claim is taken from: the first that asserts it, or else the first that speaks of it. */
static const struct statement *root_of(const struct reader *reader, unsigned bit)
{
    const struct statement *first = NULL;
    for (size_t i = 0; i < reader->statements.count; i++) {
        const struct statement *statement = &reader->statements.all[i];
        bool speaks = (statement->claims & bit) != 0;
        if (speaks && statement->act == ACT_ASSERTS) {
            return statement;
        }
        first = speaks && first == NULL ? statement : first;
    }
    return first;
}

static int tell_claims(const struct reader *reader, const struct assay_sink *sink, unsigned numbers[static CLAIM_KINDS],
                       uint64_t *ret_count)
{
    for (unsigned k = 0; k < CLAIM_KINDS; k++) {
        const struct statement *root = root_of(reader, 1U << k);
        if (root == NULL) {
            continue;
        }
        numbers[k] = (unsigned)++*ret_count;
        json_t *body = body_of(reader, "claim", "C", numbers[k], root->in);
        int failed = body == NULL || set_text(body, "claim_kind", claim_kind_names[k]) != 0 ||
                     json_object_set_new(body, "text", masked(reader, root->in, root->in->text)) != 0 ||
                     json_object_set_new(body, "asserted", json_boolean(root->act == ACT_ASSERTS)) != 0;
        TRY(emit(reader, sink, body, failed));
    }
    return 0;
}

static json_t *claim_ids(unsigned claims, const unsigned numbers[static CLAIM_KINDS])
{
    json_t *ids = json_array();
    for (unsigned k = 0; ids != NULL && k < CLAIM_KINDS; k++) {
        char id[16];
        (void)snprintf(id, sizeof id, "C%u", numbers[k]);
        if ((claims & 1U << k) != 0 && json_array_append_new(ids, json_string(id)) != 0) {
            json_decref(ids);
            return NULL;
        }
    }
    return ids;
}

static int set_deadline(const struct reader *reader, json_t *body, const struct deadline *deadline)
{
    (void)reader;
    int failed = set_moment(body, "due", &deadline->due);
    failed |=
        json_object_set_new(body, "said", assay_text(sentence_slice(deadline->in, deadline->from, deadline->to), 400));
    if (deadline->count != 0) {
        failed |= json_object_set_new(body, "count", json_integer(deadline->count));
        failed |= set_text(body, "unit", deadline->unit);
        failed |= set_moment(body, "from", &deadline->start);
        failed |= set_text(body, "from_by", deadline->start_by);
    }
    failed |= deadline->is_served ? set_moment(body, "served", &deadline->start) : 0;
    failed |= deadline->is_start_assumed ? json_object_set_new(body, "from_assumed", json_true()) : 0;
    failed |= set_text(body, "unresolved", deadline->due.at == TIME_NONE ? deadline->due.why : NULL);
    return failed;
}

/* What a publication's own report rests on: all that no other publication in it reports. */
static json_t *relays_of(const struct reader *reader, size_t index)
{
    json_t *ids = json_array();
    const struct statement *outer = &reader->statements.all[index];
    for (size_t i = 0; ids != NULL && i < reader->statements.count; i++) {
        const struct statement *inner = &reader->statements.all[i];
        bool is_mine = outer->is_of_document ? inner->within == 0 && i != index && inner->speaker != outer->speaker
                                             : inner->within == index + 1;
        char id[24];
        (void)snprintf(id, sizeof id, "S%zu", i + 1);
        if (is_mine && json_array_append_new(ids, json_string(id)) != 0) {
            json_decref(ids);
            return NULL;
        }
    }
    return ids;
}

/* What a retraction takes back: what its own speaker asserts or reports in the document. */
static json_t *retracted_by(const struct reader *reader, size_t index)
{
    json_t *ids = json_array();
    const struct statement *it = &reader->statements.all[index];
    for (size_t i = 0; ids != NULL && it->act == ACT_RETRACTS && i < reader->statements.count; i++) {
        const struct statement *other = &reader->statements.all[i];
        bool is_it = i != index && other->speaker == it->speaker && !other->is_of_document &&
                     (other->act == ACT_REPORTS || (other->act == ACT_ASSERTS && i < index)) &&
                     (other->time.at == TIME_NONE || it->time.at == TIME_NONE || other->time.at <= it->time.at);
        char id[24];
        (void)snprintf(id, sizeof id, "S%zu", i + 1);
        if (is_it && json_array_append_new(ids, json_string(id)) != 0) {
            json_decref(ids);
            return NULL;
        }
    }
    return ids;
}

static int set_ids(json_t *body, const char *key, json_t *ids)
{
    int failed = ids == NULL;
    if (ids != NULL && json_array_size(ids) != 0) {
        failed |= json_object_set(body, key, ids);
    }
    json_decref(ids);
    return failed;
}

static int set_statement(const struct reader *reader, json_t *body, size_t index,
                         const unsigned numbers[static CLAIM_KINDS])
{
    const struct statement *it = &reader->statements.all[index];
    int failed = json_object_set_new(body, "party", json_string(it->speaker->id));
    failed |= json_object_set_new(body, "speaker", assay_text(it->speaker->name, 200));
    failed |= set_text(body, "act", act_names[it->act]);
    failed |= set_moment(body, "time", &it->time);
    failed |= set_text(body, "time_by", it->time.at != TIME_NONE ? it->time_by : "unknown");
    failed |= set_text(body, "channel", it->channel);
    failed |= json_object_set_new(body, "quoted", json_boolean(it->is_quoted));
    failed |= json_object_set_new(body, "claims", claim_ids(it->claims, numbers));
    failed |= it->is_of_document ? json_object_set_new(body, "text", assay_text(it->text, 400))
                                 : json_object_set_new(body, "text", masked(reader, it->in, it->text));
    failed |= it->is_of_document ? json_object_set_new(body, "of_document", json_true()) : 0;
    failed |= it->to != NULL ? set_text(body, "to", it->to->id) : 0;
    failed |= set_ids(body, "relays", relays_of(reader, index));
    failed |= set_ids(body, "retracts", retracted_by(reader, index));
    if (it->deadline != NULL && !failed) {
        json_t *deadline = json_object();
        failed |= set_deadline(reader, deadline, it->deadline);
        failed |= json_object_set_new(body, "deadline", deadline);
    }
    return failed;
}

static int tell_statements(const struct reader *reader, const struct assay_sink *sink,
                           const unsigned numbers[static CLAIM_KINDS])
{
    for (size_t i = 0; i < reader->statements.count; i++) {
        json_t *body = body_of(reader, "statement", "S", i + 1, reader->statements.all[i].in);
        TRY(emit(reader, sink, body, body == NULL || set_statement(reader, body, i, numbers) != 0));
    }
    return 0;
}

static int set_reply(const struct reader *reader, json_t *body, const struct reply *reply)
{
    char id[24];
    int failed = set_text(body, "party", reply->asked->id) != 0 || set_text(body, "by", reply->by->id) != 0 ||
                 json_object_set_new(body, "asked_name", assay_text(reply->asked->name, 200)) != 0 ||
                 set_moment(body, "asked", &reply->when) != 0 ||
                 set_text(body, "asked_by", reply->is_dated ? "sentence" : "document") != 0;
    if (!failed && reply->until != NULL) {
        failed = set_moment(body, "until", &reply->until->due);
    }
    if (!failed && reply->answer != 0) {
        (void)snprintf(id, sizeof id, "S%zu", reply->answer);
        failed = set_text(body, "answer", id) != 0 ||
                 set_moment(body, "answered", &reader->statements.all[reply->answer - 1].time) != 0;
    }
    if (!failed && reply->answered_in != NULL) {
        failed =
            json_object_set_new(body, "answer_sentence", masked(reader, reply->answered_in, reply->answered_in->text));
    }
    return failed || set_text(body, "outcome",
                              reply->answer != 0  ? "answered"
                              : reply->is_refused ? "no comment"
                              : reply->is_silent  ? "silent"
                                                  : "not told");
}

static int tell_replies(const struct reader *reader, const struct assay_sink *sink)
{
    for (size_t i = 0; i < reader->replies.count; i++) {
        const struct reply *reply = &reader->replies.all[i];
        json_t *body = body_of(reader, "reply", "Q", i + 1, reply->in);
        TRY(emit(reader, sink, body, body == NULL || set_reply(reader, body, reply) != 0));
    }
    for (size_t i = 0; i < reader->clocks.count; i++) {
        const struct clock *clock = &reader->clocks.all[i];
        json_t *body = body_of(reader, "clock", "K", i + 1, clock->in);
        int failed = body == NULL || set_text(body, "what", "aware") != 0 ||
                     set_text(body, "party", clock->party->id) != 0 ||
                     json_object_set_new(body, "who", assay_text(clock->party->name, 200)) != 0 ||
                     set_moment(body, "time", &clock->when) != 0 ||
                     (clock->by != NULL && set_text(body, "by", clock->by->id) != 0);
        TRY(emit(reader, sink, body, failed));
    }
    return 0;
}

static int tell_times(const struct reader *reader, const struct assay_sink *sink)
{
    for (size_t i = 0; i < reader->deadlines.count; i++) {
        json_t *body = body_of(reader, "deadline", "D", i + 1, reader->deadlines.all[i].in);
        TRY(emit(reader, sink, body, body == NULL || set_deadline(reader, body, &reader->deadlines.all[i]) != 0));
    }
    for (size_t i = 0; i < reader->dates.count; i++) {
        const struct told_date *date = &reader->dates.all[i];
        if (date->is_deadline) {
            continue;
        }
        struct moment until = {.at = date->moment.until, .is_day = true};
        json_t *body = body_of(reader, "date", "T", i + 1, date->in);
        int failed =
            body == NULL || set_moment(body, "time", &date->moment) != 0 || set_moment(body, "until", &until) != 0 ||
            json_object_set_new(body, "said",
                                assay_text(sentence_slice(date->in, date->moment.from, date->moment.to), 200)) != 0 ||
            set_text(body, "unresolved", date->moment.why) != 0;
        TRY(emit(reader, sink, body, failed));
    }
    return 0;
}

static int tell_rest(const struct reader *reader, const struct assay_sink *sink)
{
    static const char *const classes[] = {"contact", "hash", "cve", "url"};
    for (size_t i = 0; i < reader->ransoms.count; i++) {
        const struct ransom *ransom = &reader->ransoms.all[i];
        json_t *body = body_of(reader, "ransom", "R", i + 1, ransom->in);
        int failed = body == NULL || json_object_set_new(body, "amount", assay_text(ransom->amount, 64)) != 0 ||
                     set_text(body, "currency", ransom->currency) != 0 ||
                     json_object_set_new(body, "said", assay_text(ransom->said, 200)) != 0;
        TRY(emit(reader, sink, body, failed));
    }
    for (size_t i = 0; i < reader->marks.count; i++) {
        const struct mark *mark = &reader->marks.all[i];
        json_t *body = body_of(reader, classes[mark->kind], "M", i + 1, mark->in);
        int failed = body == NULL || set_text(body, "type", mark->type) != 0 ||
                     json_object_set_new(body, "value", assay_text(mark->value, 2000)) != 0;
        TRY(emit(reader, sink, body, failed));
    }
    return 0;
}

/* ---- coverage ---- */

static int cover(const struct reader *reader, const struct assay_sink *sink, const char *class, const char *unit,
                 uint64_t count)
{
    return count == 0
               ? 0
               : assay_emit(sink, ASSAY_COVERAGE,
                            json_pack("{s:o,s:s,s:s,s:I}", "source", assay_text(str_of(reader->options->path), 1024),
                                      "class", class, "unit", unit, "count", (json_int_t)count),
                            reader->err);
}

static int cover_sentences(const struct reader *reader, const struct assay_sink *sink)
{
    static const char *const names[PROSE_ROLES] = {[PROSE_BODY] = "examined",
                                                   [PROSE_HEADING] = "not examined: headings",
                                                   [PROSE_LABEL] = "examined: labels",
                                                   [PROSE_SIGNATURE] = "examined: signature",
                                                   [PROSE_NOISE] = "not examined: navigation"};
    uint64_t counts[PROSE_ROLES] = {0}, dropped = 0;
    for (size_t i = 0; i < reader->sentences.count; i++) {
        counts[reader->sentences.all[i].block->role]++;
        dropped += reader->sentences.all[i].dropped;
    }
    for (size_t role = 0; role < PROSE_ROLES; role++) {
        bool is_foreign = !reader->is_english && (role == PROSE_BODY || role == PROSE_SIGNATURE);
        TRY(cover(reader, sink, is_foreign ? "could not tell: not English" : names[role], "sentences", counts[role]));
    }
    return cover(reader, sink, "not examined: words beyond 400 of a sentence", "words", dropped);
}

static int cover_parts(const struct reader *reader, const struct assay_sink *sink, uint64_t *ret_unread)
{
    for (size_t i = 0; i < reader->mail.count; i++) {
        const struct mail_part *part = &reader->mail.parts[i];
        bool is_same = part->unread != NULL && strstr(part->unread, "same text") != NULL;
        *ret_unread += part->unread != NULL && !is_same;
        char class[128];
        (void)snprintf(class, sizeof class, part->unread != NULL ? "not read: %s" : "read", part->unread);
        json_t *row = json_pack("{s:o,s:s,s:s,s:i,s:I,s:o}", "source", assay_text(str_of(reader->options->path), 1024),
                                "class", class, "unit", "parts", "count", 1, "bytes", (json_int_t)part->size, "type",
                                assay_text(part->type, 100));
        if (row != NULL && part->name.len != 0) {
            (void)json_object_set_new(row, "name", assay_text(part->name, 200));
        }
        if (row != NULL) {
            (void)json_object_set_new(row, "part", json_integer(part->number));
        }
        TRY(assay_emit(sink, ASSAY_COVERAGE, row, reader->err));
    }
    return 0;
}

static uint64_t unresolved(const struct reader *reader)
{
    uint64_t count = 0;
    for (size_t i = 0; i < reader->dates.count; i++) {
        count += !reader->dates.all[i].is_deadline && reader->dates.all[i].moment.at == TIME_NONE;
    }
    for (size_t i = 0; i < reader->deadlines.count; i++) {
        count += reader->deadlines.all[i].due.at == TIME_NONE;
    }
    return count;
}

static int tell_summary(const struct reader *reader, const struct assay_sink *sink, uint64_t parties, uint64_t claims,
                        uint64_t unread)
{
    static const char *const documents[] = {"text", "HTML", "mail"};
    uint64_t open = unresolved(reader);
    bool is_complete = reader->is_english && !reader->is_cut && unread == 0 && open == 0 && reader->prose.wrong == 0;
    json_t *body = json_pack(
        "{s:o,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:s,s:s,s:b}", "source",
        assay_text(str_of(reader->options->path), 1024), "document", documents[reader->document], "bytes",
        (json_int_t)reader->bytes, "sentences", (json_int_t)reader->sentences.count, "parties", (json_int_t)parties,
        "claims", (json_int_t)claims, "statements", (json_int_t)reader->statements.count, "deadlines",
        (json_int_t)reader->deadlines.count, "marks", (json_int_t)reader->marks.count, "unread_parts",
        (json_int_t)unread, "unresolved", (json_int_t)open, "wrong_bytes", (json_int_t)reader->prose.wrong, "language",
        reader->is_english ? "English" : "could not tell", "zone_by", reader->zone_by, "complete", is_complete);
    int failed =
        body == NULL || set_moment(body, "published", &reader->own.when) != 0 ||
        set_text(body, "published_by", reader->own.when.at != TIME_NONE ? reader->published_by : "unknown") != 0 ||
        (reader->publication != NULL && set_text(body, "publication", reader->publication->id) != 0) ||
        (reader->own.author != NULL && set_text(body, "author", reader->own.author->id) != 0) ||
        json_object_set_new(body, "title", assay_text(reader->prose.about.title, 400)) != 0;
    if (failed) {
        json_decref(body);
        return err_no_memory(reader->err);
    }
    return assay_emit(sink, ASSAY_SUMMARY, body, reader->err);
}

int reader_tell(struct reader *reader, const struct assay_sink *sink)
{
    unsigned numbers[CLAIM_KINDS] = {0};
    uint64_t parties = 0, claims = 0, unread = 0;
    TRY(tell_parties(reader, sink, &parties));
    TRY(tell_claims(reader, sink, numbers, &claims));
    TRY(tell_statements(reader, sink, numbers));
    TRY(tell_replies(reader, sink));
    TRY(tell_times(reader, sink));
    TRY(tell_rest(reader, sink));
    TRY(cover_sentences(reader, sink));
    TRY(cover_parts(reader, sink, &unread));
    TRY(cover(reader, sink, "damaged: meant nothing in the text's encoding", "bytes", reader->prose.wrong));
    TRY(cover(reader, sink, "not read: beyond a bound", "documents", reader->is_cut));
    return tell_summary(reader, sink, parties, claims, unread);
}
