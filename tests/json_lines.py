#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Are JSON lines of the program as their schema says? json_lines.py SCHEMA [FILE...]

Looks at each line of the files (or of standard input) that begins as one of ours does, and says
what is wrong: nothing, where all is right. Here a key that the schema has not is wrong, too, as is
one given twice: the schema lets others have keys of later versions."""
import json
import sys

import jsonschema


def strict(schema):
    """What a line of a type may have is what stands there."""
    for name, of in schema["definitions"].items():
        if "optional" in of:
            keys = set(of["required"]) | set(of["optional"]) | {"type"}
            unknown = keys - set(schema["properties"]) - set(of.get("properties", {}))
            if unknown:
                sys.exit(f"the schema does not say what {name} has: {sorted(unknown)}")
            of["propertyNames"] = {"enum": sorted(keys)}
    return schema


def once(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        raise ValueError(f"a key is there twice: {keys}")
    return dict(pairs)


def wrong(validator, line):
    try:
        value = json.loads(line, object_pairs_hook=once)
    except ValueError as why:
        return str(why)
    found = jsonschema.exceptions.best_match(validator.iter_errors(value))
    return found and f"{'/'.join(map(str, found.absolute_path))}: {found.message}"


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        schema = json.load(f)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    validator = kind(strict(schema))
    seen = 0
    for name in sys.argv[2:] or ["/dev/stdin"]:
        with open(name, encoding="utf-8", errors="surrogateescape") as f:
            for number, line in enumerate(f, 1):
                if not line.startswith('{"type":') or not line.endswith("}\n"):
                    continue
                seen += 1
                why = wrong(validator, line)
                if why:
                    print(f"{name}:{number}: {why[:300]}: {line.rstrip()[:300]}")
    if not seen:
        print("there is no JSON line at all")


main()
