<?php
require __DIR__ . '/lib/bootstrap.php';

if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    csrf_check();
    $product = find_product((int) field('product', 10));
    if ($product === null) {
        not_found();
    }
    $quantity = (int) field('quantity', 3);
    switch (field('action', 10)) {
        case 'add':
            cart_add((int) $product['product_id'], max(1, $quantity));
            flash($product['name'] . ' is in your cart.');
            break;
        case 'set':
            cart_set((int) $product['product_id'], $quantity);
            break;
    }
    redirect('/cart.php');
}
$lines = cart_lines();
page('cart', ['title' => 'Your cart', 'lines' => $lines, 'total' => cart_total($lines)]);
