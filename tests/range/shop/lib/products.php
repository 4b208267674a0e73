<?php
declare(strict_types=1);

function categories(): array
{
    return query('SELECT category_id, name FROM categories ORDER BY name')->fetchAll(PDO::FETCH_KEY_PAIR);
}

function find_product(int $id): ?array
{
    $row = query(
        'SELECT p.*, c.name AS category FROM products p JOIN categories c USING (category_id) WHERE product_id = :id',
        ['id' => $id]
    )->fetch();
    return $row === false ? null : $row;
}

/** One page of the catalogue; the order comes from a fixed list. */
function list_products(?int $category, string $sort, int $page, int $size): array
{
    $orders = ['name' => 'name', 'price' => 'price_cents', 'newest' => 'created_at DESC'];
    $by = $orders[$sort] ?? 'name';
    $where = $category === null ? '1 = 1' : 'category_id = :category';
    $values = ['size' => $size, 'skip' => ($page - 1) * $size];
    if ($category !== null) {
        $values['category'] = $category;
    }
    return query("SELECT * FROM products WHERE $where ORDER BY $by, product_id LIMIT :size OFFSET :skip", $values)->fetchAll();
}

function count_products(?int $category): int
{
    if ($category === null) {
        return (int) query('SELECT count(*) FROM products')->fetchColumn();
    }
    return (int) query('SELECT count(*) FROM products WHERE category_id = :c', ['c' => $category])->fetchColumn();
}

function search_products(string $words): array
{
    $like = '%' . strtr(strtolower($words), ['%' => '!%', '_' => '!_', '!' => '!!']) . '%';
    return query(
        "SELECT * FROM products WHERE lower(name) LIKE :a ESCAPE '!' OR lower(description) LIKE :b ESCAPE '!' ORDER BY name LIMIT 30",
        ['a' => $like, 'b' => $like]
    )->fetchAll();
}

function reviews_of(int $id): array
{
    return query(
        'SELECT r.stars, r.body, r.created_at, c.full_name FROM reviews r JOIN customers c USING (customer_id)
         WHERE r.product_id = :id ORDER BY r.created_at DESC LIMIT 5',
        ['id' => $id]
    )->fetchAll();
}
