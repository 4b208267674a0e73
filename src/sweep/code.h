/* Java, C#, VB and JScript in pages, understood as far as one file goes, as php.h does for PHP: constants are folded, the
 * visitor's bytes are followed from where they enter to where they are run, written or named. The facts are of the same shape.
 *
 *   bytes ─▶ parts, tokens (formats/page.h) ─▶ statements (code_run.c), expressions (code_expr.c), calls (code_call.c) ─▶ facts
 *
 * Functions are read where they stand, each with its own variables; calls bind what they give, and what is called before it is
 * defined is known in the next pass. Passes end when nothing new flows. Loops and decoders with constants are run as they are, for
 * as long as a bound apart allows. The work is linear in the size, with the bounds below. A page without a single name that means
 * something is not gone through at all. */
#ifndef ASSAY_SWEEP_CODE_H
#define ASSAY_SWEEP_CODE_H

#include "formats/page.h"
#include "sweep/code_words.h"
#include "sweep/php.h"

enum { CODE_PASSES = 5, CODE_LAYERS_MAX = 24, CODE_LAYER_DEPTH = 6, CODE_ANALYSE_MAX_BYTES = 4 << 20 };

/* Memory kept between files. */
struct code_analyst {
    struct page page;
    struct page layers[CODE_LAYER_DEPTH];
    struct php_heap heap;
    struct code_word_set words;
    struct arena texts; /* decoded parts and escapes */
};

void code_analyst_init(struct code_analyst *analyst);
void code_analyst_clear(struct code_analyst *analyst);
/* Facts of one page; valid, with all texts, until the next call. */
void code_analyse(struct code_analyst *analyst, enum page_kind kind, struct str bytes, struct php_facts *ret_facts);

#endif
