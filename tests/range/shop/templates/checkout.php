<h1>Checkout</h1>
<table>
<?php foreach ($lines as $line): ?>
<tr><td><?= (int) $line['quantity'] ?> x <?= e($line['name']) ?></td><td><?= money($line['sum']) ?></td></tr>
<?php endforeach ?>
<tr><th>Together</th><th><?= money($total) ?></th></tr>
</table>
<form class="tall" method="post">
<?= csrf_field() ?>
<label>City <input name="city" value="<?= e($customer['city']) ?>"></label>
<p>You pay by bank transfer when the parcel has arrived.</p>
<button>Order</button>
</form>
