<h1>Sign in</h1>
<?php if ($failed): ?><p class="wrong">That did not fit. Please try again.</p><?php endif ?>
<form class="tall" method="post">
<?= csrf_field() ?>
<label>E-mail <input name="email" value="<?= e($email) ?>"></label>
<label>Password <input name="password" type="password"></label>
<button>Sign in</button>
</form>
<p><a href="/register.php">New here?</a></p>
