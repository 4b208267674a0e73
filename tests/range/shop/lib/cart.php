<?php
declare(strict_types=1);

// The cart lives in the session: product number => quantity.

function cart_add(int $product, int $quantity): void
{
    $have = $_SESSION['cart'][$product] ?? 0;
    cart_set($product, $have + $quantity);
}

function cart_set(int $product, int $quantity): void
{
    if ($quantity < 1) {
        unset($_SESSION['cart'][$product]);
    } else {
        $_SESSION['cart'][$product] = min($quantity, 99);
    }
}

function cart_count(): int
{
    return array_sum($_SESSION['cart'] ?? []);
}

/** The lines of the cart with their products. */
function cart_lines(): array
{
    $cart = $_SESSION['cart'] ?? [];
    if (!$cart) {
        return [];
    }
    $marks = implode(',', array_fill(0, count($cart), '?'));
    $lines = [];
    foreach (query("SELECT * FROM products WHERE product_id IN ($marks)", array_keys($cart)) as $product) {
        $quantity = (int) $cart[$product['product_id']];
        $lines[] = $product + ['quantity' => $quantity, 'sum' => $quantity * (int) $product['price_cents']];
    }
    return $lines;
}

function cart_total(array $lines): int
{
    return array_sum(array_column($lines, 'sum'));
}
