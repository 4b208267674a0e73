/* Table formats, one a line; the surest probe wins, the earlier line at a tie. */
FORMAT(table_sqldump)
FORMAT(table_jsonl)
FORMAT(table_csv)
