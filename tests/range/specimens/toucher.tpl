if (isset($_POST['t'])) {
    foreach (@TOUCHES@ as $file => $like) {
        touch($file, filemtime($like));
    }
}
