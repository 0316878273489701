"""Where picture and sound come from: video, stills, codestreams, sound files."""
