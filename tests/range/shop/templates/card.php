<li class="card">
<a href="/product.php?id=<?= (int) $product['product_id'] ?>">
<img src="/img/<?= e($product['image']) ?>" alt="">
<?= e($product['name']) ?></a>
<div class="price"><?= money((int) $product['price_cents']) ?></div>
</li>
