#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/atlas.txt: what is known of stacks that are not asked stays, what is asked takes its place,
# and what a stack of tests/conformance.txt fails has its reason there.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
need /usr/bin/python3
TABLE=tests/atlas.txt
asked=$(mktemp -d) || exit 1
trap 'rm -rf "$asked"' EXIT

again() { /usr/bin/python3 tests/peers/atlas.py "$asked" "$TABLE"; }

# column NAME: "SIGN CASE" of one stack, from a table on stdin
column() {
	awk -v name="$1" '
		$1 == "stack" { if ($3 == name ":") at = $2; n = $2 }
		$1 != "stack" && at && NF && $1 !~ /^(#|probe)/ { print substr($0, at, 1), substr($0, n + 2) }'
}

names() { sed -n 's/^stack [0-9]* \([^ :]*\): .*/\1/p' "$TABLE"; }

fails() { column "$1" <"$TABLE" | sed -n 's/^F //p'; }

without_reason() {
	sed -n "s,^\([a-z0-9]*\) .*,\1,p" tests/conformance.txt | sort -u | while read -r stack; do
		fails "$stack" | while read -r case; do
			grep -q "^$stack fail $case |" tests/conformance.txt || echo "$stack $case"
		done
	done
}

none "nobody asked: what does not stay as it was" "$(again | diff "$TABLE" - | head -n 9)"
cat >"$asked/linux.jsonl" <<-END
	{"type": "stack", "stack": "linux", "version": "Linux 9"}
	{"type": "case", "case": "2018/block", "verdict": "fail"}
	{"type": "result", "experiment": "isn", "verdict": "constant"}
END
again >"$asked/new"
same "one asked: what it was found to be" \
	"$(column linux <"$asked/new" | grep -v '^ ') $(grep -c 'linux: Linux 9: 1 fail' \
		"$asked/new") $(grep -c '^probe isn: .*linux constant' "$asked/new")" \
	"F 2018/block 1 1"
for stack in $(names | grep -vx linux); do
	same "one asked: $stack stays" "$(column "$stack" <"$asked/new" | grep -v '^[ .]')" \
		"$(column "$stack" <"$TABLE" | grep -v '^[ .]')"
done
none "failures that tests/conformance.txt gives no reason for" "$(without_reason)"
