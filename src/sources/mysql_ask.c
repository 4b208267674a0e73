/* Questions to MySQL and MariaDB. Short answers are copied, so that another question may be asked while they are read; rows of
 * any number are streamed. What is quoted is quoted so that no byte of a name can end the quotes. */
#include <mysqld_error.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/str.h"
#include "sources/maria.h"
#include "sources/rows.h"

#include "base/banned.h"

enum {
    ANSWER_BYTES_MAX = 96 << 20,
    MYSQL_STATEMENT_TIMEOUT = 3024 /* ER_QUERY_TIMEOUT of MySQL; libmariadb names only MariaDB's */
};

int maria_fail(const struct maria *maria, struct err *err)
{
    unsigned code = mysql_errno(maria->link);
    bool is_limit = code == ER_STATEMENT_TIMEOUT || code == MYSQL_STATEMENT_TIMEOUT || code == ER_QUERY_INTERRUPTED ||
                    code == ER_LOCK_WAIT_TIMEOUT;
    return err_set(err, is_limit ? ERR_LIMIT : ERR_IO, "%s: %s", maria->where, mysql_error(maria->link));
}

static int ask(struct maria *maria, struct str sql, struct err *err)
{
    return mysql_real_query(maria->link, sql.data, (unsigned long)sql.len) == 0 ? 0 : maria_fail(maria, err);
}

/* Rows that are not wanted any more are not read to their end, which may be terabytes away: the connection is cut. */
static void drop(struct maria *maria, MYSQL_RES *result, bool is_read)
{
    if (!is_read) {
        (void)shutdown((int)mysql_get_socket(maria->link), SHUT_RDWR);
    }
    mysql_free_result(result);
}

int maria_run(struct maria *maria, const char *sql, struct err *err)
{
    TRY(ask(maria, str_of(sql), err));
    MYSQL_RES *result = mysql_use_result(maria->link);
    if (result != NULL) {
        drop(maria, result, false);
        return err_set(err, ERR_FORMAT, "%s: the server sent rows that were not asked for", maria->where);
    }
    return mysql_errno(maria->link) == 0 ? 0 : maria_fail(maria, err);
}

struct str maria_cell(const struct maria_answer *answer, size_t row, size_t column)
{
    struct str cell = answer->cells[row * answer->columns + column];
    return cell.data == NULL ? STR("") : cell;
}

void own_maria_answer(struct maria_answer *answer)
{
    arena_clear(&answer->arena);
    free(answer->cells);
    *answer = (struct maria_answer){0};
}

static int keep_row(struct maria_answer *answer, char **row, const unsigned long *lengths, struct err *err)
{
    if ((answer->rows + 1) * answer->columns > answer->room) {
        size_t room = 2 * answer->room + 64 * answer->columns;
        struct str *cells =
            room > ANSWER_BYTES_MAX / sizeof(struct str) ? NULL : realloc(answer->cells, room * sizeof *cells);
        if (cells == NULL) {
            return err_set(err, ERR_LIMIT, "the server's answer is too long");
        }
        answer->cells = cells;
        answer->room = room;
    }
    struct str *cells = &answer->cells[answer->rows * answer->columns];
    for (size_t i = 0; i < answer->columns; i++) {
        cells[i] = (struct str){NULL, 0};
        if (row[i] != NULL) {
            cells[i] = arena_str(&answer->arena, (struct str){row[i], lengths[i]}, err);
            TRY(cells[i].data == NULL);
        }
    }
    answer->rows++;
    return 0;
}

int maria_ask(struct maria *maria, const struct buf *sql, struct maria_answer *ret_answer, struct err *err)
{
    TRY(buf_check(sql, err));
    TRY(ask(maria, buf_str(sql), err));
    MYSQL_RES *result = mysql_use_result(maria->link);
    if (result == NULL) {
        return mysql_errno(maria->link) != 0 ? maria_fail(maria, err)
                                             : err_set(err, ERR_FORMAT, "%s: no rows in answer", maria->where);
    }
    *ret_answer = (struct maria_answer){.columns = mysql_num_fields(result)};
    arena_init(&ret_answer->arena, ANSWER_BYTES_MAX);
    int outcome = 0;
    char **row = NULL;
    while (outcome == 0 && (row = mysql_fetch_row(result)) != NULL) {
        outcome = keep_row(ret_answer, row, mysql_fetch_lengths(result), err);
    }
    outcome = outcome == 0 && mysql_errno(maria->link) != 0 ? maria_fail(maria, err) : outcome;
    drop(maria, result, row == NULL);
    if (outcome != 0) {
        own_maria_answer(ret_answer);
    }
    return outcome;
}

/* Bytes that are no text; numbers and times also say "binary" of themselves. */
static bool is_binary(const MYSQL_FIELD *field)
{
    enum { CHARSET_BINARY = 63 };
    bool has_bytes = field->type == MYSQL_TYPE_BIT || field->type == MYSQL_TYPE_GEOMETRY ||
                     field->type == MYSQL_TYPE_STRING || field->type == MYSQL_TYPE_VAR_STRING ||
                     field->type == MYSQL_TYPE_VARCHAR ||
                     (field->type >= MYSQL_TYPE_TINY_BLOB && field->type <= MYSQL_TYPE_BLOB);
    return has_bytes && field->charsetnr == CHARSET_BINARY;
}

static int put_row(struct rows *rows, const MYSQL_FIELD *fields, char **row, const unsigned long *lengths,
                   struct err *err)
{
    for (size_t i = 0; i < rows->columns; i++) {
        if (row[i] == NULL) {
            rows_null(rows);
        } else if (is_binary(&fields[i])) {
            rows_hex(rows, (const unsigned char *)row[i], lengths[i]);
        } else {
            rows_text(rows, (struct str){row[i], lengths[i]});
        }
    }
    return rows_end(rows, err);
}

int maria_stream(struct maria *maria, struct str sql, const struct source_sink *sink, struct err *err)
{
    TRY(ask(maria, sql, err));
    MYSQL_RES *result = mysql_use_result(maria->link);
    if (result == NULL) {
        return maria_fail(maria, err);
    }
    OWN(own_rows) struct rows rows;
    int outcome = rows_open(&rows, sink, mysql_num_fields(result), err);
    char **row = NULL;
    while (outcome == 0 && (row = mysql_fetch_row(result)) != NULL) {
        outcome = put_row(&rows, mysql_fetch_fields(result), row, mysql_fetch_lengths(result), err);
    }
    if (outcome == 0) {
        outcome = mysql_errno(maria->link) != 0 ? maria_fail(maria, err) : rows_flush(&rows, err);
    }
    drop(maria, result, row == NULL && outcome == 0);
    return outcome;
}

void maria_name(struct buf *sql, struct str name)
{
    buf_putc(sql, '`');
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '`') {
            buf_putc(sql, '`');
        }
        buf_putc(sql, name.data[i]);
    }
    buf_putc(sql, '`');
}

void maria_text(struct buf *sql, struct str text)
{
    buf_puts(sql, "_utf8mb4 X'");
    for (size_t i = 0; i < text.len; i++) {
        buf_printf(sql, "%02X", (unsigned char)text.data[i]);
    }
    buf_putc(sql, '\'');
}

bool maria_is_system(struct str database)
{
    static const char *const own[] = {"mysql", "information_schema", "performance_schema", "sys"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (str_eq_nocase(database, str_of(own[i]))) {
            return true;
        }
    }
    return false;
}
