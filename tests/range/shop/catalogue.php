<?php
require __DIR__ . '/lib/bootstrap.php';

$category = isset($_GET['category']) && ctype_digit($_GET['category']) ? (int) $_GET['category'] : null;
$sort = isset($_GET['sort']) ? (string) $_GET['sort'] : 'name';
$page = max(1, (int) ($_GET['page'] ?? 1));
$categories = categories();
if ($category !== null && !isset($categories[$category])) {
    not_found();
}
$size = $config['page_size'];
page('catalogue', [
    'title' => $category === null ? 'Everything' : $categories[$category],
    'products' => list_products($category, $sort, $page, $size),
    'categories' => $categories,
    'category' => $category,
    'sort' => $sort,
    'page' => $page,
    'pages' => (int) ceil(count_products($category) / $size),
]);
