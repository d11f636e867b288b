"""Blog -> Discord: look at the blog, plan, show. Carries nothing the other way."""
