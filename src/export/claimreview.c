/* schema.org ClaimReview, one per claim, as fact checkers publish them (schema.org/ClaimReview; Full Fact, "markup investigation":
 * claimReviewed below 75 characters, reviewRating.alternateName and url must be there).
 *
 * The rating's scale is the direction alone, 1 refuted, 3 undetermined, 5 supported: a number of stars cannot say how much was
 * examined, so alternateName and reviewBody do. */
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "export/inside.h"

#include "base/banned.h"

enum { CLAIM_CHARACTERS = 74 };

/* The text, or what of it fits, cut at a word and with an ellipsis. */
static json_t *short_claim(const char *text)
{
    struct str all = str_of(text);
    size_t characters = 0, last_word = 0, at = 0, fits = 0;
    while (at < all.len) {
        size_t step = str_utf8_step(str_slice(all, at, all.len));
        if (characters == CLAIM_CHARACTERS - 1) {
            fits = at;
        }
        if (all.data[at] == ' ' && characters < CLAIM_CHARACTERS) {
            last_word = at;
        }
        at += step > 0 ? step : 1;
        characters++;
    }
    if (characters <= CLAIM_CHARACTERS) {
        return json_string(text);
    }
    OWN(own_buf) struct buf cut = {0};
    buf_put(&cut, str_slice(all, 0, last_word > 0 ? last_word : fits));
    buf_puts(&cut, "…");
    return export_text(&cut);
}

static int rating_of(const char *direction)
{
    return strcmp(direction, "supported") == 0 ? 5 : strcmp(direction, "refuted") == 0 ? 1 : 3;
}

static json_t *rating(const json_t *verdict)
{
    const char *direction = fact_direction(verdict);
    OWN(own_buf) struct buf name = {0};
    if (verdict == NULL) {
        buf_puts(&name, "Not judged");
    } else {
        const json_t *coverage = json_object_get(verdict, "coverage");
        buf_printf(&name, "%c%s", direction[0] - 'a' + 'A', direction + 1);
        if (json_is_number(json_object_get(coverage, "share"))) {
            buf_puts(&name, "; ");
            fact_percent(&name, json_num(coverage, "share", 0));
            buf_puts(&name, " of what would show it was examined");
        }
    }
    return json_pack("{s:s, s:i, s:i, s:i, s:o*}", "@type", "Rating", "ratingValue", rating_of(direction), "bestRating",
                     5, "worstRating", 1, "alternateName", export_text(&name));
}

static json_t *appearance(const json_t *statement)
{
    const char *source = json_text(statement, "source", "");
    bool is_url = str_starts(str_of(source), STR("https://")) || str_starts(str_of(source), STR("http://"));
    return json_pack("{s:s, s:s*, s:s*, s:s*}", "@type", "CreativeWork", "url", is_url ? source : NULL, "headline",
                     json_text(statement, "id", NULL), "datePublished", json_text(statement, "said", NULL));
}

static bool says(const json_t *statement, const char *claim)
{
    size_t i;
    const json_t *id;
    const char *act = json_text(statement, "act", "");
    if (strcmp(act, "asserts") != 0 && strcmp(act, "reports") != 0) {
        return false;
    }
    json_array_foreach(json_object_get(statement, "claims"), i, id)
    {
        if (json_string_value(id) != NULL && strcmp(json_string_value(id), claim) == 0) {
            return true;
        }
    }
    return false;
}

/* Who made the claim first, and where it stands. */
static json_t *reviewed(const struct export *from, const json_t *claim)
{
    const char *id = json_text(claim, "id", "");
    json_t *item = json_pack("{s:s, s:s, s:[]}", "@type", "Claim", "name", json_text(claim, "text", ""), "appearance");
    const json_t *first = NULL;
    size_t i;
    const json_t *statement;
    json_array_foreach(fact_list(from, "statements"), i, statement)
    {
        if (!says(statement, id)) {
            continue;
        }
        (void)json_array_append_new(json_object_get(item, "appearance"), appearance(statement));
        if (first == NULL ||
            time_parse(str_of(json_text(statement, "said", ""))) < time_parse(str_of(json_text(first, "said", "")))) {
            first = statement;
        }
    }
    if (first != NULL) {
        const char *party = json_text(first, "party", "?");
        const char *kind = json_text(json_find(fact_list(from, "parties"), "id", party), "kind", "");
        bool is_person = strcmp(kind, "person") == 0 || strcmp(kind, "account") == 0;
        (void)json_object_set_new(item, "firstAppearance", appearance(first));
        (void)json_object_set_new(item, "datePublished", json_string(json_text(first, "said", "")));
        (void)json_object_set_new(
            item, "author",
            json_pack("{s:s, s:s}", "@type", is_person ? "Person" : "Organization", "name", fact_party(from, party)));
    }
    return item;
}

/* The address of a review must be its publisher's; without --url it is the case's origin, which names it and leads nowhere. */
static json_t *address(const struct export *from, const char *claim)
{
    OWN(own_buf) struct buf url = {0};
    if (from->options->url != NULL) {
        buf_printf(&url, "%s#%s", from->options->url, claim);
    } else {
        buf_printf(&url, "https://%s#%s", json_text(from->kase, "origin", "assay.invalid/case"), claim);
    }
    return export_text(&url);
}

static json_t *review(const struct export *from, const json_t *claim)
{
    const char *id = json_text(claim, "id", "");
    const json_t *verdict = fact_verdict(from, id);
    OWN(own_buf) struct buf body = {0};
    fact_says(&body, verdict);
    if (verdict != NULL) {
        buf_printf(&body, ". %s", json_text(verdict, "why", ""));
    }
    json_t *one =
        json_pack("{s:s, s:o*, s:o*, s:o*, s:o*, s:o*, s:s}", "@type", "ClaimReview", "url", address(from, id),
                  "claimReviewed", short_claim(json_text(claim, "text", "")), "reviewRating", rating(verdict),
                  "itemReviewed", reviewed(from, claim), "reviewBody", export_text(&body), "datePublished",
                  json_text(verdict != NULL ? verdict : claim, "time", ""));
    if (from->options->author != NULL) {
        (void)json_object_set_new(one, "author",
                                  json_pack("{s:s, s:s}", "@type", "Organization", "name", from->options->author));
    }
    return one;
}

int export_claimreview(const struct export *from, struct buf *out, struct err *err)
{
    json_t *document = json_pack("{s:s, s:[]}", "@context", "https://schema.org", "@graph");
    size_t i;
    const json_t *claim;
    json_array_foreach(fact_list(from, "claims"), i, claim)
    {
        if (json_array_append_new(json_object_get(document, "@graph"), review(from, claim)) != 0) {
            json_decref(document);
            return err_no_memory(err);
        }
    }
    return export_dump(out, document, err);
}
