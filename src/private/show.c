/* show: what a file says and discloses, and to whom, for a person who has to decide whether it may be sent. */
#include <stdio.h>

#include "base/time.h"
#include "private/keys.h"
#include "private/step.h"

#include "base/banned.h"

static void say(json_t *lines, const char *format, ...) PRINTF(2, 3);
static void say(json_t *lines, const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    (void)json_array_append_new(lines, assay_text(str_of(text), sizeof text));
}

static void fields_text(char out[static 128], const uint8_t kinds[static SUITE_TYPES_MAX])
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < SUITE_TYPES_MAX && kinds[i] != 0; i++) {
        int put = snprintf(out + at, 128 - at, "%s%s", i == 0 ? "" : " + ", key_kind_name(kinds[i]));
        at = put > 0 && at + (size_t)put < 128 ? at + (size_t)put : 127;
    }
}

static void time_text(char out[static TIME_TEXT], uint64_t seconds)
{
    if (seconds > (uint64_t)(INT64_MAX / NS_PER_S)) {
        (void)snprintf(out, TIME_TEXT, "a time out of range");
        return;
    }
    time_human(out, (int64_t)seconds * NS_PER_S);
}

static void show_commit(json_t *lines, const struct wire_file *file)
{
    const struct wire_commit *commit = &file->commit;
    char when[TIME_TEXT], fields[128], party[2 * SIGN_KEY_BYTES + 1];
    hex_encode(party, commit->party, SIGN_KEY_BYTES);
    time_text(when, commit->time);
    say(lines, "The %s fixes its list. By its own clock: %s UTC. Its key: %s", wire_role_name(commit->role), when,
        party);
    for (size_t i = 0; i < commit->types; i++) {
        const struct wire_type *type = &commit->type[i];
        fields_text(fields, type->kinds);
        say(lines, "Keys of %s: %llu distinct, of %llu rows, %llu of them rejected%s", fields,
            (unsigned long long)type->n, (unsigned long long)type->rows, (unsigned long long)type->rejected,
            commit->role == WIRE_ASKER ? "; traps are added" : "");
    }
    say(lines,
        "Discloses to whoever reads it: these numbers, the party's key, and which case it is if one knows the case's "
        "name. No row, no key, and nothing that a guess could be tried on");
}

/* A list of no more keys than an audit opens is opened whole. */
static void show_opened(json_t *lines, const struct files *files, const struct wire_offer *offer)
{
    say(lines, "The neutral may have %u drawn rows a side and type of key opened to it", offer->opened);
    for (uint8_t role = WIRE_ASKER; role != WIRE_KEEPER + 1; role++) {
        const struct wire_file *file = files->commit[role];
        const struct sha256 *named = role == WIRE_ASKER ? &offer->asker : &offer->keeper;
        for (size_t i = 0; file != NULL && sha256_eq(&file->id, named) && i < file->commit.types; i++) {
            if (file->commit.type[i].n <= offer->opened) {
                say(lines,
                    "Type %zu: that is the whole of the %s's list, %llu keys: the neutral would read all of them",
                    i + 1, wire_role_name(role), (unsigned long long)file->commit.type[i].n);
            }
        }
    }
}

static void show_offer(json_t *lines, const struct files *files, const struct wire_file *file)
{
    const struct wire_offer *offer = &file->offer;
    char until[TIME_TEXT], neutral[2 * SIGN_KEY_BYTES + 1], box[sizeof neutral];
    hex_encode(neutral, offer->neutral, SIGN_KEY_BYTES);
    hex_encode(box, offer->neutral_box, sizeof offer->neutral_box);
    time_text(until, offer->deadline);
    say(lines, "The asker offers run %u, to be answered until %s UTC: after that the keeper's program refuses",
        offer->run_number, until);
    if (offer->mode == WIRE_NEUTRAL) {
        say(lines, "The neutral with the key %s counts; both sides learn the number together", neutral);
        say(lines, "Tags are sealed to %s: whoever has that box reads them. Compare both with the neutral's FILE.pub",
            box);
        show_opened(lines, files, offer);
    } else {
        say(lines,
            "Direct mode: the asker counts, learns the number first, may keep silent, and nothing is audited. If it "
            "marked rows it can learn whether single persons are in the keeper's list");
    }
    say(lines, "Floor: %u distinct keys of the asker. Counts below %u are told only as that", offer->min_keys,
        offer->min_count);
    say(lines, "Discloses to the keeper: the asker's keys as points that look random to everybody without the asker's "
               "secret; whoever breaks ristretto255 one day can try guesses on them. Destroy it by the date agreed");
}

static void show_tags(json_t *lines, const struct wire_file *file)
{
    say(lines, "The %s's tags, sealed to one key: nobody else can open them", wire_role_name(file->tags.role));
    say(lines,
        file->tags.role == WIRE_ASKER
            ? "Discloses to the neutral: random-looking labels of the asker's keys, and which points are traps. The keeper "
              "could try guesses on them: they must never be opened to it"
            : "Discloses to whom it is sealed: random-looking labels of the keeper's keys. Equal labels are counted");
}

/* Who counted stands in the offer alone. */
static void show_counter(json_t *lines, const struct files *files, const struct wire_result *result)
{
    if (files->offer == NULL || !sha256_eq(&files->offer->id, &result->run)) {
        say(lines, "Whether a neutral counted, or the asker itself, stands in the offer: give it, too");
    } else if (files->offer->offer.mode == WIRE_DIRECT) {
        say(lines, "direct, unaudited: the asker's statement");
    } else {
        say(lines, "The neutral's count");
    }
}

static void show_result(json_t *lines, const struct files *files, const struct wire_file *file)
{
    const struct wire_result *result = &file->result;
    show_counter(lines, files, result);
    for (size_t i = 0; i < result->types; i++) {
        const struct wire_audit *a = result->type[i].audit;
        if (result->type[i].count == WIRE_FEWER) {
            say(lines, "Type %zu: fewer in common than the least that is told", i + 1);
        } else {
            say(lines, "Type %zu: %llu distinct keys in common", i + 1, (unsigned long long)result->type[i].count);
        }
        if (a[0].opened + a[1].opened + a[2].opened == 0) {
            say(lines, "Type %zu: nothing was audited", i + 1);
            continue;
        }
        say(lines,
            "Type %zu: opened %u rows of the asker, %u of the keeper; followed %u keys through the run, %u present",
            i + 1, a[0].opened, a[1].opened, a[2].opened, result->type[i].present);
        say(lines,
            "Type %zu: looked for in the sources: %u of the asker's rows (%u not there), %u of the keeper's (%u not "
            "there), %u absent keys (%u there: dropped)",
            i + 1, a[0].searched, a[0].odd, a[1].searched, a[1].odd, a[2].searched, a[2].odd);
    }
    say(lines,
        "Discloses to both parties: these numbers. Not which keys; nor that leak or database are genuine or whole");
}

static void show_other(json_t *lines, const struct wire_file *file)
{
    switch (file->kind) {
    case WIRE_ANSWER:
        say(lines, "The keeper's answer: every point of the offer under the keeper's secret, sorted");
        say(lines,
            "Discloses to the asker: nothing about the keeper's data; it depends on the offer and one secret number alone");
        break;
    case WIRE_ASK:
        say(lines, "The neutral asks the %s to open drawn rows (audit %u). The draw is checked by the party itself",
            wire_role_name(file->ask.to), file->ask.audit);
        say(lines, "Discloses to that party: both coins, and in audit 3 which of the exchanged points were drawn");
        break;
    case WIRE_OPEN:
        say(lines, "The %s opens what was drawn (audit %u), sealed to the neutral", wire_role_name(file->open.role),
            file->open.audit);
        say(lines,
            file->open.audit == 3
                ? "Discloses to the neutral: answers to the drawn points, from which it learns whether each of the drawn "
                  "keys is in the keeper's set"
                : "Discloses to the neutral: the drawn rows' keys in the clear. To nobody else");
        break;
    case WIRE_FIX:
        say(lines, "The asker fixes its tags before it sees the keeper's (direct mode)");
        say(lines, "Discloses to the keeper: nothing but a digest");
        break;
    case WIRE_COMMIT:
    case WIRE_OFFER:
    case WIRE_TAGS:
    case WIRE_RESULT:
    case WIRE_KINDS:
        break;
    }
}

/* Whose key it is stands in the commitments and the offer, if these are among the files. */
static const char *signature(const struct files *files, const struct wire_file *file)
{
    const uint8_t *key = NULL;
    uint8_t role = file->kind == WIRE_OFFER || file->kind == WIRE_FIX ? WIRE_ASKER
                   : file->kind == WIRE_ANSWER                        ? WIRE_KEEPER
                   : file->kind == WIRE_TAGS                          ? file->tags.role
                   : file->kind == WIRE_OPEN                          ? file->open.role
                                                                      : 0;
    if (file->kind == WIRE_COMMIT) {
        key = file->commit.party;
    } else if (role != 0 && files->commit[role] != NULL) {
        key = files->commit[role]->commit.party;
    } else if (role == 0 && files->offer != NULL) {
        key = files->offer->offer.neutral;
    }
    if (key == NULL) {
        return "not checked: give the commitments and the offer, too";
    }
    return wire_check_signer(file, key, "them", NULL) == 0 ? "holds" : "does not hold";
}

static json_t *show_file(const struct files *files, const struct wire_file *file)
{
    json_t *lines = json_array();
    char id[SHA256_HEX + 1];
    hex_encode(id, file->id.bytes, SHA256_BYTES);
    switch (file->kind) {
    case WIRE_COMMIT:
        show_commit(lines, file);
        break;
    case WIRE_OFFER:
        show_offer(lines, files, file);
        break;
    case WIRE_TAGS:
        show_tags(lines, file);
        break;
    case WIRE_RESULT:
        show_result(lines, files, file);
        break;
    case WIRE_ANSWER:
    case WIRE_ASK:
    case WIRE_OPEN:
    case WIRE_FIX:
    case WIRE_KINDS:
        show_other(lines, file);
        break;
    }
    return json_pack("{s:o, s:s, s:s, s:I, s:s, s:o}", "file", assay_text(str_of(file->path), 4096), "kind",
                     wire_kind_name(file->kind), "id", id, "bytes", (json_int_t)file->bytes, "signature",
                     signature(files, file), "says", lines);
}

int step_show(struct step *step, struct err *err)
{
    json_t *shown = json_array();
    TRY(step_say(step, "shown", shown, err));
    TRY(files_open(&step->files, step->options->files, NULL, err));
    for (size_t i = 0; i < step->files.count; i++) {
        if (json_array_append_new(shown, show_file(&step->files, &step->files.all[i])) != 0) {
            return err_no_memory(err);
        }
    }
    return 0;
}
