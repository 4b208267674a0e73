<?php
require __DIR__ . '/lib/bootstrap.php';

$failed = false;
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    csrf_check();
    if (sign_in(field('email'), field('password'))) {
        $to = $_SESSION['after_login'] ?? '/account.php';
        unset($_SESSION['after_login']);
        redirect($to);
    }
    $failed = true;
}
page('login', ['title' => 'Sign in', 'failed' => $failed, 'email' => field('email')]);
