<?php
// Settings of the shop.
define('DB_HOST', '@HOST@');
define('DB_PORT', @PORT@);
define('DB_DATABASE', '@NAME@');
define('DB_USERNAME', '@ACCOUNT@');
define('DB_PASSWORD', '@PASSWORD@');

return [
    'shop_name' => 'Maple Lane Shop',
    'dsn' => '@SCHEME@:host=' . DB_HOST . ';port=' . DB_PORT . ';dbname=' . DB_DATABASE@CHARSET@,
    'db_user' => DB_USERNAME,
    'db_password' => DB_PASSWORD,
    'upload_dir' => __DIR__ . '/uploads',
    'upload_max' => 1048576,
    'currency' => 'EUR',
    'page_size' => 12,
    'mail_from' => 'orders@maple-lane.zz',
    'session_name' => 'maple',
];
