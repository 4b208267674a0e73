/* Tags that open code:
 *   <?php  <?=  <?  <script language=php>        PHP   (not <?xml, <?xpacket, <?mso ...)
 *   <%  <script runat=server>  <jsp:scriptlet>   ASP, ASPX, JSP: told apart by name, then by words
 * In binary files a bare "<?" is chance, and only the longer forms count. */
#include "formats/tag.h"
#include "base/str.h"

#include "base/banned.h"

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* "<?" lies at `at`. */
static bool opens_php(struct str bytes, size_t at, bool is_binary)
{
    static const char *const markup[] = {"xml", "xpacket", "mso", "import", "instance", "adobe"};
    struct str rest = str_slice(bytes, at + 2, at + 12);
    if (str_starts(rest, STR("="))) {
        return true;
    }
    if (rest.len >= 3 && str_eq_nocase(str_slice(rest, 0, 3), STR("php"))) {
        return rest.len == 3 || is_space(rest.data[3]) || (!is_binary && rest.data[3] != '-' && rest.data[3] != '?');
    }
    if (is_binary || rest.len == 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof markup / sizeof *markup; i++) {
        struct str word = str_of(markup[i]);
        if (str_eq_nocase(str_slice(rest, 0, word.len), word)) {
            return false;
        }
    }
    return true;
}

static bool opens_script(struct str bytes, size_t at)
{
    struct str tag = str_slice(bytes, at, at + 200);
    size_t end = str_find(tag, STR(">"), 0);
    if (end == SIZE_MAX || !str_eq_nocase(str_slice(tag, 0, 7), STR("<script"))) {
        return false;
    }
    tag = str_slice(tag, 0, end);
    return str_find_nocase(tag, STR("runat"), 0) != SIZE_MAX || str_find_nocase(tag, STR("php"), 0) != SIZE_MAX;
}

size_t tag_find(struct str bytes, size_t from, bool is_binary, char *ret_mark)
{
    while (from + 1 < bytes.len) {
        const char *found = memchr(bytes.data + from, '<', bytes.len - 1 - from);
        if (found == NULL) {
            break;
        }
        size_t at = (size_t)(found - bytes.data);
        char mark = found[1];
        *ret_mark = mark;
        if (mark == '?' && opens_php(bytes, at, is_binary)) {
            return at;
        }
        if (mark == '%' && !is_binary) {
            return at;
        }
        if ((mark == 's' || mark == 'S') && opens_script(bytes, at)) {
            *ret_mark = 's';
            return at;
        }
        if (mark == 'j' && str_starts(str_slice(bytes, at, at + 5), STR("<jsp:"))) {
            return at;
        }
        from = at + 1;
    }
    return SIZE_MAX;
}
