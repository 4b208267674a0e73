/* Telephone numbers of many countries in every way of writing them: how often two writers' spellings of one number are the
 * same, and how often two numbers' are. The yardstick is the last nine digits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"
#include "normal/normal.h"

/* '#' is any digit, '*' one from 2 on. */
struct plan {
    unsigned code;
    const char *trunk; /* before national numbers */
    const char *shapes[4];
};

static const struct plan plans[] = {
    {1, "1", {"*0#*######", "*1*3######", "*3#*######", "*5#*######"}},
    {7, "8", {"9#########", "495#######", "812#######"}},
    {20, "0", {"10########", "2########"}},
    {27, "0", {"82#######", "11#######"}},
    {30, "", {"69########", "210#######"}},
    {31, "0", {"6########", "20#######"}},
    {32, "0", {"47#######", "2#######"}},
    {33, "0", {"6########", "1########"}},
    {34, "", {"6########", "91#######"}},
    {36, "06", {"20#######", "30#######", "70#######"}},
    {39, "", {"3#########", "06########", "02########"}},
    {40, "0", {"7########", "21#######"}},
    {41, "0", {"79#######", "44#######"}},
    {43, "0", {"664#######", "1#######", "316######"}},
    {44, "0", {"7#########", "20########", "161#######"}},
    {45, "", {"2#######", "4#######"}},
    {46, "0", {"70#######", "8########"}},
    {47, "", {"4#######", "9#######"}},
    {48, "", {"5########", "22#######"}},
    {49, "0", {"151########", "171#######", "30########", "89########"}},
    {52, "", {"55########", "33########"}},
    {54, "0", {"11########", "351#######"}},
    {55, "0", {"119########", "219########", "11########"}},
    {56, "", {"9########", "2########"}},
    {57, "", {"3#########"}},
    {61, "0", {"4########", "2########"}},
    {62, "0", {"81#########", "21########"}},
    {63, "0", {"9#########"}},
    {64, "0", {"21#######", "9#######"}},
    {65, "", {"9#######", "6#######"}},
    {66, "0", {"8########", "2#######"}},
    {81, "0", {"90########", "3########"}},
    {82, "0", {"10########", "2########"}},
    {84, "0", {"9########", "28########"}},
    {86, "0", {"138########", "159########", "10########"}},
    {90, "0", {"5#########", "212#######"}},
    {91, "0", {"9#########", "8#########", "22########"}},
    {212, "0", {"6########"}},
    {234, "0", {"80########"}},
    {254, "0", {"7########"}},
    {351, "", {"9########", "21#######"}},
    {353, "0", {"8########", "1#######"}},
    {354, "", {"6######", "5######"}},
    {358, "0", {"40#######", "9#######"}},
    {372, "", {"5#######", "6######"}},
    {380, "0", {"67#######", "44#######"}},
    {385, "0", {"9########", "1#######"}},
    {420, "", {"6########", "2########"}},
    {852, "", {"9#######", "2#######"}},
    {886, "0", {"9########", "2########"}},
    {971, "0", {"50#######", "4#######"}},
    {972, "0", {"5########", "3#######"}},
};

enum { PLANS = sizeof(plans) / sizeof(*plans), PER_PLAN = 20000, WRITERS = 8 };

static uint64_t seed = 7;
static unsigned draw(unsigned below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % below);
}

static void make(const struct plan *plan, char out[16])
{
    unsigned shapes = 0;
    while (shapes < 4 && plan->shapes[shapes] != NULL) {
        shapes++;
    }
    const char *shape = plan->shapes[draw(shapes)];
    size_t i = 0;
    for (; shape[i] != '\0'; i++) {
        out[i] = (char)(shape[i] == '#' ? '0' + (int)draw(10) : shape[i] == '*' ? '2' + (int)draw(8) : shape[i]);
    }
    out[i] = '\0';
}

/* In groups: "171 123 4567". */
static void put_grouped(struct buf *out, const char *national, char mark)
{
    for (size_t i = 0, len = strlen(national); i < len; i++) {
        if (i == 3 || (i == 6 && len > 7)) {
            buf_putc(out, mark);
        }
        buf_putc(out, national[i]);
    }
}

static const char *const writers[WRITERS] = {
    "+491711234567", "+49 (0)171 123 4567", "0049 171 123 4567", "0171/123 4567",
    "01711234567",   "1711234567",          "491711234567",      "49 171 123 4567",
};

static void write_number(struct buf *out, const struct plan *plan, const char *national, int writer)
{
    bool has_zero = strcmp(plan->trunk, "0") == 0;
    buf_reset(out);
    switch (writer) {
    case 0:
        buf_printf(out, "+%u%s", plan->code, national);
        break;
    case 1:
        buf_printf(out, "+%u %s", plan->code, has_zero ? "(0)" : "");
        put_grouped(out, national, ' ');
        break;
    case 2:
        buf_printf(out, "00%u ", plan->code);
        put_grouped(out, national, ' ');
        break;
    case 3:
        buf_puts(out, plan->trunk);
        buf_puts(out, plan->trunk[0] != '\0' && !has_zero ? " " : "");
        put_grouped(out, national, has_zero ? '/' : '-');
        break;
    case 4:
        buf_printf(out, "%s%s", plan->trunk, national);
        break;
    case 5:
        buf_puts(out, national);
        break;
    case 6:
        buf_printf(out, "%u%s", plan->code, national);
        break;
    default:
        buf_printf(out, "%u ", plan->code);
        put_grouped(out, national, ' ');
    }
}

static unsigned key_of(struct normalizer *normalizer, struct str text, char key[24])
{
    struct normal normal;
    struct str phone = {"", 0};
    normal_value(normalizer, text, &normal);
    if (normal.class == NORMAL_PHONE) {
        phone = normal.bytes;
    } else if (normal.class != NORMAL_NUMBER || !normal_number_as_phone(normal.bytes, &phone)) {
        phone = normal.bytes; /* a number too short to be looked up as a phone; equal all the same */
    }
    assert_true(phone.len < 24);
    memcpy(key, phone.data, phone.len);
    key[phone.len] = '\0';
    return normal.country;
}

static void last_nine(struct str text, char key[24])
{
    size_t count = 0;
    for (size_t i = text.len; i > 0 && count < 9; i--) {
        if (text.data[i - 1] >= '0' && text.data[i - 1] <= '9') {
            key[9 - ++count] = text.data[i - 1];
        }
    }
    memmove(key, key + 9 - count, count);
    while (count > 1 && key[0] == '0') { /* as a number loses them */
        memmove(key, key + 1, --count);
    }
    key[count] = '\0';
}

struct tally {
    uint64_t same[WRITERS][WRITERS], all;
};

static double recall_of(const struct tally *tally, bool show)
{
    double sum = 0;
    for (int a = 0; a < WRITERS; a++) {
        for (int b = 0; b < WRITERS; b++) {
            double share = (double)tally->same[a][b] / (double)tally->all;
            sum += a == b ? 0 : share;
            if (show) {
                print_message("%6.3f", share);
            }
        }
        if (show) {
            print_message("   %s\n", writers[a]);
        }
    }
    return sum / (WRITERS * (WRITERS - 1));
}

static void test_writers(void **state)
{
    (void)state;
    static struct tally by_key, by_nine;
    struct normalizer normalizer = {.wanted = NORMAL_ALL};
    struct buf text = {0};
    for (size_t p = 0; p < PLANS; p++) {
        uint64_t before = by_key.same[0][4] + by_key.same[0][6];
        for (int n = 0; n < PER_PLAN / 50; n++) {
            char national[16], keys[WRITERS][24], nines[WRITERS][24];
            make(&plans[p], national);
            for (int w = 0; w < WRITERS; w++) {
                write_number(&text, &plans[p], national, w);
                (void)key_of(&normalizer, buf_str(&text), keys[w]);
                last_nine(buf_str(&text), nines[w]);
            }
            for (int a = 0; a < WRITERS; a++) {
                for (int b = 0; b < WRITERS; b++) {
                    by_key.same[a][b] += strcmp(keys[a], keys[b]) == 0;
                    by_nine.same[a][b] += strcmp(nines[a], nines[b]) == 0;
                }
            }
            by_key.all++;
            by_nine.all++;
        }
        double share = (double)(by_key.same[0][4] + by_key.same[0][6] - before) / 2 / (PER_PLAN / 50);
        if (share < .9) {
            print_message("+%u: %.2f\n", plans[p].code, share);
        }
    }
    double old = recall_of(&by_nine, false);
    double recall = recall_of(&by_key, true);
    print_message("two writers agree on %.4f, with the last nine digits on %.4f\n", recall, old);
    assert_true(recall > .94);
    assert_true(recall > old + .04);
    buf_free(&text);
    normalizer_close(&normalizer);
}

struct known {
    char key[24], number[24];
    unsigned country; /* that the cell says; 0: none */
};

static int by_key(const void *a, const void *b)
{
    const struct known *one = a, *two = b;
    int order = strcmp(one->key, two->key);
    return order != 0 ? order : strcmp(one->number, two->number);
}

/* Pairs of different numbers with the same key; *ret_told: those of them whose cells say two countries. */
static uint64_t false_pairs(struct known *known, size_t count, uint64_t *ret_told)
{
    uint64_t pairs = 0;
    *ret_told = 0;
    qsort(known, count, sizeof(*known), by_key);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count && strcmp(known[i].key, known[j].key) == 0; j++) {
            bool is_false = strcmp(known[i].number, known[j].number) != 0;
            pairs += is_false;
            *ret_told +=
                is_false && known[i].country != 0 && known[j].country != 0 && known[i].country != known[j].country;
        }
    }
    return pairs;
}

static void test_numbers(void **state)
{
    (void)state;
    struct normalizer normalizer = {.wanted = NORMAL_ALL};
    struct buf text = {0};
    struct known *keys = calloc((size_t)PLANS * PER_PLAN, sizeof(*keys));
    struct known *nines = calloc((size_t)PLANS * PER_PLAN, sizeof(*nines));
    assert_non_null(keys);
    assert_non_null(nines);
    size_t count = 0;
    for (size_t p = 0; p < PLANS; p++) {
        for (int n = 0; n < PER_PLAN; n++, count++) {
            char national[16];
            make(&plans[p], national);
            write_number(&text, &plans[p], national, (int)draw(4));
            keys[count].country = key_of(&normalizer, buf_str(&text), keys[count].key);
            last_nine(buf_str(&text), nines[count].key);
            (void)snprintf(keys[count].number, sizeof(keys[count].number), "+%u%s", plans[p].code, national);
            memcpy(nines[count].number, keys[count].number, sizeof(keys[count].number));
        }
    }
    uint64_t told, ignored;
    uint64_t pairs = false_pairs(keys, count, &told);
    uint64_t old = false_pairs(nines, count, &ignored);
    print_message(
        "%llu pairs of %zu different numbers have one key (%llu of them say two countries), with the last nine digits %llu\n",
        (unsigned long long)pairs, count, (unsigned long long)told, (unsigned long long)old);
    assert_true(pairs < old);
    free(keys);
    free(nines);
    buf_free(&text);
    normalizer_close(&normalizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_writers), cmocka_unit_test(test_numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
