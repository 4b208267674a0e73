/* The only ways out onto the page. Everything that came from a case is attacker's text until one
 * of these has written it; markup of our own is put_lit("..."), which takes a string literal only.
 *
 *   put_html      between tags                  & < > escaped
 *   put_attr      between double quotes         & < > " ' escaped
 *   put_svg_text  between tags of a picture     as put_html, on one line, direction isolated
 *   put_url       an own fragment "#..." for href and id, or a foreign address as inert text (hxxp)
 *   put_json      a quoted JSON string, with < > & ' as \u00XX: harmless between tags, in a script, in C or Go source
 *
 * In all of them controls, bidi and zero-width marks, stacked combining marks and invalid UTF-8
 * become visible (\x1b, \u202e); line ends and tabs become a space (put_json keeps them as \n, \t). E-mail addresses and
 * telephone numbers are masked: j•••@g•••.com, +44 ••• •••12. */
#ifndef ASSAY_REPORT_PUT_H
#define ASSAY_REPORT_PUT_H

#include "base/buf.h"

enum { TEXT_MAX_BYTES = 4096, SLUG_BYTES = 64 };

#define put_lit(out, literal) buf_put((out), STR(literal))
#define put_either(out, condition, literal, otherwise) \
    ((condition) ? put_lit((out), literal) : put_lit((out), otherwise))

void put_html(struct buf *out, struct str evidence);
void put_attr(struct buf *out, struct str evidence);
void put_svg_text(struct buf *out, struct str evidence);
void put_url(struct buf *out, struct str address);
void put_json(struct buf *out, struct str evidence);
/* A key, digest or file name of the case's own: letters, digits and ./_+=- as they are, for a key whose number looks like a telephone's is
 * no telephone; anything with another byte in it as put_html. True: it was written as it is, and no shell reads anything into it. */
bool put_token(struct buf *out, struct str token);
/* What put_url writes behind the #: the id attribute that such a link leads to. */
void put_id(struct buf *out, struct str id);

/* s as it will be read: escapes, masks and the cut at TEXT_MAX_BYTES done, HTML escaping not.
 * For measuring a text before it is drawn. */
void put_plain(struct buf *out, struct str evidence);

#endif
