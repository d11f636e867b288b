<?php
// Installs the blog and its six accounts, and prints one line of JSON: version, and a name and an application
// password for each role. Run once on a fresh site; WordPress itself keeps only hashes of the passwords.
// usage: php setup.php <site folder> <site URL> <title>

[, $site, $url, $title] = $argv;
$_SERVER['HTTP_HOST'] = parse_url($url, PHP_URL_HOST) . ':' . parse_url($url, PHP_URL_PORT);
$_SERVER['REQUEST_URI'] = '/';
define('WP_INSTALLING', true);
ob_start();  // whatever the installer says is not part of our line
require "$site/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter('pre_wp_mail', '__return_true');  // nobody is to be mailed about a test blog

wp_install($title, 'admin', 'admin@example.test', true, '', wp_generate_password(24, false));
update_option('permalink_structure', '/%postname%/');
update_option('thread_comments', 1);
$GLOBALS['wp_rewrite']->init();
$GLOBALS['wp_rewrite']->flush_rules(false);

// The least a bridge needs: comments approved, edited and removed, HTML filtered; no posts of others, no uploads.
add_role('bridge', 'Bridge', ['read' => true, 'edit_posts' => true, 'moderate_comments' => true]);
// The same with the media library: files put in, and one's own taken out.
add_role('librarian', 'Librarian', ['read' => true, 'edit_posts' => true, 'moderate_comments' => true,
                                    'upload_files' => true, 'delete_posts' => true]);

$accounts = ['admin' => 'administrator', 'bridge' => 'bridge', 'editor' => 'editor',
             'author' => 'author', 'subscriber' => 'subscriber', 'librarian' => 'librarian'];
$logins = [];
foreach ($accounts as $login => $role) {
    $id = username_exists($login) ?: wp_insert_user([
        'user_login' => $login, 'user_pass' => wp_generate_password(24), 'user_email' => "$login@example.test",
        'display_name' => ucfirst($login), 'role' => $role,
    ]);
    [$password] = WP_Application_Passwords::create_new_application_password($id, ['name' => 'tests']);
    $logins[$login] = ['id' => $id, 'username' => $login, 'app_password' => $password];
}
ob_end_clean();
echo json_encode(['version' => get_bloginfo('version'), 'logins' => $logins]), "\n";
