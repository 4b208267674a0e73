/* Log formats that were given, and those of given configurations, in one list: what is asked for comes before what is found. */
#include "base/file.h"
#include "base/str.h"
#include "formats/log_config.h"
#include "trace/inside.h"

#include "base/banned.h"

int given_formats(struct run *run, struct assay_trace_options *options, struct err *err)
{
    struct config_list list = {.all = ARENA_NEW(&run->keep, const char *, CONFIG_FORMATS_MAX, err)};
    if (list.all == NULL) {
        return -1;
    }
    if (options->format_count > CONFIG_FORMATS_MAX) {
        return err_set(err, ERR_LIMIT, "%zu log formats; at most %d", options->format_count, CONFIG_FORMATS_MAX);
    }
    for (size_t i = 0; i < options->format_count; i++) {
        list.all[list.count++] = options->formats[i];
    }
    for (size_t i = 0; i < options->config_count; i++) {
        OWN(own_buf) struct buf text = {0};
        TRY(file_read(options->configs[i], CONFIG_FILE_MAX, &text, err));
        TRY(config_formats(buf_str(&text), options->configs[i], &run->keep, &list, err));
    }
    run->asked_formats = options->format_count;
    options->formats = list.all;
    options->format_count = list.count;
    return 0;
}

void given_tell_unused(const struct run *run)
{
    bool is_used = false, is_web = false;
    for (size_t i = 0; i < run->sources.count; i++) {
        is_used |= log_is_given(&run->sources.all[i].reader);
    }
    for (size_t i = 0; i < run->asked_formats && !is_used; i++) {
        is_web |= log_is_web_format(run->options->formats[i]);
    }
    if (is_web) {
        assay_complain(run->sink, STR("--log-format"),
                       STR("no log is in the format that was given; read as what they look like"));
    }
}
