<?php
// What the account in a web root's settings reads, by trying: usage: php probe.php WWW TABLE...
// Prints {"database": {"readable": ["table", ...], "partial": {"table": ["column", ...]}}, ...} for every database the server
// names to it.
declare(strict_types=1);

const COLUMNS = ['contact_id', 'full_name', 'email', 'phone', 'city', 'note_id', 'body', 'created_at'];

function connect(array $config, ?string $database): ?PDO
{
    $dsn = $database === null ? $config['dsn'] : preg_replace('/dbname=\w+/', "dbname=$database", $config['dsn']);
    try {
        return new PDO($dsn, $config['db_user'] ?? null, $config['db_password'] ?? null, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
    } catch (PDOException $refused) {
        return null;
    }
}

function databases(PDO $pdo): array
{
    $own = ['information_schema', 'mysql', 'performance_schema', 'sys', 'postgres', 'template1', 'template0'];
    $ask = ['mysql' => 'SHOW DATABASES', 'pgsql' => 'SELECT datname FROM pg_database'][$pdo->getAttribute(PDO::ATTR_DRIVER_NAME)] ?? null;
    return $ask === null ? [null] : array_diff($pdo->query($ask)->fetchAll(PDO::FETCH_COLUMN), $own);
}

function opens(PDO $pdo, string $columns, string $table): bool
{
    try {
        $pdo->query("SELECT $columns FROM $table LIMIT 1")->fetchAll();
        return true;
    } catch (PDOException $refused) {
        return false;
    }
}

function readable(?PDO $pdo, array $tables): array
{
    $found = ['readable' => [], 'partial' => []];
    foreach ($pdo === null ? [] : $tables as $table) {
        if (opens($pdo, '*', $table)) {
            $found['readable'][] = $table;
            continue;
        }
        foreach (COLUMNS as $column) {
            if (opens($pdo, $column, $table)) {
                $found['partial'][$table][] = $column;
            }
        }
    }
    return ['readable' => $found['readable'], 'partial' => (object) $found['partial']];
}

$config = require $argv[1] . '/config.php';
$tables = array_slice($argv, 2);
sort($tables);
$said = [];
foreach (databases(connect($config, null)) as $database) {
    $said[$database ?? 'shop.sqlite'] = readable(connect($config, $database), $tables);
}
echo json_encode($said), "\n";
