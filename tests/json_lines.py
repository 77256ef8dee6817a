#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Are JSON lines of the program as their schema says? json_lines.py SCHEMA [FILE...]

Looks at each line of the files (or of standard input) that begins as one of ours does, and says
what is wrong: nothing, where all is right. Here a key that the schema has not is wrong, too, as is
one given twice: the schema lets others have keys of later versions.

The validator takes a millisecond for a line, and a test may have a hundred thousand. So it is asked
once of all lines that the schema cannot tell apart.

Exit: 77 when there is no validator here."""
import bisect
import json
import re
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)


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


class Alike:
    """What the schema can see of a value; two values of which it sees the same are both right or
    both wrong. It must know each word that a schema may use of a value."""
    KEYS = set("$schema $ref title description definitions properties additionalProperties "
            "propertyNames required optional allOf if then items type".split())

    def __init__(self, schema):
        self.bounds, self.lengths, self.words, self.patterns = [0], [0, 1], set(), []
        self.learn(schema)
        self.bounds.sort()
        self.lengths.sort()

    def learn(self, schema):
        if not isinstance(schema, dict):
            return
        for key, of in schema.items():
            if key in ("minimum", "maximum"):
                self.bounds.append(of)
            elif key in ("minLength", "minItems"):
                self.lengths.append(of)
            elif key in ("enum", "const"):
                words = of if key == "enum" else [of]
                if not all(word is None or isinstance(word, (str, bool)) for word in words):
                    sys.exit(f"json_lines.py does not know words that are numbers: {words}")
                self.words.update(words)
            elif key == "pattern":
                self.patterns.append(re.compile(of))
            elif key not in self.KEYS:
                sys.exit(f"json_lines.py does not know the schema's word {key}")
            elif key == "items" and isinstance(of, list):
                sys.exit("json_lines.py does not know items that are a list")
            elif key in ("properties", "definitions"):
                for each in of.values():
                    self.learn(each)
            elif key == "allOf":
                for each in of:
                    self.learn(each)
            elif key not in ("required", "optional", "type"):
                self.learn(of)

    def seen(self, value):
        """(Each begins with what it is: no text is like a number, no list like an object.)"""
        if isinstance(value, dict):
            return ("o", *[(key, self.seen(of)) for key, of in value.items()])
        if isinstance(value, list):
            return ("l", bisect.bisect(self.lengths, len(value)),
                frozenset([self.seen(of) for of in value]))
        if value is None or isinstance(value, bool):
            return ("c", value)
        if isinstance(value, str):
            if value in self.words:
                return ("w", value)
            return ("s", bisect.bisect(self.lengths, len(value)),
                *[bool(pattern.search(value)) for pattern in self.patterns])
        return ("n", bisect.bisect_left(self.bounds, value), bisect.bisect(self.bounds, value),
            value % 1 == 0)


def once(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        raise ValueError(f"a key is there twice: {keys}")
    return dict(pairs)


def wrong(validator, alike, right, line):
    try:
        value = json.loads(line, object_pairs_hook=once)
    except ValueError as why:
        return str(why)
    seen = alike.seen(value)
    if seen in right:
        return None
    found = jsonschema.exceptions.best_match(validator.iter_errors(value))
    if not found:
        right.add(seen)
        return None
    return f"{'/'.join(map(str, found.absolute_path))}: {found.message}"


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        schema = json.load(f)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    validator = kind(strict(schema))
    alike, right = Alike(schema), set()
    seen = 0
    for name in sys.argv[2:] or ["/dev/stdin"]:
        with open(name, encoding="utf-8", errors="surrogateescape") as f:
            for number, line in enumerate(f, 1):
                if not line.startswith('{"type":') or not line.endswith("}\n"):
                    continue
                seen += 1
                why = wrong(validator, alike, right, line)
                if why:
                    print(f"{name}:{number}: {why[:300]}: {line.rstrip()[:300]}")
    if not seen:
        print("there is no JSON line at all")


main()
