<?php
declare(strict_types=1);

/** Turns the cart into an order and returns its number. */
function place_order(array $customer, array $lines, string $city): int
{
    $pdo = db();
    $pdo->beginTransaction();
    try {
        query(
            "INSERT INTO orders (customer_id, status, total_cents, ship_city, placed_at) VALUES (:customer, 'new', :total, :city, :now)",
            ['customer' => (int) $customer['customer_id'], 'total' => cart_total($lines), 'city' => $city, 'now' => now()]
        );
        $order = (int) $pdo->lastInsertId();
        foreach ($lines as $n => $line) {
            query(
                'INSERT INTO order_items (order_id, line, product_id, quantity, price_cents) VALUES (?, ?, ?, ?, ?)',
                [$order, $n + 1, (int) $line['product_id'], $line['quantity'], (int) $line['price_cents']]
            );
            query(
                'UPDATE products SET stock = CASE WHEN stock > ? THEN stock - ? ELSE 0 END WHERE product_id = ?',
                [$line['quantity'], $line['quantity'], (int) $line['product_id']]
            );
        }
        $pdo->commit();
    } catch (Throwable $e) {
        $pdo->rollBack();
        throw $e;
    }
    queue_mail($customer['email'], 'Your order ' . $order, "Thank you! We pack order $order and write when it leaves.");
    return $order;
}

function orders_of(int $customer): array
{
    return query('SELECT * FROM orders WHERE customer_id = :id ORDER BY placed_at DESC LIMIT 20', ['id' => $customer])->fetchAll();
}

function find_order(int $id, int $customer): ?array
{
    $order = query('SELECT * FROM orders WHERE order_id = :id AND customer_id = :customer', ['id' => $id, 'customer' => $customer])->fetch();
    if ($order === false) {
        return null;
    }
    $order['lines'] = query(
        'SELECT i.*, p.name FROM order_items i JOIN products p USING (product_id) WHERE order_id = :id ORDER BY line',
        ['id' => $id]
    )->fetchAll();
    return $order;
}

/** Mail is sent by the cron job, never while a page waits. */
function queue_mail(string $to, string $subject, string $body): void
{
    global $config;
    query(
        'INSERT INTO mail_queue (sender, recipient, subject, body, created_at) VALUES (?, ?, ?, ?, ?)',
        [$config['mail_from'], $to, $subject, $body, now()]
    );
}
