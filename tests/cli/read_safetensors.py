#!/usr/bin/env python3
"""An independent reader of safetensors files: python3 and its standard library only.

    read_safetensors.py FILE            a line an array: name, dtype, shape, sum, minimum, maximum
    read_safetensors.py FILE --notes    also the metadata: note, name, text
    read_safetensors.py FILE NAME       the values of one array, one a line

Columns are separated by tabs. Sums are exact (math.fsum, integers) and printed as the shortest
text that reads back to the same double. Exit code 1 and a line on stderr for a broken file.
"""

import json
import math
import struct
import sys

# dtype -> (bytes of an element, code of the struct module)
TYPES = {"F64": (8, "d"), "I64": (8, "q"), "U64": (8, "Q"), "F32": (4, "f"), "I32": (4, "i"),
         "BF16": (2, "H"), "U8": (1, "B")}


class Broken(Exception):
    """The file is not what the format says."""


def unique(pairs):
    """A JSON object, in which no name may come twice."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Broken("a name is there twice")
    return made


def read(path):
    """The arrays of a file as {name: (dtype, shape, values)}, and its metadata."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 8:
        raise Broken("too short for a header")
    (length,) = struct.unpack_from("<Q", data)
    if length > len(data) - 8:
        raise Broken("the header goes past the end")
    header = json.loads(data[8:8 + length].decode("utf-8"), object_pairs_hook=unique)
    notes = header.pop("__metadata__", {})
    body = memoryview(data)[8 + length:]
    arrays = {}
    next_start = 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        dtype, shape = entry["dtype"], entry["shape"]
        start, end = entry["data_offsets"]
        size, code = TYPES[dtype]
        count = math.prod(shape)
        if start != next_start or end - start != size * count or end > len(body):
            raise Broken(f"array {name}: bytes {start} .. {end} do not fit {dtype} {shape}")
        values = struct.unpack_from(f"<{count}{code}", body, start)
        if dtype == "BF16":  # the upper half of a float
            values = tuple(struct.unpack("<f", struct.pack("<I", v << 16))[0] for v in values)
        arrays[name] = (dtype, shape, values)
        next_start = end
    if next_start != len(body):
        raise Broken("data follow the last array")
    return arrays, notes


def main(arguments):
    if not 1 <= len(arguments) <= 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        arrays, notes = read(arguments[0])
    except (OSError, ValueError, KeyError, TypeError, struct.error, Broken) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 1
    if len(arguments) == 2 and arguments[1] != "--notes":
        if arguments[1] not in arrays:
            print(f"{arguments[0]}: there is no array {arguments[1]}", file=sys.stderr)
            return 1
        for value in arrays[arguments[1]][2]:
            print(value)
        return 0
    for name, (dtype, shape, values) in arrays.items():
        total = math.fsum(values) if dtype[0] != "I" and dtype[0] != "U" else sum(values)
        extremes = (min(values), max(values)) if values else ("-", "-")
        print(name, dtype, "x".join(map(str, shape)) or "scalar", total, *extremes, sep="\t")
    if len(arguments) == 2:
        for name, text in notes.items():
            print("note", name, text, sep="\t")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
