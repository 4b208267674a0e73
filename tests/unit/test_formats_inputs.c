/* Tables out of JSON documents, MongoDB's exports, workbooks, combo lists, archives and folders; encodings, known and guessed. */
#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/own.h"
#include "formats/book_xlsx.h"
#include "formats/encoding.h"
#include "table_told.h"

struct form {
    const char *name;
    struct str input;
    const char *format, *expected;
    uint64_t rejected, outside;
};

#define DOC(len, rest) len "\0\0\0" rest "\0"

static const struct form forms[] = {
    {"object of arrays", STR_INIT("{\"a\":[{\"x\":1},{\"x\":2}],\"n\":7,\"b\":{\"c\":[{\"y\":\"z\"}]}}"), "JSON",
     "a(x) 1 2 c(y) z ", 0, 1},
    {"data",
     STR_INIT(
         "{\"total\": 2, \"tags\": [1,2], \"o\": {\"p\": 1}, \"data\": [\n {\"x\": 1},\n {\"x\": 2}\n], \"end\": null}\n"),
     "JSON", "data(x) 1 2 ", 0, 4},
    {"an array of nothing beside rows", STR_INIT("{\"a\":[{},{}],\"b\":[{\"x\":1},{\"x\":2}]}"), "JSON", "b(x) 1 2 ", 0,
     1},
    {"a lone row is no document", STR_INIT("{\"x\":1,\"o\":{\"y\":[1,2]}}"), "JSON Lines", "f(x,o.y.0,o.y.1) 1|1|2 ", 0,
     0},
    {"rows with arrays of objects are rows", STR_INIT("{\"x\":1,\"o\":[{\"y\":1}]}\n{\"x\":2,\"o\":[]}\n"),
     "JSON Lines", "f(x,o) 1|[{\"y\":1}] 2|\\N ", 0, 0},
    {"phpMyAdmin",
     STR_INIT(
         "[\n{\"type\":\"header\",\"version\":\"5\"},\n{\"type\":\"table\",\"name\":\"t\",\"database\":\"d\",\"data\":\n[\n{\"a\":\"1\"},\n"
         "{\"a\":\"2\"}\n]\n}\n,{\"type\":\"table\",\"name\":\"u\",\"data\":[{\"b\":\"3\"}]}\n]\n"),
     "JSON", "t(a) 1 2 u(b) 3 ", 0, 7},
    {"old phpMyAdmin", STR_INIT("/**\n Export {\n*/\n\n// d.t\n[{\"a\":1},{\"a\":2}]\n"), "JSON Lines", "f(a) 1 2 ", 0,
     0},
    {"a document cut off", STR_INIT("{\"data\":[{\"x\":1},{\"x\":2}"), "JSON", "data(x) 1 2 ", 1, 0},
    {"a pretty document cut off is no rows of its parts",
     STR_INIT(
         "{\n \"x\": 1,\n \"o\": [\n  {\n   \"y\": 1\n  }\n ]\n}\n{\n \"x\": 2,\n \"o\": [\n  {\n   \"y\": 2\n  }"),
     "JSON Lines", "f(x,o) 1|[\n  {\n   \"y\": 1\n  }\n ] ", 1, 0},
    {"a pretty document that is broken costs itself",
     STR_INIT("{\n \"x\": 1\n}\n{\n \"x\": \"a\n b\",\n \"o\": [\n  {\n   \"y\": 2\n  }\n ]\n}\n{\n \"x\": 3\n}\n"),
     "JSON Lines", "f(x) 1 3 ", 1, 0},
    {"a combo list with a header", STR_INIT("email:password\na@b.zz:x\nc@d.zz:y:z\n"), "combo list",
     "f(email,password) a@b.zz|x c@d.zz|y:z ", 0, 0},
    {"pretty documents", STR_INIT("{\n \"x\": 1\n}\n{\n \"x\": 2\n}\n"), "JSON Lines", "f(x) 1 2 ", 0, 0},
    {"canonical",
     STR_INIT(
         "{\"_id\":{\"$oid\":\"5f00\"},\"n\":{\"$numberLong\":\"7\"},\"d\":{\"$date\":{\"$numberLong\":\"1600000000000\"}},"
         "\"m\":{\"$numberDecimal\":\"1.50\"},\"b\":{\"$binary\":{\"base64\":\"AAEC\",\"subType\":\"00\"}},"
         "\"u\":{\"$binary\":{\"base64\":\"AAECAwQFBgcICQoLDA0ODw==\",\"subType\":\"04\"}},\"t\":{\"$timestamp\":{\"t\":1600000000,\"i\":1}}}\n"),
     "JSON Lines",
     "f(_id,n,d,m,b,u,t) 5f00|7|2020-09-13T12:26:40Z|1.50|000102|00010203-0405-0607-0809-0a0b0c0d0e0f|2020-09-13T12:26:40Z ",
     0, 0},
    {"relaxed and v1",
     STR_INIT(
         "{\"d\":{\"$date\":\"2020-09-13T12:26:40Z\"},\"b\":{\"$binary\":\"AAEC\",\"$type\":\"00\"},\"u\":{\"$uuid\":\"ab-c\"}}\n"
         "{\"d\":{\"$date\":1600000000000},\"b\":null,\"u\":{\"$undefined\":true}}\n"),
     "JSON Lines", "f(d,b,u) 2020-09-13T12:26:40Z|000102|ab-c 2020-09-13T12:26:40Z|\\N|\\N ", 0, 0},
    {"an object with a dollar that is none", STR_INIT("{\"a\":{\"$ref\":\"c\",\"$id\":1}}\n"), "JSON Lines",
     "f(a.$ref,a.$id) c|1 ", 0, 0},
    {"what the shell writes",
     STR_INIT(
         "{\"_id\" : ObjectId(\"5f\"), \"d\" : ISODate(\"2020-01-01T00:00:00Z\"), \"n\" : NumberLong(5), \"e\" : new Date(1600000000000)}\n"),
     "JSON Lines", "f(_id,d,n,e) 5f|2020-01-01T00:00:00Z|5|2020-09-13T12:26:40Z ", 0, 0},
    {"BSON",
     STR_INIT(DOC("\x21", "\x10"
                          "a\0\7\0\0\0"
                          "\x02"
                          "s\0\3\0\0\0"
                          "zz\0"
                          "\x09"
                          "d\0\x00\x80\x6e\x87\x74\x01\x00\x00") DOC("\x0c", "\x10"
                                                                             "a\0\xff\xff\xff\xff")),
     "BSON", "f(a,s,d) 7|zz|2020-09-13T12:26:40Z -1|\\N|\\N ", 0, 0},
    {"BSON cut off",
     STR_INIT(DOC("\x0c", "\x10"
                          "a\0\7\0\0\0") "\x0c\0\0\0\x10"),
     "BSON", "f(a) 7 ", 1, 0},
    {"BSON that ends in rubbish",
     STR_INIT(DOC("\x0c", "\x10"
                          "a\0\7\0\0\0") DOC("\x0c", "\x10"
                                                     "a\0\7\0\0\0") "rubbish"),
     "BSON", "f(a) 7 7 ", 1, 0},
    {"e-mail and password",
     STR_INIT(
         "a@b.zz:p:w\nc@d.zz:x\ne@f.zz:y\nnone\n\ng@h.zz:z\ni@j.zz:1\nk@l.zz:2\nm@n.zz:3\no@p.zz:4\nq@r.zz:5\ns@t.zz:6\n"),
     "combo list",
     "f(email,password) a@b.zz|p:w c@d.zz|x e@f.zz|y g@h.zz|z i@j.zz|1 k@l.zz|2 m@n.zz|3 o@p.zz|4 q@r.zz|5 s@t.zz|6 ",
     1, 0},
    {"user, password, e-mail", STR_INIT("u|p|w|a@b.zz\nv|p|c@d.zz\n"), "combo list",
     "f(user,password,email) u|p|w|a@b.zz v|p|c@d.zz ", 0, 0},
    {"hash and salt",
     STR_INIT(
         "a@b.zz:0123456789abcdef0123456789abcdef:s:1\nc@d.zz:1123456789abcdef0123456789abcdef:s2\nc@d.zz:1123456789abcdef0123456789abcdef:s3\n"
         "c@d.zz:1123456789abcdef0123456789abcdef:s4\nc@d.zz:1123456789abcdef0123456789abcdef:s5\n"),
     "combo list",
     "f(email,hash,salt) a@b.zz|0123456789abcdef0123456789abcdef|s:1 c@d.zz|1123456789abcdef0123456789abcdef|s2 "
     "c@d.zz|1123456789abcdef0123456789abcdef|s3 c@d.zz|1123456789abcdef0123456789abcdef|s4 c@d.zz|1123456789abcdef0123456789abcdef|s5 ",
     0, 0},
    {"stolen passwords, a line each",
     STR_INIT(
         "https://shop.zz/login:ann@mail.zz:a:b\nhttps://shop.zz:8443/x:bob:pw\nandroid://aGFz=@zz.app/:cat@mail.zz:\n"
         "http://10.0.0.1:8080:dan:pw\nhttps://shop.zz:12345:pw\nshop.zz/in:eve:pw\nhttps://[::1\n\nhttps://[::1]:80/:f:g\nhttps://x.zz/:h:i\n"
         "https://x.zz/:j:k\nhttps://x.zz/:l:m\n"),
     "stealer log",
     "f(url,login,password) https://shop.zz/login|ann@mail.zz|a:b https://shop.zz:8443/x|bob|pw android://aGFz=@zz.app/|cat@mail.zz| "
     "http://10.0.0.1:8080|dan|pw https://shop.zz|12345|pw shop.zz/in|eve|pw https://[::1]:80/|f|g https://x.zz/|h|i https://x.zz/|j|k "
     "https://x.zz/|l|m ",
     1, 0},
    {"stolen passwords, the address last",
     STR_INIT("ann@mail.zz:a:b:https://shop.zz/login\r\nbob:pw:https://shop.zz:8443/x\r\n"), "stealer log",
     "f(url,login,password) https://shop.zz/login|ann@mail.zz|a:b https://shop.zz:8443/x|bob|pw ", 0, 0},
    {"stolen passwords with bars", STR_INIT("https://shop.zz:8443/x|ann@mail.zz|a|b\nhttps://shop.zz/|bob|pw\n"),
     "stealer log", "f(url,login,password) https://shop.zz:8443/x|ann@mail.zz|a|b https://shop.zz/|bob|pw ", 0, 0},
    {"stolen passwords in blocks",
     STR_INIT(
         "*** some name ***\r\n\r\nURL: https://shop.zz/a\r\nUsername: ann@mail.zz\r\nPassword: a: b\r\nApplication: Chrome [Default]\r\n"
         "===============\r\nURL: https://shop.zz/b\r\nUsername: \r\nPassword: pw\r\n===============\r\nURL: https://shop.zz/c\r\n===============\r\n"),
     "stealer log",
     "f(url,login,password,application) https://shop.zz/a|ann@mail.zz|a: b|Chrome [Default] https://shop.zz/b||pw|\\N ",
     1, 1},
    {"blocks of another maker, that ends in one",
     STR_INIT(
         "Soft: Firefox\nHost: https://shop.zz/a\nLogin: ann\nPassword: x\n\nSoft: Edge\nHost: https://shop.zz/b\nLogin: bob\nPassword: y"),
     "stealer log", "f(url,login,password,application) https://shop.zz/a|ann|x|Firefox https://shop.zz/b|bob|y|Edge ",
     0, 0},
    {"blocks with nothing between",
     STR_INIT(
         "SOFT:\tChrome\nURL:\thttps://a.zz\nUSER:\tann\nPASS:\tx\nSOFT:\tChrome\nURL:\thttps://b.zz\nUSER:\tbob\nPASS:\ty\n"),
     "stealer log", "f(url,login,password,application) https://a.zz|ann|x|Chrome https://b.zz|bob|y|Chrome ", 0, 0},
    {"a header makes an export CSV", STR_INIT("url,login,password\nhttps://a.zz/,ann,x\nhttps://b.zz/,bob,y\n"), "CSV",
     "f(url,login,password) https://a.zz/|ann|x https://b.zz/|bob|y ", 0, 0},
    {"addresses alone are no accounts", STR_INIT("https://a.zz/x\nhttps://b.zz/y\n"), "CSV",
     "f(column1) https://a.zz/x https://b.zz/y ", 0, 0},
    {"salted lists are no accounts of sites", STR_INIT("a.b@mail.zz:pw:s\nc.d@mail.zz:pw:s\n"), "combo list",
     "f(email,user,password) a.b@mail.zz|pw|s c.d@mail.zz|pw|s ", 0, 0},
    {"caret", STR_INIT("id^n\n1^\"a,\"\"b\"\n2^c\n"), "CSV", "f(id,n) 1|a,\"b 2|c ", 0, 0},
    {"byte 1", STR_INIT("id\1n\n1\1a,b\n2\1c\n"), "CSV", "f(id,n) 1|a,b 2|c ", 0, 0},
    {"two colons", STR_INIT("id::n\n1::a:b\n2::c\n"), "CSV", "f(id,n) 1|a:b 2|c ", 0, 0},
    {"single quotes", STR_INIT("'id','n'\n'1','it''s, well'\n'2',''\n"), "CSV", "f(id,n) 1|it's, well 2| ", 0, 0},
    {"backslash before a quote", STR_INIT("id,n\n1,\"a \\\"b\\\" c\"\n2,\"d\\\\\"\n"), "CSV",
     "f(id,n) 1|a \"b\" c 2|d\\ ", 0, 0},
    {"outfile", STR_INIT("1\ta\\tb\\\\c\n2\t\\N\n3\tq\n"), "CSV", "f(column1,column2) 1|a\tb\\c 2| 3|q ", 0, 0},
    {"Excel's first line", STR_INIT("sep=;\r\nid;n\r\n1;a,b\r\n"), "CSV", "f(id,n) 1|a,b ", 0, 0},
    {"a header makes it CSV", STR_INIT("email;password\na@b.zz;x\n"), "CSV", "f(email,password) a@b.zz|x ", 0, 0},
    {"five columns make it CSV", STR_INIT("a@b.zz;1;2;3;4\nc@d.zz;1;2;3;4\n"), "CSV",
     "f(column1,column2,column3,column4,column5) a@b.zz|1|2|3|4 c@d.zz|1|2|3|4 ", 0, 0},
};

static uint64_t all_rejected(const struct table_report *report)
{
    uint64_t sum = 0;
    for (int i = 0; i < TABLE_REJECTS; i++) {
        sum += report->rejected[i];
    }
    return sum;
}

static void test_forms(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 7, 1 << 20};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            struct told told = {.tables = 0};
            struct table_report report;
            struct err err = {0};
            if (read_all(forms[i].input, sizes[s], &told, &report, &err) != 0) {
                fail_msg("%s: %s", forms[i].name, err.text);
            }
            if (told.text.data == NULL || strcmp(told.text.data, forms[i].expected) != 0) {
                fail_msg("%s (pieces of %zu): got '%s', not '%s'", forms[i].name, sizes[s], told.text.data,
                         forms[i].expected);
            }
            if (strcmp(report.format, forms[i].format) != 0 || all_rejected(&report) != forms[i].rejected ||
                report.outside != forms[i].outside) {
                fail_msg("%s: %s, %llu rejected, %llu outside", forms[i].name, report.format,
                         (unsigned long long)all_rejected(&report), (unsigned long long)report.outside);
            }
            buf_free(&told.text);
        }
    }
}

/* Decimals as the BSON specification's corpus spells them, arrays, nesting. */
static void test_bson_values(void **state)
{
    (void)state;
    static const char document[] = "\x57\0\0\0"
                                   "\x13"
                                   "a\0\xd2\4\0\0\0\0\0\0\0\0\0\0\0\0\x3c\x30"
                                   "\x13"
                                   "b\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\xb0"
                                   "\x03"
                                   "o\0\x0c\0\0\0\x10"
                                   "i\0\1\0\0\0\0"
                                   "\x04"
                                   "l\0\x13\0\0\0\x10"
                                   "0\0\1\0\0\0\x10"
                                   "1\0\2\0\0\0\0"
                                   "\x0a"
                                   "n\0"
                                   "\x08"
                                   "t\0\1";
    struct told told = {.tables = 0};
    struct table_report report;
    struct err err = {0};
    struct str input = {document, sizeof document}; /* with the last zero */
    assert_int_equal(input.len, 0x57);
    assert_int_equal(read_all(input, 5, &told, &report, &err), 0);
    assert_string_equal(told.text.data, "f(a,b,o.i,l.0,l.1,n,t) 12.34|-1|1|1|2|\\N|true ");
    buf_free(&told.text);
}

static void test_xlsx_dates(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        enum xlsx_look look;
    } looks[] = {{"General", XLSX_PLAIN},
                 {"0.00", XLSX_PLAIN},
                 {"yyyy\\-mm\\-dd", XLSX_DATE},
                 {"mmm yy", XLSX_DATE},
                 {"mm", XLSX_DATE},
                 {"hh:mm", XLSX_TIME},
                 {"[h]:mm", XLSX_TIME},
                 {"d/m/yyyy h:mm", XLSX_DATE_TIME},
                 {"[$-409]m/d/yy h:mm AM/PM;@", XLSX_DATE_TIME},
                 {"#,##0 \"days\"", XLSX_PLAIN},
                 {"[Red]0", XLSX_PLAIN}};
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        if (xlsx_look_of(str_of(looks[i].format)) != looks[i].look) {
            fail_msg("%s: %d", looks[i].format, (int)xlsx_look_of(str_of(looks[i].format)));
        }
    }
    static const struct {
        double serial;
        enum xlsx_look look;
        bool is_1904;
        const char *expected;
    } dates[] = {{1, XLSX_DATE, false, "1900-01-01"},
                 {59, XLSX_DATE, false, "1900-02-28"},
                 {60, XLSX_DATE, false, "1900-02-29"},
                 {61, XLSX_DATE, false, "1900-03-01"},
                 {44044, XLSX_DATE, false, "2020-08-01"},
                 {44044.5, XLSX_DATE_TIME, false, "2020-08-01 12:00:00"},
                 {44044.5, XLSX_DATE, false, "2020-08-01 12:00:00"},
                 {44044, XLSX_DATE_TIME, false, "2020-08-01"},
                 {0.25, XLSX_TIME, false, "06:00:00"},
                 {42582, XLSX_DATE, true, "2020-08-01"},
                 {0, XLSX_DATE, true, "1904-01-01"},
                 {-1, XLSX_DATE, false, "-1"},
                 {1e9, XLSX_DATE, false, "1000000000"}};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        OWN(own_buf) struct buf out = {0};
        xlsx_date(&out, dates[i].serial, dates[i].look, dates[i].is_1904);
        assert_string_equal(out.data, dates[i].expected);
    }
}

/* Pieces that cut characters anywhere count the same. */
static void test_wrong_bytes(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        uint64_t wrong;
    } cases[] = {{STR_INIT("plain"), 0},        {STR_INIT("Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x98\x80"), 0},
                 {STR_INIT("Zo\xeb Z"), 1},     {STR_INIT("\xe2\x82x\xff"), 3},
                 {STR_INIT("\xed\xa0\x80"), 3}, {STR_INIT("\xe0\x80\x80"), 3},
                 {STR_INIT("cut \xe2\x82"), 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t size = 1; size < 9; size++) {
            struct utf8_watch watch = {.cut_len = 0};
            for (size_t at = 0; at < cases[i].text.len; at += size) {
                utf8_watch(&watch, str_slice(cases[i].text, at, at + size));
            }
            utf8_watch_end(&watch);
            assert_int_equal(watch.wrong, cases[i].wrong);
        }
    }
}

/* ASCII that turns out to be something else, in pieces of any size. */
static void test_late_encodings(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *text, *encoding;
    } tails[] = {{"Zo\xc3\xab\n", "Zo\xc3\xab", "UTF-8"},
                 {"Zo\xeb\n", "Zo\xc3\xab", "Latin-1"},
                 {"5\x80\n", "5\xe2\x82\xac", "CP1252"}};
    for (size_t t = 0; t < sizeof tails / sizeof *tails; t++) {
        for (size_t size = 1000; size < 400000; size *= 7) {
            OWN(own_buf) struct buf input = {0};
            OWN(own_buf) struct buf tail = {0};
            buf_puts(&input, "id,name\n");
            while (input.len < 2 * TABLE_HEAD_BYTES) {
                buf_puts(&input, "1,nobody\n");
            }
            buf_printf(&input, "2,%s", tails[t].bytes);
            buf_printf(&tail, " 2|%s ", tails[t].text);
            struct told told = {.tables = 0};
            struct table_report report;
            struct err err = {0};
            assert_int_equal(read_all(buf_str(&input), size, &told, &report, &err), 0);
            assert_string_equal(report.encoding, tails[t].encoding);
            assert_true(str_ends(buf_str(&told.text), buf_str(&tail)));
            assert_int_equal(report.bytes, input.len);
            assert_int_equal(report.not_text, 0);
            buf_free(&told.text);
        }
    }
}

/* Archives that libarchive itself writes. */
struct member {
    const char *name;
    struct str data;
};

static void write_archive(const char *path, bool is_7z, const struct member *members, size_t count)
{
    struct archive *archive = archive_write_new();
    assert_int_equal(is_7z ? archive_write_set_format_7zip(archive) : archive_write_set_format_pax(archive),
                     ARCHIVE_OK);
    assert_int_equal(is_7z ? 0 : archive_write_add_filter_gzip(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, members[i].name);
        archive_entry_set_size(entry, (la_int64_t)members[i].data.len);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(archive, members[i].data.data, members[i].data.len),
                         (la_ssize_t)members[i].data.len);
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
}

static void test_archives(void **state)
{
    (void)state;
    static const struct member members[] = {
        {"a.csv", STR_INIT("id,n\n1,x\n2\n")},
        {"d/b.jsonl", STR_INIT("{\"k\":1}\n")},
        {"notes.txt", STR_INIT("Once upon a time,\nthere was no table\nat all.\n")},
        {"d/c.sql", STR_INIT("INSERT INTO t (a) VALUES (1);INSERT INTO u (b) VALUES (2);")},
        {"db.sqlite", STR_INIT("SQLite format 3\0rest")}};
    static const char *const why[] = {"", "", "no table", "", "SQLite"};
    for (int is_7z = 0; is_7z < 2; is_7z++) {
        char path[] = "/tmp/assay_inputs_XXXXXX";
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        close(fd);
        write_archive(path, is_7z != 0, members, sizeof members / sizeof *members);
        struct told told = {.tables = 0};
        struct table_report report;
        struct err err = {0};
        struct table_sink sink = {.self = &told, .table = told_table, .rows = told_rows};
        assert_int_equal(table_read_file(path, &sink, &report, &err), 0);
        assert_string_equal(told.text.data, "a(id,n) 1|x d/b(k) 1 t(a) 1 u(b) 2 ");
        assert_int_equal(report.rows, 4);
        assert_int_equal(report.rejected[TABLE_WRONG_CELLS], 1);
        assert_int_equal(report.part_count, 5);
        size_t i = 0;
        for (const struct table_part *part = report.parts; part != NULL; part = part->next, i++) {
            assert_string_equal(part->name, members[i].name);
            assert_non_null(strstr(part->why, why[i]));
            assert_int_equal(part->is_no_table, i == 2);
            assert_int_equal(part->report.rows, i == 3 ? 2 : i < 2);
        }
        table_report_close(&report);
        buf_free(&told.text);
        unlink(path);
    }
}

static void test_book_values(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } numbers[] = {
        {"0.10000000000000001", "0.1"},
        {"1234567890123456789", "1234567890123456789"},
        {"4111111111111111", "4111111111111111"},
        {"-12345678901234567", "-12345678901234567"},
        {"4.9151123456780001E+17", "491511234567800000"},
        {"1.23456789012346e+18", "1234567890123460000"},
        {"-9.99999999999999999E+17", "-1000000000000000000"},
        {"1e22", "1e+22"},
        {"5.0", "5"},
        {"007", "7"},
        {"-3.5", "-3.5"},
        {"x", "x"},
        {"", ""},
        {"-", "-"},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        OWN(own_buf) struct buf out = {0};
        book_number(&out, str_of(numbers[i].text));
        buf_putc(&out, '\0');
        assert_string_equal(out.data, numbers[i].expected);
    }
    static const char *const dates[][2] = {{"2020-08-01T00:00:00.000", "2020-08-01"},
                                           {"2020-08-01T12:00:00", "2020-08-01 12:00:00"},
                                           {"2020-08-01T12:00:00.250", "2020-08-01 12:00:00.250"},
                                           {"2020-08-01", "2020-08-01"}};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        OWN(own_buf) struct buf out = {0};
        book_date(&out, str_of(dates[i][0]));
        buf_putc(&out, '\0');
        assert_string_equal(out.data, dates[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),       cmocka_unit_test(test_bson_values),    cmocka_unit_test(test_xlsx_dates),
        cmocka_unit_test(test_wrong_bytes), cmocka_unit_test(test_late_encodings), cmocka_unit_test(test_archives),
        cmocka_unit_test(test_book_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
