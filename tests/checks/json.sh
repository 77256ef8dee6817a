#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The JSON lines of what needs no network are as their schema says; those of the live tests are
# looked at where they end (nothing_left). And the schema is strict enough to find a fault.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
TC=${TCPCRAFT:-${TC_BUILD:-build}/tcpcraft}
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null ||
	skip_all "python3-jsonschema is not installed (as root: scripts/setup test)"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

wrong() {
	/usr/bin/python3 tests/json_lines.py man/tcpcraft-json.schema.json "$@" 2>&1 | head -n 20
}

for capture in pcaps/*.pcap*; do
	"$TC" show --json -v "$capture"
	"$TC" show --json --fingerprint "$capture"
	"$TC" explain --json --checksum "$capture"
done >"$work/captures" 2>/dev/null
none "of show and explain" "$(wrong "$work/captures")"
{
	"$TC" fields --json
	"$TC" send 10.0.0.2 80-82 --dry-run --json --payload-spec scripts/payload-specs/prot.spec
	"$TC" send 2001:db8::2 80 --dry-run --json
	"$TC" conform --list --json
	"$TC" teach --list --json
	"$TC" show /nowhere --json
} >"$work/others" 2>/dev/null
none "of fields, send, conform, teach and errors" "$(wrong "$work/others")"

# fault NAME LINE: what is to be found
fault() {
	echo "$2" >"$work/fault"
	same "found: $1" "$(wrong "$work/fault" | grep -c '^[^ ]*fault:1: ')" 1
}
fault "an unknown type" '{"type":"thing"}'
fault "an unknown key" '{"type":"error","message":"x","exit":2,"code":1}'
fault "a key of another type of line" '{"type":"error","message":"x","exit":2,"port":1}'
fault "a key that is missing" '{"type":"error","message":"x"}'
fault "a key that is empty" '{"type":"error","message":"","exit":2}'
fault "a number that is a text" '{"type":"error","message":"x","exit":"2"}'
fault "a result of no command" '{"type":"result","command":"dance","exit":0}'
fault "a result without its numbers" '{"type":"result","command":"teach","exit":0}'
fault "a key twice" '{"type":"error","message":"x","exit":2,"exit":2}'
fault "what is no JSON" '{"type":"error","message":"x",}'
