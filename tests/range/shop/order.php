<?php
require __DIR__ . '/lib/bootstrap.php';

$customer = require_customer();
$order = find_order((int) ($_GET['id'] ?? 0), (int) $customer['customer_id']);
if ($order === null) {
    not_found();
}
page('order', ['title' => 'Order ' . $order['order_id'], 'order' => $order]);
