#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The scripts are POSIX sh that shellcheck and dash have read. Those of the tests may use
# `local`, which every sh of Debian has.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1

set --
for file in scripts/* tests/run tests/fresh tests/*.sh tests/*/*.sh tests/*/run .ci/run; do
	if [ -f "$file" ] && { [ "${file%.sh}" != "$file" ] ||
			head -n 1 "$file" | grep -q '^#!.*sh$'; }; then
		set -- "$@" "$file"
	fi
done

# outline FILE: what a script that sources it sees of it: its functions without what they do,
# but with the variables that they read and set, and which of the others they call.
outline() {
	awk '
		# find(ERE): takes the next word like that out of `rest` into `word`
		function find(ere) {
			if (!match(rest, ere))
				return 0
			word = substr(rest, RSTART, RLENGTH)
			rest = substr(rest, RSTART + RLENGTH)
			return 1
		}
		function once(line) {
			if (!told[name, line]++)
				print "\t" line
		}
		FNR == NR { if (/^[a-z_0-9]+\(\) \{$/) function_[substr($1, 1, length($1) - 2)]; next }
		/^[a-z_0-9]+\(\) \{$/ { inside = 1; name = $1; print; once(":"); next }
		/^}$/ { inside = 0 }
		!inside { print; next }
		/^\t*#/ { next }
		{
			for (rest = $0; find("\\$\\{?[A-Z][A-Z_0-9]*"); ) {
				sub(/^\$\{?/, "", word)
				once(": \"$" word "\"")
			}
			for (rest = $0; find("(^|[ \t;])[A-Z][A-Z_0-9]*=[^ ;]*"); ) {
				sub(/^[ \t;]/, "", word)
				if (word ~ /=\$\(\(/)
					sub(/=.*/, "=0", word)
				else if (word !~ /^[A-Z_0-9]+=(\$[?!]|[$A-Za-z_0-9.:\/-]*)$/)
					sub(/=.*/, "=$1", word)
				once(word)
			}
			for (rest = $0; find("[a-z_0-9]+"); )
				if (word in function_)
					once(word " x")
		}' "$1" "$1"
}

# What is sourced shellcheck reads anew for each script, and lib.sh takes it longer than all that
# source it do: there (but with TC_LONG) it gets an outline.
read_by_shellcheck() {
	mkdir "$work/tests"
	cp -R tests/*.sh tests/net tests/checks tests/stacks "$work/tests"
	for file in say.sh clock.sh net/lib.sh; do
		[ -n "${TC_LONG-}" ] || outline "tests/$file" >"$work/tests/$file"
	done
	for file; do
		case $file in
		tests/net/lib.sh) echo "$PWD $file" ;;
		tests/net/* | tests/checks/*) echo "$work $file" ;;
		*) echo "$PWD $file" ;;
		esac
	done | while read -r folder file; do
		case $file in tests/*) set -- -e SC3043,SC2119 ;; *) set -- ;; esac
		(cd "$folder" && shellcheck -x -f gcc "$@" "$file" 2>&1)
	done
}

shell=$(command -v dash || command -v sh)
none "$shell can read every script" "$(
	for file; do
		"$shell" -n "$file" 2>&1
	done)"
none "every script that is run says #!/bin/sh and is executable" "$(
	for file; do
		if head -n 1 "$file" | grep -q '^#!'; then
			[ "$(head -n 1 "$file")" = '#!/bin/sh' ] || echo "$file"
			[ -x "$file" ] || echo "$file: not executable"
		fi
	done)"
none "every test and check that is a script of its own is executable" "$(
	find tests/net tests/checks \( -name 'test_*.sh' -o -path '*/checks/*.sh' \) ! -perm -u+x)"
if command -v shellcheck >/dev/null; then
	work=$(mktemp -d) || exit 1
	trap 'rm -rf "$work"' EXIT
	none "shellcheck has nothing to say" "$(read_by_shellcheck "$@")"
else
	skip "shellcheck has nothing to say" "shellcheck is not installed (as root: scripts/setup test)"
fi
