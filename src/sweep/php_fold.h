/* PHP's own functions over constants: what base64_decode('...') is, without running anything. */
#ifndef ASSAY_SWEEP_PHP_FOLD_H
#define ASSAY_SWEEP_PHP_FOLD_H

#include "formats/php_words.h"
#include "sweep/php_value.h"

/* The value of a call whose arguments are known. True and *ret_value if it can be computed within the heap's bounds.
 * Functions that know variables (define, compact ...) aren't done here. */
bool php_fold(struct php_heap *heap, enum php_fold function, const struct php_value *arguments, unsigned count,
              struct php_value *ret_value);
/* Does the function undo an encoding? */
bool php_fold_is_decoder(enum php_fold function);
/* Escapes of a quoted string as its quotes ask: '\'' or '"' ('h' and '`' are like '"'). */
struct str php_unescape(struct php_heap *heap, struct str raw, char quote);
/* a OP b over texts or numbers for ^ & | and ~ (b NULL). False if it isn't constant. */
bool php_fold_bits(struct php_heap *heap, char op, const struct php_value *a, const struct php_value *b,
                   struct php_value *ret_value);

#endif
