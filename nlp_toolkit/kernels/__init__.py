"""The hot loops, in numba; each beside a pure-Python twin that specifies it."""
