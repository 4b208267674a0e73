<?php
// Sends what waits in the mail queue. Run from cron, never from the web.
declare(strict_types=1);

if (PHP_SAPI !== 'cli') {
    http_response_code(404);
    exit;
}

$config = require dirname(__DIR__) . '/config.php';
require dirname(__DIR__) . '/lib/database.php';

foreach (query('SELECT * FROM mail_queue WHERE sent_at IS NULL ORDER BY mail_id LIMIT 50')->fetchAll() as $mail) {
    $headers = ['From' => $mail['sender'], 'Content-Type' => 'text/plain; charset=utf-8'];
    if (mail($mail['recipient'], $mail['subject'], wordwrap($mail['body'], 72), $headers)) {
        query('UPDATE mail_queue SET sent_at = ? WHERE mail_id = ?', [now(), (int) $mail['mail_id']]);
    }
}
