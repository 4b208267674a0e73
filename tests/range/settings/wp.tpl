<?php
/**
 * The base configuration of the shop.
 */

/** The name of the database */
define( 'DB_NAME', '@NAME@' );

/** Database username */
define( 'DB_USER', '@ACCOUNT@' );

/** Database password */
define( 'DB_PASSWORD', '@PASSWORD@' );

/** Database hostname */
define( 'DB_HOST', '@HOST@:@PORT@' );

/** Database charset */
define( 'DB_CHARSET', 'utf8mb4' );

$table_prefix = '';

[$host, $port] = explode(':', DB_HOST . ':3306');

return [
    'shop_name' => 'Maple Lane Shop',
    'dsn' => "mysql:host=$host;port=$port;dbname=" . DB_NAME . ';charset=' . DB_CHARSET,
    'db_user' => DB_USER,
    'db_password' => DB_PASSWORD,
    'upload_dir' => __DIR__ . '/uploads',
    'upload_max' => 1048576,
    'currency' => 'EUR',
    'page_size' => 12,
    'mail_from' => 'orders@maple-lane.zz',
    'session_name' => 'maple',
];
