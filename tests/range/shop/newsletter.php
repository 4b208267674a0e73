<?php
require __DIR__ . '/lib/bootstrap.php';

if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    redirect('/');
}
csrf_check();
$email = strtolower(field('email'));
if (preg_match('/^[^@\s]+@[^@\s]+\.[a-z]{2,}$/', $email)) {
    if (!query('SELECT 1 FROM newsletter WHERE email = ?', [$email])->fetch()) {
        query("INSERT INTO newsletter (email, source, confirmed, created_at) VALUES (?, 'footer', 0, ?)", [$email, now()]);
    }
    queue_mail($email, 'Our newsletter', 'Please answer this mail if you would like to receive it.');
    flash('Please look into your mailbox.');
} else {
    flash('That does not look like an e-mail address.');
}
redirect('/');
