/* Lines of error logs that name a client: each stands for a request that the access log should have. */
#include <stdlib.h>

#include "base/str.h"
#include "trace/peers.h"
#include "trace/watch.h"

#include "base/banned.h"

enum { MARK_WITHIN = 64 };

/* What a complaint begins with, without its numbers: "AH#: File does not exist". Complaints of one sort are alike in whether
 * a request of the access log belongs to them. */
static uint64_t sort_of(struct str message)
{
    char head[48];
    size_t n = 0;
    for (size_t i = 0; i < message.len && n < sizeof head && message.data[i] != '/' && message.data[i] != '"'; i++) {
        char c = message.data[i];
        bool is_digit = c >= '0' && c <= '9';
        if (!is_digit || n == 0 || head[n - 1] != '#') {
            head[n++] = is_digit ? '#' : c;
        }
    }
    return str_hash((struct str){head, n});
}

/* An access log escapes quotes and backslashes, an error log does not: such requests are not compared. */
uint64_t request_hash(struct str method, struct str target)
{
    if (method.len == 0 || target.len == 0 || memchr(target.data, '"', target.len) != NULL ||
        memchr(target.data, '\\', target.len) != NULL) {
        return 0;
    }
    return ((str_hash(method) * UINT64_C(0x9e3779b97f4a7c15)) ^ str_hash(target)) | 1;
}

/* "GET /x?y HTTP/1.1" */
static void note_request(struct error_line *complaint, struct str request)
{
    struct str_cut method = str_cut(request, ' ');
    size_t end = str_find(method.tail, STR(" HTTP/"), 0);
    if (method.found && end != SIZE_MAX) {
        struct str target = str_slice(method.tail, 0, end);
        complaint->request = request_hash(method.head, target);
        complaint->page = request_hash(method.head, str_cut(target, '?').head);
    }
}

/* What nginx says of an upstream (ngx_http_upstream.c, ngx_http_fastcgi_module.c), and PHP of itself (php_error_cb in main.c):
 * a request was read and handed on, so that a line of it is due. */
static bool is_run(struct str message)
{
    static const char *const marks[] = {"FastCGI sent in stderr", "PHP Warning",     "PHP Notice", "PHP Deprecated",
                                        "PHP Fatal error",        "PHP Parse error", "upstream "};
    struct str head = str_slice(message, 0, message.len < MARK_WITHIN ? message.len : MARK_WITHIN);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (str_find(head, str_of(marks[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static int add(struct error_line **rows, size_t *count, size_t *cap, const struct error_line *one, struct err *err)
{
    if (*count == *cap) {
        size_t wider = *cap == 0 ? 64 : *cap * 2;
        struct error_line *grown = reallocarray(*rows, wider, sizeof *grown);
        if (grown == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu lines of an error log", wider);
        }
        *rows = grown;
        *cap = wider;
    }
    (*rows)[(*count)++] = *one;
    return 0;
}

/* nginx prints "client: 192.0.2.1" without, Apache "[client 192.0.2.1:4711]" with a port. */
static struct str without_port(struct str client)
{
    size_t colon = str_find(client, STR(":"), 0);
    bool is_one = colon != SIZE_MAX && str_find(client, STR(":"), colon + 1) == SIZE_MAX;
    return is_one ? str_slice(client, 0, colon) : client;
}

int complaint_batch(struct watch *watch, const struct log_batch *batch, uint64_t offset, uint64_t line, struct err *err)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *one = &batch->lines[i];
        uint64_t at = offset + one->skipped;
        offset = at + one->size;
        if (!log_is_parsed(one) || one->client.len == 0) {
            continue;
        }
        if (watch->complaint_count == COMPLAINTS_MAX) {
            watch->complaints_dropped++;
            continue;
        }
        struct error_line complaint = {.key = client_key_of(without_port(log_field(one, one->client))),
                                       .second = one->second,
                                       .sort = sort_of(log_field(one, one->message)),
                                       .is_run = is_run(log_field(one, one->message)),
                                       .at = {line + one->row, at, watch->source_at}};
        note_request(&complaint, log_field(one, one->request));
        keep_cut(complaint.host, sizeof complaint.host, log_field(one, one->vhost));
        keep_cut(complaint.file, sizeof complaint.file, log_field(one, one->file));
        TRY(add(&watch->complaints, &watch->complaint_count, &watch->complaint_cap, &complaint, err));
    }
    return 0;
}

int complaint_merge(struct watched *watched, const struct watch *watch, uint64_t lines_before, struct err *err)
{
    watched->complaints_dropped += watch->complaints_dropped;
    for (size_t i = 0; i < watch->complaint_count; i++) {
        struct error_line one = watch->complaints[i];
        one.at.line += lines_before;
        if (watched->complaint_count == COMPLAINTS_MAX) {
            watched->complaints_dropped++;
            continue;
        }
        TRY(add(&watched->complaints, &watched->complaint_count, &watched->complaint_cap, &one, err));
    }
    return 0;
}
