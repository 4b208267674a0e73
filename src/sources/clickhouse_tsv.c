/* ClickHouse's TabSeparated: https://clickhouse.com/docs/interfaces/formats/TabSeparated. What it escapes is \b \f \r \n \t \0 \'
 * \\; \a \v \e and \xHH are read too, as it reads them; before any other byte the backslash only goes. */
#include "sources/clickhouse_tsv.h"
#include "base/str.h"

#include "base/banned.h"

/* The byte that a backslash and c stand for. */
static char escaped(char c)
{
    static const char from[] = "bfrnt0ave", to[] = "\b\f\r\n\t\0\a\v\x1b";
    const char *at = c == '\0' ? NULL : strchr(from, c);
    return at == NULL ? c : to[at - from];
}

static size_t unescape(char *value, size_t len)
{
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        char byte = value[i];
        if (byte == '\\' && i + 1 < len) {
            byte = escaped(value[++i]);
            if (value[i] == 'x' && i + 2 < len && str_hex_digit(value[i + 1]) >= 0 &&
                str_hex_digit(value[i + 2]) >= 0) {
                byte = (char)(str_hex_digit(value[i + 1]) * 16 + str_hex_digit(value[i + 2]));
                i += 2;
            }
        }
        value[out++] = byte;
    }
    return out;
}

size_t clickhouse_tsv(char *line, size_t len, struct str *cells, size_t room)
{
    size_t count = 0;
    for (size_t from = 0; from <= len;) {
        const char *tab = from < len ? memchr(line + from, '\t', len - from) : NULL;
        size_t to = tab == NULL ? len : (size_t)(tab - line);
        if (count < room) {
            bool is_null = to - from == 2 && line[from] == '\\' && line[from + 1] == 'N';
            cells[count] =
                is_null ? (struct str){NULL, 0} : (struct str){line + from, unescape(line + from, to - from)};
        }
        count++;
        from = to + 1;
    }
    return count;
}
