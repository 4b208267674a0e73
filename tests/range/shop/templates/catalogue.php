<h1><?= e($title) ?></h1>
<p>
<?php foreach ($categories as $number => $name): ?>
<a href="/catalogue.php?category=<?= (int) $number ?>"><?= e($name) ?></a>
<?php endforeach ?>
</p>
<ul class="cards">
<?php foreach ($products as $product) { part('card', ['product' => $product]); } ?>
</ul>
<nav class="pages">
<?php for ($i = 1; $i <= $pages; $i++): ?>
<?php $link = http_build_query(array_filter(['category' => $category, 'sort' => $sort, 'page' => $i])); ?>
<a href="/catalogue.php?<?= e($link) ?>"><?= $i ?></a>
<?php endfor ?>
</nav>
