/* What the sections of the page share. Each section is one file and writes itself, or nothing when the case holds nothing for it.
 *
 *   page.c ─▶ question verdicts settle story logs reach sample ─▶ pictures (timeline matrix coverage claims cites) ─▶ exhibits (statements) deadlines method check
 */
#ifndef ASSAY_REPORT_INSIDE_H
#define ASSAY_REPORT_INSIDE_H

#include "report/model.h"
#include "report/number.h"
#include "report/reached.h"
#include "report/say.h"
#include "report/svg.h"

struct page {
    struct buf out;
    struct model *model;
    unsigned figures; /* drawn so far */
    bool misfit;      /* a template did not fit its holes: our mistake */
};

/* Fills a template into the page; word() is for one without holes. */
#define PUT(page, key, ...) \
    ((page)->misfit |= !say_holes(&(page)->out, IN_HTML, (key), (const struct hole[]){__VA_ARGS__, {.type = HOLE_END}}))
/* Fills a template as plain text, for pictures. */
#define PLAIN(page, plain, key, ...) \
    ((page)->misfit |= !say_holes((plain), IN_PLAIN, (key), (const struct hole[]){__VA_ARGS__, {.type = HOLE_END}}))

/* ---- parts.c: what several sections write ---- */

void word(struct page *page, enum word key);
void section_open(struct page *page, const char *id, enum word title);
void section_close(struct page *page);
/* <th> with a template's text; class_name may be NULL */
void head_cell(struct page *page, enum word key, const char *class_name);
/* ' data-l="..."' for cells that become cards on a phone */
void card_label(struct page *page, enum word key);
/* A link to an exhibit or statement if the case holds it, inert text if not. */
void put_ref(struct page *page, struct str id);
/* The ids of a list as links, space between, at most `most`. */
void put_refs(struct page *page, const json_t *ids, size_t most);
/* Glyph and word of a verdict. */
void put_verdict(struct page *page, enum direction direction);
const char *verdict_glyph(enum direction direction);
void heading(struct page *page, enum word title); /* of a part of a section */
/* A table in a scroll region: its name for those who hear the page, its heads, the body opened; table_close ends it. */
void table_open(struct page *page, struct str name, const enum word *heads, size_t count);
void table_close(struct page *page);
/* An address of a database without its user, or the path of a file: raw text. put_place: " as user" behind it. */
void place_text(struct buf *out, struct str uri);
void put_place(struct page *page, struct str uri);
/* The claim's text as a clause: without its full stop, a leading article in lower case. Borrowed parts go to out as raw text. */
void claim_clause(struct buf *out, const json_t *claim);
/* "A post from the account X (hijacked since T)", "A post under the name X", "X": raw text, to begin a sentence with. */
void speaker(struct page *page, struct buf *out, const json_t *statement);

/* "asserts", "denies", ... */
enum word act_word(struct str act);
/* Of a column of match: "source-secret", "pairing", ... */
enum word class_word(struct str class_name);

/* A numbered picture: opens figure, title and scroll region; figure_caption begins what stands beside it. */
void figure_open(struct page *page, enum word title);
void figure_titled(struct page *page, struct str title);
void figure_caption(struct page *page);
void figure_close(struct page *page);

void section_question(struct page *page);
void section_verdicts(struct page *page);
void section_settle(struct page *page);
void section_story(struct page *page);
void section_logs(struct page *page);
void section_reach(struct page *page);
void section_sample(struct page *page);
void section_pictures(struct page *page);
void section_exhibits(struct page *page);
void put_statements(struct page *page);
void put_custody_chains(struct page *page);        /* custody.c: part of the exhibits */
void put_principles(struct page *page);            /* principles.c: part of the method */
void put_roots(struct page *page);                 /* roots.c */
void put_replies(struct page *page);               /* replies.c */
void put_when(struct page *page, struct str text); /* a day, and the hour where the text has one */
void section_deadlines(struct page *page);
void section_method(struct page *page);
void section_check(struct page *page);

/* logs.c: whether an examination says what its logs could show, or read other logs than the web server's */
bool logs_are_examined(struct page *page);

/* calibrated.c: nothing where the rates document has no such counts */
void put_calibration(struct page *page);

/* reach.c: also for its tables */
bool reach_is_examined(const struct model *model);
enum word reach_scope_word(enum reach_scope scope);
void put_reach_account(struct page *page, struct str account);
void put_reach_place(struct page *page, const json_t *credential, const json_t *exam);
/* reach_list.c: what was seen in tables, of whom, which credentials lay there, what was not looked at */
void put_reach_tables(struct page *page, const struct reached *reached);
void put_reach_people(struct page *page, const struct reached *reached);
void put_reach_credentials(struct page *page, const struct reached *reached);
void put_reach_holes(struct page *page, const struct reached *reached);
/* False when no table has a known size: nothing is drawn. */
bool figure_reach(struct page *page, const struct reached *reached);

bool figure_timeline(struct page *page);
bool figure_intrusion(struct page *page);
bool figure_matrix(struct page *page);
bool figure_coverage(struct page *page);
bool figure_claims(struct page *page);
bool figure_ach(struct page *page);
bool figure_cites(struct page *page);

#endif
