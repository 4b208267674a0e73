<h1>Order <?= (int) $order['order_id'] ?></h1>
<p>Placed <?= e($order['placed_at']) ?>, to <?= e($order['ship_city']) ?>: <?= e($order['status']) ?></p>
<table>
<?php foreach ($order['lines'] as $line): ?>
<tr><td><?= (int) $line['quantity'] ?> x <?= e($line['name']) ?></td><td><?= money((int) $line['price_cents'] * (int) $line['quantity']) ?></td></tr>
<?php endforeach ?>
<tr><th>Together</th><th><?= money((int) $order['total_cents']) ?></th></tr>
</table>
