/* An HTML page, as events of libxml2's parser (no tree is built). Which elements are text, which are furniture, and what the page says of
 * itself in <meta>, <title> and <time> (HTML Living Standard, 4.2 and 4.5; Open Graph's article:published_time and og:site_name). */
#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>

#include "base/str.h"
#include "formats/prose.h"

#include "base/banned.h"

struct page_reading {
    struct prose *prose;
    htmlParserCtxtPtr parser;
    unsigned depth, quoted;
    unsigned silent_from, noise_from, heading_from, title_from,
        author_from; /* depth at which it began; 0: not within one */
    unsigned article_from;
    bool has_failed;
    struct err *err;
};

static struct str name_of(const xmlChar *name)
{
    return str_of((const char *)name);
}

static bool is_among(struct str name, const struct str *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(name, names[i])) {
            return true;
        }
    }
    return false;
}

#define AMONG(name, ...) \
    is_among((name), (const struct str[]){__VA_ARGS__}, sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))

static bool is_silent(struct str name)
{
    return AMONG(name, STR("script"), STR("style"), STR("noscript"), STR("template"), STR("svg"), STR("iframe"),
                 STR("object"), STR("textarea"), STR("select"));
}

static bool is_inline(struct str name)
{
    return AMONG(name, STR("a"), STR("abbr"), STR("b"), STR("bdi"), STR("bdo"), STR("cite"), STR("code"), STR("data"),
                 STR("em"), STR("font"), STR("i"), STR("img"), STR("ins"), STR("kbd"), STR("mark"), STR("q"), STR("s"),
                 STR("samp"), STR("small"), STR("span"), STR("strong"), STR("sub"), STR("sup"), STR("time"), STR("u"),
                 STR("var"), STR("wbr"));
}

static struct str attribute(const xmlChar **attributes, const char *name)
{
    for (size_t i = 0; attributes != NULL && attributes[i] != NULL; i += 2) {
        if (str_eq(name_of(attributes[i]), str_of(name)) && attributes[i + 1] != NULL) {
            return name_of(attributes[i + 1]);
        }
    }
    return STR("");
}

/* By what pages call their furniture: whole words of class, id and role. */
static bool names_noise(struct str words)
{
    static const struct str noise[] = {
        STR_INIT("nav"),         STR_INIT("navbar"),     STR_INIT("navigation"),    STR_INIT("menu"),
        STR_INIT("breadcrumb"),  STR_INIT("footer"),     STR_INIT("sidebar"),       STR_INIT("cookie"),
        STR_INIT("consent"),     STR_INIT("promo"),      STR_INIT("related"),       STR_INIT("share"),
        STR_INIT("social"),      STR_INIT("newsletter"), STR_INIT("advert"),        STR_INIT("ad"),
        STR_INIT("ads"),         STR_INIT("comments"),   STR_INIT("subscribe"),     STR_INIT("breadcrumbs"),
        STR_INIT("recommended"), STR_INIT("trending"),   STR_INIT("complementary"), STR_INIT("contentinfo")};
    for (size_t from = 0, at = 0; at <= words.len; at++) {
        if (at == words.len || strchr(" -_", words.data[at]) != NULL) {
            struct str word = str_slice(words, from, at);
            for (size_t i = 0; word.len != 0 && i < sizeof noise / sizeof *noise; i++) {
                if (str_eq_nocase(word, noise[i])) {
                    return true;
                }
            }
            from = at + 1;
        }
    }
    return false;
}

static bool is_noise(const struct page_reading *page, struct str name, const xmlChar **attributes)
{
    bool is_head = str_eq(name, STR("header")) && page->article_from == 0;
    return is_head || AMONG(name, STR("nav"), STR("footer"), STR("aside"), STR("form"), STR("button"), STR("dialog")) ||
           names_noise(attribute(attributes, "class")) || names_noise(attribute(attributes, "id")) ||
           names_noise(attribute(attributes, "role"));
}

static void keep(struct page_reading *page, struct str *slot, struct str value)
{
    struct str trimmed = str_trim(value);
    if (slot->len == 0 && trimmed.len != 0 && trimmed.len < 500) {
        struct str kept = arena_str(page->prose->arena, trimmed, page->err);
        page->has_failed |= kept.data == NULL;
        *slot = kept.data != NULL ? kept : *slot;
    }
}

static void note_meta(struct page_reading *page, const xmlChar **attributes)
{
    struct str name = attribute(attributes, "name");
    struct str content = attribute(attributes, "content");
    struct prose_about *about = &page->prose->about;
    name = name.len != 0 ? name : attribute(attributes, "property");
    if (AMONG(name, STR("article:published_time"), STR("date"), STR("dc.date"), STR("DC.date.issued"),
              STR("pubdate"))) {
        keep(page, &about->published, content);
    } else if (AMONG(name, STR("og:site_name"), STR("application-name"), STR("dc.publisher"))) {
        keep(page, &about->site, content);
    } else if (AMONG(name, STR("author"), STR("article:author"), STR("dc.creator"))) {
        keep(page, &about->author, content);
    } else if (str_eq(name, STR("og:title"))) {
        keep(page, &about->title, content);
    }
}

static void end_block(struct page_reading *page)
{
    if (page->author_from != 0 && page->prose->open.len != 0) {
        keep(page, &page->prose->about.author, buf_str(&page->prose->open));
    }
    bool has_title = page->heading_from != 0 && page->noise_from == 0 && page->prose->open.len != 0;
    if (has_title) {
        keep(page, &page->prose->about.title, buf_str(&page->prose->open));
    }
    page->has_failed |= prose_end(page->prose, page->err) != 0;
    if (page->has_failed) {
        xmlStopParser(page->parser);
    }
}

static void set_role(struct page_reading *page)
{
    prose_begin(page->prose,
                page->noise_from != 0     ? PROSE_NOISE
                : page->author_from != 0  ? PROSE_LABEL
                : page->heading_from != 0 ? PROSE_HEADING
                                          : PROSE_BODY,
                page->quoted);
}

static void note_begin(unsigned *from, unsigned depth, bool begins)
{
    *from = *from == 0 && begins ? depth : *from;
}

static bool is_by_line(const xmlChar **attributes)
{
    return str_find_nocase(attribute(attributes, "class"), STR("byline"), 0) != SIZE_MAX ||
           str_eq(attribute(attributes, "rel"), STR("author")) ||
           str_eq(attribute(attributes, "itemprop"), STR("author"));
}

static void start(void *self, const xmlChar *xml_name, const xmlChar **attributes)
{
    struct page_reading *page = self;
    struct str name = name_of(xml_name);
    if (++page->depth > PROSE_NESTING_MAX) {
        page->prose->is_cut = true;
        xmlStopParser(page->parser);
        return;
    }
    if (!is_inline(name)) {
        end_block(page);
    }
    if (str_eq(name, STR("html"))) {
        keep(page, &page->prose->about.language, attribute(attributes, "lang"));
    } else if (str_eq(name, STR("meta"))) {
        note_meta(page, attributes);
    } else if (str_eq(name, STR("time"))) {
        keep(page, &page->prose->about.published, attribute(attributes, "datetime"));
    } else if (str_eq(name, STR("blockquote"))) {
        page->quoted++;
    }
    note_begin(&page->article_from, page->depth, AMONG(name, STR("article"), STR("main")));
    note_begin(&page->silent_from, page->depth, is_silent(name));
    note_begin(&page->title_from, page->depth, str_eq(name, STR("title")));
    note_begin(&page->noise_from, page->depth, is_noise(page, name, attributes));
    note_begin(&page->author_from, page->depth, page->noise_from == 0 && is_by_line(attributes));
    note_begin(&page->heading_from, page->depth,
               AMONG(name, STR("h1"), STR("h2"), STR("h3"), STR("h4"), STR("h5"), STR("h6")));
    if (!is_inline(name) || page->prose->open.len == 0) {
        set_role(page);
    }
}

static void note_end(unsigned *from, unsigned depth)
{
    *from = *from >= depth ? 0 : *from;
}

static void end(void *self, const xmlChar *xml_name)
{
    struct page_reading *page = self;
    struct str name = name_of(xml_name);
    if (!is_inline(name) || page->author_from == page->depth) {
        end_block(page);
    }
    page->quoted -= str_eq(name, STR("blockquote")) && page->quoted != 0;
    note_end(&page->article_from, page->depth);
    note_end(&page->silent_from, page->depth);
    note_end(&page->title_from, page->depth);
    note_end(&page->noise_from, page->depth);
    note_end(&page->author_from, page->depth);
    note_end(&page->heading_from, page->depth);
    page->depth -= page->depth != 0;
    if (page->prose->open.len == 0) {
        set_role(page);
    }
}

static void text(void *self, const xmlChar *bytes, int length)
{
    struct page_reading *page = self;
    struct str piece = {(const char *)bytes, length > 0 ? (size_t)length : 0};
    if (page->title_from != 0 && page->silent_from == 0) {
        keep(page, &page->prose->about.title, piece);
        keep(page, &page->prose->about.page, piece);
    } else if (page->silent_from == 0) {
        int line = xmlSAX2GetLineNumber(page->parser);
        prose_put(page->prose, piece, line > 0 ? (uint32_t)line : 1);
    }
}

static void quiet(void *self, const char *format, ...)
{
    (void)self; /* pages are broken as a rule; the parser mends them */
    (void)format;
}

int prose_html(struct prose *prose, struct str bytes, struct err *err)
{
    if (bytes.len > INT32_MAX || bytes.len == 0) {
        return bytes.len == 0 ? 0 : err_set(err, ERR_LIMIT, "a page beyond 2 GiB");
    }
    struct page_reading page = {.prose = prose, .err = err};
    htmlSAXHandler handler = {.startElement = start,
                              .endElement = end,
                              .characters = text,
                              .cdataBlock = text,
                              .warning = quiet,
                              .error = quiet,
                              .fatalError = quiet};
    page.parser = htmlCreateMemoryParserCtxt(bytes.data, (int)bytes.len);
    if (page.parser == NULL) {
        return err_no_memory(err);
    }
    *page.parser->sax = handler;
    page.parser->userData = &page;
    (void)htmlCtxtUseOptions(page.parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                              HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
    (void)xmlSwitchEncoding(page.parser, XML_CHAR_ENCODING_UTF8);
    (void)htmlParseDocument(page.parser);
    htmlFreeParserCtxt(page.parser);
    return page.has_failed ? err_no_memory(err) : prose_end(prose, err);
}

struct str prose_html_charset(struct str bytes)
{
    struct str head = str_slice(bytes, 0, 2048);
    size_t at = str_find_nocase(head, STR("charset="), 0);
    if (at == SIZE_MAX) {
        return STR("");
    }
    at += strlen("charset=");
    at += at < head.len && (head.data[at] == '"' || head.data[at] == '\'');
    size_t to = at;
    while (to < head.len && strchr("\"'> ;/", head.data[to]) == NULL) {
        to++;
    }
    return str_slice(head, at, to);
}
