/* From what the engines recorded to items of the calculus: what was found, among how much, how far one could see, and
 * who kept it. One examination of a tree or a log gives an item per measured class; all of them are of one group, since
 * they looked at one source, so one of them speaks, chosen before its outcome is known (docs/verdict.md, "Items"). */
#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "judge/inside.h"

#include "base/banned.h"

enum { MEMBERS_MAX = 16 };

/* ---- who kept it ---- */

const json_t *evidence_by_id(const json_t *model, const char *id)
{
    size_t i;
    const json_t *row;

    json_array_foreach(json_object_get(model, "evidence"), i, row)
    {
        if (id != NULL && strcmp(json_text(row, "id", ""), id) == 0) {
            return row;
        }
    }
    return NULL;
}

enum custody evidence_custody(const json_t *evidence)
{
    const char *custody = json_text(evidence, "custody", "");

    /* nobody said how it was kept: it could have been doctored as easily as by an interested party */
    return strcmp(custody, "independent") == 0 ? CUSTODY_THIRD
           : strcmp(custody, "sealed") == 0    ? CUSTODY_SEALED
                                               : CUSTODY_INTERESTED;
}

const char *evidence_keeper(const json_t *evidence)
{
    return json_text(evidence, "keeper", json_text(evidence, "owner", NULL));
}

/* One keeper, one custody: the least trusted of what he handed in decides. */
static int find_keeper(struct items *items, const char *party, enum custody custody, size_t *ret_index, struct err *err)
{
    for (size_t i = 0; i < items->keeper_count; i++) {
        const char *known = items->keepers[i].party;

        if (known == party || (known != NULL && party != NULL && strcmp(known, party) == 0)) {
            items->keepers[i].custody = custody > items->keepers[i].custody ? custody : items->keepers[i].custody;
            *ret_index = i;
            return 0;
        }
    }
    if (items->keeper_count == KEEPER_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d keepers of evidence", KEEPER_MAX);
    }
    items->keepers[items->keeper_count] = (struct keeper){.party = party, .custody = custody};
    *ret_index = items->keeper_count++;
    return 0;
}

int items_keeper(struct items *items, const json_t *evidence, size_t *ret_keeper, struct err *err)
{
    return find_keeper(items, evidence_keeper(evidence), evidence_custody(evidence), ret_keeper, err);
}

/* The examination's evidence of this kind (NULL: any); skip: not of this kind instead. */
static const json_t *evidence_of(const json_t *model, const json_t *exam, const char *what, bool skip)
{
    size_t i;
    const json_t *id;

    json_array_foreach(json_object_get(exam, "evidence"), i, id)
    {
        const json_t *evidence = evidence_by_id(model, json_string_value(id));

        if (evidence != NULL && (what == NULL || (strcmp(json_text(evidence, "what", ""), what) == 0) != skip)) {
            return evidence;
        }
    }
    return NULL;
}

/* ---- records ---- */

/* A number of the record as a count: a case may claim any. */
static uint64_t count_of(double value)
{
    return (uint64_t)fmin(fmax(value, 0), 1e15);
}

static const json_t *summary_of(const json_t *exam)
{
    size_t i;
    const json_t *row;

    json_array_foreach(json_object_get(exam, "records"), i, row)
    {
        if (strcmp(json_text(row, "type", ""), "summary") == 0) {
            return json_object_get(row, "record");
        }
    }
    return NULL;
}

struct members {
    const char *names[MEMBERS_MAX];
    size_t count;
};

/* The classes that a measured group stands for; a class stands for itself. */
static struct members members_of(const json_t *entry, const char *name)
{
    struct members members = {.names = {name}, .count = 1};
    const json_t *list = json_object_get(entry, "members");
    size_t i;
    const json_t *value;

    if (!json_is_array(list)) {
        return members;
    }
    members.count = 0;
    json_array_foreach(list, i, value)
    {
        if (json_is_string(value) && members.count < MEMBERS_MAX) {
            members.names[members.count++] = json_string_value(value);
        }
    }
    return members;
}

static bool is_member(const struct members *members, const json_t *record)
{
    char name[96];

    snprintf(name, sizeof name, "%s/%s", json_text(record, "class", ""), json_text(record, "confidence", ""));
    for (size_t i = 0; i < members->count; i++) {
        if (strcmp(members->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void keep_record(struct item *item, const json_t *row)
{
    if (item->record_count < RECORD_MAX) {
        item->records[item->record_count++] = json_text(row, "id", "");
    }
}

/* Distinct names in order of appearance, with a number each. Names beyond SEEN_MAX are not told apart: too few causes, never
 * too many. */
struct names {
    const char *all[SEEN_MAX];
    double number[SEEN_MAX];
    uint16_t slots[2 * SEEN_MAX]; /* an open table: index + 1, 0: free */
    size_t count;
};

/* The slot that a name has, or that is free for it. */
static uint16_t *slot_of(struct names *names, const char *name)
{
    const size_t room = sizeof names->slots / sizeof *names->slots;
    size_t at = str_hash(str_of(name)) % room;

    while (names->slots[at] != 0 && strcmp(names->all[names->slots[at] - 1], name) != 0) {
        at = (at + 1) % room;
    }
    return &names->slots[at];
}

static double *names_of(struct names *names, const char *name)
{
    uint16_t *slot = slot_of(names, name);

    if (*slot != 0) {
        return &names->number[*slot - 1];
    }
    if (names->count == SEEN_MAX) {
        return &names->number[SEEN_MAX - 1];
    }
    names->all[names->count] = name;
    names->number[names->count] = 0;
    *slot = (uint16_t)(names->count + 1);
    return &names->number[names->count++];
}

static void set_found(struct item *item, double causes)
{
    item->units[0].found = causes;
    item->units[1].found = causes > 0 ? 1 : 0; /* one tree, one log */
}

static const json_t *finding_of(const json_t *row, const struct members *members)
{
    const json_t *record = json_object_get(row, "record");

    return strcmp(json_text(row, "type", ""), "finding") == 0 && is_member(members, record) ? record : NULL;
}

/* Planted files; equal bytes in two places are one planting. */
static void count_tree(const json_t *exam, const struct members *members, struct item *item)
{
    struct names causes = {.count = 0};
    size_t i;
    const json_t *row;

    json_array_foreach(json_object_get(exam, "records"), i, row)
    {
        const json_t *record = finding_of(row, members);

        if (record != NULL) {
            *names_of(&causes, json_text(record, "sha256", json_text(record, "path", ""))) = 1;
            keep_record(item, row);
        }
    }
    set_found(item, (double)causes.count);
}

int64_t items_time(const json_t *object, const char *key)
{
    return time_parse(str_of(json_text(object, key, "")));
}

/* Not after, and not before, the time in question: owners look at what they found, and publications bring onlookers. */
static bool within(const struct window *window, const json_t *record)
{
    const json_t *web = json_object_get(record, "web"); /* a database's clock may be another: its request counts */
    const int64_t first = items_time(web != NULL ? web : record, web != NULL ? "time" : "first");
    const int64_t last = web != NULL ? first : items_time(record, "last");

    return !window->known ||
           ((first == TIME_NONE || first <= window->to) && (last == TIME_NONE || last >= window->from));
}

/* Somebody the server had not signed in, in the time in question. */
bool items_is_outsider(const struct window *window, const json_t *record)
{
    return record != NULL && !json_bool(record, "signed_in", false) && within(window, record);
}

bool class_is_planted(const char *class_name)
{
    static const char *const classes[] = {"shell", "uploader", "packed", "tool", "config-shell"};

    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strcmp(classes[i], class_name) == 0) {
            return true;
        }
    }
    return false; /* a database tool may be its owner's own */
}

double requests_answered(const json_t *record)
{
    json_t *statuses = json_object_get(record, "statuses");
    double count = 0;

    if (!json_is_object(statuses)) {
        return json_num(record, "requests", 0);
    }
    for (void *each = json_object_iter(statuses); each != NULL; each = json_object_iter_next(statuses, each)) {
        const char first = json_object_iter_key(each)[0];
        count += first == '2' || first == '3' ? json_number_value(json_object_iter_value(each)) : 0;
    }
    return count;
}

/* Each client's answered requests to what was planted. */
static void count_uses(const json_t *exam, const struct window *window, const struct members *members,
                       struct names *ret_clients)
{
    size_t i;
    const json_t *row;

    json_array_foreach(json_object_get(exam, "records"), i, row)
    {
        const json_t *record = finding_of(row, members);

        if (items_is_outsider(window, record) && class_is_planted(json_text(record, "class_of_path", ""))) {
            *names_of(ret_clients, json_text(record, "client", json_text(record, "address", ""))) +=
                requests_answered(record);
        }
    }
}

static size_t users_of(const struct names *clients)
{
    size_t count = 0;

    for (size_t i = 0; i < clients->count; i++) {
        count += clients->number[i] >= policy_of(NULL, POLICY_USE_REQUESTS);
    }
    return count;
}

static bool is_at_least(struct names *clients, const json_t *record, double number)
{
    const uint16_t slot = *slot_of(clients, json_text(record, "client", json_text(record, "address", "")));

    return slot != 0 && clients->number[slot - 1] >= number;
}

static bool is_user(struct names *clients, const json_t *record)
{
    return is_at_least(clients, record, policy_of(NULL, POLICY_USE_REQUESTS));
}

/* Clients to whom something large left, of whatever confidence. */
static void count_left(const json_t *exam, const struct window *window, struct names *ret_clients)
{
    const struct members takings = {.names = {"taking/high", "taking/medium"}, .count = 2};
    size_t i;
    const json_t *row;

    json_array_foreach(json_object_get(exam, "records"), i, row)
    {
        const json_t *record = finding_of(row, &takings);

        if (items_is_outsider(window, record)) {
            *names_of(ret_clients, json_text(record, "client", json_text(record, "address", ""))) += 1;
        }
    }
}

/* Clients that used what was planted; for a taking, those of them through which data left. A request or two is a scanner
 * that knew the name, not a use; and what its owner takes out through a tool of his own is no taking. is_read: what is counted shows that
 * something was read, so only where something large left to the client. Returns how many used it. */
static size_t count_log(const json_t *exam, const struct window *window, const struct members *members, bool is_read,
                        struct item *item)
{
    const struct members uses = {.names = {"use/high"}, .count = 1};
    struct names clients = {.count = 0}, causes = {.count = 0}, left = {.count = 0};
    size_t i;
    const json_t *row;

    count_uses(exam, window, &uses, &clients);
    count_left(exam, window, &left);
    json_array_foreach(json_object_get(exam, "records"), i, row)
    {
        const json_t *record = finding_of(row, members);
        const bool is_counted = items_is_outsider(window, record) && is_user(&clients, record) &&
                                (!is_read || is_at_least(&left, record, 1));

        if (is_counted) {
            *names_of(&causes, json_text(record, "client", json_text(record, "address", ""))) = 1;
            keep_record(item, row);
        }
    }
    set_found(item, (double)causes.count);
    return users_of(&clients);
}

/* ---- how far one could see ---- */

static bool may_be_script(const char *path)
{
    static const char *const harmless[] = {".png", ".jpg",  ".jpeg",  ".gif", ".webp",  ".ico",  ".css",
                                           ".svg", ".woff", ".woff2", ".ttf", ".mp4",   ".webm", ".mp3",
                                           ".pdf", ".zip",  ".gz",    ".tar", ".sql",   ".csv",  ".log",
                                           ".txt", ".md",   ".json",  ".xml", ".sqlite"};
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
        if (str_ends_nocase(str_of(path), str_of(harmless[i]))) {
            return false;
        }
    }
    return true; /* a directory, too: nobody knows what lies in it */
}

static bool hides(const char *reason)
{
    return strcmp(reason, "read") != 0 && strcmp(reason, "link") != 0 && strcmp(reason, "special file") != 0;
}

static double hidden_total(const json_t *summary)
{
    double total = 0;
    void *at;
    json_t *skipped = json_object_get(summary, "skipped");

    for (at = json_object_iter(skipped); at != NULL; at = json_object_iter_next(skipped, at)) {
        if (hides(json_object_iter_key(at))) {
            total += json_number_value(json_object_iter_value(at));
        }
    }
    return total;
}

/* A complete run hides nothing but what it left out as a release's or as unchanged: nobody looked at that here, and a manifest is the
 * word of whoever made it, who may have made it of a tree with a backdoor in it. */
static double hidden_files(const json_t *summary)
{
    const json_t *skipped = json_object_get(summary, "skipped");
    return json_bool(summary, "complete", false) ? json_num(skipped, "known", 0) + json_num(skipped, "unchanged", 0)
                                                 : hidden_total(summary);
}

bool coverage_is_harmless(const json_t *record)
{
    const char *path = json_text(record, "path", NULL);
    return path != NULL && hides(json_text(record, "class", "read")) && !may_be_script(path);
}

/* Unread files whose name says that they cannot run. */
static double hidden_harmless(const json_t *exam)
{
    double count = json_num(json_object_get(exam, "left_out"), "harmless", 0);
    size_t i;
    const json_t *row;

    json_array_foreach(json_object_get(exam, "records"), i, row)
    {
        count +=
            strcmp(json_text(row, "type", ""), "coverage") == 0 && coverage_is_harmless(json_object_get(row, "record"));
    }
    return count;
}

static double share_of(double seen, double hidden)
{
    return hidden <= 0 ? 1 : seen / (seen + hidden);
}

/* Each class of files weighs as much as it holds of the known backdoors (measured). */
static double tree_coverage(const json_t *exam, const json_t *summary, const json_t *rates)
{
    const json_t *weights = json_object_get(json_object_get(rates, "sweep"), "weights");
    const double script = json_num(weights, "script", 1), other = json_num(weights, "other", 0);
    const double read = fmax(0, json_num(summary, "read", 0)),
                 web = fmin(read, fmax(0, json_num(summary, "web_files", read)));
    const double hidden = hidden_files(summary);
    const double harmless = fmin(hidden, hidden_harmless(exam));

    if (script < 0 || other < 0 || script + other <= 0) {
        return 0;
    }
    return (script * share_of(web, hidden - harmless) + other * share_of(read - web, harmless)) / (script + other);
}

int64_t items_overlap_ns(int64_t a_from, int64_t a_to, int64_t b_from, int64_t b_to)
{
    const int64_t from = a_from > b_from ? a_from : b_from, to = a_to < b_to ? a_to : b_to;
    int64_t length;

    if (to <= from) {
        return 0;
    }
    return __builtin_sub_overflow(to, from, &length) ? INT64_MAX : length;
}

/* The longest unit of which the window holds at least two days' worth is hours; short ones are told in shorter units. */
void items_tell_span(struct item *item, double share, int64_t window_ns)
{
    const int64_t seconds = window_ns / NS_PER_S;
    const int64_t unit = seconds >= 48 * 3600 ? 3600 : seconds >= 7200 ? 60 : 1;

    item->unit_name = unit == 3600 ? "hours" : unit == 60 ? "minutes" : "seconds";
    item->of = (uint64_t)((seconds + unit - 1) / unit);
    item->n = (uint64_t)floor((double)item->of * share + 1e-9);
}

/* What the web's own log covers: a database's log, read beside it, sees none of its requests. */
const json_t *items_web_log(const json_t *summary)
{
    const json_t *logs = json_object_get(summary, "logs");
    return logs == NULL ? summary : json_object_get(logs, "web");
}

double items_parsed_of(const json_t *log)
{
    const double parsed = fmax(0, json_num(log, "parsed", 0)), rejected = fmax(0, json_num(log, "rejected", 0));

    return parsed + rejected > 0 ? parsed / (parsed + rejected) : 0;
}

double items_parsed(const json_t *summary)
{
    return items_parsed_of(items_web_log(summary));
}

static void log_coverage(const json_t *summary, struct window window, struct item *item)
{
    const json_t *log = items_web_log(summary);
    const int64_t first = items_time(log, "first"), last = items_time(log, "last");
    size_t i;
    const json_t *gap;

    item->coverage = 0;
    item->unit_name = "seconds";
    if (first == TIME_NONE || last == TIME_NONE || last < first) {
        return;
    }
    if (!window.known) {
        window = (struct window){.from = first, .to = last > first ? last : first + NS_PER_S, .known = false};
    }
    /* a log written to the second has seen the whole of its last second */
    double seen = (double)items_overlap_ns(first, last + NS_PER_S, window.from, window.to);
    json_array_foreach(json_object_get(summary, "gaps"), i, gap)
    {
        const bool is_web = strcmp(json_text(gap, "log", "web"), "web") == 0;
        const int64_t from = items_time(gap, "from"), to = is_web ? items_time(gap, "to") : TIME_NONE;
        const int64_t hole =
            from == TIME_NONE || to == TIME_NONE ? 0 : items_overlap_ns(from, to, window.from, window.to);

        item->has_hole |= hole > 0;
        seen -= (double)hole;
    }
    const int64_t length = items_overlap_ns(window.from, window.to, window.from, window.to);
    const double share = fmax(0, seen) / (double)length;

    item->coverage = fmin(1, share) * items_parsed(summary);
    item->window_known = window.known;
    items_tell_span(item, item->coverage, length);
}

/* ---- one examination ---- */

int items_add(struct items *items, const struct item *item, struct err *err)
{
    if (items->count == ITEM_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d items of evidence for one claim", ITEM_MAX);
    }
    items->rows[items->count++] = *item;
    return 0;
}

struct place {
    const json_t *model, *rates, *claim, *exam, *summary;
    const struct policy *policy;
    struct items *items;
};

static int start_item(const struct place *place, const json_t *evidence, struct item *item, struct err *err)
{
    item->examination = json_text(place->exam, "id", "");
    item->engine = json_text(place->exam, "engine", "");
    if (evidence == NULL || evidence_keeper(evidence) == NULL) {
        snprintf(item->note, sizeof item->note, "who kept it is not recorded");
    }
    return items_keeper(place->items, evidence, &item->keeper, err);
}

/* The names under which planted tools are measured: the pooled groups, or, in a document without them, each class. */
static const char *const tree_groups[] = {"planted/high", "planted/medium"};
static const char *const tree_classes[] = {
    "shell/high",    "shell/medium", "uploader/high", "uploader/medium",   "packed/high",
    "packed/medium", "tool/high",    "tool/medium",   "config-shell/high", "config-shell/medium"};
enum {
    TREE_GROUPS = sizeof tree_groups / sizeof *tree_groups,
    TREE_CLASSES = sizeof tree_classes / sizeof *tree_classes
};

static int add_tree(const struct place *place, const char *name, struct members members, struct err *err)
{
    struct item item = {.source = SOURCE_TREE, .group = SOURCE_TREE, .window_known = true, .unit_name = "files"};

    TRY(start_item(place, evidence_of(place->model, place->exam, NULL, false), &item, err));
    snprintf(item.rate_name, sizeof item.rate_name, "%s", name);
    item.n = count_of(json_num(place->summary, "read", 0));
    item.of = item.n + count_of(hidden_files(place->summary));
    item.coverage = tree_coverage(place->exam, place->summary, place->rates);
    item.is_measured = rates_read(rates_entry(place->rates, "sweep", name), "false_files", "false_trees", &item);
    item.units[0].looked_at = json_num(place->summary, "web_files", json_num(place->summary, "read", 0));
    item.units[1].looked_at = 1;
    count_tree(place->exam, &members, &item);
    return items_add(place->items, &item, err);
}

static int add_trees_of(const struct place *place, const char *const *names, size_t count, size_t *measured,
                        struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *entry = rates_entry(place->rates, "sweep", names[i]);

        if (entry != NULL) {
            (*measured)++;
            TRY(add_tree(place, names[i], members_of(entry, names[i]), err));
        }
    }
    return 0;
}

static int add_trees(const struct place *place, struct err *err)
{
    struct members all = {.count = TREE_CLASSES};
    size_t measured = 0;

    TRY(add_trees_of(place, tree_groups, TREE_GROUPS, &measured, err));
    if (measured == 0) {
        TRY(add_trees_of(place, tree_classes, TREE_CLASSES, &measured, err));
    }
    memcpy(all.names, tree_classes, sizeof tree_classes);
    return measured > 0 ? 0 : add_tree(place, "planted", all, err);
}

static bool takes_part(enum claim_kind kind)
{
    return kind == CLAIM_TAKING || kind == CLAIM_POSSESSION;
}

bool items_is_silenced(const struct items_place *place, const struct item *use)
{
    const json_t *evidence = evidence_of(place->model, place->exam, NULL, false);

    return use->has_hole && evidence_custody(evidence) == CUSTODY_INTERESTED &&
           stance_of(place->model, evidence_keeper(evidence), place->claim) == STANCE_FALSE;
}

/* For claims of entry: whether a request brought what was planted. */
static int add_came(const struct items_place *place, const json_t *summary, const struct item *use, struct err *err)
{
    struct item item = *use;

    return came_count(place, summary, use, &item) ? items_add(place->items, &item, err) : 0;
}

/* For claims of taking and possession: whether the database's log says so, too. An item for each name that is measured, of one group. */
static int add_taken(const struct items_place *place, const json_t *summary, const struct item *log, struct err *err)
{
    static const char *const names[] = {TAKEN_RATE, "taking-database/high"};
    const struct window window = window_of_claim(place->model, place->claim);

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *entry = rates_entry(place->rates, "trace", names[i]);
        const struct members reads = members_of(entry, "taking-database/high");
        struct item item;

        if ((i > 0 && entry == NULL) || !taken_begin(place, summary, log, names[i], &item)) {
            continue;
        }
        (void)count_log(place->exam, &window, &reads, true, &item);
        taken_cover(place, summary, log, &item);
        TRY(items_add(place->items, &item, err));
    }
    return 0;
}

/* One log, one voice: what was taken for claims of taking, what was used for all others. */
static int add_log(const struct place *place, enum claim_kind kind, struct err *err)
{
    const bool taking = takes_part(kind) && rates_entry(place->rates, "trace", "taking/high") != NULL;
    const char *name = taking ? "taking/high" : "use/high";
    const json_t *entry = rates_entry(place->rates, "trace", name);
    const json_t *evidence = evidence_of(place->model, place->exam, NULL, false);
    const struct members members = members_of(entry, name);
    const struct items_place here = {place->model, place->rates, place->claim, place->exam, place->items};
    const struct window window = window_of_claim(place->model, place->claim);
    struct item item = {.source = taking ? SOURCE_LOG_TAKING : SOURCE_LOG_USE, .group = SOURCE_LOG_USE};

    TRY(start_item(place, evidence, &item, err));
    snprintf(item.rate_name, sizeof item.rate_name, "%s", name);
    log_coverage(place->summary, window, &item);
    item.is_measured = rates_read(entry, "false_sessions", "false_logs", &item);
    item.units[0].looked_at = json_num(place->summary, "clients", 0);
    item.units[1].looked_at = 1;
    item.users = count_log(place->exam, &window, &members, false, &item);
    if (item.units[0].found < 1 && !item.window_known) {
        item.coverage = 0;
        snprintf(item.note, sizeof item.note, "nobody said when it happened, so a log that shows nothing says nothing");
    } else if (item.units[0].found < 1 && items_is_silenced(&here, &item)) {
        item.coverage = 0;
        snprintf(item.note, sizeof item.note,
                 "a hole in a log kept by the party that denies: its silence says nothing");
    }
    TRY(items_add(place->items, &item, err));
    TRY(kind == CLAIM_ENTRY ? add_came(&here, place->summary, &item, err) : 0);
    return takes_part(kind) ? add_taken(&here, place->summary, &item, err) : 0;
}

/* A group for each sample. */
static unsigned sample_group(const struct place *place, const char *sample)
{
    size_t i;
    const json_t *row;

    json_array_foreach(json_object_get(place->model, "evidence"), i, row)
    {
        if (sample != NULL && strcmp(json_text(row, "id", ""), sample) == 0) {
            return (unsigned)(SOURCE_COUNT + i);
        }
    }
    return SOURCE_MATCH;
}

/* Kept by whoever holds the database: he can edit it. The sample's holder cannot forge secret columns of a database he
 * never had, so he counts as a third party; unless both are the same. */
static int add_match(const struct place *place, enum claim_kind kind, struct err *err)
{
    const json_t *sample = evidence_of(place->model, place->exam, "sample", false);
    const json_t *reference = evidence_of(place->model, place->exam, "sample", true);
    const char *holder = evidence_keeper(sample), *owner = evidence_keeper(reference);
    struct item item = {.source = SOURCE_MATCH, .window_known = true, .unit_name = "rows"};

    TRY(start_item(place, reference, &item, err));
    item.group = sample_group(place, json_text(sample, "id", NULL));
    item.held = holder != NULL && owner != NULL && strcmp(holder, owner) == 0 ? HELD_BY_KEEPER : HELD_BY_THIRD;
    item.n = count_of(json_num(place->summary, "rows_linked", 0));
    item.of = count_of(json_num(place->summary, "rows_sample", 0));
    item.coverage = json_bool(place->summary, "complete", false) ? 1 : .5;
    item.units[0].looked_at = json_num(place->summary, "rows_reference", 0);
    item.units[0].found = json_num(place->summary, "rows_matched", 0);
    item.is_measured =
        json_is_array(json_object_get(json_object_get(json_object_get(place->rates, "match"), "caps"), "secret"));
    snprintf(item.rate_name, sizeof item.rate_name, "match");
    sample_read(place->exam, place->summary, place->rates, place->policy, kind, &item);
    place->items->has_sample = true;
    return items_add(place->items, &item, err);
}

/* What the credentials open says something about access alone: passwords lie in trees that nobody ever broke into. */
static int add_opened(const struct place *place, struct err *err)
{
    struct item item = {
        .source = SOURCE_REACH, .group = SOURCE_REACH, .window_known = true, .unit_name = "credentials"};

    if (!opened_count(place->exam, place->claim, &item)) {
        return 0;
    }
    const char *name = opened_rate(place->claim);
    const double looked_at = (double)item.n, found = item.units[0].found;

    TRY(start_item(place, evidence_of(place->model, place->exam, NULL, false), &item, err));
    snprintf(item.rate_name, sizeof item.rate_name, "%s", name);
    item.is_measured = rates_read(rates_entry(place->rates, "reach", name), "false_accounts", "false_runs", &item);
    item.units[0].looked_at = looked_at;
    item.units[1].looked_at = 1;
    set_found(&item, found);
    return items_add(place->items, &item, err);
}

static int add_examination(struct place *place, enum claim_kind kind, struct err *err)
{
    const char *engine = json_text(place->exam, "engine", "");

    if (strcmp(json_text(place->exam, "status", ""), "done") != 0) {
        return 0;
    }
    place->summary = summary_of(place->exam);
    if (place->summary == NULL) {
        return err_set(err, ERR_FORMAT, "examination %s is done but has no summary", json_text(place->exam, "id", "?"));
    }
    if (strcmp(engine, "sweep") == 0) {
        return add_trees(place, err);
    }
    if (strcmp(engine, "trace") == 0) {
        return add_log(place, kind, err);
    }
    if (strcmp(engine, "reach") == 0) {
        return kind == CLAIM_ACCESS ? add_opened(place, err) : 0;
    }
    return strcmp(engine, "match") == 0 ? add_match(place, kind, err) : 0;
}

int items_of_case(const json_t *model, const json_t *rates, const json_t *claim, const struct policy *policy,
                  struct items *ret_items, struct err *err)
{
    struct place place = {.model = model, .rates = rates, .claim = claim, .policy = policy, .items = ret_items};
    const int kind = claim_kind_of(json_text(claim, "kind", ""));
    size_t i;
    const json_t *exam;

    ret_items->count = ret_items->keeper_count = 0;
    ret_items->has_sample = false;
    json_array_foreach(json_object_get(model, "examinations"), i, exam)
    {
        place.exam = exam;
        TRY(add_examination(&place, (enum claim_kind)kind, err));
        TRY(confirmed_items(&(struct items_place){model, rates, claim, exam, ret_items}, (enum claim_kind)kind, err));
    }
    return overlap_items(&(struct items_place){model, rates, claim, NULL, ret_items}, policy, (enum claim_kind)kind,
                         err);
}
