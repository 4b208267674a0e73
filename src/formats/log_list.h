/* One line a log format: LOG_FORMAT(x) is `const struct log_format log_x` in log_x.c. */
LOG_FORMAT(combined)
LOG_FORMAT(apache_error)
LOG_FORMAT(auth)
LOG_FORMAT(fpm_slow)
LOG_FORMAT(ftp)
LOG_FORMAT(nginx_error)
LOG_FORMAT(php_error)
