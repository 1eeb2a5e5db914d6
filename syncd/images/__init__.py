"""What a content is: its format, whether it is whole, and what it looks like. Bytes in, values out; no files here."""
