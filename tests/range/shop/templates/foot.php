</main>
<footer class="shop">
<a href="/about.php">About us</a>
<a href="/contact.php">Write to us</a>
<form action="/newsletter.php" method="post">
<?= csrf_field() ?>
<input name="email" type="email" placeholder="Your e-mail"> <button>Newsletter</button>
</form>
<span>&copy; <?= gmdate('Y') ?> <?= e($config['shop_name']) ?></span>
</footer>
</body>
</html>
