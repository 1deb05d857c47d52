"""Views: pure functions over readings."""
