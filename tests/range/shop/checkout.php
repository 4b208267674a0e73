<?php
require __DIR__ . '/lib/bootstrap.php';

$customer = require_customer();
$lines = cart_lines();
if (!$lines) {
    redirect('/cart.php');
}
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    csrf_check();
    $city = field('city', 80);
    if ($city !== '') {
        $order = place_order($customer, $lines, $city);
        unset($_SESSION['cart']);
        redirect('/order.php?id=' . $order);
    }
    flash('Where shall we send it?');
}
page('checkout', ['title' => 'Checkout', 'lines' => $lines, 'total' => cart_total($lines)]);
