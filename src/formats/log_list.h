/* One line a log format: LOG_FORMAT(x) is `const struct log_format log_x` in log_x.c. */
LOG_FORMAT(combined)
