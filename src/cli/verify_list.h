/* What `assay verify` can be given: one line a kind, and a `const struct verify_kind verify_<kind>`. The first that knows
 * itself checks. */
VERIFY_KIND(case)
VERIFY_KIND(proof)
VERIFY_KIND(bundle)
VERIFY_KIND(checkpoint)
