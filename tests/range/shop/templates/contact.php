<h1>Write to us</h1>
<form class="tall" method="post">
<?= csrf_field() ?>
<label>Your e-mail <input name="email"></label>
<label>Message <textarea name="message" rows="6" cols="60"></textarea></label>
<button>Send</button>
</form>
