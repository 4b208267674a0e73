/* Targets mail_read() and mail_date(): parts lie within bounds, are numbered in order, and every text may be read. */
#include <stdlib.h>

#include "base/str.h"
#include "formats/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mail mail;
    struct arena keep;
    struct str bytes = {(const char *)data, size};
    int64_t instant;
    int16_t zone;
    unsigned sum = mail_is(bytes);
    arena_init(&keep, 64 << 20);
    if (mail_read(&mail, &keep, bytes, NULL) == 0) {
        for (size_t i = 0; i < mail.count; i++) {
            if (mail.parts[i].number != i + 1 || mail.parts[i].size > size ||
                (mail.parts[i].unread != NULL && mail.parts[i].type.len == 0)) {
                abort();
            }
            for (size_t j = 0; j < mail.parts[i].bytes.len; j++) {
                sum += (unsigned char)mail.parts[i].bytes.data[j];
            }
        }
        if (mail_date(mail.date, &instant, &zone) && (zone < -16 * 60 || zone > 16 * 60)) {
            abort();
        }
    }
    arena_clear(&keep);
    return sum == 0xffffffff;
}
