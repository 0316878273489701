"""Many KDMs at once: facility lists to messages, parcels for each cinema, and a manifest of it all."""
