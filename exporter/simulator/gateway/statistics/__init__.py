"""Statistics: which properties a type has in a release, and what they say."""
