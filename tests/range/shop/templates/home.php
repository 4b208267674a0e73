<h1>Things for the house</h1>
<p>Made to be used for a long time. New this week:</p>
<ul class="cards">
<?php foreach ($newest as $product) { part('card', ['product' => $product]); } ?>
</ul>
<h2>Rooms</h2>
<ul>
<?php foreach ($categories as $number => $name): ?>
<li><a href="/catalogue.php?category=<?= (int) $number ?>"><?= e($name) ?></a></li>
<?php endforeach ?>
</ul>
