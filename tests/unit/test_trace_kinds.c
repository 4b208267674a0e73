/* Kinds of logs other than the web's, inside: limits of what counters say of a time, bounded tables, and facts that do not depend on how a
 * log was cut into jobs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/own.h"
#include "base/str.h"
#include "trace/errors_inside.h"
#include "trace/logins_inside.h"
#include "trace/traffic_inside.h"

#include "base/banned.h"

enum { DAY = 86400, T0 = 1584144000 };

extern const struct kind_work errors_work, logins_work, traffic_work;

/* A run of one file, for the works: no bytes are read. */
static struct source one_source;
static struct run new_run(const struct log_format *format)
{
    one_source = (struct source){.path = "x", .fd = -1, .reader = {.format = format}};
    return (struct run){.sources = {.all = &one_source, .count = 1}};
}

static const struct log_line blank = {.zone_minutes = LOG_NO_ZONE,
                                      .bytes = LOG_NO_BYTES,
                                      .bytes_in = LOG_NO_BYTES,
                                      .rows = LOG_NO_BYTES,
                                      .duration_us = LOG_NO_BYTES};

/* ---- counters ---- */

static void take_interval(void *part, int64_t second, uint64_t seconds, uint64_t sent, const char *device,
                          bool is_either)
{
    struct log_line line = blank;
    struct hit hit = {.second = second};
    struct err err = {0};
    line.text = device;
    line.len = (uint32_t)strlen(device);
    line.device = (struct log_span){0, line.len};
    line.second = second;
    line.duration_us = seconds * 1000000;
    line.bytes = sent;
    line.status = is_either;
    assert_int_equal(traffic_work.take(part, &line, &hit, &err), 0);
}

static void limits_of_a_time(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int64_t from, to;
        uint64_t min, max;
        int64_t covered;
    } rows[] = {
        {"one interval, exactly", 600, 1200, 20, 20, 600},
        {"a little more of it", 599, 1201, 20, 10 + 20 + 40, 602},
        {"a little less", 601, 1199, 0, 20, 598},
        {"across two", 900, 1500, 0, 20 + 40, 600},
        {"all three", 0, 1800, 70, 70, 1800},
        {"one and what nobody counted", 1200, 3000, 40, 40, 600},
        {"before", -600, 0, 0, 0, 0},
        {"behind", 1800, 2400, 0, 0, 0},
        {"half behind", 1500, 2100, 0, 40, 300},
    };
    struct run run = new_run(&log_sadf);
    struct err err = {0};
    void *part = traffic_work.start(&run, 0, &err);
    take_interval(part, T0 + 1200, 600, 40, "eth0", false);
    take_interval(part, T0, 600, 10, "eth0", false);
    take_interval(part, T0 + 600, 600, 20, "eth0", false);
    take_interval(part, T0 + 600, 600, 999, "eth1", false);
    take_interval(part, T0 + 600, 600, 999, "lo", false);
    assert_int_equal(traffic_work.merge(&run, part, 0, &err), 0);
    struct traffic *traffic = run.kinds[LOG_TRAFFIC];
    assert_int_equal(traffic->series_count, 2);
    assert_int_equal(traffic->loopback, 1);
    traffic_sort(traffic);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bound bound;
        traffic_bound(traffic, 0, T0 + rows[i].from, T0 + rows[i].to, &bound);
        if (bound.min != rows[i].min || bound.max != rows[i].max || bound.covered != rows[i].covered) {
            fail_msg("%s: %llu to %llu, %lld s", rows[i].what, (unsigned long long)bound.min,
                     (unsigned long long)bound.max, (long long)bound.covered);
        }
    }
    traffic_work.free(run.kinds[LOG_TRAFFIC]);
}

static void bytes_of_no_known_direction_are_no_proof(void **state)
{
    (void)state;
    struct run run = new_run(&log_vpc_flow);
    struct err err = {0};
    void *part = traffic_work.start(&run, 0, &err);
    take_interval(part, T0, 60, 500, "eni", true);
    take_interval(part, T0, 60, 7, "eni", false);
    assert_int_equal(traffic_work.merge(&run, part, 0, &err), 0);
    struct bound bound;
    traffic_sort(run.kinds[LOG_TRAFFIC]);
    traffic_bound(run.kinds[LOG_TRAFFIC], 0, T0, T0 + 60, &bound);
    assert_int_equal(bound.min, 7);
    assert_int_equal(bound.max, 507);
    traffic_work.free(run.kinds[LOG_TRAFFIC]);
}

static void the_usual_is_the_median_of_other_days(void **state)
{
    (void)state;
    static const uint64_t sent[] = {100, 100, 100, 9000, 100, 300, 7};
    struct run run = new_run(&log_sadf);
    struct err err = {0};
    void *part = traffic_work.start(&run, 0, &err);
    for (size_t day = 0; day < 7; day++) {
        take_interval(part, T0 + (int64_t)day * DAY, DAY, sent[day], "eth0", false);
    }
    assert_int_equal(traffic_work.merge(&run, part, 0, &err), 0);
    const struct traffic *traffic = run.kinds[LOG_TRAFFIC];
    uint64_t usual;
    size_t days;
    traffic_sort(run.kinds[LOG_TRAFFIC]);
    assert_true(traffic_usual(traffic, 0, T0 + 3 * DAY, T0 + 4 * DAY, &usual, &days));
    assert_int_equal(days, 6);
    assert_int_equal(usual, 100);
    assert_false(traffic_usual(traffic, 0, T0 + 3 * DAY, T0 + 6 * DAY, &usual,
                               &days)); /* three days: no other three are there thrice */
    traffic_work.free(run.kinds[LOG_TRAFFIC]);
}

/* More intervals than there is room for: they are widened, and the limits still hold. */
static void a_flood_of_flows_keeps_its_limits_true(void **state)
{
    (void)state;
    enum { FLOWS = 400000 };
    struct run run = new_run(&log_vpc_flow);
    struct err err = {0};
    uint64_t all = 0, inside = 0;
    void *part = traffic_work.start(&run, 0, &err);
    for (int i = 0; i < FLOWS; i++) {
        int64_t second = T0 + i * 3;
        uint64_t length = (uint64_t)i * 7919 % 61;
        take_interval(part, second, length, 10, "eni", false);
        all += 10;
        inside += second >= T0 + 30000 && second + (int64_t)length <= T0 + 90000 ? 10 : 0;
    }
    assert_int_equal(traffic_work.merge(&run, part, 0, &err), 0);
    struct traffic *traffic = run.kinds[LOG_TRAFFIC];
    struct bound bound;
    traffic_sort(traffic);
    assert_true(traffic->span_count <= SPANS_MAX && traffic->grid > 1);
    traffic_bound(traffic, 0, T0 + 30000, T0 + 90000, &bound);
    assert_true(bound.min <= inside && inside <= bound.max);
    assert_true(bound.min > inside - inside / 20);
    traffic_bound(traffic, 0, T0 - 2 * DAY, T0 + 30 * DAY, &bound);
    assert_int_equal(bound.min, all);
    assert_int_equal(bound.max, all);
    traffic_work.free(traffic);
}

static void too_many_interfaces_are_counted(void **state)
{
    (void)state;
    struct run run = new_run(&log_sadf);
    struct err err = {0};
    void *part = traffic_work.start(&run, 0, &err);
    for (int i = 0; i < SERIES_MAX + 5; i++) {
        char device[16];
        (void)snprintf(device, sizeof device, "veth%d", i);
        take_interval(part, T0, 600, 1, device, false);
    }
    assert_int_equal(traffic_work.merge(&run, part, 0, &err), 0);
    const struct traffic *traffic = run.kinds[LOG_TRAFFIC];
    assert_int_equal(traffic->series_count, SERIES_MAX);
    assert_int_equal(traffic->dropped, 5);
    traffic_work.free(run.kinds[LOG_TRAFFIC]);
}

/* ---- error logs ---- */

static void take_error(void *part, int number, int64_t second)
{
    char text[160];
    struct err err = {0};
    struct log_line line = blank;
    const struct hit hit = {.second = second, .offset = (uint64_t)number * 100, .line = (uint64_t)number};
    int client = snprintf(text, sizeof text, "10.%d.%d.%d", number >> 16, number >> 8 & 255, number & 255);
    int all = client + snprintf(text + client, sizeof text - (size_t)client, "GET /p%d HTTP/1.1", number);
    line.text = text;
    line.len = (uint32_t)all;
    line.second = second;
    line.client = (struct log_span){0, (uint32_t)client};
    line.request = (struct log_span){(uint32_t)client, (uint32_t)(all - client)};
    assert_int_equal(errors_work.take(part, &line, &hit, &err), 0);
}

/* Lines [0, count) in jobs of so many; the sum of kept sightings' offsets tells which they are. */
static void sight(int count, int job, struct error_sightings *ret_seen, uint64_t *ret_sum)
{
    struct run run = new_run(&log_nginx_error);
    struct err err = {0};
    for (int from = 0; from < count; from += job) {
        void *part = errors_work.start(&run, 0, &err);
        for (int i = from; i < count && i < from + job; i++) {
            take_error(part, i, T0 + i);
        }
        assert_int_equal(errors_work.merge(&run, part, (uint64_t)from, &err), 0);
    }
    errors_sightings(&run, ret_seen);
    *ret_sum = 0;
    for (size_t i = 0; i < ret_seen->count; i++) {
        const struct error_sighting *seen = &ret_seen->all[i];
        *ret_sum += seen->hit.offset;
        assert_true(seen->path_hash != 0 && seen->method == METHOD_GET && !seen->is_before_http);
    }
    ret_seen->all = NULL;
    errors_work.free(run.kinds[LOG_ERRORS]);
}

static void few_sightings_are_all_kept(void **state)
{
    (void)state;
    struct error_sightings seen;
    uint64_t sum;
    sight(1000, 300, &seen, &sum);
    assert_int_equal(seen.count, 1000);
    assert_int_equal(seen.dropped, 0);
    assert_int_equal(sum, 999 * 1000 / 2 * 100);
}

static void many_are_a_sample_with_the_rest_counted(void **state)
{
    (void)state;
    struct error_sightings seen;
    uint64_t sum;
    sight(300000, 50000, &seen, &sum);
    assert_true(seen.count <= ERROR_SIGHTINGS && seen.count > ERROR_SIGHTINGS / 8);
    assert_int_equal(seen.count + seen.dropped, 300000);
    double mean = (double)sum / (double)seen.count / 100; /* of all places alike */
    assert_true(mean > 140000 && mean < 160000);
}

static void no_error_log_has_no_sightings(void **state)
{
    (void)state;
    struct run run = {0};
    struct error_sightings seen;
    errors_sightings(&run, &seen);
    assert_int_equal(seen.count, 0);
}

/* ---- sign-ins ---- */

static void take_login(void *part, enum log_login what, int64_t second, const char *client)
{
    struct err err = {0};
    struct log_line line = blank;
    const struct hit hit = {.second = second, .offset = (uint64_t)second, .line = 1};
    line.text = client;
    line.len = (uint32_t)strlen(client);
    line.client = (struct log_span){0, line.len};
    line.second = second;
    line.status = (uint16_t)what;
    assert_int_equal(logins_work.take(part, &line, &hit, &err), 0);
}

static void failures_of_an_earlier_job_count(void **state)
{
    (void)state;
    struct run run = new_run(&log_auth);
    struct err err = {0};
    for (int job = 0; job < 3; job++) {
        void *part = logins_work.start(&run, 0, &err);
        for (int i = 0; i < 4; i++) {
            take_login(part, LOGIN_FAILED, T0 + job * 100 + i, "192.0.2.7");
        }
        if (job == 2) {
            take_login(part, LOGIN_ACCEPTED, T0 + 300, "192.0.2.7");
            take_login(part, LOGIN_FAILED, T0 + 400, "192.0.2.7");
            take_login(part, LOGIN_ACCEPTED, T0 + 300, "192.0.2.8");
        }
        assert_int_equal(logins_work.merge(&run, part, 0, &err), 0);
    }
    const struct logins *logins = run.kinds[LOG_LOGINS];
    assert_int_equal(logins->act_count, 2);
    assert_int_equal(logins->acts[0].failed_before, 12);
    assert_int_equal(logins->acts[1].failed_before, 0);
    const struct login_address *row = peers_find(&logins->addresses, client_key_of(STR("192.0.2.7")));
    assert_int_equal(row->failed, 13);
    assert_int_equal(row->first_failed, T0);
    assert_int_equal(row->last_failed, T0 + 400);
    assert_int_equal(row->accepted, 1);
    logins_work.free(run.kinds[LOG_LOGINS]);
}

static void a_flood_of_addresses_hides_no_sign_in(void **state)
{
    (void)state;
    struct run run = new_run(&log_auth);
    struct err err = {0};
    void *part = logins_work.start(&run, 0, &err);
    for (int i = 0; i < LOGIN_ADDRESSES + 1000; i++) {
        char address[ADDRESS_BYTES];
        (void)snprintf(address, sizeof address, "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
        take_login(part, LOGIN_UNKNOWN, T0 + i, address);
    }
    take_login(part, LOGIN_ACCEPTED, T0 + 99999, "192.0.2.7");
    assert_int_equal(logins_work.merge(&run, part, 0, &err), 0);
    const struct logins *logins = run.kinds[LOG_LOGINS];
    assert_int_equal(logins->addresses.count, LOGIN_ADDRESSES + 1);
    assert_int_equal(logins->addresses.dropped, 1000);
    assert_int_equal(logins->act_count, 1);
    assert_string_equal(logins->acts[0].address, "192.0.2.7");
    const struct login_address *row = peers_find(&logins->addresses, client_key_of(STR("192.0.2.7")));
    assert_non_null(row);
    assert_int_equal(row->accepted, 1);
    logins_work.free(run.kinds[LOG_LOGINS]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_of_a_time),
        cmocka_unit_test(bytes_of_no_known_direction_are_no_proof),
        cmocka_unit_test(the_usual_is_the_median_of_other_days),
        cmocka_unit_test(a_flood_of_flows_keeps_its_limits_true),
        cmocka_unit_test(too_many_interfaces_are_counted),
        cmocka_unit_test(few_sightings_are_all_kept),
        cmocka_unit_test(many_are_a_sample_with_the_rest_counted),
        cmocka_unit_test(no_error_log_has_no_sightings),
        cmocka_unit_test(failures_of_an_earlier_job_count),
        cmocka_unit_test(a_flood_of_addresses_hides_no_sign_in),
    };
    return cmocka_run_group_tests_name("trace_kinds", tests, NULL, NULL);
}
