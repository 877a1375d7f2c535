"""After a syntax error: what the author may have meant, and how to read on."""
