/* The way to an authority and back. */
#include <curl/curl.h>
#include <strings.h>

#include "base/str.h"
#include "ledger/stamp.h"

#include "base/banned.h"

enum { CONNECT_SECONDS = 10, ALL_SECONDS = 30 };

struct answer {
    struct buf *out;
    size_t room;
    bool is_too_long;
};

static size_t take(char *bytes, size_t size, size_t count, void *self)
{
    struct answer *answer = self;
    size_t length = size * count;
    if (length > answer->room) {
        answer->is_too_long = true;
        return 0;
    }
    answer->room -= length;
    buf_put(answer->out, (struct str){bytes, length});
    return answer->out->failed ? 0 : length;
}

static void own_curl(CURL **curl)
{
    curl_easy_cleanup(*curl);
}

static void own_headers(struct curl_slist **headers)
{
    curl_slist_free_all(*headers);
}

static int prepare(CURL *curl, const char *url, struct str query, struct curl_slist *headers, struct answer *answer)
{
    bool is_set = curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)ALL_SECONDS) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, query.data) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)query.len) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer) == CURLE_OK;
    return is_set ? 0 : -1;
}

static bool is_web(const char *url)
{
    return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

static int perform(CURL *curl, const char *url, const struct answer *answer, struct err *err)
{
    long status = 0;
    CURLcode code = curl_easy_perform(curl);
    if (answer->is_too_long) {
        return err_set(err, ERR_LIMIT, "%s: answers with more than %d bytes", url, STAMP_MAX_BYTES);
    }
    if (code == CURLE_URL_MALFORMAT || (code == CURLE_UNSUPPORTED_PROTOCOL && !is_web(url))) {
        err_set(err, ERR_USAGE, "%s: %s", url, curl_easy_strerror(code));
        return err_remedy(err, "an authority is asked over http:// or https://");
    }
    if (code == CURLE_UNSUPPORTED_PROTOCOL) {
        return err_set(err, ERR_IO, "%s: answers with something that is not HTTP", url);
    }
    if (code != CURLE_OK) {
        err_set(err, ERR_IO, "%s: %s", url, curl_easy_strerror(code));
        return err_remedy(err, "without a network: --tsq-out FILE, have it stamped elsewhere, then --tsr FILE");
    }
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status == 200 ? 0 : err_set(err, ERR_IO, "%s: answers with status %ld", url, status);
}

int stamp_fetch(struct buf *out, const char *url, struct str query, struct err *err)
{
    OWN(own_curl) CURL *curl = curl_easy_init();
    OWN(own_headers) struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/timestamp-query");
    struct answer answer = {.out = out, .room = STAMP_MAX_BYTES};
    if (curl == NULL || headers == NULL || prepare(curl, url, query, headers, &answer) != 0) {
        return err_set(err, ERR_LIMIT, "%s: no request could be made", url);
    }
    return perform(curl, url, &answer, err);
}
