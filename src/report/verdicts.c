/* The verdict table: direction, strength and coverage of every claim side by side, and why. */
#include <math.h>

#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

/* The strip: log10 LR -4..+6 over 6..208 px, the standard shaded, a glyph at the ratio. */
enum { STRIP_W = 2140, STRIP_H = 200, STRIP_LEFT = 60, STRIP_RIGHT = 2080, COVER_W = 1200, COVER_H = 100 };
enum { REFS_MAX = 6, TURNS_MAX = 16, CONFIRMATIONS_MAX = 60 };

static long strip_x(double log10_lr)
{
    double at = STRIP_LEFT + (log10_lr + 4) / 10 * (STRIP_RIGHT - STRIP_LEFT);
    return lround(fmin(fmax(at, STRIP_LEFT), STRIP_RIGHT));
}

static void put_zones(struct buf *out, double standard)
{
    struct path refuted[] = {{'M', {STRIP_LEFT, 100}}, {'H', {strip_x(-standard)}}};
    struct path supported[] = {{'M', {strip_x(standard), 100}}, {'H', {STRIP_RIGHT}}};
    if (standard < 4) {
        svg_path(out, "zr", 0, refuted, 2);
    }
    svg_path(out, "zs", 0, supported, 2);
    svg_line(out, "ax", STRIP_LEFT, 100, STRIP_RIGHT, 100);
    svg_line(out, "iks", strip_x(0), 30, strip_x(0), 170);
}

/* Ratios against the other alternatives, as ticks behind the point. */
static void put_alternatives(struct buf *out, const json_t *verdict)
{
    const json_t *alternatives = model_array(verdict, "alternatives");
    for (size_t i = 0; i < json_array_size(alternatives) && i < 16; i++) {
        const json_t *alternative = json_array_get(alternatives, i);
        if (model_has_number(alternative, "log10_lr")) {
            long x = strip_x(json_number_value(json_object_get(alternative, "log10_lr")));
            svg_line(out, "iks", x, 50, x, 150);
        }
    }
}

static void put_point(struct buf *out, double ratio, enum direction direction)
{
    static const char *const lines[] = {"lu", "ls", "lr", "lu"};
    static const char *const arrows[] = {"cu", "cs", "cr", "cu"};
    long x = strip_x(ratio);
    struct path reach[] = {{'M', {strip_x(0), 100}}, {'H', {x}}};
    svg_path(out, lines[direction], PX(3), reach, 2);
    if (ratio > 6.05 || ratio < -4.05) {
        long tip = ratio > 0 ? STRIP_RIGHT + PX(5) : STRIP_LEFT - PX(5), foot = ratio > 0 ? tip - PX(11) : tip + PX(11);
        struct path arrow[] = {{'M', {foot, 30}}, {'L', {tip, 100}}, {'L', {foot, 170}}, {'Z', {0}}};
        svg_path(out, arrows[direction], 0, arrow, 4);
        return;
    }
    svg_use(out, verdict_glyph(direction), x - PX(7), PX(3), PX(14));
}

static void put_strip(struct page *page, const json_t *claim, const json_t *verdict)
{
    struct buf *out = &page->out;
    svg_open(out, &(struct svg_head){.w = STRIP_W, .h = STRIP_H, .class_name = "strip"});
    put_zones(out, model_standard(claim));
    if (model_has_number(verdict, "log10_lr")) {
        put_alternatives(out, verdict);
        put_point(out, json_number_value(json_object_get(verdict, "log10_lr")), model_direction(verdict));
    } else {
        svg_rect(out, "hole", STRIP_LEFT, 50, STRIP_RIGHT - STRIP_LEFT, 100);
    }
    svg_close(out);
}

/* "about 13,000 to 1 against “taken elsewhere”; recycled +4.6": the named alternatives, the weakest first. */
static void put_odds(struct page *page, double ratio, const json_t *verdict)
{
    const json_t *alternatives = model_array(verdict, "alternatives");
    put_lit(&page->out, "<span class=\"tag\">");
    number_odds(&page->out, ratio);
    size_t told = 0;
    for (size_t i = 0; i < json_array_size(alternatives) && told < 6; i++) {
        const json_t *alternative = json_array_get(alternatives, i);
        struct str name = model_text(alternative, "name");
        bool is_measured = model_has_number(alternative, "log10_lr");
        double against = is_measured ? json_number_value(json_object_get(alternative, "log10_lr")) : 0;
        if (name.len == 0) {
            continue;
        }
        put_either(&page->out, told == 0, "; ", ", ");
        if (is_measured) {
            PUT(page, W_ALTERNATIVE, FILL_TEXT("name", name), FILL_RATIO("lr", against));
        } else {
            PUT(page, W_ALTERNATIVE_OPEN, FILL_TEXT("name", name));
        }
        told++;
    }
    put_lit(&page->out, "</span>");
}

static void put_strength(struct page *page, const json_t *claim, const json_t *verdict)
{
    put_lit(&page->out, "<td role=\"cell\" class=\"st\">");
    put_strip(page, claim, verdict);
    if (model_has_number(verdict, "log10_lr")) {
        double ratio = json_number_value(json_object_get(verdict, "log10_lr"));
        put_lit(&page->out, "<b>");
        number_ratio(&page->out, ratio);
        put_lit(&page->out, "</b> <span class=\"wd\">");
        number_strength(&page->out, ratio, model_standard(claim));
        put_lit(&page->out, "</span>");
        put_odds(page, ratio, verdict);
    } else {
        put_lit(&page->out, "<span class=\"wd\">");
        word(page, W_NO_RATIO);
        put_lit(&page->out, "</span>");
    }
    put_lit(&page->out, "</td>");
}

static enum word coverage_word(double share)
{
    return share >= 1 ? W_WHOLE : share >= 0.9 ? W_HIGH : share > 0 ? W_PARTIAL : W_NONE;
}

static void put_coverage(struct page *page, const json_t *verdict)
{
    const json_t *coverage = model_object(verdict, "coverage");
    double share = model_has_number(coverage, "share") ? json_number_value(json_object_get(coverage, "share")) : 0;
    share = fmin(fmax(share, 0), 1);
    struct buf *out = &page->out;
    put_lit(out, "<td role=\"cell\" class=\"cv\">");
    svg_open(out, &(struct svg_head){.w = COVER_W, .h = COVER_H, .class_name = "cov"});
    svg_rect(out, "hole", 0, 0, COVER_W, COVER_H);
    if (share > 0) {
        svg_rect(out, "bgf", 0, 0, lround(share * COVER_W), COVER_H);
        svg_rect(out, "soft", 0, 0, lround(share * COVER_W), COVER_H);
    }
    svg_rect(out, "ax", 5, 5, COVER_W - 10, COVER_H - 10);
    svg_close(out);
    put_lit(out, "<b>");
    word(page, coverage_word(share));
    put_lit(out, "</b><span class=\"tag\">");
    if (model_has_number(coverage, "n") && model_has_number(coverage, "of")) {
        PUT(page, W_N_OF_UNIT, FILL_COUNT("n", model_count(coverage, "n")),
            FILL_COUNT("of", model_count(coverage, "of")), FILL_TEXT("unit", model_text(coverage, "unit")));
    } else {
        word(page, W_NOTHING_EXAMINED_FOR_IT);
    }
    put_lit(out, "</span></td>");
}

static bool has_ref(const json_t *refs, struct str id)
{
    for (size_t i = 0; i < json_array_size(refs); i++) {
        if (str_eq(model_text_at(refs, i), id)) {
            return true;
        }
    }
    return false;
}

/* The exhibits that the items of a side rest on, each once. */
static void collect_refs(const struct model *model, const json_t *items, json_t *refs)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i), *ids = model_item_exhibits(model, item);
        for (size_t e = 0; e < json_array_size(ids); e++) {
            struct str id = model_text_at(ids, e);
            if (id.len > 0 && !has_ref(refs, id) && model_item_rests_on(model, item, id)) {
                json_array_append(refs, json_array_get(ids, e));
            }
        }
    }
}

/* The reason without "The evidence supports that CLAIM: " before it, when the judge wrote it so: the row says both already. */
static void put_reason(struct page *page, const json_t *verdict)
{
    static const char *const openings[] = {"The evidence supports that ", "The evidence refutes that ", "Whether "};
    static const char *const closings[] = {": ", " cannot be told from what was examined: "};
    struct str why = model_text(verdict, "why"), means = model_text(verdict, "means"), rest = why;
    for (size_t o = 0; o < 3 && means.len > 0; o++) {
        OWN(own_buf) struct buf opening = {0};
        buf_puts(&opening, openings[o]);
        buf_put(&opening, means);
        buf_puts(&opening, closings[o == 2]);
        if (str_starts(why, buf_str(&opening))) {
            rest = str_slice(why, opening.len, why.len);
        }
    }
    bool is_lower = rest.len < why.len && rest.len > 0 && rest.data[0] >= 'a' && rest.data[0] <= 'z';
    if (is_lower) {
        buf_putc(&page->out, (char)(rest.data[0] & ~0x20));
    }
    put_html(&page->out, str_slice(rest, is_lower, rest.len));
}

/* A constant of the judge (assay judge --policy) in words; one that is not known here by its name. */
static void put_constant(struct page *page, struct str name)
{
    static const struct {
        const char *name;
        enum word says;
    } constants[] = {{"rho.third", W_TURN_THIRD}, {"rho.sealed", W_TURN_SEALED}, {"rho.interested", W_TURN_INTERESTED},
                     {"rho", W_TURN_RHO},         {"leaves", W_TURN_LEAVES},     {"interval", W_TURN_INTERVAL},
                     {"lost", W_TURN_LOST},       {"cap", W_TURN_CAP},           {"standard", W_TURN_STANDARD}};
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++) {
        if (str_eq(name, str_of(constants[i].name))) {
            word(page, constants[i].says);
            return;
        }
    }
    put_html(&page->out, name);
}

/* Who loses by it while the claim is open, and which assumptions would make it read otherwise. */
static void put_hangs_on(struct page *page, const json_t *verdict)
{
    const json_t *burden = model_object(verdict, "burden"), *turns = model_array(verdict, "turns_on");
    if (json_is_true(json_object_get(burden, "decides"))) {
        put_lit(&page->out, "<span class=\"tag\">");
        PUT(page, W_WHILE_OPEN, FILL_PARTY("who", model_party(page->model, model_text(burden, "party"))));
        put_lit(&page->out, "</span>");
    }
    if (json_array_size(turns) > 0) {
        put_lit(&page->out, "<span class=\"tag\">");
        word(page, W_TURNS_ON);
        for (size_t i = 0; i < json_array_size(turns) && i < TURNS_MAX; i++) {
            put_either(&page->out, i == 0, " ", "; or of ");
            put_constant(page, model_text_at(turns, i));
        }
        put_lit(&page->out, ".</span>");
    }
}

static void put_why(struct page *page, const json_t *verdict)
{
    put_lit(&page->out, "<td role=\"cell\" class=\"r\">");
    if (verdict == NULL) {
        word(page, W_WHY_NOT_JUDGED);
    } else {
        put_reason(page, verdict);
    }
    json_t *refs = json_array();
    collect_refs(page->model, model_array(verdict, "for"), refs);
    collect_refs(page->model, model_array(verdict, "against"), refs);
    if (json_array_size(refs) == 0) {
        collect_refs(page->model, model_array(verdict, "neutral"), refs);
    }
    put_lit(&page->out, " ");
    put_refs(page, refs, REFS_MAX);
    json_decref(refs);
    put_hangs_on(page, verdict);
    put_lit(&page->out, "</td>");
}

static void put_row(struct page *page, const json_t *claim, const json_t *verdict)
{
    put_lit(&page->out, "<tr role=\"row\" id=\"");
    put_id(&page->out, model_text(claim, "id"));
    put_lit(&page->out, "\"><th scope=\"row\" role=\"rowheader\" class=\"c\"><b>");
    put_html(&page->out, model_text(claim, "id"));
    put_lit(&page->out, "</b> ");
    put_html(&page->out, model_text(claim, "text"));
    put_lit(&page->out, "<span class=\"tag\">");
    put_html(&page->out, model_text(claim, "kind"));
    put_lit(&page->out, "</span></th><td role=\"cell\" class=\"d\">");
    put_verdict(page, model_direction(verdict));
    put_lit(&page->out, "</td>");
    put_strength(page, claim, verdict);
    put_coverage(page, verdict);
    put_why(page, verdict);
    put_lit(&page->out, "</tr>\n");
}

static void put_head(struct page *page)
{
    static const struct {
        long x;
        const char *label;
    } marks[] = {{60, "−4"}, {464, "−2"}, {868, "0"}, {1272, "+2"}, {1676, "+4"}, {2060, "+6"}};
    put_lit(&page->out, "<thead role=\"rowgroup\"><tr role=\"row\">");
    head_cell(page, W_CLAIM, "c");
    head_cell(page, W_DIRECTION, "d");
    put_lit(&page->out, "<th class=\"st\" scope=\"col\" role=\"columnheader\">");
    word(page, W_STRENGTH);
    svg_open(&page->out, &(struct svg_head){.w = STRIP_W, .h = STRIP_H, .class_name = "strip"});
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        svg_text(&page->out, marks[i].x, PX(15), "t2 sm", ANCHOR_MIDDLE, str_of(marks[i].label));
    }
    svg_close(&page->out);
    put_lit(&page->out, "</th>");
    head_cell(page, W_COVERAGE_HEAD, "cv");
    head_cell(page, W_WHY, NULL);
    put_lit(&page->out, "</tr></thead>\n");
}

/* "web/up/a.php" of X01/3, when the case still has its record. */
static struct str finding_place(const struct model *model, const json_t *confirmation)
{
    const json_t *exam = model_find(model->exams, model_text(confirmation, "examination"));
    const json_t *row = model_find(model_array(exam, "records"), model_text(confirmation, "finding"));
    return model_text(model_object(row, "record"), "path");
}

static void put_confirmation(struct page *page, const json_t *row)
{
    struct str place = finding_place(page->model, row);
    const bool agrees = json_is_true(json_object_get(row, "agrees"));
    const enum word said = agrees ? W_CONFIRMED : W_NOT_CONFIRMED;
    put_lit(&page->out, " ");
    put_html(&page->out, model_text(row, "id"));
    put_lit(&page->out, ":");
    PUT(page, said, FILL_PARTY("who", model_party(page->model, model_text(row, "party"))));
    put_lit(&page->out, " ");
    put_html(&page->out, model_text(row, "finding"));
    if (place.len > 0) {
        put_lit(&page->out, " <code>");
        put_html(&page->out, place);
        put_lit(&page->out, "</code>");
    }
    if (model_text(row, "sha256").len == 0) {
        word(page, W_CONFIRMED_UNREAD);
    } else if (model_object(row, "rate") == NULL) {
        word(page, W_CONFIRMED_UNRATED);
    }
    if (model_text(row, "note").len > 0) {
        put_lit(&page->out, ": “");
        put_html(&page->out, model_text(row, "note"));
        put_lit(&page->out, "”");
    }
    put_lit(&page->out, ".");
}

/* Findings on which one examiner agrees and another does not, each counted once. */
static uint64_t disputed(const json_t *rows)
{
    uint64_t count = 0;
    for (size_t i = 0; i < json_array_size(rows) && i < CONFIRMATIONS_MAX; i++) {
        const json_t *row = json_array_get(rows, i);
        bool differs = false, is_first = true;
        for (size_t j = 0; j < json_array_size(rows) && j < CONFIRMATIONS_MAX; j++) {
            const json_t *other = json_array_get(rows, j);
            if (j != i && str_eq(model_text(other, "finding"), model_text(row, "finding"))) {
                is_first = is_first && j > i;
                differs = differs || json_is_true(json_object_get(other, "agrees")) !=
                                         json_is_true(json_object_get(row, "agrees"));
            }
        }
        count += is_first && differs;
    }
    return count;
}

static void put_confirmations(struct page *page)
{
    const json_t *rows = page->model->confirmations;
    const size_t count = json_array_size(rows);
    if (count == 0) {
        return;
    }
    put_lit(&page->out, "<p class=\"side\">");
    word(page, W_CONFIRMATIONS);
    for (size_t i = 0; i < count && i < CONFIRMATIONS_MAX; i++) {
        put_confirmation(page, json_array_get(rows, i));
    }
    if (count > CONFIRMATIONS_MAX) {
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", count - CONFIRMATIONS_MAX));
    }
    if (disputed(rows) > 0) {
        PUT(page, W_CONFIRMED_DISPUTED, FILL_COUNT("n", disputed(rows)));
    }
    put_lit(&page->out, "</p>");
}

void section_verdicts(struct page *page)
{
    const struct model *model = page->model;
    size_t count = json_array_size(model->claims);
    section_open(page, "verdicts", W_H_VERDICTS);
    if (count == 0) {
        put_lit(&page->out, "<p>");
        word(page, W_NO_CLAIMS);
        put_lit(&page->out, "</p>");
        section_close(page);
        return;
    }
    put_lit(&page->out, "<table class=\"vt\" role=\"table\">");
    put_head(page);
    put_lit(&page->out, "<tbody role=\"rowgroup\">\n");
    for (size_t i = 0; i < count; i++) {
        put_row(page, json_array_get(model->claims, i), model->verdicts[i]);
    }
    put_lit(&page->out, "</tbody></table><p class=\"side\">");
    word(page, W_VERDICTS_NOTE);
    put_lit(&page->out, "</p>");
    put_confirmations(page);
    section_close(page);
}
