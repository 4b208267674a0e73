/* Mails: heads, parts, encodings, dates; and what pages and plain texts fall into. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "formats/mail.h"
#include "formats/prose.h"

static void dates(void **state)
{
    (void)state;
    static const struct {
        const char *text, *instant; /* NULL: no date */
        int zone;
    } rows[] = {{"Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T15:55:06Z", -360}, /* RFC 5322, A.1.1 */
                {"4 Mar 2026 09:12:00 +0530", "2026-03-04T03:42:00Z", 330},
                {"Tue, 1 Jul 2003 10:52:37 GMT", "2003-07-01T10:52:37Z", 0},
                {"Tue, 31 Feb 2026 10:52:37 +0000", NULL, 0},
                {"Tue, 1 Xyz 2026 10:52:37 +0000", NULL, 0},
                {"yesterday", NULL, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t instant = 0;
        int16_t zone = 0;
        bool is_date = mail_date(str_of(rows[i].text), &instant, &zone);
        assert_int_equal(is_date, rows[i].instant != NULL);
        if (is_date) {
            assert_true(instant == time_parse(str_of(rows[i].instant)));
            assert_int_equal(zone, rows[i].zone);
        }
    }
}

static const char message[] =
    "From: =?utf-8?Q?Ren=C3=A9e?= =?utf-8?B?IE0=?= <r@x.example>\r\nSubject: folded\r\n line\r\n"
    "Message-ID: <1@x.example>\r\nContent-Type: multipart/mixed; boundary=\"o\"\r\n\r\npreamble\r\n--o\r\n"
    "Content-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>page</p>\r\n"
    "--i\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "caf=E9 so=\r\nft\r\n--i--\r\n--o\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\n"
    "hidden\r\n--o\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nb25lIH\r\nR3bw==\r\n--o--\r\n";

static void parts(void **state)
{
    (void)state;
    struct mail mail;
    OWN(own_arena) struct arena keep;
    arena_init(&keep, 0);
    assert_true(mail_is(str_of(message)));
    assert_false(mail_is(STR("From: A Ltd\nTo: B Ltd\nDate: 3 June\n\nDear Sir,\n"))); /* a letter */
    assert_int_equal(mail_read(&mail, &keep, str_of(message), NULL), 0);
    assert_true(str_eq(mail.from, STR("Ren\xc3\xa9"
                                      "e M <r@x.example>")));
    assert_true(str_eq(mail.subject, STR("folded line")));
    assert_int_equal(mail.count, 4);
    assert_string_equal(mail.parts[0].unread, "the same text in another form");
    assert_null(mail.parts[1].unread);
    assert_true(str_starts(mail.parts[1].bytes, STR("caf\xe9 soft")));
    assert_string_equal(mail.parts[2].unread, "an attachment");
    assert_true(str_eq(mail.parts[2].name, STR("a.txt")));
    assert_true(str_eq(mail.parts[3].bytes, STR("one two")));
}

static void blocks(void **state)
{
    (void)state;
    static const char page[] =
        "<html><head><title>T</title><script>no()</script></head><body><nav>menu</nav>\n<article><h1>Head</h1>\n"
        "<p>One &amp; t<b>wo</b></p><blockquote>Cited</blockquote></article></body></html>";
    static const struct {
        const char *text;
        enum prose_role role;
        unsigned depth, line;
    } wanted[] = {{"menu", PROSE_NOISE, 0, 1},
                  {"Head", PROSE_HEADING, 0, 2},
                  {"One & two", PROSE_BODY, 0, 3},
                  {"Cited", PROSE_BODY, 1, 3}};
    OWN(own_arena) struct arena keep;
    OWN(own_prose) struct prose prose;
    arena_init(&keep, 0);
    prose_init(&prose, &keep);
    assert_int_equal(prose_html(&prose, str_of(page), NULL), 0);
    assert_true(str_eq(prose.about.title, STR("T")));
    assert_int_equal(prose.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(str_eq(prose.blocks[i].text, str_of(wanted[i].text)));
        assert_int_equal(prose.blocks[i].role, wanted[i].role);
        assert_int_equal(prose.blocks[i].depth, wanted[i].depth);
        assert_int_equal(prose.blocks[i].line, wanted[i].line);
    }
}

static void lines(void **state)
{
    (void)state;
    static const char text[] =
        "To: B Ltd\n\nA line that is long enough to have been wrapped\ngoes on here.\n\n> quoted\n\nshort\nlines\n";
    static const char *const wanted[] = {"To: B Ltd", "A line that is long enough to have been wrapped goes on here.",
                                         "quoted", "short", "lines"};
    OWN(own_arena) struct arena keep;
    OWN(own_prose) struct prose prose;
    arena_init(&keep, 0);
    prose_init(&prose, &keep);
    assert_int_equal(prose_text(&prose, str_of(text), NULL), 0);
    assert_int_equal(prose.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_true(str_eq(prose.blocks[i].text, str_of(wanted[i])));
    }
    assert_int_equal(prose.blocks[0].role, PROSE_LABEL);
    assert_int_equal(prose.blocks[2].depth, 1);
    assert_int_equal(prose.blocks[3].line, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(dates), cmocka_unit_test(parts), cmocka_unit_test(blocks),
                                       cmocka_unit_test(lines)};
    return cmocka_run_group_tests_name("formats_mail", tests, NULL, NULL);
}
