/* web.config of IIS and web.xml of a servlet container. Read by elements, for attributes may stand on lines of their own.
 *   <handlers> <add path="*.jpg" modules="IsapiModule" scriptProcessor="...asp.dll">        <httpHandlers> <add path="*.jpg" type="...">
 *   <buildProviders> <add extension=".jpg" type="System.Web.Compilation.PageBuildProvider">
 *   <servlet-mapping> <servlet-name>jsp</servlet-name> <url-pattern>*.jpg</url-pattern>     <jsp-property-group> <url-pattern>
 * A mapping of static content (<mimeMap>) makes nothing run. */
#include "base/str.h"
#include "sweep/config.h"

#include "base/banned.h"

enum { ELEMENT_MAX_BYTES = 4096 };

/* The value of an attribute; empty if the element has none of that name. */
static struct str attribute(struct str element, const char *name)
{
    struct str wanted = str_of(name);
    for (size_t at = str_find_nocase(element, wanted, 0); at != SIZE_MAX;
         at = str_find_nocase(element, wanted, at + 1)) {
        struct str rest = str_trim(str_slice(element, at + wanted.len, element.len));
        bool is_whole = at != 0 && memchr(" \t\r\n", element.data[at - 1], 4) != NULL;
        if (!is_whole || rest.len == 0 || rest.data[0] != '=') {
            continue;
        }
        rest = str_trim(str_slice(rest, 1, rest.len));
        if (rest.len == 0 || (rest.data[0] != '"' && rest.data[0] != '\'')) {
            continue;
        }
        return str_cut(str_slice(rest, 1, rest.len), rest.data[0]).head;
    }
    return STR("");
}

/* An ending that is handed to something that runs it, in a list as "*.jpg,*.png". */
static struct str inert_of(struct str paths)
{
    for (struct str_cut cut = str_cut(paths, ',');; cut = str_cut(cut.tail, ',')) {
        struct str path = str_trim(cut.head);
        const char *dot = path.len != 0 ? memrchr(path.data, '.', path.len) : NULL;
        struct str ending = dot != NULL ? str_slice(path, (size_t)(dot - path.data), path.len) : STR("");
        bool is_config = str_eq_nocase(ending, STR(".config"));
        if ((path.len != 0 && path.data[0] == '*' && config_is_inert(ending)) || is_config) {
            return path;
        }
        if (!cut.found) {
            return STR("");
        }
    }
}

static bool runs(struct str element)
{
    static const char *const runners[] = {"IsapiModule",
                                          "FastCgiModule",
                                          "CgiModule",
                                          "PageHandlerFactory",
                                          "SimpleHandlerFactory",
                                          "PageBuildProvider",
                                          "asp.dll",
                                          "aspnet_isapi.dll",
                                          "php-cgi",
                                          "WebHandlerBuildProvider"};
    for (size_t i = 0; i < sizeof runners / sizeof *runners; i++) {
        if (config_has(element, runners[i])) {
            return true;
        }
    }
    return false;
}

static void look_add(struct str element, uint64_t line, struct found *found)
{
    struct str path = inert_of(attribute(element, "path"));
    path = path.len != 0 ? path : attribute(element, "extension");
    if (path.len == 0 || !runs(element) || (path.data[0] == '.' && !config_is_inert(path))) {
        return;
    }
    found_raise(found, FOUND_CONFIG_SHELL, FOUND_MEDIUM, line);
    found_reasonf(found, "effect", line, "files matching %.*s are handed to a program under IIS", STR_FMT(path));
}

void config_iis_look(struct str bytes, struct found *found)
{
    uint64_t line = 1;
    size_t counted = 0;
    for (size_t at = str_find_nocase(bytes, STR("<add"), 0); at != SIZE_MAX;
         at = str_find_nocase(bytes, STR("<add"), at + 4)) {
        line += line_of(str_slice(bytes, counted, at), SIZE_MAX) - 1;
        counted = at;
        struct str rest = str_slice(bytes, at, at + ELEMENT_MAX_BYTES);
        struct str element = str_cut(str_cut(rest, '>').head, '\0').head;
        look_add(str_slice(element, 0, str_find(element, STR("<"), 1)), line, found); /* each byte once */
    }
}

static void look_mapping(struct str element, uint64_t line, struct found *found)
{
    bool is_group = str_eq_nocase(str_slice(element, 0, 10), STR("<jsp-prope"));
    size_t name = str_find_nocase(element, STR("<servlet-name>"), 0);
    struct str servlet =
        name != SIZE_MAX ? str_trim(str_cut(str_slice(element, name + 14, element.len), '<').head) : STR("");
    for (size_t at = str_find_nocase(element, STR("<url-pattern>"), 0);
         at != SIZE_MAX && (is_group || str_eq_nocase(servlet, STR("jsp")));
         at = str_find_nocase(element, STR("<url-pattern>"), at + 13)) {
        struct str pattern = inert_of(str_cut(str_slice(element, at + 13, element.len), '<').head);
        if (pattern.len != 0) {
            found_raise(found, FOUND_CONFIG_SHELL, FOUND_MEDIUM, line);
            found_reasonf(found, "effect", line, "files matching %.*s run as JSP in a servlet container",
                          STR_FMT(pattern));
        }
    }
}

void config_servlet_look(struct str bytes, struct found *found)
{
    static const char *const elements[] = {"<servlet-mapping", "<jsp-property-group"};
    static const char *const ends[] = {"</servlet-mapping", "</jsp-property-group"};
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        uint64_t line = 1;
        size_t counted = 0;
        size_t next = 0;
        for (size_t at = str_find_nocase(bytes, str_of(elements[i]), 0); at != SIZE_MAX;
             at = str_find_nocase(bytes, str_of(elements[i]), next)) {
            line += line_of(str_slice(bytes, counted, at), SIZE_MAX) - 1;
            counted = at;
            struct str rest = str_slice(bytes, at, at + ELEMENT_MAX_BYTES);
            struct str element = str_slice(rest, 0, str_find_nocase(rest, str_of(ends[i]), 0));
            next = at + element.len; /* each byte once */
            look_mapping(element, line, found);
        }
    }
}
