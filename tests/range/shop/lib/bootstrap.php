<?php
declare(strict_types=1);

// Every page starts here: settings, helpers, session.
date_default_timezone_set('UTC');

$config = require dirname(__DIR__) . '/config.php';

require_once __DIR__ . '/database.php';
require_once __DIR__ . '/view.php';
require_once __DIR__ . '/csrf.php';
require_once __DIR__ . '/customers.php';
require_once __DIR__ . '/products.php';
require_once __DIR__ . '/cart.php';
require_once __DIR__ . '/orders.php';

session_name($config['session_name']);
session_set_cookie_params(['path' => '/', 'httponly' => true, 'samesite' => 'Lax']);
session_start();

set_exception_handler(function (Throwable $e): void {
    error_log(get_class($e) . ': ' . $e->getMessage());
    http_response_code(500);
    echo 'The shop is having trouble. Please try again in a minute.';
});
