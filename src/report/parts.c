/* What several sections write: headings, references, verdict marks, the frame of a picture. */
#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

void word(struct page *page, enum word key)
{
    page->misfit |= !say_holes(&page->out, IN_HTML, key, (const struct hole[]){{.type = HOLE_END}});
}

void section_open(struct page *page, const char *id, enum word title)
{
    buf_printf(&page->out, "<section id=\"%s\"><h2>", id);
    word(page, title);
    put_lit(&page->out, "</h2>\n");
}

void section_close(struct page *page)
{
    put_lit(&page->out, "</section>\n");
}

void head_cell(struct page *page, enum word key, const char *class_name)
{
    put_lit(&page->out, "<th scope=\"col\" role=\"columnheader\"");
    if (class_name != NULL) {
        buf_printf(&page->out, " class=\"%s\"", class_name);
    }
    put_lit(&page->out, ">");
    word(page, key);
    put_lit(&page->out, "</th>");
}

void card_label(struct page *page, enum word key)
{
    put_lit(&page->out, " data-l=\"");
    put_attr(&page->out, str_of(say_template(key)));
    put_lit(&page->out, "\"");
}

void heading(struct page *page, enum word title)
{
    put_lit(&page->out, "<h3 class=\"mt\">");
    word(page, title);
    put_lit(&page->out, "</h3>");
}

void table_open(struct page *page, struct str name, const enum word *heads, size_t count)
{
    put_lit(&page->out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
    put_attr(&page->out, name);
    put_lit(&page->out, "\"><table class=\"tw\"><thead><tr>");
    for (size_t i = 0; i < count; i++) {
        head_cell(page, heads[i], NULL);
    }
    put_lit(&page->out, "</tr></thead><tbody>\n");
}

void table_close(struct page *page)
{
    put_lit(&page->out, "</tbody></table></div>");
}

void place_text(struct buf *out, struct str uri)
{
    struct str user, address, scheme = model_uri(uri, &user, &address);
    buf_put(out, scheme);
    buf_put(out, address);
}

void put_place(struct page *page, struct str uri)
{
    struct str user, address;
    OWN(own_buf) struct buf place = {0};
    (void)model_uri(uri, &user, &address);
    place_text(&place, uri);
    put_html(&page->out, buf_str(&place));
    if (user.len > 0) {
        PUT(page, W_AS_USER, FILL_TEXT("user", user));
    }
    page->out.failed |= place.failed;
}

void put_ref(struct page *page, struct str id)
{
    bool is_there = model_find(page->model->evidence, id) != NULL || model_find(page->model->statements, id) != NULL;
    if (!is_there) {
        put_lit(&page->out, "<span class=\"x\">");
        put_html(&page->out, id);
        put_lit(&page->out, "</span>");
        return;
    }
    OWN(own_buf) struct buf fragment = {0};
    buf_puts(&fragment, "#");
    buf_put(&fragment, id);
    put_lit(&page->out, "<a class=\"x\" href=\"");
    put_url(&page->out, buf_str(&fragment));
    put_lit(&page->out, "\">");
    put_html(&page->out, id);
    put_lit(&page->out, "</a>");
}

void put_refs(struct page *page, const json_t *ids, size_t most)
{
    size_t count = json_array_size(ids);
    for (size_t i = 0; i < count && i < most; i++) {
        if (i > 0) {
            put_lit(&page->out, " ");
        }
        put_ref(page, model_text_at(ids, i));
    }
    if (count > most) {
        put_lit(&page->out, " ");
        PUT(page, W_AND_MORE, FILL_COUNT("n", count - most));
    }
}

const char *verdict_glyph(enum direction direction)
{
    return direction == SUPPORTED ? "g-sup" : direction == REFUTED ? "g-ref" : "g-und";
}

void put_verdict(struct page *page, enum direction direction)
{
    static const char *const classes[] = {"v v-und", "v v-sup", "v v-ref", "v v-und"};
    static const enum word words[] = {W_NOT_JUDGED, W_SUPPORTED, W_REFUTED, W_UNDETERMINED};
    buf_printf(&page->out, "<span class=\"%s\">", classes[direction]);
    if (direction != NOT_JUDGED) {
        put_lit(&page->out, "<svg class=\"g\" aria-hidden=\"true\" viewBox=\"0 0 14 14\">");
        svg_use(&page->out, verdict_glyph(direction), 0, 0, PX(14));
        svg_close(&page->out);
    }
    word(page, words[direction]);
    put_lit(&page->out, "</span>");
}

void claim_clause(struct buf *out, const json_t *claim)
{
    static const char *const openings[] = {"A ",        "An ",     "The ",     "This ",   "These ",    "That ",
                                           "Those ",    "Some ",   "Someone ", "Nobody ", "Somebody ", "One ",
                                           "All ",      "Every ",  "Each ",    "Data ",   "Rows ",     "No ",
                                           "Customer ", "Entire ", "Any ",     "Its ",    "Their "};
    struct str text = str_trim(model_text(claim, "text"));
    while (text.len > 0 && text.data[text.len - 1] == '.') {
        text.len--;
    }
    for (size_t i = 0; i < sizeof openings / sizeof openings[0]; i++) {
        if (str_starts(text, str_of(openings[i]))) {
            buf_putc(out, (char)(text.data[0] | 0x20));
            text = str_slice(text, 1, text.len);
            break;
        }
    }
    buf_put(out, text);
}

void speaker(struct page *page, struct buf *out, const json_t *statement)
{
    const json_t *party = model_find(page->model->parties, model_text(statement, "party"));
    struct str name = model_party(page->model, model_text(statement, "party"));
    struct str kind = model_text(party, "kind");
    int64_t since = TIME_NONE;
    if (model_is_hijacked(page->model, statement, &since)) {
        if (since == TIME_NONE) {
            PLAIN(page, out, W_POST_HIJACKED, FILL_PARTY("who", name));
        } else {
            PLAIN(page, out, W_POST_HIJACKED_SINCE, FILL_PARTY("who", name), FILL_INSTANT("since", since));
        }
    } else if (str_eq(kind, STR("account"))) {
        PLAIN(page, out, W_POST_ACCOUNT, FILL_PARTY("who", name));
    } else if (str_eq(kind, STR("person")) || str_eq(kind, STR("group"))) {
        PLAIN(page, out, W_POST_NAME, FILL_PARTY("who", name));
    } else {
        buf_put(out, name);
    }
}

enum word act_word(struct str act)
{
    static const struct {
        const char *act;
        enum word word;
    } acts[] = {{"asserts", W_ASSERTS}, {"denies", W_DENIES},   {"demands", W_DEMANDS},
                {"reports", W_REPORTS}, {"replies", W_REPLIES}, {"retracts", W_RETRACTS}};
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (str_eq(act, str_of(acts[i].act))) {
            return acts[i].word;
        }
    }
    return W_SAYS_OTHER;
}

/* ---- pictures ---- */

void figure_titled(struct page *page, struct str title)
{
    page->figures++;
    buf_printf(&page->out, "<figure id=\"fig%u\"><h3>", page->figures);
    PUT(page, W_FIGURE, FILL_COUNT("n", page->figures), FILL_TEXT("title", title));
    put_lit(&page->out, "</h3><div><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
    OWN(own_buf) struct buf label = {0};
    PLAIN(page, &label, W_FIGURE_LABEL, FILL_COUNT("n", page->figures));
    put_attr(&page->out, buf_str(&label));
    put_lit(&page->out, "\">");
}

void figure_open(struct page *page, enum word title)
{
    figure_titled(page, str_of(say_template(title)));
}

void figure_caption(struct page *page)
{
    put_lit(&page->out, "</div><p class=\"swipe ui\">");
    word(page, W_SWIPE);
    put_lit(&page->out, "</p></div>\n<figcaption>");
}

void figure_close(struct page *page)
{
    put_lit(&page->out, "</figcaption></figure>\n");
}
