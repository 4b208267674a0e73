/* One question to the agent whose socket SSH_AUTH_SOCK names, and its answer. */
#ifndef ASSAY_LEDGER_AGENT_TALK_H
#define ASSAY_LEDGER_AGENT_TALK_H

#include "base/buf.h"

/* Both without the length in front. The whole exchange takes at most so many seconds. err: USAGE (no agent is named, its path is too
 * long), IO (nobody there, it hangs up, the time is over, more than AGENT_MAX_BYTES), LIMIT (the question is as long). */
MUST_USE int agent_talk(struct str question, unsigned seconds, struct buf *ret_answer, struct err *err);

#endif
