<?php
declare(strict_types=1);

/** Text for HTML. */
function e($text): string
{
    return htmlspecialchars((string) $text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
}

function money(int $cents): string
{
    global $config;
    return number_format($cents / 100, 2, '.', ' ') . ' ' . $config['currency'];
}

/** Prints a template between the head and the foot of the shop. */
function page(string $template, array $vars = []): void
{
    global $config;
    extract($vars, EXTR_SKIP);
    $customer = current_customer();
    $cart_count = cart_count();
    require __DIR__ . '/../templates/head.php';
    require __DIR__ . '/../templates/' . $template . '.php';
    require __DIR__ . '/../templates/foot.php';
}

/** Prints a part of a page. */
function part(string $template, array $vars = []): void
{
    extract($vars, EXTR_SKIP);
    include __DIR__ . '/../templates/' . $template . '.php';
}

function redirect(string $to): void
{
    header('Location: ' . $to, true, 302);
    exit;
}

function not_found(): void
{
    http_response_code(404);
    page('error', ['title' => 'Not found', 'message' => 'We could not find that page.']);
    exit;
}

/** A message shown once on the next page. */
function flash(?string $message = null): ?string
{
    if ($message !== null) {
        $_SESSION['flash'] = $message;
        return null;
    }
    $old = $_SESSION['flash'] ?? null;
    unset($_SESSION['flash']);
    return $old;
}

/** A field of a form, trimmed and cut to a sane length. */
function field(string $name, int $max = 200): string
{
    $value = $_POST[$name] ?? '';
    return is_string($value) ? substr(trim($value), 0, $max) : '';
}
