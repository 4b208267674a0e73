<?php
require dirname(__DIR__) . '/lib/bootstrap.php';

header('Content-Type: application/json');
$product = find_product((int) ($_GET['id'] ?? 0));
if ($product === null) {
    http_response_code(404);
    echo json_encode(['error' => 'no such product']);
    exit;
}
echo json_encode(['id' => (int) $product['product_id'], 'stock' => (int) $product['stock'], 'price' => money((int) $product['price_cents'])]);
