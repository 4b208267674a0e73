/* Live databases, one a line: SOURCE(x) is `const struct source_driver x_driver` in x.c. */
SOURCE(clickhouse)
SOURCE(clickhouses)
SOURCE(postgresql)
SOURCE(postgres)
SOURCE(redis)
SOURCE(mongodb)
SOURCE(mongodb_srv)
SOURCE(sqlite)
