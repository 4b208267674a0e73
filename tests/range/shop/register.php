<?php
require __DIR__ . '/lib/bootstrap.php';

$form = ['email' => '', 'phone' => '', 'full_name' => '', 'city' => '', 'password' => ''];
$wrong = [];
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    csrf_check();
    foreach (array_keys($form) as $name) {
        $form[$name] = field($name);
    }
    $wrong = register_customer($form);
    if (!$wrong) {
        flash('Welcome to ' . $config['shop_name'] . '.');
        redirect('/account.php');
    }
}
page('register', ['title' => 'New account', 'form' => $form, 'wrong' => $wrong]);
