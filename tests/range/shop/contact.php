<?php
require __DIR__ . '/lib/bootstrap.php';

if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    csrf_check();
    $message = field('message', 2000);
    if ($message !== '') {
        query('INSERT INTO messages (email, body, created_at) VALUES (?, ?, ?)', [field('email'), $message, now()]);
        flash('Thank you, we answer within two days.');
    }
    redirect('/contact.php');
}
page('contact', ['title' => 'Write to us']);
