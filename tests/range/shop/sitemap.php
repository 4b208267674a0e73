<?php
require __DIR__ . '/lib/bootstrap.php';

header('Content-Type: application/xml; charset=utf-8');
echo '<?xml version="1.0" encoding="UTF-8"?>', "\n";
echo '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">', "\n";
foreach (query('SELECT product_id, created_at FROM products ORDER BY product_id') as $row) {
    printf("<url><loc>/product.php?id=%d</loc><lastmod>%s</lastmod></url>\n", $row['product_id'], substr($row['created_at'], 0, 10));
}
echo "</urlset>\n";
