"""Where a show goes: nowhere, a folder of frames, a video stream."""
