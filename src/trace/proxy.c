/* Trusted proxies, and the client behind them.
 *
 * Sources: RFC 7239 section 5.2 and 7.4 (who appends what, and that it can be forged); X-Forwarded-For as
 * nginx's realip module resolves it with real_ip_recursive: from the right, the first that is not trusted. */
#include "trace/proxy.h"

#include "base/str.h"

#include "base/banned.h"

enum { LIST_MAX = 64 }; /* parts of a list that are looked at, from the right */

static bool is_address(struct client_key key)
{
    const struct client_key name = client_key_of(STR("-"));
    return key.hi != name.hi; /* text that is no address is kept under the tag of names */
}

bool network_of(struct str text, struct network *ret_network)
{
    struct str_cut cut = str_cut(text, '/');
    struct client_key key = cut.head.len == 0 ? client_key_of(STR("-")) : client_key_of(cut.head);
    bool is_v4 = key.hi == 0 && key.lo >> 32 == 0xffff && memchr(cut.head.data, ':', cut.head.len) == NULL;
    uint64_t bits = is_v4 ? 32 : 128;
    if (!is_address(key) || (cut.found && (!str_u64(cut.tail, &bits) || bits > (is_v4 ? 32U : 128U)))) {
        return false;
    }
    *ret_network = (struct network){key, (unsigned)bits + (is_v4 ? 96U : 0U)};
    return true;
}

static bool same_bits(uint64_t a, uint64_t b, unsigned bits)
{
    return bits == 0 || ((a ^ b) >> (64 - bits)) == 0;
}

bool network_holds(const struct network *network, struct client_key key)
{
    unsigned high = network->bits < 64 ? network->bits : 64;
    return is_address(key) && same_bits(network->key.hi, key.hi, high) &&
           same_bits(network->key.lo, key.lo, network->bits - high);
}

int proxies_read(const char *const *texts, size_t count, struct arena *keep, struct proxies **ret_proxies,
                 struct err *err)
{
    *ret_proxies = NULL;
    if (count == 0) {
        return 0;
    }
    if (count > PROXIES_MAX) {
        return err_set(err, ERR_USAGE, "more than %d trusted proxies", PROXIES_MAX);
    }
    struct proxies *proxies = ARENA_NEW(keep, struct proxies, 1, err);
    if (proxies == NULL) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (!network_of(str_of(texts[i]), &proxies->all[proxies->count++])) {
            return err_set(err, ERR_USAGE, "--trusted-proxy: '%s' is no address or network; write it as 10.0.0.0/8",
                           texts[i]);
        }
    }
    *ret_proxies = proxies;
    return 0;
}

static bool is_trusted(const struct proxies *proxies, struct str address)
{
    struct client_key key = client_key_of(address);
    for (size_t i = 0; i < proxies->count; i++) {
        if (network_holds(&proxies->all[i], key)) {
            return true;
        }
    }
    return false;
}

/* One part of a list as an address: without white space, quotes, the brackets of IPv6 and a port. */
static struct str bare_address(struct str part)
{
    part = str_trim(part);
    if (part.len >= 2 && part.data[0] == '"' && part.data[part.len - 1] == '"') {
        part = str_slice(part, 1, part.len - 1);
    }
    if (part.len > 0 && part.data[0] == '[') {
        size_t end = str_find(part, STR("]"), 0);
        return end == SIZE_MAX ? part : str_slice(part, 1, end);
    }
    size_t colon = str_find(part, STR(":"), 0);
    bool is_v4_with_port = colon != SIZE_MAX && str_find(part, STR(":"), colon + 1) == SIZE_MAX;
    return is_v4_with_port ? str_slice(part, 0, colon) : part;
}

/* Takes the last part off a list. */
static struct str last_part(struct str *list)
{
    size_t at = list->len;
    while (at > 0 && list->data[at - 1] != ',') {
        at--;
    }
    struct str part = str_slice(*list, at, list->len);
    *list = str_slice(*list, 0, at > 0 ? at - 1 : 0);
    return bare_address(part);
}

struct str proxy_client(const struct proxies *proxies, struct str peer, struct str list)
{
    if (!is_trusted(proxies, peer)) {
        return peer;
    }
    struct str client = peer;
    for (int i = 0; i < LIST_MAX && list.len > 0; i++) {
        struct str part = last_part(&list);
        if (part.len == 0 || !is_address(client_key_of(part))) {
            return client; /* "-", "unknown": nobody vouches for what stands further left */
        }
        client = part;
        if (!is_trusted(proxies, part)) {
            return client;
        }
    }
    return client;
}

bool proxy_has_claims(const struct proxies *proxies, struct str list)
{
    while (list.len > 0) {
        struct str part = last_part(&list);
        if (part.len > 0 && !is_trusted(proxies, part)) {
            return list.len > 0;
        }
    }
    return false;
}

void proxy_note(struct use *use, const struct proxies *proxies, const struct source *source,
                const struct log_line *line)
{
    if (proxies == NULL || (source->reader.has & LOG_HAS_FORWARDED) == 0 || line->forwarded.len == 0) {
        return;
    }
    struct str peer = log_field(line, line->client), list = log_field(line, line->forwarded);
    if (is_trusted(proxies, peer)) {
        use->claimed += proxy_has_claims(proxies, list);
        if (use->peer[0] == '\0' && peer.len < sizeof use->peer) {
            memcpy(use->peer, peer.data, peer.len);
        }
    }
}
