/* A step of the private comparison, told to a person: what it counted, what it made, and to whom that goes. */
#include <stdio.h>

#include "assay/private.h"
#include "base/json.h"
#include "cli/paint.h"
#include "cli/private_entry.h"
#include "cli/show_private.h"

#include "base/banned.h"

enum { LINE_BYTES = 512 };

static void fields_text(char *out, size_t room, const json_t *fields)
{
    size_t i, at = 0;
    json_t *field;
    out[0] = '\0';
    json_array_foreach(fields, i, field)
    {
        int put = snprintf(out + at, room - at, "%s%s", i == 0 ? "" : " + ", json_string_value(field));
        at = put > 0 && at + (size_t)put < room ? at + (size_t)put : room - 1;
    }
}

static const char *number_of(const json_t *object, const char *key, char out[static NUMBER_TEXT])
{
    return number_text(out, (uint64_t)json_int(object, key, 0));
}

static void show_committed(const struct cli *cli, const json_t *type)
{
    char line[LINE_BYTES], fields[128], keys[NUMBER_TEXT], rows[NUMBER_TEXT], twice[NUMBER_TEXT];
    fields_text(fields, sizeof fields, json_object_get(type, "fields"));
    (void)snprintf(line, sizeof line, "%s distinct keys of %s in %s rows; %s rows say what another said already",
                   number_of(type, "keys", keys), fields, number_of(type, "rows", rows),
                   number_of(type, "duplicates", twice));
    closing(stdout, cli->has_colour, "committed", ROLE_PLAIN, line);
    const char *why;
    json_t *count;
    json_object_foreach(json_object_get(type, "rejected"), why, count)
    {
        (void)snprintf(line, sizeof line, "%s rows: %s", number_text(keys, (uint64_t)json_integer_value(count)), why);
        closing(stdout, cli->has_colour, "not taken", ROLE_UNSEEN, line);
    }
}

static void show_counted(const struct cli *cli, const json_t *type)
{
    char line[LINE_BYTES], fields[128], count[NUMBER_TEXT], asker[NUMBER_TEXT], keeper[NUMBER_TEXT], low[NUMBER_TEXT],
        high[NUMBER_TEXT];
    struct assay_private_seen seen = private_seen_of(type);
    struct assay_private_bounds bounds = assay_private_bounds_of(&seen, 0.95);
    fields_text(fields, sizeof fields, json_object_get(type, "fields"));
    (void)snprintf(line, sizeof line, "%s%s of the asker's %s distinct keys of %s are among the keeper's %s",
                   seen.is_fewer ? "fewer than " : "", number_text(count, seen.count),
                   number_text(asker, seen.asker_keys), fields, number_text(keeper, seen.keeper_keys));
    closing(stdout, cli->has_colour, "in common", ROLE_PLAIN, line);
    (void)snprintf(line, sizeof line, "%s to %s of the lists as committed; %s to %s of leak and source (95 %%)",
                   number_text(count, (uint64_t)bounds.committed_lo), number_text(asker, (uint64_t)bounds.committed_hi),
                   number_text(low, (uint64_t)bounds.source_lo), number_text(high, (uint64_t)bounds.source_hi));
    closing(stdout, cli->has_colour, "bounds", ROLE_PLAIN, line);
    if (seen.searched[0] == 0 || seen.searched[2] == 0) {
        closing(stdout, cli->has_colour, "not looked", ROLE_UNSEEN,
                seen.opened[0] == 0 ? "no row was opened: neither leak nor source were compared with the lists"
                                    : "not all opened rows were looked for in leak and source");
    }
}

static void show_audited(const struct cli *cli, const json_t *type)
{
    char line[LINE_BYTES];
    (void)snprintf(
        line, sizeof line,
        "%lld rows of the asker hold (%lld looked for in the leak, %lld not there); %lld of the keeper hold (%lld "
        "looked for, %lld not there); %lld keys followed (%lld absent ones looked for, %lld there: dropped)",
        (long long)json_int(type, "asker_opened", 0), (long long)json_int(type, "asker_searched", 0),
        (long long)json_int(type, "asker_not_in_source", 0), (long long)json_int(type, "keeper_opened", 0),
        (long long)json_int(type, "keeper_searched", 0), (long long)json_int(type, "keeper_not_in_source", 0),
        (long long)json_int(type, "followed", 0), (long long)json_int(type, "absent_searched", 0),
        (long long)json_int(type, "dropped", 0));
    closing(stdout, cli->has_colour, "audited", ROLE_PLAIN, line);
}

static void show_types(const struct cli *cli, const json_t *summary)
{
    size_t i;
    json_t *type;
    json_array_foreach(json_object_get(summary, "types"), i, type)
    {
        if (json_object_get(type, "count") != NULL) {
            show_counted(cli, type);
        } else if (json_object_get(type, "followed") != NULL) {
            show_audited(cli, type);
        } else {
            show_committed(cli, type);
        }
    }
}

/* from: what the receiver had of it before. */
static void show_carried(const struct cli *cli, const json_t *summary, const char *which)
{
    size_t i;
    json_t *file;
    char line[LINE_BYTES], bytes[NUMBER_TEXT], from[NUMBER_TEXT];
    json_array_foreach(json_object_get(summary, which), i, file)
    {
        int64_t had = json_int(file, "from", 0);
        (void)snprintf(line, sizeof line, "%s: %s, %s bytes%s%s%s", json_text(file, "file", "?"),
                       json_text(file, "kind", "?"), number_of(file, "bytes", bytes), had == 0 ? "" : "; ",
                       had == 0 ? "" : number_of(file, "from", from), had == 0 ? "" : " of them were there before");
        closing(stdout, cli->has_colour, which, ROLE_PLACE, line);
    }
    if (json_object_get(summary, which) != NULL && i == 0) {
        closing(stdout, cli->has_colour, which, ROLE_QUIET, "nothing");
    }
}

static void show_files(const struct cli *cli, const json_t *summary)
{
    size_t i;
    json_t *file;
    char line[LINE_BYTES];
    json_array_foreach(json_object_get(summary, "made"), i, file)
    {
        (void)snprintf(line, sizeof line, "%s, for %s%s", json_text(file, "file", "?"), json_text(file, "for", "?"),
                       json_bool(summary, "again", false) ? " (as it was made before)" : "");
        closing(stdout, cli->has_colour, "made", ROLE_PLACE, line);
    }
    show_carried(cli, summary, "sent");
    show_carried(cli, summary, "received");
    json_array_foreach(json_object_get(summary, "shown"), i, file)
    {
        size_t k;
        json_t *said;
        (void)snprintf(line, sizeof line, "%s of %lld bytes; signature: %s", json_text(file, "kind", "?"),
                       (long long)json_int(file, "bytes", 0), json_text(file, "signature", "?"));
        (void)printf("%s%s", i == 0 ? "" : "\n", "");
        put_evidence(stdout, str_of(json_text(file, "file", "?")));
        (void)putchar('\n');
        closing(stdout, cli->has_colour, "what", ROLE_PLAIN, line);
        closing(stdout, cli->has_colour, "id", ROLE_QUIET, json_text(file, "id", "?"));
        json_array_foreach(json_object_get(file, "says"), k, said)
        {
            closing(stdout, cli->has_colour, k == 0 ? "says" : "", ROLE_PLAIN, json_string_value(said));
        }
    }
}

void show_private(const struct cli *cli, const json_t *summary)
{
    static const char *const lines[][2] = {
        {"mode", "mode"},         {"neutral", "neutral"},      {"traps", "traps"},       {"audits", "audits"},
        {"asker_source", "leak"}, {"keeper_source", "source"}, {"late", "late"},         {"own_tags", "own tags"},
        {"wiped", "destroyed"},   {"waits_for", "waits for"},  {"public", "public key"}, {"file", "key file"}};
    show_types(cli, summary);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const char *text = json_text(summary, lines[i][0], NULL);
        if (text != NULL) {
            closing(stdout, cli->has_colour, lines[i][1], ROLE_PLAIN, text);
        }
    }
    show_files(cli, summary);
}
