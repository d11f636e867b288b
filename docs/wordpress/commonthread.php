<?php
/**
 * Plugin Name: Commonthread
 * Description: A role for the bot's account, and a question that it may ask: do the lists of words let this text pass?
 */

register_activation_hook( __FILE__, function () {
	add_role( 'commonthread', 'Commonthread', array( 'read' => true, 'edit_posts' => true, 'moderate_comments' => true ) );
} );

/**
 * Changes nothing and shows no list: it says of one text what WordPress itself would say of it. It is a POST so that
 * the words stand in no log of addresses.
 */
add_action( 'rest_api_init', function () {
	register_rest_route( 'commonthread/v1', '/words', array(
		'methods'             => 'POST',
		'permission_callback' => function () {
			return current_user_can( 'moderate_comments' );
		},
		'args'                => array(
			'content'      => array( 'type' => 'string', 'required' => true ),
			'author_name'  => array( 'type' => 'string', 'default' => '' ),
			'author_email' => array( 'type' => 'string', 'default' => '' ),
			'author_url'   => array( 'type' => 'string', 'default' => '' ),
		),
		'callback'            => function ( $request ) {
			$address = isset( $_SERVER['REMOTE_ADDR'] ) ? $_SERVER['REMOTE_ADDR'] : '';
			$said    = array(
				$request['author_name'],
				$request['author_email'],
				$request['author_url'],
				trim( $request['content'] ),
				$address,
				(string) $request->get_header( 'user_agent' ),
			);
			// Without these two rules check_comment() says no to words and links alone.
			add_filter( 'pre_option_comment_moderation', 'commonthread_no' );
			add_filter( 'pre_option_comment_previously_approved', 'commonthread_no' );
			$passes = check_comment( ...array_merge( $said, array( 'comment' ) ) );
			remove_filter( 'pre_option_comment_moderation', 'commonthread_no' );
			remove_filter( 'pre_option_comment_previously_approved', 'commonthread_no' );
			return array(
				'moderated'  => ! $passes,
				'disallowed' => wp_check_comment_disallowed_list( ...$said ),
			);
		},
	) );
} );

function commonthread_no() {
	return '0';
}
