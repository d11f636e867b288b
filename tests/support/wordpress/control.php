<?php
// What no REST route offers, done from inside: reads one JSON object from standard input, prints the result as JSON.
// {"do": "option", "name": …, "value": …}        sets an option (null removes it); prints the former value
// {"do": "insert_comment", "comment": {…}}        stores a comment of any type (pingback, …); prints its id
// {"do": "restore_post", "id": …}                takes a post out of the trash and publishes it; prints its status
// usage: php control.php <site folder> <site URL>

[, $site, $url] = $argv;
$_SERVER['HTTP_HOST'] = parse_url($url, PHP_URL_HOST) . ':' . parse_url($url, PHP_URL_PORT);
$_SERVER['REQUEST_URI'] = '/';
ob_start();
require "$site/wp-load.php";
$order = json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
switch ($order['do']) {
    case 'option':
        $answer = get_option($order['name'], null);
        $order['value'] === null ? delete_option($order['name']) : update_option($order['name'], $order['value']);
        if ($order['name'] === 'permalink_structure') {
            $GLOBALS['wp_rewrite']->init();
            flush_rewrite_rules(false);
        }
        break;
    case 'insert_comment':
        $answer = wp_insert_comment($order['comment']);
        break;
    case 'restore_post':
        wp_untrash_post($order['id']);
        wp_publish_post($order['id']);
        $answer = get_post_status($order['id']);
        break;
    default:
        throw new InvalidArgumentException('unknown order');
}
ob_end_clean();
echo json_encode($answer), "\n";
