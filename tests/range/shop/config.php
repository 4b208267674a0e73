<?php
// Settings of the shop. The database lies one level above the web root.
return [
    'shop_name' => 'Maple Lane Shop',
    'dsn' => 'sqlite:' . dirname(__DIR__) . '/shop.sqlite',
    'upload_dir' => __DIR__ . '/uploads',
    'upload_max' => 1048576,
    'currency' => 'EUR',
    'page_size' => 12,
    'mail_from' => 'orders@maple-lane.zz',
    'session_name' => 'maple',
];
