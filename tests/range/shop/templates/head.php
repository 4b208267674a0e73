<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><?= e($title ?? '') ?> - <?= e($config['shop_name']) ?></title>
<link rel="icon" href="/favicon.png">
<link rel="stylesheet" href="/css/site.css">
<link rel="stylesheet" href="/css/print.css" media="print">
<script src="/js/menu.js" defer></script>
</head>
<body>
<header class="shop">
<a class="name" href="/"><?= e($config['shop_name']) ?></a>
<a href="/catalogue.php">Catalogue</a>
<form action="/search.php"><input name="q" placeholder="Search"></form>
<a href="/cart.php">Cart<?php if ($cart_count > 0): ?> (<?= (int) $cart_count ?>)<?php endif ?></a>
<?php if ($customer === null): ?>
<a href="/login.php">Sign in</a>
<?php else: ?>
<a href="/account.php"><?= e($customer['full_name']) ?></a>
<form action="/logout.php" method="post"><?= csrf_field() ?><button>Sign out</button></form>
<?php endif ?>
</header>
<main>
<?php if (($message_once = flash()) !== null): ?>
<p class="flash"><?= e($message_once) ?></p>
<?php endif ?>
