<h1>Your picture</h1>
<?php if ($avatar !== null): ?><img class="avatar" src="/uploads/<?= e($avatar) ?>" alt=""><?php endif ?>
<form class="tall" method="post" enctype="multipart/form-data">
<?= csrf_field() ?>
<label>A small picture <input name="picture" type="file" accept="image/*"></label>
<button>Upload</button>
</form>
