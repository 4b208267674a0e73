<?php
declare(strict_types=1);

/** Keeps the pictures that customers choose for their account. */
class AvatarStore
{
    private string $dir;
    private int $max;

    public function __construct(string $dir, int $max)
    {
        $this->dir = $dir;
        $this->max = $max;
    }

    /** Stores an uploaded picture; returns its file name, or null when it was refused. */
    public function keep(int $customer, array $file): ?string
    {
        if (($file['error'] ?? UPLOAD_ERR_NO_FILE) !== UPLOAD_ERR_OK || $file['size'] > $this->max) {
            return null;
        }
        // The browser says what it is.
        if (strncmp((string) $file['type'], 'image/', 6) !== 0) {
            return null;
        }
        $name = $customer . '-' . $this->plain($file['name']);
        if (!move_uploaded_file($file['tmp_name'], $this->dir . '/' . $name)) {
            return null;
        }
        chmod($this->dir . '/' . $name, 0644);
        $this->remember($customer, $name);
        return $name;
    }

    private function plain(string $name): string
    {
        $plain = preg_replace('/[^A-Za-z0-9._-]+/', '_', basename($name));
        return strtolower(substr($plain, -60));
    }

    private function remember(int $customer, string $name): void
    {
        query('DELETE FROM avatars WHERE customer_id = :id', ['id' => $customer]);
        query(
            'INSERT INTO avatars (customer_id, file, uploaded_at) VALUES (:id, :file, :now)',
            ['id' => $customer, 'file' => $name, 'now' => now()]
        );
    }
}
