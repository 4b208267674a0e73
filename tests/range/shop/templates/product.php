<h1><?= e($product['name']) ?></h1>
<img src="/img/<?= e($product['image']) ?>" alt="" width="320">
<p><?= nl2br(e($product['description'])) ?></p>
<p class="price"><?= money((int) $product['price_cents']) ?> <small data-stock="<?= (int) $product['product_id'] ?>"></small></p>
<form action="/cart.php" method="post">
<?= csrf_field() ?>
<input type="hidden" name="action" value="add">
<input type="hidden" name="product" value="<?= (int) $product['product_id'] ?>">
<input name="quantity" value="1" size="2"> <button>Into the cart</button>
</form>
<h2>Reviews</h2>
<?php foreach ($reviews as $review): ?>
<blockquote><?= str_repeat('*', (int) $review['stars']) ?> <?= e($review['body']) ?> <cite><?= e(strtok($review['full_name'], ' ')) ?></cite></blockquote>
<?php endforeach ?>
<?php if ($customer !== null): ?>
<form class="tall" method="post">
<?= csrf_field() ?>
<label>Stars <input name="stars" value="5" size="1"></label>
<label>Your words <textarea name="body" rows="3" cols="50"></textarea></label>
<button>Send</button>
</form>
<?php endif ?>
<script src="/js/stock.js" defer></script>
