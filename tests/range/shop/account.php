<?php
require __DIR__ . '/lib/bootstrap.php';

$customer = require_customer();
$id = (int) $customer['customer_id'];
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    csrf_check();
    $form = ['full_name' => field('full_name', 120), 'phone' => field('phone', 30), 'city' => field('city', 80)];
    if ($form['full_name'] !== '') {
        update_customer($id, $form);
        flash('Saved.');
    }
    redirect('/account.php');
}
page('account', ['title' => 'Your account', 'orders' => orders_of($id), 'avatar' => avatar_of($id)]);
