/* Which language a tag opens (formats/tag.h finds it) is told by the name, then by words near it. */
#include "sweep/gate.h"
#include "base/str.h"
#include "formats/container.h"
#include "formats/tag.h"

#include "base/banned.h"

struct magic {
    size_t at;
    struct str bytes;
    const char *name;
    bool is_image;
};

static const struct magic magics[] = {
    {0, {"\xff\xd8\xff", 3}, "JPEG image", true},
    {0, {"\x89PNG\r\n", 6}, "PNG image", true},
    {0, {"GIF8", 4}, "GIF image", true},
    {0, {"BM", 2}, "BMP image", true},
    {0, {"\0\0\1\0", 4}, "icon", true},
    {8, {"WEBP", 4}, "WebP image", true},
    {0, {"%PDF-", 5}, "PDF document", false},
    {0,
     {"\x7f"
      "ELF",
      4},
     "ELF program",
     false},
    {0, {"MZ", 2}, "Windows program", false},
};

struct extension {
    const char *text;
    enum script script;
};

static const struct extension extensions[] = {
    {".php", SCRIPT_PHP},     {".php3", SCRIPT_PHP},  {".php4", SCRIPT_PHP},  {".php5", SCRIPT_PHP},
    {".php7", SCRIPT_PHP},    {".php8", SCRIPT_PHP},  {".phtml", SCRIPT_PHP}, {".pht", SCRIPT_PHP},
    {".phps", SCRIPT_PHP},    {".inc", SCRIPT_PHP},   {".phar", SCRIPT_PHP},  {".asp", SCRIPT_ASP},
    {".asa", SCRIPT_ASP},     {".cer", SCRIPT_ASP},   {".cdx", SCRIPT_ASP},   {".aspx", SCRIPT_ASPX},
    {".ashx", SCRIPT_ASPX},   {".asmx", SCRIPT_ASPX}, {".ascx", SCRIPT_ASPX}, {".asax", SCRIPT_ASPX},
    {".master", SCRIPT_ASPX}, {".soap", SCRIPT_ASPX}, {".jsp", SCRIPT_JSP},   {".jspx", SCRIPT_JSP},
    {".jspf", SCRIPT_JSP},    {".jsw", SCRIPT_JSP},   {".jsv", SCRIPT_JSP},   {".jhtml", SCRIPT_JSP},
    {".tag", SCRIPT_JSP},
};

bool gate_is_settings(struct str name)
{
    return str_eq(name, STR("version.py")) || str_eq(name, STR("config.py"));
}

enum script gate_script_by_name(struct str name)
{
    if (str_eq_nocase(name, STR(".htaccess")) || str_eq_nocase(name, STR(".user.ini")) ||
        str_eq_nocase(name, STR("php.ini")) || str_eq_nocase(name, STR("web.xml")) ||
        str_eq_nocase(name, STR("web.config")) || gate_is_settings(name)) {
        return SCRIPT_CONFIG;
    }
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        if (str_ends_nocase(name, str_of(extensions[i].text))) {
            return extensions[i].script;
        }
    }
    return SCRIPT_NONE;
}

const char *gate_language(unsigned scripts)
{
    return scripts & SCRIPT_PHP      ? "PHP"
           : scripts & SCRIPT_JSP    ? "JSP"
           : scripts & SCRIPT_ASPX   ? "ASPX"
           : scripts & SCRIPT_ASP    ? "ASP"
           : scripts & SCRIPT_CONFIG ? "server configuration"
                                     : NULL;
}

static bool has_any(struct str bytes, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_find_nocase(bytes, str_of(words[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

#define HAS_ANY(bytes, words) has_any((bytes), (words), sizeof(words) / sizeof *(words))

/* "<%" in a file whose name says nothing. Templates of JavaScript and Ruby use it too, so words must agree. */
static enum script language_of_percent(struct str bytes)
{
    static const char *const jsp[] = {"import=\"java",      "import='java",         "java.io",     "java.util",
                                      "runtime.getruntime", "request.getparameter", "pagecontext", "xmlns:jsp"};
    static const char *const aspx[] = {
        "runat=\"server", "runat='server", "runat=server",         "system.io", "system.diagnostics",
        "page language=", "webhandler",    "webservice language=", "\"unsafe\""};
    static const char *const asp[] = {"server.createobject", "createobject(",       "request(",
                                      "request.form",        "request.querystring", "request.item",
                                      "executeglobal",       "language=\"vbscript", "language=vbscript",
                                      "vbscript.encode",     "language=\"jscript",  "request.binaryread"};
    struct str part = str_slice(bytes, 0, 64 << 10);
    return HAS_ANY(part, jsp)    ? SCRIPT_JSP
           : HAS_ANY(part, aspx) ? SCRIPT_ASPX
           : HAS_ANY(part, asp)  ? SCRIPT_ASP
                                 : SCRIPT_NONE;
}

/* A page of one server under another's name: its directive says so, or objects that only one of them makes. */
static unsigned language_beside(struct str bytes, enum script by_name)
{
    static const char *const net[] = {"<%@ page language=\"c#", "<%@ page language=\"vb", "<%@ webhandler",
                                      "<%@ import namespace", "<%@ page language=\"jscript"};
    static const char *const java[] = {"<%@page import=\"java", "<%@ page import=\"java", "<%@ page contenttype",
                                       "<%@ page language=\"java", "request.getparameter("};
    static const char *const classic[] = {"server.createobject(", "executeglobal", "eval request(", "execute request(",
                                          "execute(request("};
    struct str part = str_slice(bytes, 0, 64 << 10);
    unsigned found = by_name != SCRIPT_ASPX && HAS_ANY(part, net) ? SCRIPT_ASPX : 0;
    found |= by_name != SCRIPT_JSP && HAS_ANY(part, java) ? SCRIPT_JSP : 0;
    return found | (by_name == SCRIPT_ASPX && HAS_ANY(part, classic) ? SCRIPT_ASP : 0);
}

/* What a tag of several servers opens here: the name says it, or else words of the page. */
static enum script language_of_page(struct str bytes, enum script by_name)
{
    if (by_name == SCRIPT_ASP || by_name == SCRIPT_ASPX || by_name == SCRIPT_JSP) {
        return by_name;
    }
    enum script script = language_of_percent(bytes);
    return script == SCRIPT_NONE && by_name == SCRIPT_PHP ? SCRIPT_PHP : script;
}

static bool is_php_script_tag(struct str bytes, size_t at)
{
    return str_find_nocase(str_slice(bytes, at, at + 200), STR("php"), 0) != SIZE_MAX;
}

/* Every language whose tag occurs; stops when a second look could add nothing. What the whole page says is asked once, and not for each
 * of its tags, of which there may be as many as bytes. */
static void gate_languages(struct gate *gate, struct str bytes)
{
    char mark = '\0';
    bool is_asked = false, is_asked_beside = false;
    enum script page = SCRIPT_NONE;
    gate->first_tag = SIZE_MAX;
    for (size_t at = tag_find(bytes, 0, gate->is_binary, &mark); at != SIZE_MAX;
         at = tag_find(bytes, at + 2, gate->is_binary, &mark)) {
        enum script script = mark == 'j' ? SCRIPT_JSP : SCRIPT_PHP;
        if (mark == '%' || (mark == 's' && !is_php_script_tag(bytes, at))) {
            page = is_asked ? page : language_of_page(bytes, gate->by_name);
            is_asked = true;
            script = page;
        }
        if (script != SCRIPT_NONE && gate->first_tag == SIZE_MAX) {
            gate->first_tag = at;
        }
        gate->scripts |= (unsigned)script;
        bool is_page = script == SCRIPT_ASP || script == SCRIPT_ASPX || script == SCRIPT_JSP;
        if (is_page && script == gate->by_name && !is_asked_beside) {
            gate->scripts |= language_beside(bytes, script);
            is_asked_beside = true;
        }
        if (script == SCRIPT_PHP) {
            return;
        }
    }
}

/* A page without a tag may do something all the same: ${...} of a JSP, an include of an ASP. */
static void gate_untagged(struct gate *gate, struct str bytes)
{
    size_t at = gate->by_name == SCRIPT_JSP ? str_find(bytes, STR("${"), 0)
                : gate->by_name == SCRIPT_ASP || gate->by_name == SCRIPT_ASPX
                    ? str_find_nocase(bytes, STR("<!--#include"), 0)
                    : SIZE_MAX;
    if (at != SIZE_MAX) {
        gate->scripts |= (unsigned)gate->by_name;
        gate->first_tag = at;
    }
}

/* Text that no server runs and where "<?" and "<%" mean other things; only unmistakable tags count there. */
static bool is_other_text(struct str name)
{
    static const char *const endings[] = {".js",  ".mjs",  ".css", ".json", ".md",   ".rst", ".xml",  ".xsl",  ".xsd",
                                          ".svg", ".map",  ".po",  ".pot",  ".java", ".py",  ".rb",   ".c",    ".h",
                                          ".cpp", ".ts",   ".tsx", ".vue",  ".ejs",  ".erb", ".less", ".scss", ".sql",
                                          ".yml", ".yaml", ".sh",  ".pm",   ".go",   ".rs",  ".csv"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (str_ends_nocase(name, str_of(endings[i]))) {
            return true;
        }
    }
    return false;
}

struct gate gate_look(struct str name, struct str bytes)
{
    struct gate gate = {.by_name = gate_script_by_name(name)};
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        const struct magic *magic = &magics[i];
        if (str_eq(str_slice(bytes, magic->at, magic->at + magic->bytes.len), magic->bytes)) {
            gate.magic = magic->name;
            gate.is_image = magic->is_image;
            break;
        }
    }
    if (gate.magic == NULL) {
        gate.magic = container_probe(bytes);
        gate.is_archive = gate.magic != NULL;
    }
    struct str head = str_slice(bytes, 0, 1024);
    gate.is_binary = (head.len != 0 && memchr(head.data, '\0', head.len) != NULL) || is_other_text(name);
    if (gate.by_name == SCRIPT_CONFIG) {
        gate.scripts |= SCRIPT_CONFIG;
    }
    if (gate.by_name != SCRIPT_NONE) { /* what is served as a script is read as one, whatever its first bytes are */
        gate.is_binary = false;
    }
    gate_languages(&gate, bytes);
    if (gate.scripts == 0) {
        gate_untagged(&gate, bytes);
    }
    return gate;
}

bool gate_is_script_name(struct str path)
{
    static const char *const endings[] = {".php",  ".php3", ".php4", ".php5", ".php7", ".phtml", ".pht",
                                          ".phar", ".jsp",  ".jspx", ".jspf", ".war",  ".asp",   ".aspx",
                                          ".ashx", ".asmx", ".asa",  ".cer",  ".cdx",  ".cgi",   ".pl"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (str_ends_nocase(path, str_of(endings[i]))) {
            return true;
        }
    }
    return false;
}
