<h1>New account</h1>
<form class="tall" method="post">
<?= csrf_field() ?>
<?php foreach (['email' => 'E-mail', 'full_name' => 'Name', 'phone' => 'Phone', 'city' => 'City'] as $name => $label): ?>
<label><?= e($label) ?> <input name="<?= e($name) ?>" value="<?= e($form[$name]) ?>">
<?php if (isset($wrong[$name])): ?><span class="wrong"><?= e($wrong[$name]) ?></span><?php endif ?></label>
<?php endforeach ?>
<label>Password <input name="password" type="password">
<?php if (isset($wrong['password'])): ?><span class="wrong"><?= e($wrong['password']) ?></span><?php endif ?></label>
<button>Register</button>
</form>
