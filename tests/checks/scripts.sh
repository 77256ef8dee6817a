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

# outline FILE FOR...: what scripts that source it see of it: those of its functions that they
# name, and that these call, without what they do, but with the variables that they read and set.
# (Each function and each comment costs shellcheck a millisecond or two, for each script.)
outline() {
	of=$1
	shift
	cat "$@" | awk '
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
		# name_in(LINE, BY): its words are named by that function, or by the scripts
		function name_in(line, by) {
			for (rest = line; find("[a-z_0-9]+"); )
				names[by] = names[by] " " word
		}
		# want(BY): what it names is wanted, and what that names
		function want(by,    words, n, i) {
			n = split(names[by], words, " ")
			for (i = 1; i <= n; i++)
				if (words[i] in function_ && !(words[i] in wanted)) {
					wanted[words[i]]
					want(words[i])
				}
		}
		/^[ \t]*#/ && !/shellcheck/ { next }
		pass == 0 { name_in($0, "the scripts"); next }
		/^[a-z_0-9]+\(\) \{$/ { inside = 1; name = substr($1, 1, length($1) - 2) }
		pass == 1 {
			if (inside)
				function_[name]
			name_in($0, inside ? name : "the file")
			inside = inside && !/^}$/
			next
		}
		!asked++ { want("the scripts"); want("the file") }
		inside && !(name in wanted) { inside = !/^}$/; next }
		/^[a-z_0-9]+\(\) \{$/ { print; once(":"); next }
		/^}$/ { inside = 0 }
		!inside { print; next }
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
		}' pass=0 - pass=1 "$of" pass=2 "$of"
}

# What is sourced shellcheck reads anew for each script, and lib.sh takes it longer than all that
# source it do: there (but with TC_LONG) a script gets an outline, and of a test that is run for
# the other family nothing.
read_by_shellcheck() {
	mkdir "$work/tests"
	cp -R tests/*.sh tests/net tests/checks tests/stacks "$work/tests"
	for file; do
		folder=$work leave_out=SC3043,SC2119
		case $file in
		tests/net/lib.sh) folder=$PWD ;;
		tests/net/* | tests/checks/*) [ -n "${TC_LONG-}" ] || outline_for "$file" ;;
		tests/*) folder=$PWD ;;
		*) folder=$PWD leave_out='' ;;
		esac
		(cd "$folder" && shellcheck -x -f gcc ${leave_out:+-e "$leave_out"} "$file" 2>&1)
	done
}

outline_for() {
	sourced=$(sed -n 's/^[ \t]*# shellcheck source=//p' "$1" | grep -v '/\(say\|clock\|lib\)\.sh$')
	case $sourced in
	tests/net/test_*)
		sed -i "s,source=tests/net/test_.*,source=/dev/null," "$work/$1"
		leave_out=$leave_out,SC2034
		;;
	*)
		# shellcheck disable=SC2086 # words
		set -- "$1" $sourced
		outline tests/net/lib.sh "$@" >"$work/tests/net/lib.sh"
		for each in say clock; do
			outline tests/$each.sh "$work/tests/net/lib.sh" "$@" >"$work/tests/$each.sh"
		done
		;;
	esac
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
