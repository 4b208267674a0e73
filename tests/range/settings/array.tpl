<?php
// Settings of the shop.
return [
    'shop_name' => 'Maple Lane Shop',
    'dsn' => '@DSN@',
    'db_user' => '@ACCOUNT@',
    'db_password' => '@PASSWORD@',
    'upload_dir' => __DIR__ . '/uploads',
    'upload_max' => 1048576,
    'currency' => 'EUR',
    'page_size' => 12,
    'mail_from' => 'orders@maple-lane.zz',
    'session_name' => 'maple',
];
