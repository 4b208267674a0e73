<?php
require __DIR__ . '/lib/bootstrap.php';

$product = find_product((int) ($_GET['id'] ?? 0));
if ($product === null) {
    not_found();
}
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $customer = require_customer();
    csrf_check();
    $stars = min(5, max(1, (int) field('stars', 1)));
    query(
        'INSERT INTO reviews (product_id, customer_id, stars, body, created_at) VALUES (?, ?, ?, ?, ?)',
        [(int) $product['product_id'], (int) $customer['customer_id'], $stars, field('body', 600), now()]
    );
    flash('Thank you for your review.');
    redirect('/product.php?id=' . (int) $product['product_id']);
}
page('product', [
    'title' => $product['name'],
    'product' => $product,
    'reviews' => reviews_of((int) $product['product_id']),
]);
