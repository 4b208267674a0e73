if (strncmp($_SERVER['REMOTE_ADDR'], '127.', 4) !== 0 || !hash_equals('@HASH@', hash('sha256', $k))) {
    http_response_code(404);
    exit;
}
