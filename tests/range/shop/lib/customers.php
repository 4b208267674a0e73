<?php
declare(strict_types=1);

function current_customer(): ?array
{
    static $customer = false;
    if ($customer === false) {
        $customer = null;
        if (!empty($_SESSION['customer_id'])) {
            $row = query('SELECT * FROM customers WHERE customer_id = :id', ['id' => (int) $_SESSION['customer_id']])->fetch();
            $customer = $row === false ? null : $row;
        }
    }
    return $customer;
}

function require_customer(): array
{
    $customer = current_customer();
    if ($customer === null) {
        $_SESSION['after_login'] = $_SERVER['REQUEST_URI'];
        redirect('/login.php');
    }
    return $customer;
}

function sign_in(string $email, string $password): bool
{
    $row = query('SELECT customer_id, password_hash FROM customers WHERE email = :email', ['email' => strtolower($email)])->fetch();
    if ($row === false || !password_verify($password, $row['password_hash'])) {
        return false;
    }
    session_regenerate_id(true);
    $_SESSION['customer_id'] = (int) $row['customer_id'];
    return true;
}

/** Registers a customer; returns messages about what is wrong, none when it worked. */
function register_customer(array $form): array
{
    $wrong = [];
    if (!preg_match('/^[^@\s]+@[^@\s]+\.[a-z]{2,}$/i', $form['email'])) {
        $wrong['email'] = 'Please give an e-mail address.';
    }
    if (strlen($form['password']) < 8) {
        $wrong['password'] = 'At least eight characters, please.';
    }
    if ($form['full_name'] === '') {
        $wrong['full_name'] = 'Please give your name.';
    }
    if (!$wrong && query('SELECT 1 FROM customers WHERE email = :email', ['email' => strtolower($form['email'])])->fetch()) {
        $wrong['email'] = 'There is an account with this address already.';
    }
    if ($wrong) {
        return $wrong;
    }
    query(
        'INSERT INTO customers (email, phone, full_name, city, password_hash, created_at, updated_at)
         VALUES (:email, :phone, :name, :city, :hash, :now, :now2)',
        [
            'email' => strtolower($form['email']),
            'phone' => clean_phone($form['phone']),
            'name' => $form['full_name'],
            'city' => $form['city'] === '' ? null : $form['city'],
            'hash' => password_hash($form['password'], PASSWORD_BCRYPT),
            'now' => now(),
            'now2' => now(),
        ]
    );
    session_regenerate_id(true);
    $_SESSION['customer_id'] = (int) db()->lastInsertId();
    return [];
}

function update_customer(int $id, array $form): void
{
    query(
        'UPDATE customers SET full_name = :name, phone = :phone, city = :city, updated_at = :now WHERE customer_id = :id',
        ['name' => $form['full_name'], 'phone' => clean_phone($form['phone']), 'city' => $form['city'], 'now' => now(), 'id' => $id]
    );
}

/** Keeps the digits and a leading plus. */
function clean_phone(string $phone): ?string
{
    $plain = preg_replace('/[^0-9+]/', '', $phone);
    return $plain === '' ? null : $plain;
}

function avatar_of(int $id): ?string
{
    $file = query('SELECT file FROM avatars WHERE customer_id = :id', ['id' => $id])->fetchColumn();
    return $file === false ? null : $file;
}
