/* Facts to findings: which facts make which class, and the words a person reads. The order of the rules and what each is
 * worth is measured: a rule that alarmed on any stock application gives at most a hint.
 *
 *   shell     the visitor's text is run, or names what is run                                   high
 *             a function of hidden name gets the visitor's data; a file manager; fetched code   medium
 *   uploader  path and content are the visitor's; script-named and the content is the visitor's medium
 *   packed    code from a decoder, dangerous names from pieces                                  medium
 *   tool      letters to whom and with what text the visitor says                               medium */
#include <stdio.h>
#include <stdlib.h>

#include "assay/finding.h"
#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "sweep/code.h"
#include "sweep/gate.h"
#include "sweep/php.h"
#include "sweep/verdict.h"

#include "base/banned.h"

enum { STEPS_SHOWN = 6, DECODED_SHOWN = 300, FEW_TOKENS = 4, STEP_BYTES = 200 };

struct analyst {
    struct php_analyst php;
    struct code_analyst code;
    struct php_facts facts;
};

struct analyst *analyst_new(struct err *err)
{
    struct analyst *analyst = calloc(1, sizeof *analyst);
    if (analyst == NULL || php_analyst_init(&analyst->php, err) != 0) {
        free(analyst);
        err_no_memory(err);
        return NULL;
    }
    code_analyst_init(&analyst->code);
    return analyst;
}

void analyst_free(struct analyst *analyst)
{
    if (analyst != NULL) {
        php_analyst_clear(&analyst->php);
        code_analyst_clear(&analyst->code);
        free(analyst);
    }
}

struct meaning {
    enum found_class class;
    enum found_confidence confidence;
    const char *words; /* behind "callee" */
};

static const struct meaning meanings[PF_KINDS] = {
    [PF_CODE_INPUT] = {FOUND_SHELL, FOUND_HIGH, "the visitor's text is run as code"},
    [PF_COMMAND_INPUT] = {FOUND_SHELL, FOUND_HIGH, "the visitor's text is run as a command"},
    [PF_INCLUDE_INPUT] = {FOUND_SHELL, FOUND_HIGH, "the visitor says which file is run"},
    [PF_CALL_INPUT] = {FOUND_SHELL, FOUND_HIGH, "the visitor names a function and gives it its arguments"},
    [PF_HIDDEN_CALL] = {FOUND_SHELL, FOUND_MEDIUM, "a function whose name is hidden gets the visitor's data"},
    [PF_HIDDEN_COMMAND] = {FOUND_SHELL, FOUND_MEDIUM, "a command stands in text that is run as code"},
    [PF_CODE_MADE] = {FOUND_SHELL, FOUND_MEDIUM, "a function is made that runs whatever it is given"},
    [PF_PICTURE] = {FOUND_SHELL, FOUND_MEDIUM, "a file that is named as a picture is run as code"},
    [PF_ADMIN] = {FOUND_SHELL, FOUND_MEDIUM, "whoever asks for this file becomes an administrator of the application"},
    [PF_PRELOAD] = {FOUND_SHELL, FOUND_MEDIUM, "a library is put into every program that the server starts"},
    [PF_DROP_SHELL] = {FOUND_SHELL, FOUND_MEDIUM,
                       "it writes a file that is itself a shell, or that makes other files run"},
    [PF_WRITE_BOTH] = {FOUND_UPLOADER, FOUND_MEDIUM, "path and content of the file that is written are the visitor's"},
    [PF_WRITE_SCRIPT] = {FOUND_UPLOADER, FOUND_MEDIUM,
                         "the visitor's content goes to a file that is named as a script"},
    [PF_NET_SCRIPT] = {FOUND_UPLOADER, FOUND_MEDIUM, "fetched content goes to a script"},
    [PF_UPLOAD] = {FOUND_UPLOADER, FOUND_MEDIUM, "an upload is kept under a name that the visitor chooses, unchecked"},
    [PF_FILE_OP] = {FOUND_SHELL, FOUND_MEDIUM, "on a path of the visitor's"},
    [PF_BUILT_NAME] = {FOUND_PACKED, FOUND_MEDIUM, "the name is put together from pieces or decoded"},
    [PF_DECODED_CODE] = {FOUND_PACKED, FOUND_MEDIUM, "what is run comes out of a decoder"},
    [PF_HIDDEN_DATA] = {FOUND_PACKED, FOUND_MEDIUM, "a function whose name is hidden gets encoded data"},
    [PF_LOAD] = {FOUND_SHELL, FOUND_MEDIUM, "bytes are made into a class and run"},
    [PF_OBJECTS] = {FOUND_SHELL, FOUND_LOW,
                    "the visitor's bytes are made into objects of any class, which may run code as they are made"},
    [PF_MEMORY] = {FOUND_SHELL, FOUND_MEDIUM, "code is registered in the running server, where it outlives this file"},
    [PF_STYLED] = {FOUND_SHELL, FOUND_MEDIUM, "the script of a style sheet makes what starts commands"},
    [PF_RELAY] = {FOUND_TOOL, FOUND_MEDIUM, "the visitor says where a connection goes"},
    [PF_SQL] = {FOUND_TOOL, FOUND_MEDIUM, "the visitor gives whole statements to a database"},
    [PF_DUMP] = {FOUND_TOOL, FOUND_MEDIUM, "tables of the database's own catalogue are read out whole"},
    [PF_BROWSE] = {FOUND_TOOL, FOUND_MEDIUM,
                   "directories or settings of the machine are shown as the visitor names them"},
    [PF_SNIFF] = {FOUND_TOOL, FOUND_MEDIUM, "traffic of the network is read, or its hosts are tried"},
    [PF_REVERSE] = {FOUND_SHELL, FOUND_MEDIUM, "a command interpreter is tied to a connection"},
    [PF_CLOAK] = {FOUND_TOOL, FOUND_MEDIUM,
                  "what is fetched from elsewhere is shown where search engines are told apart"},
    [PF_KNOWN] = {FOUND_SHELL, FOUND_HIGH, "the class of a known backdoor, whose code lies in a library beside"},
    [PF_WIPED] = {FOUND_SHELL, FOUND_LOW,
                  "nothing but blanks is left where code was, as virus scanners leave what they clean"},
    [PF_CARRIED] = {FOUND_TOOL, FOUND_MEDIUM, "it holds a text that is itself a shell or a program for the machine"},
    [PF_RANSOM] = {FOUND_TOOL, FOUND_MEDIUM, "files are encrypted with a key that the visitor gives"},
    [PF_ENCODER] = {FOUND_TOOL, FOUND_MEDIUM, "it makes scripts that decode a text and run it"},
    [PF_BARE] = {FOUND_SHELL, FOUND_LOW, "the file does nothing but run another, which is not named as a script"},
    [PF_UDF] = {FOUND_TOOL, FOUND_MEDIUM,
                "functions of a library are loaded into the database, which run commands as its user"},
    [PF_RUNNERS] =
        {FOUND_TOOL, FOUND_MEDIUM,
         "the fourth function that starts commands: one after another is tried, as shells do where some are closed"},
    [PF_UNPACKED] = {FOUND_PACKED, FOUND_MEDIUM, "a long text is unpacked first and then shown"},
    [PF_LETTERLESS] = {FOUND_PACKED, FOUND_MEDIUM,
                       "no name in the code has a letter: what it does is computed from signs"},
    [PF_ESCAPED] = {FOUND_PACKED, FOUND_MEDIUM, "plain letters are written as escapes of two kinds, as packers do"},
    [PF_DEFACE] = {FOUND_TOOL, FOUND_MEDIUM, "a page is overwritten with an intruder's boast"},
    [PF_HUNT] = {FOUND_TOOL, FOUND_MEDIUM,
                 "sites of others are looked for by way of a search engine, as intruders pick them"},
    [PF_SKIM] = {FOUND_TOOL, FOUND_MEDIUM, "what visitors send is handed on to a place that is hidden"},
    [PF_COLLECT] = {FOUND_TOOL, FOUND_MEDIUM,
                    "passwords or cards that visitors type are sent to an address that stands here"},
    [PF_MAIL] = {FOUND_TOOL, FOUND_MEDIUM, "recipient and text of the letter are the visitor's"},
    [PF_HINT] = {FOUND_HINT, FOUND_LOW, "the visitor's text comes near, joined to something or checked"},
};

static void add_step(json_t *steps, struct str text, uint32_t line)
{
    json_t *step = json_pack("{s:I, s:o}", "line", (json_int_t)line, "text", assay_text(text, STEP_BYTES));
    if (step != NULL) {
        (void)json_array_append_new(steps, step);
    }
}

/* "field "q" of $_POST, line 5 -> $f(...), line 9: the visitor's ..." */
static void describe(const struct php_fact *fact, struct found *found)
{
    OWN(own_buf) struct buf text = {.max = 4096};
    const struct php_step *steps[STEPS_SHOWN];
    json_t *way = json_array();
    unsigned count = 0;
    for (const struct php_step *step = fact->steps; step != NULL && count < STEPS_SHOWN; step = step->before) {
        steps[count++] = step;
    }
    while (count-- > 0) {
        buf_put(&text, steps[count]->text);
        add_step(way, steps[count]->text, steps[count]->line);
        if (steps[count]->line == 0) {
            buf_puts(&text, " -> ");
        } else {
            buf_printf(&text, ", line %u -> ", steps[count]->line);
        }
    }
    buf_put(&text, fact->callee);
    buf_printf(&text, ", line %u: %s", fact->line, meanings[fact->kind].words);
    if (fact->layer != 0) {
        buf_printf(&text, " (in text that was folded, %u deep)", fact->layer);
    }
    add_step(way, fact->callee, fact->line);
    found_taint(found, fact->line, buf_str(&text), str_slice(fact->decoded, 0, DECODED_SHOWN), way);
}

static unsigned count_bits(unsigned bits)
{
    unsigned count = 0;
    for (; bits != 0; bits &= bits - 1) {
        count++;
    }
    return count;
}

static enum found_confidence confidence_of(const struct php_fact *fact)
{
    enum found_confidence confidence = meanings[fact->kind].confidence;
    return confidence == FOUND_HIGH && (fact->is_fetched || fact->is_old) ? FOUND_MEDIUM : confidence;
}

/* Names of foreign bytes throughout are the mark of the encoders that shops are sold with. */
static bool is_vendor_encoded(const struct php_facts *facts)
{
    enum { FOREIGN_MIN = 30 };
    return facts->has_long_tag && facts->foreign >= FOREIGN_MIN && facts->foreign * 2 > facts->variables;
}

/* How many different things a file does that an intruder's does: what it does to files that the visitor names, and beside it. */
static unsigned count_signs(const struct php_facts *facts, unsigned file_ops)
{
    unsigned kinds = 0;
    for (unsigned i = 0; i < facts->count; i++) {
        unsigned kind = facts->list[i].kind;
        bool is_sign = kind == PF_WRITE_BOTH || kind == PF_UPLOAD || kind == PF_BROWSE || kind == PF_RELAY ||
                       kind == PF_SNIFF || kind == PF_SQL || kind == PF_DUMP || kind == PF_MAIL;
        kinds |= is_sign ? 1U << (kind % 32) : 0;
    }
    return count_bits(kinds) + count_bits(file_ops) + ((facts->gate & GATE_HOST) != 0) +
           ((facts->gate & GATE_SINK) != 0);
}

/* A large shell cut short has lost the part that calls its functions; so many of them together are no library. */
static bool is_of_many(const struct php_facts *facts, const struct php_fact *fact, unsigned file_ops)
{
    enum { SIGNS_MIN = 4 };
    return (fact->kind == PF_FILE_OP || fact->kind == PF_WRITE_BOTH || fact->kind == PF_UPLOAD ||
            fact->kind == PF_BROWSE) &&
           file_ops != 0 && count_signs(facts, file_ops) >= SIGNS_MIN;
}

/* The way from the first thing told of the flow to what runs is long: through a router's patterns, say. */
static bool comes_from_afar(const struct php_fact *fact)
{
    enum { NEAR_LINES = 10 };
    const struct php_step *first = fact->steps;
    while (first != NULL && first->before != NULL) {
        first = first->before;
    }
    return first != NULL &&
           (first->line > fact->line ? first->line - fact->line : fact->line - first->line) > NEAR_LINES;
}

/* What functions do that nothing in the file calls is asked of by the application around them, or by nobody: an administration that runs
 * what its administrators type, a router that calls what it has registered, a part of an installer. A library that
 * fetches may make classes of what a server describes, and one that compares checksums says what it fetches. */
static bool is_of_application(const struct php_facts *facts, const struct php_fact *fact)
{
    if (!fact->is_unasked) {
        return fact->kind == PF_CODE_INPUT && fact->is_fetched && facts->is_command_line;
    }
    switch ((unsigned)fact->kind) {
    case PF_CODE_INPUT:
        return fact->is_fetched || facts->is_of_admin;
    case PF_CALL_INPUT:
        return comes_from_afar(fact);
    case PF_INCLUDE_INPUT:
        return comes_from_afar(fact) || facts->is_of_admin;
    case PF_NET_SCRIPT:
        return facts->checks_files;
    default:
        return false;
    }
}

/* An application's own page that stores an upload under its client's name has a hole; what an intruder leaves stands alone: it
 * includes nothing, extends nothing, and a bare uploader asks no database; or it shows what the machine is, which no
 * page that takes pictures does. What only functions do that nothing in the file calls is a library's. */
static enum found_class class_of(const struct php_facts *facts, const struct php_fact *fact, unsigned file_ops)
{
    enum {
        MANAGER_KINDS = 4
    }; /* so many different things done to files make a manager of files of what includes nothing */
    const unsigned part = GATE_ANY_INCLUDE | GATE_PART;
    bool is_part = (facts->gate & part) != 0, shows_host = (facts->gate & GATE_HOST) != 0;
    if (!is_part && fact->is_unasked && is_of_many(facts, fact, file_ops)) {
        return FOUND_TOOL;
    }
    switch ((unsigned)fact->kind) {
    case PF_UPLOAD:
        is_part = is_part || (facts->gate & GATE_DATABASE) != 0;
        return fact->is_unasked || (is_part && !shows_host) ? FOUND_HINT : FOUND_UPLOADER;
    case PF_WRITE_BOTH:
    case PF_FILE_OP:
    case PF_WRITE_SCRIPT:
        is_part = is_part && !((facts->gate & GATE_ANY_INCLUDE) == 0 && count_bits(file_ops) >= MANAGER_KINDS);
        is_part = is_part && fact->kind != PF_WRITE_SCRIPT;
        return fact->is_unasked || (is_part && !shows_host) ? FOUND_HINT : meanings[fact->kind].class;
    case PF_CODE_INPUT:
    case PF_CALL_INPUT:
    case PF_INCLUDE_INPUT:
    case PF_NET_SCRIPT:
        return is_of_application(facts, fact) ? FOUND_HINT : meanings[fact->kind].class;
    case PF_MAIL:
        return is_part && fact->is_affixed ? FOUND_HINT : FOUND_TOOL;
    case PF_UNPACKED:
        return is_part || fact->is_unasked ? FOUND_HINT : FOUND_PACKED;
    case PF_RUNNERS:
        return (facts->gate & GATE_PART) != 0 ? FOUND_HINT : FOUND_TOOL;
    case PF_CARRIED: /* a test may hold what it guards against */
        return (facts->gate & GATE_PART) != 0 || fact->is_unasked ? FOUND_HINT : FOUND_TOOL;
    case PF_COLLECT:
        return (facts->gate & GATE_PART) != 0 || fact->is_unasked ? FOUND_HINT : FOUND_TOOL;
    case PF_BROWSE:
    case PF_CLOAK:
    case PF_DUMP:
    case PF_HUNT:
    case PF_DEFACE:
    case PF_RANSOM:
    case PF_ENCODER:
    case PF_UDF:
        return is_part || fact->is_unasked ? FOUND_HINT : FOUND_TOOL;
    case PF_RELAY: /* a flood of packets is no client's */
        is_part = is_part && !((facts->gate & GATE_PART) == 0 && fact->detail == 1);
        return is_part || fact->is_unasked ? FOUND_HINT : FOUND_TOOL;
    case PF_SNIFF:
        return is_part || fact->is_unasked ? FOUND_HINT : FOUND_TOOL;
    default:
        return meanings[fact->kind].class;
    }
}

static bool stands_alone(const struct php_facts *facts)
{
    return facts->is_php && (facts->gate & (GATE_ANY_INCLUDE | GATE_PART | GATE_DATABASE)) == 0;
}

/* Any directory of the machine is listed, by a file that does nothing else. */
static bool lists_alone(const struct php_facts *facts, unsigned file_ops)
{
    return stands_alone(facts) && (file_ops & FILE_LIST) != 0;
}

/* Any file is opened to all, by a file that does nothing else. */
static bool opens_alone(const struct php_facts *facts, unsigned file_ops)
{
    enum { SMALL_TOKENS = 200 };
    return stands_alone(facts) && file_ops == FILE_MODE && facts->tokens < SMALL_TOKENS;
}

/* Facts that mean nothing by themselves are left out here. */
static bool counts(const struct php_facts *facts, const struct php_fact *fact, unsigned file_ops)
{
    bool is_hiding =
        meanings[fact->kind].class == FOUND_PACKED || fact->kind == PF_CALL_INPUT || fact->kind == PF_HIDDEN_CALL;
    if (is_hiding && is_vendor_encoded(facts)) {
        return false;
    }
    switch ((unsigned)fact->kind) {
    case PF_FILE_OP:
        if (is_of_many(facts, fact, file_ops) || opens_alone(facts, file_ops)) {
            return true;
        }
        return (file_ops & (FILE_LIST | FILE_READ | FILE_DELETE)) != 0 && /* installers only make and change */
               (count_bits(file_ops) >= (stands_alone(facts) ? 2 : 3) || lists_alone(facts, file_ops));
    case PF_UPLOAD:
        return !facts->has_name_check;
    default:
        return true;
    }
}

static void judge(const struct php_facts *facts, struct found *found)
{
    unsigned file_ops = 0;
    for (unsigned i = 0; i < facts->count; i++) {
        file_ops |= facts->list[i].kind == PF_FILE_OP ? facts->list[i].detail : 0;
    }
    for (unsigned i = 0; i < facts->count; i++) {
        const struct php_fact *fact = &facts->list[i];
        if (counts(facts, fact, file_ops)) {
            found_raise(found, class_of(facts, fact, file_ops), confidence_of(fact), fact->line);
        }
    }
    for (unsigned i = 0; i < facts->count; i++) {
        const struct php_fact *fact = &facts->list[i];
        if (counts(facts, fact, file_ops) && (class_of(facts, fact, file_ops) == found->class ||
                                              fact->decoded.data != NULL || found->class == FOUND_HINT)) {
            describe(fact, found);
        }
    }
}

/* Code that could do something: guards such as "<?php // silence" and chance bytes in images are none. */
static bool is_code(const struct php_facts *facts)
{
    return facts->tokens > FEW_TOKENS && facts->calls != 0 && (facts->gate & ~(unsigned)GATE_BLOB) != 0 &&
           facts->variables != 0;
}

/* "<?" alone comes about by itself in pictures and programs. */
static bool is_chance(struct str bytes)
{
    struct str head = str_slice(bytes, 0, 4096);
    return head.len != 0 && memchr(head.data, '\0', head.len) != NULL &&
           str_find_nocase(bytes, STR("<?php"), 0) == SIZE_MAX;
}

/* Pages of the other languages; a file of which nobody knows is asked in each. */
static bool look_at_pages(struct analyst *analyst, struct str bytes, unsigned scripts, struct found *found)
{
    static const struct {
        enum script script;
        enum page_kind kind;
    } kinds[] = {{SCRIPT_JSP, PAGE_JSP}, {SCRIPT_ASP, PAGE_ASP}, {SCRIPT_ASPX, PAGE_ASPX}};
    bool is_complete = true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if ((scripts & (unsigned)kinds[i].script) != 0) {
            code_analyse(&analyst->code, kinds[i].kind, bytes, &analyst->facts);
            judge(&analyst->facts, found);
            is_complete = is_complete && !analyst->facts.is_cut;
        }
    }
    return is_complete;
}

bool analyst_saw_sink(const struct analyst *analyst)
{
    return (analyst->facts.gate & GATE_SINK) != 0;
}

bool analyst_look(struct analyst *analyst, struct str bytes, unsigned scripts, struct found *found,
                  size_t *ret_code_bytes)
{
    analyst->facts.gate = 0;
    bool is_complete = look_at_pages(analyst, bytes, scripts, found);
    if ((scripts & SCRIPT_PHP) == 0) {
        return is_complete;
    }
    struct php_facts *facts = &analyst->facts;
    php_analyse(&analyst->php, bytes, facts);
    judge(facts, found);
    if (is_vendor_encoded(facts) && found->class < FOUND_VENDOR_ENCODED) {
        found_raise(found, FOUND_VENDOR_ENCODED, FOUND_MEDIUM, 1);
        found_reasonf(found, "known", 1, "%u names of foreign bytes, as encoders that are sold make them",
                      facts->foreign);
    }
    if (!is_code(facts) || is_chance(bytes)) {
        *ret_code_bytes = 0;
    }
    php_analyst_rest(&analyst->php);
    return is_complete && !facts->is_cut;
}
