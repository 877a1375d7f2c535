"""Source text to syntax tree: files, line breaks, literals, the parser."""
