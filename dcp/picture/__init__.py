"""Picture: JPEG 2000 codestreams (ISO 15444-1), their limits in cinema, colour, codecs."""
