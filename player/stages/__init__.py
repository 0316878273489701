"""What is done to a picture on its way to the screen, one step a module; pure, on any thread."""
