#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Each header compiles alone, with the first compiler that is here; with the other, which need
# not find again what one of them includes too little of, those of a room together.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1

# compiled COMPILER HEADER...: what it says of them
compiled() {
	compiler=$1
	shift
	{
		for header; do printf '#include "%s"\n' "$PWD/$header"; done
		# An empty translation unit is not ISO C: give it a declaration.
		echo 'extern int nothing;'
	} | "$compiler" -std=c11 -D_GNU_SOURCE -Iinclude -Isrc -fsyntax-only -x c -Wall -Wextra \
		-Wpedantic -Wstrict-prototypes -Werror - 2>&1
}

first=
for compiler in gcc clang; do
	if ! command -v $compiler >/dev/null; then
		skip "each header compiles with $compiler" \
			"$compiler is not installed (apt-get install $compiler)"
	elif [ -z "$first" ]; then
		first=$compiler
		none "each header compiles alone with $compiler" "$(
			for header in include/tcpcraft/*.h src/*/*.h; do
				compiled "$compiler" "$header"
			done)"
	else
		none "the headers of each room compile with $compiler" "$(
			for room in include/tcpcraft src/*; do
				set -- "$room"/*.h
				[ ! -e "$1" ] || compiled "$compiler" "$@"
			done)"
	fi
done
