"""PHP's weak typing of properties: what is taken, what is turned, what is silently ignored."""

import math
import re

from tests.emulator.php_forms import as_text

# Given back for a value of the wrong type: the property keeps what it had.
IGNORED = object()

NUMERIC = re.compile(r"[ \t\n\r\v\f]*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[ \t\n\r\v\f]*")
BIGGEST = 2**63 - 1


def to_int(value: object) -> object:
    """Turn numbers, booleans and numeric strings into an int; IGNORED for all else."""
    if isinstance(value, str):
        if not NUMERIC.fullmatch(value):
            return IGNORED
        value = int(value) if value.strip().lstrip("+-").isdigit() else float(value)
    if isinstance(value, float):
        value = math.trunc(value) if math.isfinite(value) else None
    if not isinstance(value, int) or abs(value) > BIGGEST:
        return IGNORED
    return int(value)


def to_bool(value: object) -> object:
    """Turn any scalar into a bool: only 0, "0", "" and false are false – "N" is true."""
    if isinstance(value, bool | int | float):
        return bool(value)
    return value not in {"", "0"} if isinstance(value, str) else IGNORED


def to_string(value: object) -> object:
    """Turn scalars into a string; IGNORED for null and arrays."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return as_text(value) if isinstance(value, bool | int | float) else IGNORED


def to_array(value: object) -> object:
    """Take lists and maps as they are; IGNORED for all else."""
    return value if isinstance(value, list | dict) else IGNORED


def items(value: object) -> list[object]:
    """Give the elements of an array, whether it came as a list or as a map."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []
