/* Who had each exhibit, when, and whether it was the same bytes; and what is known to be held against evidence of its kind. */
#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { ATTACKS_EXHIBITS_MAX = 8 };

static const struct attack {
    const char *what, *text;
} attacks[] = {
#define ATTACK(what, text) {what, text},
#include "report/attacks.def"
#undef ATTACK
};
enum { ATTACKS = sizeof attacks / sizeof attacks[0] };

/* ---- the chain ---- */

static void put_digest(struct page *page, const json_t *entry)
{
    const json_t *same = json_object_get(entry, "same");
    struct str now = model_text(entry, "now");
    if (json_is_true(same)) {
        word(page, W_CUSTODY_SAME);
    } else if (json_is_false(same) && now.len > 0) {
        PUT(page, W_CUSTODY_NOW, FILL_TEXT("id", now));
    } else if (json_is_false(same)) {
        word(page, W_CUSTODY_DIFFERS);
    } else {
        word(page, model_text(entry, "digest").len > 0 ? W_CUSTODY_UNCOMPARED : W_CUSTODY_NO_DIGEST);
    }
}

static void put_link(struct page *page, const json_t *entry)
{
    struct str how = model_text(entry, "how"), gap = model_text(entry, "gap");
    put_lit(&page->out, "<li>");
    if (str_eq(model_text(entry, "act"), STR("use"))) {
        PUT(page, W_CUSTODY_USE, FILL_TEXT("exam", model_text(entry, "examination")),
            FILL_INSTANT("at", model_time(entry, "time")));
    } else {
        PUT(page, W_CUSTODY_HANDED, FILL_PARTY("from", model_party(page->model, model_text(entry, "from"))),
            FILL_PARTY("to", model_party(page->model, model_text(entry, "to"))),
            FILL_INSTANT("at", model_time(entry, "at")));
        if (how.len > 0) {
            PUT(page, W_CUSTODY_HOW, FILL_TEXT("how", how));
        }
    }
    put_digest(page, entry);
    if (gap.len > 0) {
        PUT(page, W_CUSTODY_GAP, FILL_PARTY("who", model_party(page->model, gap)));
    }
    put_lit(&page->out, "</li>\n");
}

static bool is_of(const json_t *entry, struct str exhibit)
{
    return str_eq(model_text(entry, "evidence"), exhibit);
}

static bool has_chain(const struct model *model, struct str exhibit)
{
    for (size_t i = 0; i < json_array_size(model->custody); i++) {
        if (is_of(json_array_get(model->custody, i), exhibit)) {
            return true;
        }
    }
    return false;
}

/* Hand-in first: the entry of the exhibit itself. */
static void put_chain(struct page *page, const json_t *exhibit)
{
    const json_t *custody = page->model->custody;
    struct str id = model_text(exhibit, "id"), keeper = model_text(exhibit, "keeper"),
               digest = model_text(exhibit, "sha256");
    put_lit(&page->out, "<tr><th scope=\"row\">");
    put_ref(page, id);
    put_lit(&page->out, "</th><td><ol><li>");
    PUT(page, W_CUSTODY_TAKEN_IN, FILL_INSTANT("at", model_time(exhibit, "time")),
        FILL_PARTY("who", keeper.len > 0 ? model_party(page->model, keeper) : str_of(say_template(W_CUSTODY_NOBODY))));
    word(page, digest.len > 0 ? W_CUSTODY_DIGEST_TAKEN : W_CUSTODY_HAS_NONE);
    put_lit(&page->out, "</li>\n");
    for (size_t i = 0; i < json_array_size(custody); i++) {
        if (is_of(json_array_get(custody, i), id)) {
            put_link(page, json_array_get(custody, i));
        }
    }
    put_lit(&page->out, "</ol></td></tr>\n");
}

static void put_chains(struct page *page)
{
    static const enum word heads[] = {W_EXHIBIT, W_CUSTODY};
    const json_t *evidence = page->model->evidence;
    size_t without = 0;
    for (size_t i = 0; i < json_array_size(evidence); i++) {
        without += !has_chain(page->model, model_text(json_array_get(evidence, i), "id"));
    }
    if (without < json_array_size(evidence)) {
        table_open(page, str_of(say_template(W_H_CUSTODY)), heads, sizeof heads / sizeof heads[0]);
        for (size_t i = 0; i < json_array_size(evidence); i++) {
            if (has_chain(page->model, model_text(json_array_get(evidence, i), "id"))) {
                put_chain(page, json_array_get(evidence, i));
            }
        }
        table_close(page);
    }
    if (without > 0) {
        put_lit(&page->out, "<p class=\"side\">");
        PUT(page, W_CUSTODY_WITHOUT, FILL_COUNT("n", without));
        put_lit(&page->out, "</p>");
    }
}

/* ---- what is held against it ---- */

static void put_exhibits_of(struct page *page, struct str what)
{
    const json_t *evidence = page->model->evidence;
    size_t all = 0;
    for (size_t i = 0; i < json_array_size(evidence); i++) {
        const json_t *exhibit = json_array_get(evidence, i);
        if (!str_eq(model_text(exhibit, "what"), what)) {
            continue;
        }
        if (all++ < ATTACKS_EXHIBITS_MAX) {
            put_either(&page->out, all > 1, " ", "");
            put_ref(page, model_text(exhibit, "id"));
        }
    }
    if (all > ATTACKS_EXHIBITS_MAX) {
        PUT(page, W_AND_MORE_SHORT, FILL_COUNT("n", all - ATTACKS_EXHIBITS_MAX));
    }
}

static bool holds_kind(const struct model *model, const char *what)
{
    for (size_t i = 0; i < json_array_size(model->evidence); i++) {
        if (str_eq(model_text(json_array_get(model->evidence, i), "what"), str_of(what))) {
            return true;
        }
    }
    return false;
}

static void put_attacks(struct page *page)
{
    static const enum word heads[] = {W_WHAT, W_EXHIBITS, W_ATTACKS};
    heading(page, W_H_ATTACKS);
    table_open(page, str_of(say_template(W_H_ATTACKS)), heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < ATTACKS; i++) {
        bool begins = i == 0 || strcmp(attacks[i].what, attacks[i - 1].what) != 0;
        if (!begins || !holds_kind(page->model, attacks[i].what)) {
            continue;
        }
        put_lit(&page->out, "<tr><th scope=\"row\">");
        put_html(&page->out, str_of(attacks[i].what));
        put_lit(&page->out, "</th><td>");
        put_exhibits_of(page, str_of(attacks[i].what));
        put_lit(&page->out, "</td><td><ul>");
        for (size_t k = i; k < ATTACKS && strcmp(attacks[k].what, attacks[i].what) == 0; k++) {
            put_lit(&page->out, "<li>");
            put_html(&page->out, str_of(attacks[k].text));
            put_lit(&page->out, "</li>");
        }
        put_lit(&page->out, "</ul></td></tr>\n");
    }
    table_close(page);
}

void put_custody_chains(struct page *page)
{
    heading(page, W_H_CUSTODY);
    put_chains(page);
    put_attacks(page);
}
