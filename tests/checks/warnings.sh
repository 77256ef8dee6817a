#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# No compiler has anything to say of any source. gcc has compiled them all when this runs; and
# each header compiles alone, with every compiler that is here.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
TC_BUILD=${TC_BUILD:-$PWD/build}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# The flags of the build, and what each kind of source is told besides. (But of sanitizers.)
flags=$(sed 's/.* \(-std=\)/\1/; s/-f[a-z-]*sanitize[^ ]*//g; s/-fno-omit-frame-pointer//' "$TC_BUILD/flags")
flags="$flags -Itests/unit"
! ${PKGCONF:-pkg-config} --exists 'nettle >= 3 nettle < 4' || flags="$flags -DTC_NETTLE"
lwip=/usr/include/lwip
[ ! -e $lwip/lwip/api.h ] || flags="$flags -isystem $lwip"

# sources FILE...: prints those that can be read here
sources() {
	for file; do
		case $file in
		*/lwip_*.c) [ -e $lwip/lwip/api.h ] || continue ;;
		*/lwipv6_*.c) [ -e /usr/include/lwipv6.h ] || continue ;;
		esac
		echo "$file"
	done
}

# headers FILE...: prints a source for each, that has nothing else
headers() {
	number=0
	for header; do
		number=$((number + 1))
		# An empty translation unit is not ISO C: give it a declaration.
		case $header in /*) ;; *) header=$PWD/$header ;; esac
		printf '#include "%s"\nextern int nothing;\n' "$header" >"$work/$number.c"
		echo "$work/$number.c"
	done
}

# clang_of FLAG...: what it says of the sources that standard input names. It takes longer to
# start than to read one of our files, and its driver starts it for each: so the driver is asked
# for what it would run, and that is run once, on all of them.
clang_of() {
	echo 'extern int nothing;' >"$work/none.c"
	command=$(clang -### "$@" '-DTC_COMMIT="x"' '-DTC_LIBEXEC="x"' '-DTC_DATADIR="x"' '-DTC_LIBMNL="x"' \
		-fsyntax-only "$work/none.c" 2>&1 | grep '"-cc1"' |
		sed "s,\"$work/none.c\"\$,,; s,\"-disable-free\",,; s,\"-clear-ast-before-backend\",,")
	eval "xargs $command" 2>&1
}

# gcc_of FLAG...: the same
gcc_of() {
	xargs gcc "$@" -fsyntax-only 2>&1
}

alone="-std=c11 -D_GNU_SOURCE -Iinclude -Isrc -Wall -Wextra -Wpedantic -Wstrict-prototypes"
# Among others, one that lacks an include, and one that is not ISO C.
echo 'size_t unknown(void);' >"$work/lacks.h"
echo 'struct none { int of[0]; };' >"$work/pedantic.h"
for compiler in gcc clang; do
	if ! command -v $compiler >/dev/null; then
		skip "each header compiles alone with $compiler" \
			"$compiler is not installed (apt-get install $compiler)"
		continue
	fi
	# shellcheck disable=SC2086 # words
	none "each header compiles alone with $compiler" \
		"$(headers include/tcpcraft/*.h src/*/*.h | ${compiler}_of $alone)"
	# shellcheck disable=SC2086 # words
	headers src/base/a*.h "$work/lacks.h" "$work/pedantic.h" src/base/b*.h |
		${compiler}_of $alone >"$work/out"
	matches "but what lacks an include" "$work/out" "lacks.h:1:.*unknown type name .size_t"
	matches "and what is not ISO C" "$work/out" 'pedantic.h:1:.*zero.(size|length).array'
done
if command -v clang >/dev/null; then
	# shellcheck disable=SC2086 # words
	none "clang warns of nothing in the sources" \
		"$(sources src/*/*.c tests/*/*.c tests/unit/*/*.c "$TC_BUILD"/*.c | clang_of $flags)"
	# Among others, one that is wrong, and one that lacks what they have included.
	echo 'int narrowed(long n); int narrowed(long n) { return n; }' >"$work/wrong.c"
	echo 'size_t unknown(void);' >"$work/lacks.c"
	# shellcheck disable=SC2086 # words
	sources src/base/*.c "$work/wrong.c" "$work/lacks.c" tests/examples/*.c | clang_of $flags >"$work/out"
	matches "but in what is wrong" "$work/out" 'wrong.c:1:.*-Wshorten-64-to-32'
	matches "and in what lacks a header" "$work/out" "lacks.c:1:.*unknown type name 'size_t'"
else
	skip "clang warns of nothing in the sources" "clang is not installed (apt-get install clang)"
fi
