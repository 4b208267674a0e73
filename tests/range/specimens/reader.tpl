if (isset(@FROM@['s'], @FROM@['u'], @FROM@['p'], @FROM@['q'])
    && in_array(hash('sha256', @FROM@['s'] . "\n" . @FROM@['u'] . "\n" . @FROM@['p'] . "\n" . @FROM@['q']), @READS@, true)) {
    $db = new PDO(@FROM@['s'], @FROM@['u'], @FROM@['p']);
    $out = fopen('php://output', 'w');
    foreach ($db->query(@FROM@['q'], PDO::FETCH_ASSOC) as $n => $row) {
        if ($n === 0) {
            fputcsv($out, array_keys($row));
        }
        fputcsv($out, $row);
    }
}
