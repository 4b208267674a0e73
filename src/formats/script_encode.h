/* Microsoft's Script Encoder (VBScript.Encode, JScript.Encode): no secret, a substitution whose table goes by the position.
 *
 *   #@~^ LLLLLL == body CCCCCC == ^#~@       L: length, C: checksum, base64 of 32 bits; both are ignored, as are missing ends */
#ifndef ASSAY_FORMATS_SCRIPT_ENCODE_H
#define ASSAY_FORMATS_SCRIPT_ENCODE_H

#include "base/arena.h"

/* Bytes with every encoded stretch decoded, in keep; bytes themselves if there is none. */
struct str script_decode(struct arena *keep, struct str bytes);

#endif
