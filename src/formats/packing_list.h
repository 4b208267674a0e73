/* One line a packing: PACKING(x) is `const struct packing packing_x` in x.c. */
PACKING(gzip)
PACKING(bzip2)
PACKING(xz)
PACKING(zstd)
