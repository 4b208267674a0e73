/* Every constant of a verdict that nobody measured: what it is, where it comes from, and how far its double may go.
 *
 *   POLICY(ENUM, name, value, most, how, meaning, source)
 * how: VARIED (each verdict is weighed again at half and at double of it), FIXED (with the reason in source: the verdict cannot be
 * weighed at another value from what the case holds). */
POLICY(RHO_THIRD, "rho.third", .001, .5, VARIED,
       "chance that what a third party keeps, or one without the means to forge, was doctored", "assumed")
POLICY(RHO_SEALED, "rho.sealed", .01, .5, VARIED,
       "chance that what its keeper sealed before the first statement was doctored", "assumed")
POLICY(RHO_INTERESTED, "rho.interested", .1, .5, VARIED,
       "chance that what an interested keeper holds unsealed, or nobody knows who, was doctored", "assumed")
POLICY(LEAVES, "leaves", 1, 1, VARIED,
       "V: chance that a story leaves a trace it should leave, where that was not measured", "assumed: with certainty")
POLICY(OTHER_WAY, "leaves.other_way", .9, 1, VARIED, "V of data that left another way, in the database's own log",
       "assumed")
POLICY(MISSED, "interval", .05, .5, VARIED, "share of the intervals of a measured rate that miss it",
       "convention: intervals of 95 % (Clopper and Pearson 1934)")
POLICY(LOST, "lost", .05, 1, VARIED,
       "share of a database that was not read, from which on what is not found there says nothing", "assumed")
POLICY(CAP, "cap", 6, 12, VARIED, "largest log10 ratio that is told", "assumed: no validation carries more")
POLICY(COINCIDENCE, "private.coincidence", .01, .5, VARIED,
       "chance that a key with a time of creation agrees by coincidence, in a private comparison",
       "assumed, far above what was measured: 0 of 452,500 (docs/private.md)")
POLICY(HEAD, "private.seed", 50, 1e6, VARIED,
       "keys in common that are reckoned to be seed rows in a private comparison, where nobody can look",
       "assumed: as many rows at the head of a table as a comparison leaves out")
POLICY(STANDARD, "standard", 100, 1e9, VARIED, "ratio from which on a claim is supported; at its inverse it is refuted",
       "the claim's own, else 100")
POLICY(USE_REQUESTS, "use.requests", 3, 3, FIXED, "answered requests that make a use of what was planted",
       "its error rates were measured with it")
POLICY(ETA, "match.eta", .1, .1, FIXED, "share of a made-up sample that is granted to accounts of the forger's own",
       "enters a comparison when it is made; the verdict reads its ratios")
POLICY(HIGH, "coverage.high", .9, .9, FIXED, "share from which on coverage is called high and a log counts as seen",
       "a word and advice; it moves no ratio")
POLICY(NEAR, "ach.consistent", .3, .3, FIXED,
       "log10 below the best story down to which an item is consistent with a story",
       "the view of hypotheses alone; it moves no ratio")
POLICY(FAR, "ach.inconsistent", 1, 1, FIXED, "log10 below the best story from which on it is inconsistent",
       "the view of hypotheses alone; it moves no ratio")
POLICY(TOLERANCE, "tolerance", 1e-9, 1e-9, FIXED, "difference of two log10 ratios that counts as none",
       "of the arithmetic, not of the world")
