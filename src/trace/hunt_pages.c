/* Paths by their numbers: what stands out among all that was ever asked for.
 *
 * One odd number says little: an administrator's pages are used by few, a release brings new ones, a report is large. So what
 * counts is several of them at once, or a script in a folder that visitors put files into; many new paths on one
 * day are a deployment and are told as one. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/hunt.h"
#include "trace/tell.h"

#include "base/banned.h"

enum {
    FEW_CLIENTS = 3,       /* used by no more than so many ... */
    OF_CLIENTS = 20,       /* ... in a log of at least so many clients */
    NEW_AFTER = 2 * 86400, /* a log shows what is new only after it has shown for a while what is old */
    TOGETHER = 5,          /* new scripts on one day: a deployment */
    AREA = 3,              /* scripts of one folder used by the same few: somebody's workplace */
    LARGE_BYTES = 64 << 10,
    LARGE_TIMES = 20,
    PAGES_SHOWN = 64,
    DAY_SECONDS = 86400
};

enum { PAGE_WRITABLE = 1, PAGE_NEW = 2, PAGE_FEW = 4, PAGE_UNEVEN = 8 };

struct odd_page {
    const struct page *page;
    unsigned reasons;
};

static bool is_of_few(const struct page *page)
{
    return page->client_count > 0 && page->client_count <= FEW_CLIENTS;
}

/* Where there are hardly any clients, few say nothing. */
static bool is_few(const struct run *run, const struct page *page)
{
    return is_of_few(page) && run->survey.clients >= OF_CLIENTS;
}

bool page_is_tool(const struct page *page)
{
    return page->is_script && page->is_writable && page->posts_ok > 0 && is_of_few(page);
}

const struct page *page_find(const struct run *run, struct str path)
{
    size_t low = 0, high = run->survey.pages.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(run->survey.pages.all[middle].path, path);
        if (order == 0) {
            return &run->survey.pages.all[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static struct str folder_of(struct str path)
{
    size_t at = path.len;
    while (at > 0 && path.data[at - 1] != '/') {
        at--;
    }
    return str_slice(path, 0, at);
}

/* Pages lie in the order of their paths: those of one folder are neighbours (with deeper ones between). */
static size_t few_in_folder(const struct run *run, size_t at)
{
    const struct pages *pages = &run->survey.pages;
    struct str folder = folder_of(pages->all[at].path);
    size_t count = 0, from = at, look = 256;
    while (from > 0 && look-- > 0 && str_starts(pages->all[from - 1].path, folder)) {
        from--;
    }
    for (size_t i = from; i < pages->count && i < from + 512 && str_starts(pages->all[i].path, folder); i++) {
        const struct page *page = &pages->all[i];
        count += page->is_script && page->ok > 0 && is_few(run, page) && str_eq(folder_of(page->path), folder);
    }
    return count;
}

/* Of some endings, most files in such folders are there to be fetched as they are. */
static bool is_maybe_text(const struct page *page)
{
    static const char *const endings[] = {".py", ".pl", ".inc"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (str_ends_nocase(page->path, str_of(endings[i])) && page->posts_ok == 0) {
            return true;
        }
    }
    return false;
}

static bool is_new(const struct run *run, const struct page *page)
{
    return page->is_script && hit_is(&page->first_ok) && hit_is(&page->first) && !page->lacks_missed &&
           page->first.second - run->survey.first >= NEW_AFTER;
}

static int64_t day_of(const struct page *page)
{
    return page->first_ok.second / DAY_SECONDS;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* The days on which scripts were new, in order, each as often as there were new ones. */
struct new_days {
    int64_t *all;
    size_t count;
};

static int collect_new_days(const struct run *run, struct new_days *days, struct err *err)
{
    days->count = 0;
    days->all = calloc(run->survey.pages.count + 1, sizeof *days->all);
    if (days->all == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu paths", run->survey.pages.count);
    }
    for (size_t i = 0; i < run->survey.pages.count; i++) {
        if (is_new(run, &run->survey.pages.all[i])) {
            days->all[days->count++] = day_of(&run->survey.pages.all[i]);
        }
    }
    qsort(days->all, days->count, sizeof *days->all, by_number);
    return 0;
}

/* Are there as many new ones on that day as a deployment has? */
static bool is_deployment(const struct new_days *days, int64_t day)
{
    size_t low = 0, high = days->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (days->all[middle] < day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low + TOGETHER - 1 < days->count && days->all[low + TOGETHER - 1] == day;
}

static unsigned reasons_of(const struct run *run, const struct new_days *days, size_t at)
{
    const struct page *page = &run->survey.pages.all[at];
    unsigned reasons = 0;
    if (!page->is_script || page->ok == 0 || !is_of_few(page)) {
        return 0;
    }
    reasons |= page->is_writable && !is_maybe_text(page) ? PAGE_WRITABLE : 0U;
    if (!is_few(run, page)) {
        return reasons;
    }
    reasons |= page->posts_ok >= 2 && few_in_folder(run, at) < AREA ? PAGE_FEW : 0U;
    reasons |= is_new(run, page) && !is_deployment(days, day_of(page)) ? PAGE_NEW : 0U;
    bool is_uneven = page->least_ok != UINT64_MAX && page->ok >= 2 && page->most_ok >= LARGE_BYTES &&
                     page->most_ok / LARGE_TIMES >= page->least_ok;
    reasons |= is_uneven ? PAGE_UNEVEN : 0U;
    return reasons;
}

/* A folder for files says enough by itself; of the others it takes two. */
static bool is_odd(unsigned reasons)
{
    return (reasons & PAGE_WRITABLE) != 0 || __builtin_popcount(reasons) >= 2;
}

static const char *what_of(unsigned reasons)
{
    return (reasons & PAGE_WRITABLE) != 0 ? "script-in-upload-folder"
           : (reasons & PAGE_NEW) != 0    ? "new-script"
                                          : "script-of-few";
}

static void page_reasons(struct record *record, json_t *reasons, const struct run *run, const struct odd_page *odd)
{
    const struct page *page = odd->page;
    struct str hint = path_writable_hint(page->path);
    char text[TIME_TEXT];
    if ((odd->reasons & PAGE_WRITABLE) != 0) {
        record_reason(record, reasons, "a script below \"%.*s/\", where files are put, answered %llu requests with 2xx",
                      STR_FMT(hint), (unsigned long long)page->ok);
    }
    if ((odd->reasons & PAGE_NEW) != 0) {
        duration(text, page->first.second - run->survey.first);
        record_reason(record, reasons,
                      "never asked for in the first %s of the log, and no deployment: few others are new that day",
                      text);
    }
    if ((odd->reasons & PAGE_FEW) != 0) {
        record_reason(record, reasons,
                      "%u of %llu clients used it, with %llu POSTs, and hardly anything else in its folder",
                      page->client_count, (unsigned long long)run->survey.clients, (unsigned long long)page->posts_ok);
    }
    if ((odd->reasons & PAGE_UNEVEN) != 0) {
        record_reason(record, reasons, "its answers differ widely in size: from %llu to %llu bytes",
                      (unsigned long long)page->least_ok, (unsigned long long)page->most_ok);
    }
    record_reason(
        record, reasons,
        "it may be innocent: a page for administrators, a scheduled job, a form that few need; look at the file");
}

/* An address that was kept as a key only. */
static json_t *address_of(struct client_key key)
{
    unsigned v4 = (unsigned)key.lo;
    if (key.hi == 0 && key.lo >> 32 == 0xffff) {
        return json_sprintf("%u.%u.%u.%u", v4 >> 24, v4 >> 16 & 255, v4 >> 8 & 255, v4 & 255);
    }
    if (key.hi >> 48 == 0xfeed) {
        return json_string("(a name)");
    }
    return json_sprintf("%x:%x:%x:%x:%x:%x:%x:%x", (unsigned)(key.hi >> 48), (unsigned)(key.hi >> 32 & 0xffff),
                        (unsigned)(key.hi >> 16 & 0xffff), (unsigned)(key.hi & 0xffff), (unsigned)(key.lo >> 48),
                        (unsigned)(key.lo >> 32 & 0xffff), (unsigned)(key.lo >> 16 & 0xffff),
                        (unsigned)(key.lo & 0xffff));
}

static void record_keys(struct record *record, const struct page *page)
{
    json_t *list = json_array();
    bool is_many = page->client_count > PAGE_CLIENTS;
    for (size_t i = 0; !is_many && i < page->client_count; i++) {
        record->is_failed |= json_array_append_new(list, address_of(page->clients[i])) != 0;
    }
    record_count(record, "clients", is_many ? PAGE_CLIENTS : page->client_count);
    record_set(record, "clients_are_more", json_boolean(is_many));
    record_set(record, "addresses", list);
}

static int tell_page(struct telling *telling, const struct odd_page *odd)
{
    const struct page *page = odd->page;
    struct record record = record_new();
    json_t *reasons = json_array();
    bool is_sure = __builtin_popcount(odd->reasons) >= 2 && ((odd->reasons & PAGE_WRITABLE) != 0 || page->posts_ok > 0);
    record_set(&record, "class", json_string("hunt"));
    record_set(&record, "what", json_string(what_of(odd->reasons)));
    record_text(&record, "path", page->path);
    record_set(&record, "confidence", json_string(is_sure ? "medium" : "low"));
    record_count(&record, "requests", page->requests);
    record_count(&record, "answered", page->ok);
    record_count(&record, "posts", page->posts);
    record_count(&record, "body_bytes", page->bytes);
    record_keys(&record, page);
    record_time(&record, "first", page->first_ok.second);
    record_time(&record, "last", page->last.second);
    record_hit(&record, telling->run, &page->first_ok);
    page_reasons(&record, reasons, telling->run, odd);
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_FINDING, &record);
}

/* ---- deployments ---- */

static int by_first(const void *a, const void *b)
{
    const struct page *x = *(const struct page *const *)a, *y = *(const struct page *const *)b;
    return hit_before(&x->first_ok, &y->first_ok) ? -1 : hit_before(&y->first_ok, &x->first_ok);
}

static int tell_deployment(struct telling *telling, const struct page *const *pages, size_t count)
{
    struct record record = record_new();
    json_t *paths = json_array();
    for (size_t i = 0; i < count && i < 8; i++) {
        record.is_failed |= json_array_append_new(paths, assay_text(pages[i]->path, TEXT_CUT)) != 0;
    }
    record_set(&record, "class", json_string("new-scripts"));
    record_time(&record, "from", pages[0]->first_ok.second);
    record_time(&record, "to", pages[count - 1]->first_ok.second);
    record_count(&record, "count", count);
    record_set(&record, "paths", paths);
    record_set(&record, "means",
               json_string("so many scripts that were never asked for before, on one day: a deployment, or a scan "
                           "that met answers; they are not told one by one"));
    return record_emit(telling, ASSAY_MEASURE, &record);
}

static int tell_deployments(struct telling *telling)
{
    const struct run *run = telling->run;
    OWN(own_mem) const struct page **fresh = calloc(run->survey.pages.count + 1, sizeof(struct page *));
    if (fresh == NULL) {
        return err_set(telling->err, ERR_LIMIT, "no memory for %zu paths", run->survey.pages.count);
    }
    size_t count = 0;
    for (size_t i = 0; i < run->survey.pages.count; i++) {
        if (is_new(run, &run->survey.pages.all[i])) {
            fresh[count++] = &run->survey.pages.all[i];
        }
    }
    qsort(fresh, count, sizeof *fresh, by_first);
    for (size_t from = 0, to = 0; from < count; from = to) {
        while (to < count && day_of(fresh[to]) == day_of(fresh[from])) {
            to++;
        }
        if (to - from >= TOGETHER) {
            TRY(tell_deployment(telling, fresh + from, to - from));
        }
    }
    return 0;
}

/* The surest first; then as they came. */
static int by_weight(const void *a, const void *b)
{
    const struct odd_page *x = a, *y = b;
    int sure_x = __builtin_popcount(x->reasons), sure_y = __builtin_popcount(y->reasons);
    if (sure_x != sure_y) {
        return sure_y - sure_x;
    }
    return hit_before(&x->page->first_ok, &y->page->first_ok) ? -1 : hit_before(&y->page->first_ok, &x->page->first_ok);
}

int hunt_tell_pages(struct telling *telling)
{
    const struct run *run = telling->run;
    OWN(own_mem) struct odd_page *odd = calloc(run->survey.pages.count + 1, sizeof *odd);
    if (odd == NULL) {
        return err_set(telling->err, ERR_LIMIT, "no memory for %zu paths", run->survey.pages.count);
    }
    struct new_days days;
    TRY(collect_new_days(run, &days, telling->err));
    size_t count = 0;
    for (size_t i = 0; i < run->survey.pages.count; i++) {
        unsigned reasons = reasons_of(run, &days, i);
        if (is_odd(reasons)) {
            odd[count++] = (struct odd_page){&run->survey.pages.all[i], reasons};
        }
    }
    free(days.all);
    qsort(odd, count, sizeof *odd, by_weight);
    for (size_t i = 0; i < count && i < PAGES_SHOWN; i++) {
        TRY(tell_page(telling, &odd[i]));
    }
    if (count > PAGES_SHOWN) {
        struct record record = record_new();
        record_set(&record, "class", json_string("hunt-not-shown"));
        record_set(&record, "what", json_string("odd scripts"));
        record_count(&record, "count", count - PAGES_SHOWN);
        TRY(record_emit(telling, ASSAY_MEASURE, &record));
    }
    return tell_deployments(telling);
}
