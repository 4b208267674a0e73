<?php
require __DIR__ . '/lib/bootstrap.php';

$newest = list_products(null, 'newest', 1, 6);
page('home', ['title' => 'Things for the house', 'newest' => $newest, 'categories' => categories()]);
