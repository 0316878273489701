"""Test patterns: what a technician looks at and measures, and what they must come to on our own way."""
