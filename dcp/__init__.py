"""What is on the disk of a Digital Cinema Package: documents, track files, essence, trust."""
