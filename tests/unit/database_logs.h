/* Heads of database logs, one a format: what a reader is opened with in the unit test and the fuzz target. */
#ifndef ASSAY_TESTS_DATABASE_LOGS_H
#define ASSAY_TESTS_DATABASE_LOGS_H

struct specimen {
    const char *name, *text;
};

#define T "\t"
static const struct specimen database_logs[] = {
    {"MySQL general log", "/usr/sbin/mysqld, Version: 5.6.51-log (Source distribution). started with:\n"
                          "Tcp port: 3306  Unix socket: /run/mysqld/mysqld.sock\n"
                          "Time                 Id Command    Argument\n"
                          "260314 21:47:09" T "   12 Connect" T "shop@localhost on shop using Socket\n" T T
                          "   12 Query" T "SELECT a,\n       b\nFROM customers\n" T T "   12 Quit" T "\n"},
    {"MySQL general log", "2026-03-14T21:47:09.123456Z" T "   12 Query" T "SELECT 1\n"
                          "2026-03-14T22:47:10.000001+01:00" T "   13 Init DB" T "shop\n"},
    {"MySQL slow log", "# Time: 260314 21:47:09\n"
                       "# User@Host: shop[shop] @ localhost [127.0.0.1]\n"
                       "# Thread_id: 12  Schema: shop  QC_hit: No\n"
                       "# Query_time: 0.000123  Lock_time: 0.000017  Rows_sent: 2  Rows_examined: 5\n"
                       "# Rows_affected: 0  Bytes_sent: 136\n"
                       "use shop;\nSET timestamp=1773524829;\nSELECT *\nFROM customers;\n"},
    {"MySQL slow log", "# Time: 2026-03-14T21:47:09.123456Z\n"
                       "# User@Host: shop[shop] @  [203.0.113.7]  Id:    12\n"
                       "# Query_time: 1.500000  Lock_time: 0.000000 Rows_sent: 9  Rows_examined: 9\n"
                       "SET timestamp=1773524828;\nSELECT 1;\n"},
    {"MariaDB audit log", "20260314 21:47:09,db1,shop,203.0.113.7,12,0,CONNECT,shop,,0\n"
                          "20260314 21:47:09,db1,shop,203.0.113.7,12,34,QUERY,shop,'SELECT \\'a\\'',0\n"},
    {"MariaDB audit log",
     "Mar 14 21:47:09 db1 mysql-server_auditing: db1,shop,203.0.113.7,12,34,QUERY,shop,'SELECT 1',0\n"},
    {"MySQL audit log, JSON",
     "{\"audit_record\":{\"name\":\"Query\",\"record\":\"4_2026-03-14T21:40:00\",\"timestamp\":\"2026-03-14T21:47:09 UTC\",\"command_class\":"
     "\"select\",\"connection_id\":\"12\",\"status\":1146,\"sqltext\":\"SELECT \\\"a\\\"\",\"user\":\"shop[shop] @ db1 "
     "[203.0.113.7]\",\"host\":\"db1\",\"os_user\":\"\",\"ip\":\"203.0.113.7\",\"db\":\"shop\"}}\n"},
    {"MySQL audit log, JSON",
     "[\n{ \"timestamp\": \"2026-03-14 21:47:09\", \"id\": 1, \"class\": \"connection\", \"event\": \"connect\", \"connection_id\": 12,\n"
     "  \"account\": { \"user\": \"shop\", \"host\": \"db1\" }, \"login\": { \"user\": \"shop\", \"os\": \"\", \"ip\": \"203.0.113.7\", \"proxy\": \"\" "
     "},\n  \"connection_data\": { \"connection_type\": \"ssl\", \"status\": 0, \"db\": \"shop\" } },\n"
     "{ \"timestamp\": \"2026-03-14 21:47:10\", \"id\": 0, \"class\": \"general\", \"event\": \"status\", \"connection_id\": 12, \"account\": { "
     "\"user\": \"shop\", \"host\": \"db1\" }, \"login\": { \"user\": \"shop\", \"os\": \"\", \"ip\": \"203.0.113.7\", \"proxy\": \"\" }, "
     "\"general_data\": { \"command\": \"Query\", \"sql_command\": \"select\", \"query\": \"SELECT 1\", \"status\": 0 } }\n]\n"},
    {"MySQL audit log, XML",
     "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<AUDIT>\n <AUDIT_RECORD>\n  <TIMESTAMP>2026-03-14T21:47:09 UTC</TIMESTAMP>\n"
     "  <RECORD_ID>4_2026-03-14T21:40:00</RECORD_ID>\n  <NAME>Query</NAME>\n  <CONNECTION_ID>12</CONNECTION_ID>\n"
     "  <STATUS>0</STATUS>\n  <USER>shop[shop] @ db1 [203.0.113.7]</USER>\n  <DB>shop</DB>\n"
     "  <SQLTEXT>SELECT &quot;a&quot; &lt; 5</SQLTEXT>\n </AUDIT_RECORD>\n</AUDIT>\n"},
    {"MySQL audit log, XML",
     "<AUDIT_RECORD\n  NAME=\"Query\"\n  RECORD=\"4_2026-03-14T21:40:00\"\n  TIMESTAMP=\"2026-03-14T21:47:09 UTC\"\n"
     "  CONNECTION_ID=\"12\"\n  STATUS=\"0\"\n  SQLTEXT=\"SELECT 1\"\n  USER=\"shop[shop] @ db1 []\"\n  HOST=\"db1\"\n"
     "  OS_USER=\"\"\n  IP=\"\"\n  DB=\"shop\"\n/>\n"},
    {"PostgreSQL log",
     "2026-03-14 21:47:09.123 UTC [123] LOG:  database system is ready to accept connections\n"
     "2026-03-14 21:47:10.123 UTC [124] shop@shop LOG:  statement: SELECT a\n" T "FROM customers\n"
     "2026-03-14 21:47:10.124 UTC [124] shop@shop ERROR:  relation \"x\" does not exist at character 15\n"
     "2026-03-14 21:47:10.124 UTC [124] shop@shop STATEMENT:  SELECT * FROM x\n"},
    {"PostgreSQL log",
     "2026-03-14 21:47:09 CET:203.0.113.7(40000):shop@shop:[124]:LOG:  duration: 1.234 ms  statement: SELECT 1\n"},
    {"PostgreSQL CSV log",
     "2026-03-14 21:47:09.123 UTC,\"shop\",\"shop\",123,\"203.0.113.7:40000\",6009c305.5ce,1,\"SELECT\",2026-03-14 21:40:00 "
     "UTC,3/4,0,LOG,00000,\"statement: SELECT \"\"a\"\"\nFROM customers\",,,,,,,,,\"psql\",\"client backend\",,0\n"},
    {"PostgreSQL JSON log",
     "{\"timestamp\":\"2026-03-14 21:47:09.123 UTC\",\"user\":\"shop\",\"dbname\":\"shop\",\"pid\":123,\"remote_host\":"
     "\"203.0.113.7\",\"remote_port\":40000,\"error_severity\":\"LOG\",\"message\":\"statement: SELECT "
     "\\\"a\\\"\",\"application_name\":\"psql\"}\n"},
    {"PostgreSQL JSON log",
     "{\"logName\":\"projects/x/logs/cloudsql.googleapis.com%2Fpostgres.log\",\"textPayload\":\"[5]: [1-1] db=shop,user=shop "
     "LOG:  statement: SELECT 1\",\"timestamp\":\"2026-03-14T21:47:09.123456Z\"}\n"},
    {"PostgreSQL in syslog",
     "Mar 14 21:47:09 db1 postgres[123]: [4-1] user=shop,db=shop LOG:  statement: SELECT name\n"
     "Mar 14 21:47:09 db1 postgres[123]: [4-2] #011FROM customers\n"
     "Mar 14 21:47:09 db1 postgres[124]: [5-1] user=shop,db=shop LOG:  disconnection: session time: 0:00:00.007 user=shop "
     "database=shop host=[local]\n"},
};
#undef T
enum { DATABASE_LOGS = sizeof database_logs / sizeof *database_logs };

#endif
