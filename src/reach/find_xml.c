/* XML as settings are written in it. Elements are containers; attributes and texts are names and values:
 *
 *   <password><![CDATA[s3]]></password>                      password = s3            Magento, FileZilla
 *   <add name="Shop" connectionString="Server=..;"/>         a string of its own      web.config
 *   <add key="DbPassword" value="s3"/>, <property name="p">s3</property>    p = s3    appSettings, Spring, Hibernate
 *   <Resource username=".." password=".." url="jdbc:.."/>    three names              Tomcat
 *
 * Comments are no settings. Nothing is fetched and no entity but the five of XML is known. */
#include "base/hash.h"
#include "reach/find.h"

#include "base/banned.h"

enum { DEPTH_MAX = 64, ATTRIBUTES_MAX = 32, TEXT_MAX_BYTES = 8192 };

struct attribute {
    struct str name, value;
    uint32_t line;
};

struct element {
    struct str name;
    uint32_t group;
    struct attribute named; /* of name=, key=, if it has one: what its text is called */
    bool is_base64;
    size_t text_from; /* behind the start tag */
    uint32_t line;
};

struct xml {
    struct arena *arena;
    const struct find_file *file;
    struct find *find;
    struct pairs *pairs;
    struct str bytes;
    size_t at;
    uint32_t line;
    struct element stack[DEPTH_MAX];
    unsigned depth, too_deep;
    struct attribute attributes[ATTRIBUTES_MAX];
    size_t attribute_count;
};

static void skip_to(struct xml *xml, size_t end)
{
    end = end < xml->bytes.len ? end : xml->bytes.len;
    for (; xml->at < end; xml->at++) {
        xml->line += xml->bytes.data[xml->at] == '\n';
    }
}

static void skip_past(struct xml *xml, struct str mark)
{
    size_t end = str_find(xml->bytes, mark, xml->at);
    skip_to(xml, end == SIZE_MAX ? xml->bytes.len : end + mark.len);
}

static struct str unescaped(struct xml *xml, struct str text)
{
    static const struct {
        struct str entity;
        char byte;
    } entities[] = {{STR_INIT("&amp;"), '&'},
                    {STR_INIT("&lt;"), '<'},
                    {STR_INIT("&gt;"), '>'},
                    {STR_INIT("&quot;"), '"'},
                    {STR_INIT("&apos;"), '\''}};
    if (text.len == 0 || text.len > TEXT_MAX_BYTES || memchr(text.data, '&', text.len) == NULL) {
        return text;
    }
    OWN(own_buf) struct buf out = {.max = TEXT_MAX_BYTES * 2};
    for (size_t i = 0; i < text.len;) {
        size_t n = 0;
        while (n < 5 && !str_starts(str_slice(text, i, text.len), entities[n].entity)) {
            n++;
        }
        buf_putc(&out, n < 5 ? entities[n].byte : text.data[i]);
        i += n < 5 ? entities[n].entity.len : 1;
    }
    return arena_str(xml->arena, buf_str(&out), NULL);
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '-' || byte == '.' || byte == ':';
}

static struct str take_name(struct xml *xml)
{
    size_t from = xml->at;
    while (xml->at < xml->bytes.len && is_name_byte(xml->bytes.data[xml->at])) {
        xml->at++;
    }
    return str_slice(xml->bytes, from, xml->at);
}

static char here(const struct xml *xml)
{
    return xml->at < xml->bytes.len ? xml->bytes.data[xml->at] : '\0';
}

/* name="value" ... up to the tag's end. True in *ret_is_empty for "/>". */
static void take_attributes(struct xml *xml, bool *ret_is_empty)
{
    xml->attribute_count = 0;
    *ret_is_empty = false;
    while (xml->at < xml->bytes.len && here(xml) != '>') {
        if (!is_name_byte(here(xml))) {
            *ret_is_empty = here(xml) == '/';
            skip_to(xml, xml->at + 1);
            continue;
        }
        struct attribute attribute = {.name = take_name(xml), .line = xml->line};
        *ret_is_empty = false;
        if (here(xml) != '=' || xml->at + 1 >= xml->bytes.len) {
            continue;
        }
        xml->at++;
        char quote = here(xml);
        if (quote != '"' && quote != '\'') {
            continue;
        }
        const char *end = memchr(xml->bytes.data + xml->at + 1, quote, xml->bytes.len - xml->at - 1);
        size_t stop = end != NULL ? (size_t)(end - xml->bytes.data) : xml->bytes.len;
        attribute.line = xml->line;
        attribute.value = unescaped(xml, str_slice(xml->bytes, xml->at + 1, stop));
        skip_to(xml, stop + 1);
        if (xml->attribute_count < ATTRIBUTES_MAX) {
            xml->attributes[xml->attribute_count++] = attribute;
        }
    }
    skip_to(xml, xml->at + 1);
}

static struct val value_at(const struct xml *xml, struct str text, uint32_t line)
{
    struct val value = val_text(xml->file->path, line, str_trim(text));
    if (str_starts(value.text, STR("${")) && str_ends(value.text, STR("}"))) {
        struct str_cut cut = str_cut(str_slice(value.text, 2, value.text.len - 1), ':');
        value.kind = cut.found ? VAL_TEXT : VAL_ENV;
        value.is_default = cut.found;
        value.text = cut.found ? cut.tail : cut.head;
    }
    return value;
}

static int connection_string(struct xml *xml, const struct val *value, struct str provider, struct err *err)
{
    struct cred cred = {.confidence = FIND_HIGH, .path = xml->file->path, .line = value->line};
    if (!dsn_any(xml->arena, value, &cred) || (cred.password.kind == VAL_UNKNOWN && cred.file.len == 0)) {
        return 0;
    }
    if (cred.service == NULL) { /* ADO.NET's own provider is SQL Server's */
        const char *service = find_service_of(provider);
        cred.service = service != NULL ? service : "sqlserver";
    }
    cred.product = "ASP.NET";
    return find_add(xml->find, xml->file, &cred, err);
}

static int take_element(struct xml *xml, struct str name, bool is_empty, struct err *err)
{
    struct element element = {.name = name, .line = xml->line, .text_from = xml->at};
    struct val string = {0}, value = {0};
    struct str provider = STR("");
    uint32_t above = xml->depth != 0 ? xml->stack[xml->depth - 1].group : 0;
    element.group = pairs_group(xml->pairs, above, name, false);
    for (size_t i = 0; i < xml->attribute_count; i++) {
        const struct attribute *attribute = &xml->attributes[i];
        struct val said = value_at(xml, attribute->value, attribute->line);
        if (str_eq_nocase(attribute->name, STR("name")) || str_eq_nocase(attribute->name, STR("key"))) {
            element.named = *attribute;
        } else if (str_eq_nocase(attribute->name, STR("value"))) {
            value = said;
        } else if (str_eq_nocase(attribute->name, STR("connectionString"))) {
            string = said;
        } else if (str_eq_nocase(attribute->name, STR("providerName"))) {
            provider = attribute->value;
        } else if (str_eq(attribute->name, STR("encoding")) && str_eq(attribute->value, STR("base64"))) {
            element.is_base64 = true;
        } else {
            pairs_add(xml->pairs, element.group, attribute->name, &said);
        }
    }
    if (string.kind != VAL_UNKNOWN) {
        TRY(connection_string(xml, &string, provider, err));
    }
    if (element.named.value.len != 0 && value.kind != VAL_UNKNOWN) {
        pairs_add(xml->pairs, above, element.named.value, &value);
    }
    if (is_empty) {
        return 0;
    }
    if (xml->depth == DEPTH_MAX) {
        xml->too_deep++;
        find_cut_short(xml->find);
    } else {
        xml->stack[xml->depth++] = element;
    }
    return 0;
}

static struct str element_text(struct xml *xml, const struct element *element, size_t end)
{
    struct str text = str_trim(str_slice(xml->bytes, element->text_from, end));
    if (str_starts(text, STR("<![CDATA[")) && str_ends(text, STR("]]>"))) {
        return str_slice(text, 9, text.len - 3);
    }
    bool is_plain = text.len <= TEXT_MAX_BYTES && (text.len == 0 || memchr(text.data, '<', text.len) == NULL);
    text = is_plain ? unescaped(xml, text) : (struct str){NULL, 0};
    uint8_t *out = element->is_base64 && text.len != 0 ? arena_take(xml->arena, text.len + 1, NULL) : NULL;
    size_t len = out != NULL ? base64_decode(out, text.len + 1, text) : SIZE_MAX;
    return len != SIZE_MAX ? (struct str){(const char *)out, len} : text;
}

/* </name> at `end`. */
static void close_element(struct xml *xml, size_t end)
{
    if (xml->too_deep != 0) {
        xml->too_deep--;
        return;
    }
    if (xml->depth == 0) {
        return;
    }
    const struct element *element = &xml->stack[--xml->depth];
    struct str text = element_text(xml, element, end);
    uint32_t above = xml->depth != 0 ? xml->stack[xml->depth - 1].group : 0;
    struct str name = element->named.value.len != 0 ? element->named.value : element->name;
    if (text.data != NULL) {
        struct val value = value_at(xml, text, element->line);
        pairs_add(xml->pairs, above, name, &value);
    }
}

static int take_tag(struct xml *xml, struct err *err)
{
    size_t open = xml->at++;
    if (here(xml) == '/') {
        close_element(xml, open);
        skip_past(xml, STR(">"));
        return 0;
    }
    if (here(xml) == '!' || here(xml) == '?') {
        struct str rest = str_slice(xml->bytes, open, open + 9);
        bool is_comment = str_starts(rest, STR("<!--"));
        skip_past(xml, is_comment ? STR("-->") : str_eq(rest, STR("<![CDATA[")) ? STR("]]>") : STR(">"));
        return 0;
    }
    struct str name = take_name(xml);
    bool is_empty;
    if (name.len == 0) {
        return 0;
    }
    take_attributes(xml, &is_empty);
    return take_element(xml, name, is_empty, err);
}

int read_xml(struct find *find, const struct find_file *file, const struct find_reader *reader, struct arena *arena,
             struct err *err)
{
    struct xml *xml = ARENA_NEW(arena, struct xml, 1, err);
    if (xml == NULL) {
        return -1;
    }
    *xml = (struct xml){
        .arena = arena, .file = file, .find = find, .pairs = pairs_new(arena, file), .bytes = file->bytes, .line = 1};
    while (xml->at < xml->bytes.len) {
        const char *open = memchr(xml->bytes.data + xml->at, '<', xml->bytes.len - xml->at);
        skip_to(xml, open != NULL ? (size_t)(open - xml->bytes.data) : xml->bytes.len);
        if (xml->at < xml->bytes.len) {
            TRY(take_tag(xml, err));
        }
    }
    return pairs_judge(find, xml->pairs, reader->product, reader->service, err);
}
