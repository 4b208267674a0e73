<h1>Your account</h1>
<?php if ($avatar !== null): ?><img class="avatar" src="/uploads/<?= e($avatar) ?>" alt=""><?php endif ?>
<p><a href="/avatar.php">Change your picture</a></p>
<form class="tall" method="post">
<?= csrf_field() ?>
<label>Name <input name="full_name" value="<?= e($customer['full_name']) ?>"></label>
<label>Phone <input name="phone" value="<?= e($customer['phone']) ?>"></label>
<label>City <input name="city" value="<?= e($customer['city']) ?>"></label>
<button>Save</button>
</form>
<h2>Your orders</h2>
<ul>
<?php foreach ($orders as $order): ?>
<li><a href="/order.php?id=<?= (int) $order['order_id'] ?>"><?= e($order['placed_at']) ?></a> <?= money((int) $order['total_cents']) ?></li>
<?php endforeach ?>
</ul>
