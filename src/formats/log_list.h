/* One line a log format: LOG_FORMAT(x) is `const struct log_format log_x` in log_x.c. */
LOG_FORMAT(combined)
LOG_FORMAT(mysql_general)
LOG_FORMAT(mysql_slow)
LOG_FORMAT(postgresql)
LOG_FORMAT(postgresql_csv)
LOG_FORMAT(postgresql_syslog)
