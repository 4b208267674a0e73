<?php
require __DIR__ . '/lib/bootstrap.php';

$words = trim((string) ($_GET['q'] ?? ''));
$found = $words === '' ? [] : search_products(substr($words, 0, 80));
page('search', ['title' => 'Search', 'words' => $words, 'found' => $found]);
