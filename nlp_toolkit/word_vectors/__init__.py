"""Word vectors: counting and encoding words, training, pooling words into rows, files, and questions asked of them."""
