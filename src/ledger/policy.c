/* The trust file: read line by line, then asked about one checkpoint. Members stand above their group, so one pass over the names in
 * their order decides all of them, however deep they nest. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "ledger/policy.h"

#include "base/banned.h"

enum { WORDS_MAX = POLICY_MAX_NAMES + 3, NAME_BYTES = NOTE_MAX_NAME + 1 };

/* A witness (least 0) or a group. */
struct named {
    char name[NAME_BYTES];
    struct note_key key;
    size_t least;
    size_t parent; /* the group it is a member of; SIZE_MAX: none */
};

struct policy {
    size_t log_count, name_count;
    size_t quorum; /* index of a name; SIZE_MAX: none is asked for */
    bool has_quorum;
    struct note_key logs[POLICY_MAX_LOGS];
    struct named names[POLICY_MAX_NAMES];
};

struct words {
    size_t count;
    struct str at[WORDS_MAX];
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static int split(struct words *words, struct str line, struct err *err)
{
    words->count = 0;
    for (size_t at = 0; at < line.len;) {
        if (is_blank(line.data[at])) {
            at++;
            continue;
        }
        uint8_t byte = (uint8_t)line.data[at];
        size_t from = at;
        for (; at < line.len && !is_blank(line.data[at]); at++) {
            byte = (uint8_t)line.data[at];
            if (byte < 0x20 || byte == 0x7f) {
                return err_set(err, ERR_FORMAT, "a control character");
            }
        }
        if (line.data[from] == '#' && words->count == 0) {
            return 0;
        }
        if (words->count == WORDS_MAX) {
            return err_set(err, ERR_LIMIT, "more than %d words", WORDS_MAX);
        }
        words->at[words->count++] = str_slice(line, from, at);
    }
    return 0;
}

static size_t find(const struct policy *policy, struct str name)
{
    for (size_t i = 0; i < policy->name_count; i++) {
        if (str_eq(name, str_of(policy->names[i].name))) {
            return i;
        }
    }
    return SIZE_MAX;
}

static int add_log(struct policy *policy, const struct words *words, struct err *err)
{
    if (words->count < 2 || words->count > 3) {
        return err_set(err, ERR_FORMAT, "a log is 'log VKEY [URL]'");
    }
    if (policy->log_count == POLICY_MAX_LOGS) {
        return err_set(err, ERR_LIMIT, "more than %d logs", POLICY_MAX_LOGS);
    }
    struct note_key *key = &policy->logs[policy->log_count];
    TRY(note_key_read(key, words->at[1], err));
    for (size_t i = 0; i < policy->log_count; i++) {
        if (memcmp(policy->logs[i].public_key, key->public_key, SIGN_KEY_BYTES) == 0) {
            return err_set(err, ERR_FORMAT, "the key of a log that is listed already");
        }
    }
    policy->log_count++;
    return 0;
}

static int add_name(struct policy *policy, struct str name, struct named **ret_named, struct err *err)
{
    if (name.len >= NAME_BYTES) {
        return err_set(err, ERR_LIMIT, "a name of more than %d bytes", NAME_BYTES - 1);
    }
    if (str_eq(name, STR("none")) || find(policy, name) != SIZE_MAX) {
        return err_set(err, ERR_FORMAT, "'%.*s' is taken already", STR_FMT(name));
    }
    if (policy->name_count == POLICY_MAX_NAMES) {
        return err_set(err, ERR_LIMIT, "more than %d witnesses and groups", POLICY_MAX_NAMES);
    }
    struct named *named = &policy->names[policy->name_count];
    *named = (struct named){.parent = SIZE_MAX};
    memcpy(named->name, name.data, name.len);
    *ret_named = named;
    return 0;
}

static int add_witness(struct policy *policy, const struct words *words, struct err *err)
{
    struct named *named;
    if (words->count < 3 || words->count > 4) {
        return err_set(err, ERR_FORMAT, "a witness is 'witness NAME VKEY [URL]'");
    }
    TRY(add_name(policy, words->at[1], &named, err));
    TRY(note_cosigner_read(&named->key, words->at[2], err));
    for (size_t i = 0; i < policy->name_count; i++) {
        if (policy->names[i].least == 0 &&
            memcmp(policy->names[i].key.public_key, named->key.public_key, SIGN_KEY_BYTES) == 0) {
            return err_set(err, ERR_FORMAT, "the key of witness '%s', who would count twice", policy->names[i].name);
        }
    }
    policy->name_count++;
    return 0;
}

static int read_least(struct str word, size_t members, size_t *ret_least, struct err *err)
{
    uint64_t least;
    if (str_eq(word, STR("all")) || str_eq(word, STR("any"))) {
        *ret_least = word.data[1] == 'l' ? members : 1;
        return 0;
    }
    if (word.data[0] < '0' || word.data[0] > '9' || !str_u64(word, &least)) {
        return err_set(err, ERR_FORMAT, "'%.*s' is neither all, any nor a number", STR_FMT(word));
    }
    if (least < 1 || least > members) {
        return err_set(err, ERR_FORMAT, "%.*s of %zu members", STR_FMT(word), members);
    }
    *ret_least = (size_t)least;
    return 0;
}

static int add_group(struct policy *policy, const struct words *words, struct err *err)
{
    struct named *named;
    if (words->count < 4) {
        return err_set(err, ERR_FORMAT, "a group is 'group NAME all|any|K MEMBER...'");
    }
    TRY(add_name(policy, words->at[1], &named, err));
    TRY(read_least(words->at[2], words->count - 3, &named->least, err));
    for (size_t i = 3; i < words->count; i++) {
        size_t member = find(policy, words->at[i]);
        if (member == SIZE_MAX) {
            return err_set(err, ERR_FORMAT, "no witness or group '%.*s' above", STR_FMT(words->at[i]));
        }
        if (policy->names[member].parent != SIZE_MAX) {
            return err_set(err, ERR_FORMAT, "'%.*s' is a member already, and would count twice", STR_FMT(words->at[i]));
        }
        policy->names[member].parent = policy->name_count;
    }
    policy->name_count++;
    return 0;
}

static int set_quorum(struct policy *policy, const struct words *words, struct err *err)
{
    if (words->count != 2) {
        return err_set(err, ERR_FORMAT, "the quorum is 'quorum NAME' or 'quorum none'");
    }
    if (policy->has_quorum) {
        return err_set(err, ERR_FORMAT, "a second quorum");
    }
    policy->has_quorum = true;
    policy->quorum = find(policy, words->at[1]);
    return policy->quorum != SIZE_MAX || str_eq(words->at[1], STR("none"))
               ? 0
               : err_set(err, ERR_FORMAT, "no witness or group '%.*s' above", STR_FMT(words->at[1]));
}

static int add_line(struct policy *policy, struct words *words, struct str line, struct err *err)
{
    static const struct {
        struct str word;
        int (*add)(struct policy *policy, const struct words *words, struct err *err);
    } kinds[] = {
        {STR_INIT("log"), add_log},
        {STR_INIT("witness"), add_witness},
        {STR_INIT("group"), add_group},
        {STR_INIT("quorum"), set_quorum},
    };
    TRY(split(words, line, err));
    if (words->count == 0) {
        return 0;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (str_eq(words->at[0], kinds[i].word)) {
            return kinds[i].add(policy, words, err);
        }
    }
    return err_set(err, ERR_FORMAT, "'%.*s' is none of log, witness, group, quorum", STR_FMT(words->at[0]));
}

static int read_lines(struct policy *policy, struct str bytes, struct err *err)
{
    OWN(own_mem) struct words *words = malloc(sizeof *words);
    if (words == NULL) {
        return err_no_memory(err);
    }
    for (size_t number = 1; bytes.len != 0; number++) {
        struct str_cut line = str_cut(bytes, '\n');
        if (!line.found) {
            return err_set(err, ERR_FORMAT, "line %zu: has no line end; was the file cut off?", number);
        }
        if (add_line(policy, words, line.head, err) != 0) {
            return err_where(err, "line %zu", number);
        }
        bytes = line.tail;
    }
    return policy->has_quorum ? 0 : err_set(err, ERR_FORMAT, "has no quorum line");
}

int policy_read(struct policy **ret_policy, struct str bytes, struct err *err)
{
    if (bytes.len > POLICY_MAX_BYTES) {
        return err_set(err, ERR_LIMIT, "a policy of more than %d bytes", POLICY_MAX_BYTES);
    }
    OWN(own_policy) struct policy *policy = calloc(1, sizeof *policy);
    if (policy == NULL) {
        return err_no_memory(err);
    }
    TRY(read_lines(policy, bytes, err));
    *ret_policy = policy;
    policy = NULL;
    return 0;
}

void policy_free(struct policy *policy)
{
    free(policy);
}

void own_policy(struct policy **policy)
{
    policy_free(*policy);
}

const struct note_key *policy_witness(const struct policy *policy, size_t i, const char **ret_name)
{
    for (size_t at = 0; at < policy->name_count; at++) {
        if (policy->names[at].least == 0 && i-- == 0) {
            *ret_name = policy->names[at].name;
            return &policy->names[at].key;
        }
    }
    return NULL;
}

static int find_log(const struct policy *policy, struct str bytes, const struct note_key **ret_log, struct err *err)
{
    struct checkpoint checkpoint;
    struct err last = {.text = ""};
    *ret_log = NULL;
    for (size_t i = 0; i < policy->log_count; i++) {
        if (checkpoint_open(&checkpoint, bytes, &policy->logs[i], &last) == 0) {
            *ret_log = &policy->logs[i];
            return 0;
        }
    }
    if (policy->log_count == 0) {
        return 0;
    }
    return policy->log_count == 1
               ? err_set(err, last.kind, "%s", last.text)
               : err_set(err, ERR_TAMPERED, "not signed by any of the %zu logs that the policy lists",
                         policy->log_count);
}

int policy_check(const struct policy *policy, struct str checkpoint, struct policy_answer *ret_answer,
                 bool (*counts)(const void *self, const struct note_key *key, uint64_t time), const void *self,
                 struct err *err)
{
    struct note note;
    struct checkpoint head;
    struct policy_answer answer = {0};
    size_t held[POLICY_MAX_NAMES] = {0}; /* members of a group that count */
    TRY(note_read(&note, checkpoint, err));
    TRY(checkpoint_read(&head, note.text, err));
    TRY(find_log(policy, checkpoint, &answer.log, err));
    for (size_t i = 0; i < policy->name_count; i++) {
        const struct named *named = &policy->names[i];
        bool is_met = named->least != 0 && held[i] >= named->least;
        if (named->least == 0) {
            struct err why;
            uint64_t time;
            is_met = cosign_check(&note, &named->key, &time, &why) == 0;
            if (!is_met && why.kind != ERR_NOT_FOUND) {
                return err_set(err, ERR_TAMPERED, "%s", why.text);
            }
            is_met = is_met && !cosign_is_of_log(&note, head.origin, &named->key) &&
                     (counts == NULL || counts(self, &named->key, time));
            answer.witnesses++;
            answer.cosigned += is_met;
        }
        if (is_met && named->parent != SIZE_MAX) {
            held[named->parent]++;
        }
        answer.is_met |= is_met && i == policy->quorum;
    }
    answer.is_met |= policy->quorum == SIZE_MAX;
    *ret_answer = answer;
    return 0;
}
