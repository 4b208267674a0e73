/* Table formats, one a line; the surest probe wins, the earlier line at a tie of what is less than sure. A BINARY one is no text: its probe
 * and reader see the bytes of the file, before any encoding. */
BINARY(table_bson)
FORMAT(table_sqldump)
FORMAT(table_jsonl)
FORMAT(table_stealer)
FORMAT(table_combo)
FORMAT(table_dialect)
FORMAT(table_csv)
