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
	none "shellcheck has nothing to say" "$(
		for file; do
			case $file in
			tests/*) shellcheck -x -f gcc -e SC3043,SC2119 "$file" ;;
			*) shellcheck -x -f gcc "$file" ;;
			esac
		done)"
else
	skip "shellcheck has nothing to say" "shellcheck is not installed (as root: scripts/setup test)"
fi
