/* Cosignatures, read and written in one place. */
#include <inttypes.h>

#include "base/own.h"
#include "base/str.h"
#include "ledger/cosign.h"

#include "base/banned.h"

enum { TIME_BYTES = 8, LINE_BYTES = NOTE_ID_BYTES + TIME_BYTES + SIGN_BYTES };

static int message_of(struct buf *out, struct str text, uint64_t time, struct err *err)
{
    buf_printf(out, "cosignature/v1\ntime %" PRIu64 "\n", time);
    buf_put(out, text);
    return buf_check(out, err);
}

static bool is_his(const struct note_line *line, const struct note_key *key)
{
    return line->id == key->id && str_eq(line->name, str_of(key->name));
}

static bool line_holds(const struct note *note, const struct note_line *line, const struct note_key *cosigner,
                       uint64_t *ret_time)
{
    OWN(own_buf) struct buf message = {0};
    uint8_t bytes[LINE_BYTES];
    uint64_t time = 0;
    if (base64_decode(bytes, sizeof bytes, line->base64) != sizeof bytes) {
        return false;
    }
    for (size_t i = 0; i < TIME_BYTES; i++) {
        time = time << 8 | bytes[NOTE_ID_BYTES + i];
    }
    *ret_time = time;
    return time <= INT64_MAX && message_of(&message, note->text, time, NULL) == 0 &&
           sign_holds(cosigner->public_key, buf_str(&message), bytes + NOTE_ID_BYTES + TIME_BYTES);
}

int cosign_check(const struct note *note, const struct note_key *cosigner, uint64_t *ret_time, struct err *err)
{
    uint64_t earliest = UINT64_MAX;
    uint64_t time;
    for (size_t i = 0; i < note->count; i++) {
        if (!is_his(&note->lines[i], cosigner)) {
            continue;
        }
        if (!line_holds(note, &note->lines[i], cosigner, &time)) {
            return err_set(err, ERR_TAMPERED, "the cosignature of %s does not hold", cosigner->name);
        }
        earliest = time < earliest ? time : earliest;
    }
    if (earliest == UINT64_MAX) {
        return err_set(err, ERR_NOT_FOUND, "not cosigned by %s", cosigner->name);
    }
    *ret_time = earliest;
    return 0;
}

/* The cosigner's key under the log's name: if a line carries its id, the log signed with it. */
bool cosign_is_of_log(const struct note *note, struct str origin, const struct note_key *cosigner)
{
    struct note_key as_log;
    if (note_key_of(&as_log, origin, cosigner->public_key, NULL) != 0) {
        return false; /* no name that a log's key can have */
    }
    for (size_t i = 0; i < note->count; i++) {
        if (is_his(&note->lines[i], &as_log)) {
            return true;
        }
    }
    return false;
}

static int refuse_own_key(const struct note *note, struct str origin, const struct note_key *cosigner, struct err *err)
{
    if (!cosign_is_of_log(note, origin, cosigner)) {
        return 0;
    }
    err_set(err, ERR_USAGE, "%s: this key signed the checkpoint itself; a cosigner has a key of his own",
            cosigner->name);
    return err_remedy(err, "assay key new FILE --name NAME makes one");
}

int cosign_add(struct buf *out, struct str bytes, const struct note_key *cosigner, const struct sign_key *secret,
               uint64_t time, struct err *err)
{
    OWN(own_buf) struct buf message = {0};
    struct note note;
    struct checkpoint checkpoint;
    uint8_t signature[TIME_BYTES + SIGN_BYTES];
    TRY(note_read(&note, bytes, err));
    TRY(checkpoint_read(&checkpoint, note.text, err));
    TRY(refuse_own_key(&note, checkpoint.origin, cosigner, err));
    if (note.count == NOTE_MAX_LINES) {
        return err_set(err, ERR_LIMIT, "the checkpoint has %d signatures already", NOTE_MAX_LINES);
    }
    for (size_t i = 0; i < TIME_BYTES; i++) {
        signature[i] = (uint8_t)(time >> (56 - 8 * i));
    }
    TRY(message_of(&message, note.text, time, err));
    TRY(sign_make(signature + TIME_BYTES, secret, buf_str(&message), err));
    buf_put(out, bytes);
    return note_put_line(out, cosigner, signature, sizeof signature, err);
}

static bool has_line(const struct note *note, const struct note_line *line)
{
    for (size_t i = 0; i < note->count; i++) {
        if (str_eq(note->lines[i].name, line->name) && str_eq(note->lines[i].base64, line->base64)) {
            return true;
        }
    }
    return false;
}

int cosign_merge(struct buf *out, struct str into, struct str from, struct err *err)
{
    struct note ours;
    struct note theirs;
    TRY(note_read(&ours, into, err));
    TRY(note_read(&theirs, from, err));
    if (!str_eq(ours.text, theirs.text)) {
        return err_set(err, ERR_TAMPERED, "is another checkpoint, not a copy of this one");
    }
    size_t count = ours.count;
    buf_put(out, into);
    for (size_t i = 0; i < theirs.count; i++) {
        if (has_line(&ours, &theirs.lines[i])) {
            continue;
        }
        if (++count > NOTE_MAX_LINES) {
            return err_set(err, ERR_LIMIT, "more than %d signatures", NOTE_MAX_LINES);
        }
        buf_printf(out, "\xe2\x80\x94 %.*s %.*s\n", STR_FMT(theirs.lines[i].name), STR_FMT(theirs.lines[i].base64));
    }
    return buf_check(out, err);
}
