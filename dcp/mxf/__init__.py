"""MXF track files of digital cinema: SMPTE and Interop label sets, plain and encrypted (ST 429-6)."""
