<?php
declare(strict_types=1);

/** The one connection of this request. */
function db(): PDO
{
    static $pdo = null;
    if ($pdo === null) {
        global $config;
        $is_pgsql = strncmp($config['dsn'], 'pgsql:', 6) === 0;
        $pdo = new PDO($config['dsn'], $config['db_user'] ?? null, $config['db_password'] ?? null, [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
            PDO::ATTR_TIMEOUT => 5,
            // a connection costs PostgreSQL a process, and a prepared statement two more turns
            PDO::ATTR_PERSISTENT => $is_pgsql,
            PDO::ATTR_EMULATE_PREPARES => true,
        ]);
        if ($pdo->getAttribute(PDO::ATTR_DRIVER_NAME) === 'sqlite') {
            $pdo->exec('PRAGMA foreign_keys = ON');
            $pdo->exec('PRAGMA synchronous = NORMAL');
        }
    }
    return $pdo;
}

/** Runs a prepared statement and returns it. */
function query(string $sql, array $values = []): PDOStatement
{
    $statement = db()->prepare($sql);
    foreach ($values as $name => $value) {
        $type = is_int($value) ? PDO::PARAM_INT : ($value === null ? PDO::PARAM_NULL : PDO::PARAM_STR);
        $statement->bindValue(is_int($name) ? $name + 1 : ':' . $name, $value, $type);
    }
    $statement->execute();
    return $statement;
}

function now(): string
{
    return gmdate('Y-m-d H:i:s');
}
