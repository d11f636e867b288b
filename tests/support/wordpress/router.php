<?php
// The front door for PHP's built-in web server: what Apache's rewrite rules do for WordPress elsewhere.
// Existing files are served as they are, a folder by its index.php, everything else by WordPress itself.

$root = $_SERVER['DOCUMENT_ROOT'];
$path = urldecode((string) parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
$script = '/index.php';

if ($path !== '/' && is_file($root . rtrim($path, '/') . '/index.php')) {
    if (!str_ends_with($path, '/')) {
        header("Location: $path/", true, 301);
        return true;
    }
    $script = $path . 'index.php';
} elseif (is_file($root . $path)) {
    if (!str_ends_with($path, '.php')) {
        return false;
    }
    $script = $path;
}

$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = $script;
$_SERVER['SCRIPT_FILENAME'] = $root . $script;
chdir(dirname($root . $script));
require $root . $script;
