/* The commands, in the order of `assay help`: one line each below the group it belongs to, and a cmd_<name>.c. */
#ifndef GROUP
#define GROUP(title)
#define GROUP_IS_OURS
#endif

GROUP("The case, and what is said in it")
COMMAND(open)
COMMAND(read)
COMMAND(state)
COMMAND(status)

GROUP("What there is to examine")
COMMAND(sweep)
COMMAND(trace)
COMMAND(reach)
COMMAND(match)
COMMAND(private)

GROUP("What it comes to")
COMMAND(confirm)
COMMAND(timeline)
COMMAND(judge)

GROUP("Handing over")
COMMAND(custody)
COMMAND(report)
COMMAND(export)
COMMAND(pack)

GROUP("So that nobody can alter it unnoticed")
COMMAND(seal)
COMMAND(key)
COMMAND(cosign)
COMMAND(prove)
COMMAND(verify)

#ifdef GROUP_IS_OURS
#undef GROUP
#undef GROUP_IS_OURS
#endif
