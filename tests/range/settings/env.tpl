<?php
// Settings of the shop. What differs from machine to machine stands in .env.
foreach (file(__DIR__ . '/.env', FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES) as $line) {
    if ($line[0] !== '#') {
        [$name, $value] = explode('=', $line, 2);
        $_ENV[$name] = trim($value, '"');
    }
}

function env(string $name, ?string $default = null): ?string
{
    return $_ENV[$name] ?? $default;
}

return [
    'shop_name' => env('APP_NAME', 'Shop'),
    'dsn' => sprintf('%s:host=%s;port=%d;dbname=%s', env('DB_CONNECTION'), env('DB_HOST'), env('DB_PORT'), env('DB_DATABASE'))@CHARSET@,
    'db_user' => env('DB_USERNAME'),
    'db_password' => env('DB_PASSWORD'),
    'upload_dir' => __DIR__ . '/uploads',
    'upload_max' => 1048576,
    'currency' => 'EUR',
    'page_size' => 12,
    'mail_from' => env('MAIL_FROM', 'orders@maple-lane.zz'),
    'session_name' => 'maple',
];
