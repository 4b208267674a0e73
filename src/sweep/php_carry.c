/* Shells that a file does not run but holds as a text: to write them elsewhere, to send them, to hide them in a picture. Texts that open a
 * script are read as files of their own; long ones that are packed are unpacked first. */
#include "base/str.h"
#include "sweep/php_run.h"

#include "base/banned.h"

enum { CARRIED_MAX = 24, PACKED_MIN = 300, PACKED_MAX = 1 << 20, HEX_MIN = 16, HEX_MAX = 4096, HEAD_BYTES = 64 };

static bool is_text_token(const struct php_token *token)
{
    return token->kind == PT_SINGLE || token->kind == PT_DOUBLE || token->kind == PT_RAW || token->kind == PT_TEXT;
}

static bool is_base64(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (!str_is_letter(c) && !str_is_digit(c) && c != '+' && c != '/' && c != '=') {
            return false;
        }
    }
    return true;
}

static bool is_hex(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (str_hex_digit(text.data[i]) < 0) {
            return false;
        }
    }
    return text.len % 2 == 0;
}

static bool fold_one(struct php_heap *heap, enum php_fold fold, struct str text, struct str *ret_text)
{
    struct php_value in = php_text_value(text), out;
    if (!php_fold(heap, fold, &in, 1, &out) || out.type != PV_TEXT) {
        return false;
    }
    *ret_text = out.text;
    return true;
}

/* A long text in base64 that is packed bytes, unpacked. */
static bool unpack(struct php_heap *heap, struct str text, struct str *ret_text)
{
    struct str bytes;
    if (text.len < PACKED_MIN || text.len > PACKED_MAX || !is_base64(str_slice(text, 0, HEAD_BYTES)) ||
        !is_base64(text) || !php_heap_work(heap, text.len / 16) || !fold_one(heap, FO_BASE64, text, &bytes)) {
        return false;
    }
    return fold_one(heap, FO_INFLATE, bytes, ret_text) || fold_one(heap, FO_UNCOMPRESS, bytes, ret_text) ||
           fold_one(heap, FO_GZDECODE, bytes, ret_text);
}

/* A program for the machine itself, or one that ties an interpreter to a connection. */
static bool is_program(struct str text)
{
    return str_starts(text, STR("MZ\x90")) ||
           str_starts(text, STR("\x7f"
                                "ELF")) ||
           php_is_program_shell(text);
}

/* "\x7f\x45\x4c\x46...", 0x4D5A...: the bytes of a program as they are written in code and in statements. */
static bool is_spelled_program(struct str raw)
{
    static const char *const heads[] = {"\\x7f\\x45\\x4c\\x46", "\\x4d\\x5a", "\\x7fELF", "0x4d5a", "0x7f454c46"};
    if (raw.len < PACKED_MIN) {
        return false;
    }
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct str head = str_of(heads[i]);
        if (str_eq_nocase(str_slice(raw, 0, head.len), head)) {
            return true;
        }
    }
    struct str head = str_slice(raw, 0, HEAD_BYTES);
    return (str_eq_nocase(str_slice(raw, 0, 6), STR("4d5a90")) ||
            str_eq_nocase(str_slice(raw, 0, 8), STR("7f454c46"))) &&
           is_hex(head);
}

static bool is_in(struct str text, const char *mark)
{
    return str_find(text, str_of(mark), 0) != SIZE_MAX;
}

/* Code that stands in hex or base64: only such as begins as shells begin is read. */
static bool is_spelled_shell(struct php_scope *scope, uint32_t at, struct str text)
{
    struct php_heap *heap = scope->run->heap;
    struct str code;
    bool is_spelled = text.len >= HEX_MIN && text.len <= HEX_MAX && is_base64(text) &&
                      fold_one(heap, is_hex(text) ? FO_HEX2BIN : FO_BASE64, text, &code) && is_in(code, "(") &&
                      is_in(code, "$_");
    if (!is_spelled) {
        return false;
    }
    struct php_value open = php_text_value(STR("<?php ")), rest = php_text_value(code),
                     whole = str_starts(code, STR("<?")) ? rest : php_concat(heap, &open, &rest);
    return whole.type == PV_TEXT && php_is_shell_text(scope, at, whole.text);
}

/* echo '<?php'; ?> eval(...): the tag and the code stand apart. */
static bool is_printed_shell(struct php_scope *scope, uint32_t at)
{
    struct str tag = php_text(scope->tokens, php_at(scope, at));
    uint32_t next = php_is_op(scope, at + 1, ';') ? at + 2 : at + 1;
    const struct php_token *html = php_at(scope, next);
    if ((!str_eq(tag, STR("<?php")) && !str_eq(tag, STR("<?"))) || html->kind != PT_HTML) {
        return false;
    }
    struct php_value open = php_text_value(STR("<?php ")), rest = php_text_value(php_text(scope->tokens, html)),
                     whole = php_concat(scope->run->heap, &open, &rest);
    return whole.type == PV_TEXT && php_is_shell_text(scope, at, whole.text);
}

static bool carries(struct php_scope *scope, uint32_t at, struct str *ret_text)
{
    const struct php_token *token = php_at(scope, at);
    struct php_heap *heap = scope->run->heap;
    struct str raw = php_text(scope->tokens, token), text = raw;
    unsigned gate = scope->run->facts->gate;
    if ((gate & GATE_CARRIED) != 0 && is_in(raw, "<?")) {
        text = token->kind == PT_SINGLE ? php_unescape(heap, raw, '\'')
               : token->kind == PT_RAW  ? raw
                                        : php_unescape(heap, raw, '"');
        *ret_text = text;
        return is_printed_shell(scope, at) || php_is_shell_text(scope, at, text);
    }
    *ret_text = raw;
    if ((gate & GATE_CARRIED) != 0 && is_spelled_shell(scope, at, raw)) {
        return true;
    }
    if (is_spelled_program(raw)) {
        return true;
    }
    if ((gate & GATE_BLOB) == 0 || !unpack(heap, raw, &text)) {
        return false;
    }
    *ret_text = text;
    return is_program(text) || (is_in(text, "<?") && php_is_shell_text(scope, at, text));
}

bool php_may_carry(const struct php_tokens *tokens)
{
    if ((tokens->gate & GATE_BLOB) == 0) {
        return false;
    }
    for (uint32_t i = 0; i < tokens->count; i++) {
        const struct php_token *token = &tokens->list[i];
        struct str head = str_slice(php_text(tokens, token), 0, HEAD_BYTES);
        if (is_text_token(token) && token->len >= PACKED_MIN && (is_base64(head) || str_starts(head, STR("\\x")))) {
            return true;
        }
    }
    return false;
}

/* In a function that nothing in the file calls: a test, or what a library keeps for others. */
static bool is_unasked(const struct php_function *functions, uint32_t count, const struct php_tokens *tokens,
                       uint32_t at)
{
    for (uint32_t i = 0; i < count; i++) {
        if (functions[i].tokens == tokens && !functions[i].is_asked && functions[i].body < at &&
            at < functions[i].body_end) {
            return true;
        }
    }
    return false;
}

void php_carry(struct php_scope *scope)
{
    struct php_run *run = scope->run;
    unsigned asked = 0;
    if (is_in(scope->tokens->source, "PK\\x03\\x04") ||
        is_in(scope->tokens->source, "PK\003\004")) { /* an archive is made */
        return;
    }
    const uint32_t function_count = run->function_count;
    run->layers = 0;
    run->layer_bytes = 0;
    run->function_count = 0;
    run->names = (struct php_map){.table = NULL};
    for (uint32_t at = 0; at < scope->tokens->count && asked < CARRIED_MAX && run->heap->steps != 0; at++) {
        const struct php_token *token = php_at(scope, at);
        struct str text;
        bool is_candidate = is_text_token(token) && token->len >= 2 &&
                            (token->len >= HEX_MIN || is_in(php_text(scope->tokens, token), "<?"));
        if (!is_candidate || !php_heap_read(run->heap, php_text(scope->tokens, token))) {
            continue;
        }
        asked += is_in(php_text(scope->tokens, token), "<?");
        if (carries(scope, at, &text)) {
            struct php_fact *fact = php_fact(scope, PF_CARRIED, at, STR("a text"), NULL);
            if (fact != NULL) {
                fact->decoded = text;
                fact->is_unasked =
                    !is_spelled_program(text) && is_unasked(run->functions, function_count, scope->tokens, at);
            }
            return;
        }
    }
}
