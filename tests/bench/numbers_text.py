"""How a figure is written: three digits that mean something, never an exponent."""


def short(value):
    """1234 -> 1234, 56.78 -> 56.8, 1.234 -> 1.23, 0.05678 -> 0.057; a whole number as one."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3
    return f"{value:.{digits}f}"
