/* What the examinations of reach recorded, gathered. A table that several accounts read, or that two examinations saw, is one. */
#include "report/reached.h"

#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

enum { PEOPLE_MAX = 128, KINDS_MAX = 64 };

/* A table as one account in one examination saw it. */
struct sight {
    struct reach_table table;
    size_t exam_index;
    unsigned rank; /* how much of it is read */
};

struct gather {
    struct model *model;
    struct reached *to;
    struct sight *sights;
    size_t sight_count, exam_index;
    struct str last_uri, last_server;
};

uint64_t reach_whole(const json_t *number)
{
    double value = json_is_number(number) ? json_number_value(number) : 0;
    return !isfinite(value) || value <= 0 ? 0 : value >= 9e18 ? (uint64_t)9e18 : (uint64_t)(value + 0.5);
}

uint64_t reach_sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

void reach_logins(const json_t *exam, uint64_t *ret_made, uint64_t *ret_of)
{
    const json_t *records = model_array(exam, "records");
    uint64_t made = 0, given = 0, found = 0;
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *finding = model_record(json_array_get(records, i), "finding");
        const json_t *measure = model_record(json_array_get(records, i), "measure");
        bool is_login = str_eq(model_text(measure, "class"), STR("account"));
        found += str_eq(model_text(finding, "class"), STR("credential"));
        made += is_login && reach_is_open(measure) ? 1 + json_array_size(model_array(measure, "also")) : 0;
        given += is_login && model_text(measure, "credential").len == 0;
    }
    *ret_made = made;
    *ret_of = found + given > made ? found + given : made;
}

enum reach_status reach_status_of(const json_t *login)
{
    struct str status = model_text(login, "status");
    return str_eq(status, STR("connected"))     ? LOGIN_CONNECTED
           : str_eq(status, STR("from a dump")) ? LOGIN_FROM_DUMP
           : str_eq(status, STR("refused"))     ? LOGIN_REFUSED
           : str_eq(status, STR("unreachable")) ? LOGIN_UNREACHABLE
                                                : LOGIN_NOT_TRIED;
}

bool reach_is_open(const json_t *login)
{
    enum reach_status status = reach_status_of(login);
    return status == LOGIN_CONNECTED || status == LOGIN_FROM_DUMP;
}

enum reach_scope reach_scope_of(const json_t *object)
{
    struct str scope = model_text(object, "scope");
    return str_eq(scope, STR("entire"))      ? SCOPE_ENTIRE
           : str_eq(scope, STR("part"))      ? SCOPE_PART
           : str_eq(scope, STR("none"))      ? SCOPE_NONE
           : str_eq(scope, STR("not tried")) ? SCOPE_NOT_TRIED
                                             : SCOPE_UNKNOWN;
}

enum reach_rows reach_rows_of(const json_t *object, uint64_t *ret_rows)
{
    const json_t *rows = json_object_get(object, "rows");
    struct str kind = model_text(object, "rows_kind");
    *ret_rows = model_count(object, "rows");
    if (!json_is_integer(rows) || json_integer_value(rows) < 0 || str_eq(kind, STR("unknown"))) {
        return ROWS_UNKNOWN;
    }
    return str_eq(kind, STR("exact")) ? ROWS_EXACT : ROWS_ESTIMATED;
}

void reach_rows_text(struct buf *out, enum reach_rows kind, uint64_t rows)
{
    if (kind == ROWS_UNKNOWN) {
        buf_puts(out, say_template(W_REACH_ROWS_UNKNOWN));
        return;
    }
    SAY(out, IN_PLAIN, kind == ROWS_EXACT ? W_REACH_ROWS_EXACT : W_REACH_ROWS_ABOUT, FILL_COUNT("n", rows));
}

/* ---- kinds of personal data ---- */

static const struct {
    const char *id;
    enum word word;
    enum reach_group group;
} kind_words[] = {
    {"email", W_KIND_EMAIL, GROUP_CONTACT},
    {"phone", W_KIND_PHONE, GROUP_CONTACT},
    {"name", W_KIND_NAME, GROUP_CONTACT},
    {"address", W_KIND_ADDRESS, GROUP_CONTACT},
    {"birth-date", W_KIND_BIRTH_DATE, GROUP_IDENTITY},
    {"gender", W_KIND_GENDER, GROUP_CONTACT},
    {"password", W_KIND_PASSWORD, GROUP_KEYS},
    {"token", W_KIND_TOKEN, GROUP_KEYS},
    {"card", W_KIND_CARD, GROUP_KEYS},
    {"cvv", W_KIND_CVV, GROUP_KEYS},
    {"iban", W_KIND_IBAN, GROUP_KEYS},
    {"passport", W_KIND_PASSPORT, GROUP_IDENTITY},
    {"aadhaar", W_KIND_AADHAAR, GROUP_IDENTITY},
    {"pan-india", W_KIND_PAN_INDIA, GROUP_IDENTITY},
    {"ssn", W_KIND_SSN, GROUP_IDENTITY},
    {"nino", W_KIND_NINO, GROUP_IDENTITY},
    {"nir", W_KIND_NIR, GROUP_IDENTITY},
    {"dni", W_KIND_DNI, GROUP_IDENTITY},
    {"codice-fiscale", W_KIND_CODICE_FISCALE, GROUP_IDENTITY},
    {"steuer-id", W_KIND_STEUER_ID, GROUP_IDENTITY},
    {"bsn", W_KIND_BSN, GROUP_IDENTITY},
    {"pesel", W_KIND_PESEL, GROUP_IDENTITY},
    {"personnummer", W_KIND_PERSONNUMMER, GROUP_IDENTITY},
    {"hetu", W_KIND_HETU, GROUP_IDENTITY},
    {"cpf", W_KIND_CPF, GROUP_IDENTITY},
    {"resident-id-cn", W_KIND_RESIDENT_ID_CN, GROUP_IDENTITY},
    {"tckn", W_KIND_TCKN, GROUP_IDENTITY},
    {"rrn", W_KIND_RRN, GROUP_IDENTITY},
    {"sin", W_KIND_SIN, GROUP_IDENTITY},
    {"tfn", W_KIND_TFN, GROUP_IDENTITY},
    {"medicare-au", W_KIND_MEDICARE_AU, GROUP_IDENTITY},
    {"national-id", W_KIND_NATIONAL_ID, GROUP_IDENTITY},
    {"ip", W_KIND_IP, GROUP_CONTACT},
    {"location", W_KIND_LOCATION, GROUP_CONTACT},
    {"health", W_KIND_HEALTH, GROUP_IDENTITY},
    {"religion", W_KIND_RELIGION, GROUP_IDENTITY},
    {"ethnicity", W_KIND_ETHNICITY, GROUP_IDENTITY},
    {"politics", W_KIND_POLITICS, GROUP_IDENTITY},
    {"union", W_KIND_UNION, GROUP_IDENTITY},
    {"orientation", W_KIND_ORIENTATION, GROUP_IDENTITY},
    {"biometric", W_KIND_BIOMETRIC, GROUP_IDENTITY},
};

struct str reach_kind_text(struct str kind)
{
    for (size_t i = 0; i < sizeof kind_words / sizeof kind_words[0]; i++) {
        if (str_eq(kind, str_of(kind_words[i].id))) {
            return str_of(say_template(kind_words[i].word));
        }
    }
    return kind;
}

enum reach_group reach_kind_group(struct str kind)
{
    for (size_t i = 0; i < sizeof kind_words / sizeof kind_words[0]; i++) {
        if (str_eq(kind, str_of(kind_words[i].id))) {
            return kind_words[i].group;
        }
    }
    return GROUP_CONTACT;
}

/* The first group of which the table holds a kind. */
static enum reach_group group_of(const json_t *kinds, uint64_t sampled)
{
    enum reach_group group = sampled > 0 ? GROUP_NONE : GROUP_UNSEEN;
    for (size_t i = 0; i < json_array_size(kinds) && i < KINDS_MAX; i++) {
        enum reach_group one = reach_kind_group(model_text(json_array_get(kinds, i), "kind"));
        group = one < group ? one : group;
    }
    return group;
}

/* ---- taking records ---- */

struct str reach_server(struct arena *arena, struct str uri)
{
    struct str address, user;
    OWN(own_buf) struct buf name = {0};
    struct str scheme = model_uri(uri, &user, &address);
    buf_put(&name, scheme);
    buf_put(&name, scheme.len > 0 ? str_cut(address, '/').head : address);
    return arena_str(arena, buf_str(&name), NULL);
}

/* The tables of an account come one behind the other: the last answer mostly serves again. */
static struct str server_of(struct gather *gather, struct str uri)
{
    if (!str_eq(gather->last_uri, uri)) {
        gather->last_uri = uri;
        gather->last_server = reach_server(&gather->model->arena, uri);
    }
    return gather->last_server;
}

static void take_table(struct gather *gather, const json_t *record, const json_t *exam)
{
    struct reach_table table = {.database = model_text(record, "database"),
                                .name = model_text(record, "table"),
                                .server = server_of(gather, model_text(record, "uri")),
                                .record = record,
                                .exam = exam,
                                .kinds = model_array(record, "kinds"),
                                .bytes = model_count(record, "bytes"),
                                .sampled = model_count(record, "sampled"),
                                .bytes_known = json_is_integer(json_object_get(record, "bytes")),
                                .is_readable = json_is_true(json_object_get(record, "readable")),
                                .is_view = json_is_true(json_object_get(record, "view"))};
    uint64_t columns = model_count(record, "columns"), columns_readable = model_count(record, "columns_readable");
    table.rows_kind = reach_rows_of(record, &table.rows);
    table.is_partial = table.is_readable && (model_text(record, "why").len > 0 || columns_readable < columns);
    table.group = group_of(table.kinds, table.sampled);
    unsigned rank = (table.is_readable ? 4U : 0) + (table.is_partial ? 0 : 2U) + (table.sampled > 0);
    gather->sights[gather->sight_count++] = (struct sight){table, gather->exam_index, rank};
}

static void take_hole(struct reached *to, const json_t *record)
{
    struct str class_name = model_text(record, "class");
    uint64_t count = json_is_integer(json_object_get(record, "count")) ? model_count(record, "count") : 1;
    struct reach_hole *hole = NULL;
    if (class_name.len == 0 || str_eq(class_name, STR("read"))) {
        return;
    }
    for (size_t i = 0; i < to->hole_count && hole == NULL; i++) {
        hole = str_eq(to->holes[i].class_name, class_name) ? &to->holes[i] : NULL;
    }
    if (hole == NULL && to->hole_count == REACH_HOLES_MAX) {
        to->holes_left_out++;
        return;
    }
    if (hole == NULL) {
        hole = &to->holes[to->hole_count++];
        *hole = (struct reach_hole){.class_name = class_name};
    }
    bool is_named = model_text(record, "path").len + model_text(record, "database").len > 0 ||
                    str_find(model_text(record, "source"), STR("://"), 0) != SIZE_MAX;
    uint64_t *sum = is_named ? &hole->named : &hole->totals;
    *sum = reach_sum(*sum, count);
    hole->is_open = hole->is_open || count == 0;
    if (is_named && hole->example_count < sizeof hole->examples / sizeof hole->examples[0]) {
        hole->examples[hole->example_count++] = record;
    }
}

static void take_record(struct gather *gather, const json_t *wrapped, const json_t *exam)
{
    struct reached *to = gather->to;
    const json_t *finding = model_record(wrapped, "finding"), *measure = model_record(wrapped, "measure");
    struct str class_name = model_text(finding != NULL ? finding : measure, "class");
    if (finding != NULL && str_eq(class_name, STR("credential"))) {
        to->credentials[to->credential_count++] = (struct reach_credential){finding, exam, NULL};
    } else if (measure != NULL && str_eq(class_name, STR("account"))) {
        to->logins[to->login_count++] = (struct reach_login){measure, exam, NULL};
    } else if (measure != NULL && str_eq(class_name, STR("table"))) {
        take_table(gather, measure, exam);
    } else if (measure != NULL && str_eq(class_name, STR("people")) && to->people_count < PEOPLE_MAX) {
        to->people[to->people_count++] = (struct reach_people){measure, exam, 0, 0};
    } else if (model_record(wrapped, "coverage") != NULL) {
        take_hole(to, model_record(wrapped, "coverage"));
    }
}

/* ---- tables, each once ---- */

static int compare_keys(const struct reach_table *a, const struct reach_table *b)
{
    int order = str_cmp(a->server, b->server);
    order = order != 0 ? order : str_cmp(a->database, b->database);
    return order != 0 ? order : str_cmp(a->name, b->name);
}

static int by_key(const void *left, const void *right)
{
    const struct sight *a = left, *b = right;
    int order = compare_keys(&a->table, &b->table);
    if (order != 0) {
        return order;
    }
    if (a->exam_index != b->exam_index) {
        return a->exam_index < b->exam_index ? -1 : 1;
    }
    return a->rank != b->rank ? (a->rank > b->rank ? -1 : 1) : 0;
}

struct str reach_people_kind(const json_t *record)
{
    return model_text(record, "data");
}

static void count_columns(struct reached *to, const struct reach_table *table)
{
    for (size_t k = 0; !table->is_view && k < json_array_size(table->kinds) && k < KINDS_MAX; k++) {
        const json_t *note = json_array_get(table->kinds, k);
        struct str kind = model_text(note, "kind");
        bool by_name = str_eq(model_text(note, "basis"), STR("name"));
        for (size_t i = 0; i < to->people_count; i++) {
            struct reach_people *people = &to->people[i];
            if (people->exam == table->exam && str_eq(reach_people_kind(people->record), kind)) {
                people->by_values += !by_name;
                people->by_name += by_name;
            }
        }
    }
}

static void choose_tables(struct gather *gather)
{
    struct reached *to = gather->to;
    struct sight *sights = gather->sights;
    if (gather->sight_count > 0) {
        qsort(sights, gather->sight_count, sizeof sights[0], by_key);
    }
    unsigned best = 0;
    for (size_t i = 0; i < gather->sight_count; i++) {
        const struct sight *sight = &sights[i], *before = i > 0 ? &sights[i - 1] : NULL;
        bool is_new = before == NULL || compare_keys(&before->table, &sight->table) != 0;
        if (is_new || sight->exam_index != before->exam_index) {
            count_columns(to, &sight->table);
        }
        if (is_new) {
            to->tables[to->table_count++] = sight->table;
            best = sight->rank;
        } else if (sight->rank > best) {
            to->tables[to->table_count - 1] = sight->table;
            best = sight->rank;
        }
    }
}

/* ---- logins and their credentials ---- */

static int by_exam_and_id(const void *left, const void *right)
{
    const struct reach_credential *const *a = left, *const *b = right;
    if ((*a)->exam != (*b)->exam) {
        return model_count((*a)->exam, "n") != model_count((*b)->exam, "n")
                   ? (model_count((*a)->exam, "n") < model_count((*b)->exam, "n") ? -1 : 1)
                   : str_cmp(model_text((*a)->exam, "id"), model_text((*b)->exam, "id"));
    }
    return str_cmp(model_text((*a)->record, "id"), model_text((*b)->record, "id"));
}

/* id: what a login's record says, of any type. NULL if there is none. */
static struct reach_credential *find_credential(const struct reached *to, struct reach_credential **sorted,
                                                const json_t *exam, const json_t *id)
{
    OWN(own_json) json_t *probe = json_pack("{s:O*}", "id", id);
    struct reach_credential wanted = {probe, exam, NULL}, *key = &wanted;
    if (to->credential_count == 0 || model_text(probe, "id").len == 0) {
        return NULL;
    }
    struct reach_credential **found = bsearch(&key, sorted, to->credential_count, sizeof(sorted[0]), by_exam_and_id);
    return found != NULL ? *found : NULL;
}

/* Of several logins with one credential the one that let somebody in. */
static void take_outcome(struct reach_credential *credential, const struct reach_login *login)
{
    if (credential != NULL && (credential->login == NULL || reach_is_open(login->record))) {
        credential->login = login->record;
    }
}

static int link_logins(struct gather *gather, struct err *err)
{
    struct reached *to = gather->to;
    struct reach_credential **sorted =
        ARENA_NEW(&gather->model->arena, struct reach_credential *, to->credential_count + 1, err);
    if (sorted == NULL) {
        return -1;
    }
    for (size_t i = 0; i < to->credential_count; i++) {
        sorted[i] = &to->credentials[i];
    }
    if (to->credential_count > 0) {
        qsort(sorted, to->credential_count, sizeof(sorted[0]), by_exam_and_id);
    }
    for (size_t i = 0; i < to->login_count; i++) {
        struct reach_login *login = &to->logins[i];
        const json_t *also = model_array(login->record, "also");
        struct reach_credential *own =
            find_credential(to, sorted, login->exam, json_object_get(login->record, "credential"));
        login->credential = own != NULL ? own->record : NULL;
        take_outcome(own, login);
        for (size_t k = 0; k < json_array_size(also); k++) {
            take_outcome(find_credential(to, sorted, login->exam, json_array_get(also, k)), login);
        }
    }
    return 0;
}

/* ---- all of it ---- */

/* How many records of a class there are, for the room they take. */
static size_t count_class(const struct model *model, const char *type, const char *class_name)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(model->exams); i++) {
        const json_t *exam = json_array_get(model->exams, i), *list = model_array(exam, "records");
        for (size_t r = 0; model_is_engine(exam, "reach") && r < json_array_size(list); r++) {
            const json_t *record = model_record(json_array_get(list, r), type);
            count += str_eq(model_text(record, "class"), str_of(class_name));
        }
    }
    return count;
}

static int make_room(struct gather *gather, size_t exams, struct err *err)
{
    struct arena *arena = &gather->model->arena;
    struct reached *to = gather->to;
    size_t tables = count_class(gather->model, "measure", "table");
    to->exams = ARENA_NEW(arena, const json_t *, exams, err);
    to->logins = ARENA_NEW(arena, struct reach_login, count_class(gather->model, "measure", "account") + 1, err);
    to->credentials =
        ARENA_NEW(arena, struct reach_credential, count_class(gather->model, "finding", "credential") + 1, err);
    to->tables = ARENA_NEW(arena, struct reach_table, tables + 1, err);
    to->people = ARENA_NEW(arena, struct reach_people, PEOPLE_MAX, err);
    gather->sights = ARENA_NEW(arena, struct sight, tables + 1, err);
    bool is_there = to->exams != NULL && to->logins != NULL && to->credentials != NULL && to->tables != NULL &&
                    to->people != NULL && gather->sights != NULL;
    return is_there ? 0 : -1;
}

static void take_exam(struct gather *gather, const json_t *exam)
{
    const json_t *list = model_array(exam, "records");
    gather->to->exams[gather->to->exam_count++] = exam;
    for (size_t r = 0; r < json_array_size(list); r++) {
        take_record(gather, json_array_get(list, r), exam);
    }
    gather->exam_index++;
}

int reached_read(struct model *model, struct reached **ret_reached, struct err *err)
{
    size_t exams = 0;
    *ret_reached = NULL;
    for (size_t i = 0; i < json_array_size(model->exams); i++) {
        exams += model_is_engine(json_array_get(model->exams, i), "reach");
    }
    if (exams == 0) {
        return 0;
    }
    struct reached *to = ARENA_NEW(&model->arena, struct reached, 1, err);
    struct gather gather = {.model = model, .to = to};
    if (to == NULL || make_room(&gather, exams, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < json_array_size(model->exams); i++) {
        if (model_is_engine(json_array_get(model->exams, i), "reach")) {
            take_exam(&gather, json_array_get(model->exams, i));
        }
    }
    choose_tables(&gather);
    TRY(link_logins(&gather, err));
    *ret_reached = to;
    return 0;
}
