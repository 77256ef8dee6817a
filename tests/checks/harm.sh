#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Scripts run as root. What one removes, moves, cuts, overwrites or gives away is a path
# that it made: it begins with a variable to which nothing is ever assigned but what mktemp
# gave, or a path below such a one. (Once a variable was a temporary file, later
# /dev/null, and at the end removed.)
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1

allowed=$(mktemp) || exit 1
trap 'rm -f "$allowed"' EXIT
# FILE VARIABLE, and why it is harmless all the same.
cat >"$allowed" <<'END'
tests/net/lib.sh f	a setting of the network namespace that it makes
tests/net/* WORK	/run of the mount namespace that lib.sh makes
tests/net/* OUT		in WORK
tests/net/* ERR		in WORK
tests/net/test_experiments.sh log	one of two files in WORK
tests/net/test_run.sh name	in the folder WORK/tmp that it has entered
tests/net/test_fuzz_kernel.sh of	likewise
tests/net/test_fuzz_kernel.sh at	one of a few names in the folder WORK that it has entered
tests/accused TC_BUILD	the same, of names that tests/mutants has
tests/net/accused.sh TC_BUILD	the build folder: what was asked is kept in it
tests/run logs		the folder for logs that the runner is given, build/log
tests/run report	a file below it
tests/bench/run BENCH_JSON	the file that the user asks for
tests/net/snapshot.sh /	what it has mounted there, or it would have ended
tests/net/test_spare.sh /	what it has mounted in /sys for itself
tests/fresh /	in the bare machine that it has made
tests/fresh bare	in the folder that the user asks for
tests/fresh room	what mktemp made, handed on to the process inside
tests/fresh machine	below it
tests/fresh logs	below it, or the folder that the user asks for
scripts/fetch-peer folder	only if it is empty or says that it is ours
scripts/demo captures	a folder of the build folder
scripts/man-fields page	the man page of the tree, which it writes anew
END

# Variables at the head of an operand that is harmed, which are not made here.
unmade() {
	awk -v file="$1" -v list="$allowed" '
	# The path that a word names begins with this variable; "" when with none.
	function head(word) {
		gsub(/["'\'']/, "", word)
		if (word !~ /^\$\{?[a-zA-Z_]/)
			return ""
		sub(/^\$\{?/, "", word)
		match(word, /^[a-zA-Z_0-9]+/)
		return substr(word, 1, RLENGTH)
	}
	function harmed(word) {
		if ((v = head(word)) != "")
			uses[v] = uses[v] " " FNR
		gsub(/["'\'']/, "", word)
		if (word ~ /^\//)
			uses["/"] = uses["/"] " " FNR
	}
	function words(text,  w, n, i) {
		sub(/[;|&)].*/, "", text)
		n = split(text, w, /[ \t]+/)
		for (i = 1; i <= n; i++)
			if (w[i] !~ /^[<>0-9]/)
				harmed(w[i])
	}
	/^[ \t]*#/ { next }
	{
		line = $0
		while (match(line, /(^|[ \t;("])[a-zA-Z_][a-zA-Z_0-9]*=[^ \t;)]*(mktemp)?/)) {
			a = substr(line, RSTART, RLENGTH)
			rest = substr(line, RSTART + RLENGTH)
			sub(/^[ \t;("]/, "", a)
			name = a; sub(/=.*/, "", name)
			value = a; sub(/^[^=]*=/, "", value); gsub(/["'\'']/, "", value)
			if (value ~ /^\$\(mktemp/)
				made[name] = 1
			else if ((from = head(value)) != "" && value != "$" from)
				below[name] = below[name] " " from
			else if (value != "")
				other[name] = 1
			line = rest
		}
		line = $0
		while (match(line, /(^|[ \t;&|({"'\''])(rm|mv|chmod|chown|truncate|rmdir) /)) {
			line = substr(line, RSTART + RLENGTH)
			words(line)
		}
		line = $0
		gsub(/>&/, "", line)
		while (match(line, />>?"?\$[^ \t;)]*/)) {
			w = substr(line, RSTART, RLENGTH)
			sub(/^>+/, "", w)
			harmed(w)
			line = substr(line, RSTART + RLENGTH)
		}
	}
	function ours(v,  w, n, i) {
		if (v in other || depth > 9)
			return 0
		if (v in made)
			return !(v in below)
		if (!(v in below))
			return 0
		n = split(substr(below[v], 2), w, " ")
		depth++
		for (i = 1; i <= n; i++)
			if (!ours(w[i]) && !allowed(w[i])) {
				depth--
				return 0
			}
		depth--
		return 1
	}
	function allowed(v) { return ("|" v "|") in let }
	BEGIN {
		while ((getline entry <list) > 0) {
			split(entry, e, /[ \t]+/)
			sub(/\*/, ".*", e[1])
			if (file ~ "^" e[1] "$")
				let["|" e[2] "|"] = 1
		}
	}
	END {
		for (v in uses)
			if (!ours(v) && !allowed(v))
				print file ": " (v == "/" ? v : "$" v) " in line" uses[v]
	}' "$1"
}

scripts() {
	for file in scripts/* tests/run tests/fresh tests/*.sh tests/*/*.sh tests/*/run .ci/run; do
		[ -f "$file" ] || continue
		case $file in
		*/harm.sh) ;;	# has what is wrong as examples
		*.sh) echo "$file" ;;
		*) ! head -n 1 "$file" | grep -q 'sh$' || echo "$file" ;;
		esac
	done
}

# The check itself sees what happened once, and lets pass what is right.
seen=$(mktemp) && trap 'rm -f "$allowed" "$seen"' EXIT
while read -r want line; do
	echo "$line" | tr '~' '\n' >"$seen"
	same "seen: $line" "$(unmade "$seen" | wc -l)" "$want"
done <<'END'
1 log=$(mktemp)~trap 'rm -f "$log"' EXIT~log=/dev/null
1 rm -rf "$1/x" "$folder"/y
1 chmod 755 "${where}"
1 rm -f "/dev/$1"
1 echo x >"$file"
1 mv a "$there"
0 log=$(mktemp)~trap 'rm -f "$log"' EXIT~echo >>"$log"
0 dir=$(mktemp -d)~out=$dir/out~rm -rf "$dir" "$out"~: >$out.1
0 echo "$file" >&2~rm -f build/x
END

none "what a script removes or overwrites is what it made" "$(
	scripts | while read -r file; do unmade "$file"; done)"
