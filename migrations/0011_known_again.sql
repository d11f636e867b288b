-- By what a comment is known again when its number is another comment's: when it was written, and of a relay its key.

ALTER TABLE comments ADD COLUMN written_at INTEGER;                 -- NULL where no version has noted it yet
ALTER TABLE comments ADD COLUMN key        TEXT NOT NULL DEFAULT ''; -- what a relay carries on the blog

UPDATE comments
   SET key = (SELECT 'https://discord.com/channels/' || subscriptions.guild_id || '/' || links.thread_id || '/' ||
                     links.message_id
                FROM links JOIN posts ON posts.id = comments.post_id
                JOIN subscriptions ON subscriptions.id = posts.subscription_id
               WHERE links.comment = comments.id ORDER BY links.part, links.message_id LIMIT 1)
 WHERE origin = 'discord' AND EXISTS (SELECT 1 FROM links WHERE links.comment = comments.id);
