-- All subscriptions of a blog, found without looking at anybody else's.

CREATE INDEX subscriptions_of_blog ON subscriptions (blog);
