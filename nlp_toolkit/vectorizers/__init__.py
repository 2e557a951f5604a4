"""The stages: one file each, texts in, matrix out."""
