/* Where things are: the case a person means, the data that came with the program. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"

#include "base/banned.h"

enum { RATES_MAX_BYTES = 4 << 20 };

/* A case lying in the current folder, to be named in an error; never used by itself. */
static bool case_here(char *out, size_t out_bytes)
{
    DIR *dir = opendir(".");
    const struct dirent *entry;
    bool is_found = false;
    while (dir != NULL && !is_found && (entry = readdir(dir)) != NULL) {
        char ledger[300];
        int length = snprintf(ledger, sizeof ledger, "%s/ledger.jsonl", entry->d_name);
        if (length > 0 && (size_t)length < sizeof ledger && access(ledger, F_OK) == 0) {
            (void)snprintf(out, out_bytes, "%s", entry->d_name);
            is_found = true;
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return is_found;
}

int cli_case(const struct cli *cli, const char **ret_dir, struct err *err)
{
    char here[300];
    *ret_dir = cli_text(cli, "case");
    if (*ret_dir != NULL) {
        return 0;
    }
    if (case_here(here, sizeof here)) {
        return err_set(err, ERR_USAGE, "needs --case DIR; there is a case here: %s", here);
    }
    err_set(err, ERR_USAGE, "needs --case DIR");
    return err_remedy(err, "assay open DIR makes one");
}

int cli_open_case(const char *dir, enum assay_case_mode mode, struct assay_case **ret_case, struct err *err)
{
    struct err damage = {0};
    TRY(assay_case_open(dir, mode, ret_case, NULL, err));
    if (assay_case_index_is_damaged(*ret_case)) {
        err_set(&damage, ERR_IO, "%s: index.sqlite is damaged, so it was not believed: the ledger was read instead",
                dir);
        err_remedy(&damage, "%s; look at the disk",
                   mode == ASSAY_CASE_WRITE ? "it is made anew from the ledger now"
                                            : "the next command that records makes it anew from the ledger");
        cli_error(NULL, &damage, false);
    }
    return 0;
}

/* ASSAY_DATA; data/ or ../data beside the program; where it was installed. */
static int find_data(char *out, size_t out_bytes, struct err *err)
{
    char self[3800];
    char tried[4096];
    struct stat about;
    const char *wish = getenv("ASSAY_DATA");
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length < 0 ? 0 : length] = '\0';
    char *slash = strrchr(self, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    static const char *const beside[] = {"%s/data", "%s/../data", "%s/../../data", "%s/../../../data"};
    for (size_t i = 0; i < 6; i++) {
        if (i == 0) {
            (void)snprintf(tried, sizeof tried, "%s", wish != NULL ? wish : "");
        } else if (i < 5) {
            (void)snprintf(tried, sizeof tried, "%s%s", self, beside[i - 1] + 2);
        } else {
            (void)snprintf(tried, sizeof tried, "%s", ASSAY_DATADIR);
        }
        char rules[4200];
        (void)snprintf(rules, sizeof rules, "%s/rules", tried);
        if (stat(rules, &about) == 0 && S_ISDIR(about.st_mode)) {
            (void)snprintf(out, out_bytes, "%s", tried);
            return 0;
        }
    }
    err_set(err, ERR_NOT_FOUND, "the data that belongs to the program (rules, error rates) is not found");
    return err_remedy(err, "set ASSAY_DATA to the folder data/ of the source, or install with ./dev install");
}

int cli_data(const struct cli *cli, const char *name, char *out, size_t out_bytes, struct err *err)
{
    (void)cli;
    char dir[4096];
    TRY(find_data(dir, sizeof dir, err));
    int length = snprintf(out, out_bytes, "%s/%s", dir, name);
    return length > 0 && (size_t)length < out_bytes ? 0 : err_set(err, ERR_LIMIT, "%s: path too long", dir);
}

int cli_rates(const struct cli *cli, json_t **ret_rates, struct err *err)
{
    char path[4200];
    OWN(own_buf) struct buf text = {0};
    *ret_rates = NULL;
    const char *given = cli_text(cli, "rates");
    if (given == NULL && cli_data(cli, "error-rates.json", path, sizeof path, err) != 0) {
        return 0; /* a program without its data measures nothing: no rate, no ratio */
    }
    const char *file = given != NULL ? given : path;
    if (file_read(file, RATES_MAX_BYTES, &text, err) != 0) {
        return given == NULL && err->kind == ERR_NOT_FOUND ? 0 : -1;
    }
    *ret_rates = json_read(buf_str(&text), err);
    return *ret_rates != NULL ? 0 : err_where(err, "%s", file);
}
