/* Targets everything that reads the bytes of one file: gate_look(), config_look(), admin_look(), faults_tell(), our YARA rules and analyst_look(). The
 * first byte chooses the name. */
#include <stdlib.h>

#include "base/str.h"
#include "sweep/admin.h"
#include "sweep/config.h"
#include "sweep/faults.h"
#include "sweep/gate.h"
#include "sweep/rules.h"
#include "sweep/verdict.h"

static const char *const names[] = {"a.php", ".htaccess", ".user.ini", "web.config", "a.jsp",
                                    "a.asp", "a.aspx",    "a.jpg",     "a.txt",      "Version.php"};

/* From the source tree: the working directory of a fuzz run. */
static struct rules_scanner *scanner_once(void)
{
    static struct rules *rules;
    static struct rules_scanner *scanner;
    static bool is_tried;
    if (!is_tried) {
        is_tried = true;
        rules = rules_load("data/rules", NULL);
        scanner = rules != NULL ? rules_scanner_new(rules, NULL) : NULL;
    }
    return scanner;
}

static const struct faults *faults_once(void)
{
    static struct faults *faults;
    if (faults == NULL) {
        faults = faults_load("data/db-tools.json", NULL);
    }
    return faults;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct analyst *analyst;
    if (analyst == NULL) {
        analyst = analyst_new(NULL);
    }
    if (size == 0 || analyst == NULL) {
        return 0;
    }
    struct str name = str_of(names[data[0] % (sizeof names / sizeof *names)]);
    struct str bytes = {(const char *)data + 1, size - 1};
    struct gate gate = gate_look(name, bytes);
    struct found found = {.class = FOUND_NOTHING};
    size_t code_bytes = 0;
    config_look(name, bytes, &found);
    admin_look(bytes, -1, NULL, name, &found);
    faults_tell(faults_once(), &found);
    if (scanner_once() != NULL) {
        (void)rules_scan(scanner_once(), bytes, gate.scripts, &found);
    }
    (void)analyst_look(analyst, bytes, gate.scripts | SCRIPT_PHP, &found, &code_bytes);
    if (found.line > size) {
        abort();
    }
    found_clear(&found);
    return 0;
}
