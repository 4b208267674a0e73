<?php
require __DIR__ . '/lib/bootstrap.php';
require __DIR__ . '/lib/avatars.php';

$customer = require_customer();
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    csrf_check();
    $store = new AvatarStore($config['upload_dir'], $config['upload_max']);
    $name = $store->keep((int) $customer['customer_id'], $_FILES['picture'] ?? []);
    flash($name === null ? 'That picture was not accepted.' : 'A nice picture!');
    redirect($name === null ? '/avatar.php' : '/account.php');
}
page('avatar', ['title' => 'Your picture', 'avatar' => avatar_of((int) $customer['customer_id'])]);
