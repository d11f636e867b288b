-- What was there at first contact, so that later an unknown post can be told from an old one.

ALTER TABLE subscriptions ADD COLUMN greeted_at INTEGER;
ALTER TABLE subscriptions ADD COLUMN greeted_with TEXT;  -- the highest post number known then
ALTER TABLE subscriptions ADD COLUMN newest_at INTEGER;  -- when the newest post of the last good look was published

UPDATE subscriptions
   SET greeted_at = polled_at,
       greeted_with = (SELECT blog_id FROM posts WHERE subscription_id = subscriptions.id
                        ORDER BY length(blog_id) DESC, blog_id DESC LIMIT 1)
 WHERE greeted = 1;
