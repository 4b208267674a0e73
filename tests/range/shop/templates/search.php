<h1>Search</h1>
<p><?= count($found) ?> found for <em><?= e($words) ?></em></p>
<ul class="cards">
<?php foreach ($found as $product) { part('card', ['product' => $product]); } ?>
</ul>
