"""What happened in the media block, as events."""
