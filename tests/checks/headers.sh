#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Each header compiles alone, with every compiler that is here.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1

alone() {
	for header in include/tcpcraft/*.h src/*/*.h; do
		# An empty translation unit is not ISO C: give it a declaration.
		printf '#include "%s"\nextern int nothing;\n' "$PWD/$header" |
		"$1" -std=c11 -D_GNU_SOURCE -Iinclude -Isrc -fsyntax-only -x c -Wall -Wextra \
			-Wpedantic -Wstrict-prototypes -Werror - 2>&1
	done
}

for compiler in gcc clang; do
	if command -v $compiler >/dev/null; then
		none "each header compiles alone with $compiler" "$(alone $compiler)"
	else
		skip "each header compiles alone with $compiler" "$compiler is not installed (apt-get install $compiler)"
	fi
done
