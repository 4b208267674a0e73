<h1>Your cart</h1>
<?php if (!$lines): ?>
<p>It is empty.</p>
<?php else: ?>
<table>
<?php foreach ($lines as $line): ?>
<tr><td><?= e($line['name']) ?></td>
<td><form method="post"><?= csrf_field() ?><input type="hidden" name="action" value="set">
<input type="hidden" name="product" value="<?= (int) $line['product_id'] ?>">
<input name="quantity" value="<?= (int) $line['quantity'] ?>" size="2"><button>Change</button></form></td>
<td><?= money($line['sum']) ?></td></tr>
<?php endforeach ?>
<tr><th colspan="2">Together</th><th><?= money($total) ?></th></tr>
</table>
<p><a href="/checkout.php">Checkout</a></p>
<?php endif ?>
