#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The arrows point down only, and no files need each other in a circle: src/ROOMS says which
# room may use which. Judged by what the sources include and by the symbols that their
# objects leave to others.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
TC_BUILD=${TC_BUILD:-build}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# The rooms, from the ground up; below ROOM: those it may use, itself among them.
rooms() {
	sed -n 's/^\([a-z]*\):.*/\1/p' src/ROOMS
}

# Those of the program, which are the last.
program() {
	rooms | sed -n '/^options$/,$p'
}

below() {
	sed -n "s/^\($1\):\([^|]*\).*/\1 \2/p" src/ROOMS
}

# Prints those of the words $2... that are not among the words $1.
not_among() {
	among=" $1 "
	shift
	for word; do
		case $among in
		*" $word "*) ;;
		*) echo "$word" ;;
		esac
	done
}

unordered() {
	above=
	for room in $(rooms); do
		# shellcheck disable=SC2046 # words
		not_among "$above $room" $(below "$room") | sed "s/^/$room names, not above it: /"
		above="$above $room"
	done
	# shellcheck disable=SC2046 # words
	not_among "$(rooms | xargs)" $(for dir in src/*/; do basename "$dir"; done) |
		sed 's/$/: a folder that is no room/'
}

room_of_header() {
	sed -n "s/^\([a-z]*\):.*|.* $1\( .*\)*\$/\1/p" src/ROOMS
}

homeless() {
	for file in include/tcpcraft/*.h; do
		[ -n "$(room_of_header "$(basename "$file" .h)")" ] ||
			echo "$file: of which room? say it in src/ROOMS"
	done
}

# "FILE ROOM ROOM-OF-HEADER HEADER" for each inclusion of ours.
inclusions() {
	grep -oE '^#include (<tcpcraft/|")[a-z_0-9/]*\.h' src/*/*.[ch] include/tcpcraft/*.h |
	awk 'FNR == NR { if ($0 ~ /^#/ || split($0, part, "[:|]") < 3) next
			n = split(part[3], header, " ")
			for (i = 1; i <= n; i++) home[header[i]] = part[1]
			next }
		{ file = $0; sub(":.*", "", file); n = split(file, at, "/")
		of = at[n]; sub("[.]h$", "", of)
		of = at[1] == "src" ? at[2] : home[of]
		name = $0; sub(".*[<\"]", "", name); short = name; sub(".*/", "", short)
		sub("[.]h$", "", short)
		if ($0 ~ /<tcpcraft/) print file, of, home[short], name
		else if (name ~ "/") { to = name; sub("/.*", "", to); print file, of, to, name }
		else print file, of, of, of "/" name }' src/ROOMS -
}

upward() {
	inclusions | awk 'FNR == NR { if ($0 !~ /^#/ && split($0, part, "[:|]") > 1) {
			n = split(part[2], w, " "); may[part[1], part[1]] = 1
			for (i = 1; i <= n; i++) may[part[1], w[i]] = 1 } next }
		NF < 4 { print $1, "includes", $NF, "of no room"; next }
		!(($2, $3) in may) { print $1, "(" $2 ") includes", $4, "(" $3 ")" }
		$3 != $2 && $4 ~ /\/([a-z_0-9]*_)?own[.]h$/ {
			print $1, "includes", $4, "which is the own of", $3 }
		$4 !~ /^tcpcraft/ && !($4 in there) {
			there[$4] = (getline line < ("src/" $4)) >= 0; close("src/" $4) }
		$4 !~ /^tcpcraft/ && !there[$4] {
			print $1, "includes", $4, "which is not there" }' src/ROOMS -
	grep -n '^#include "' include/tcpcraft/*.h
}

# Unit tests: in the folder of the room that they test, with no other's own headers.
misplaced() {
	# shellcheck disable=SC2046 # words
	not_among "$(rooms | xargs)" $(for dir in tests/unit/*/; do basename "$dir"; done) |
		sed 's/$/: a folder of tests for no room/'
	ls tests/unit/test_*.c 2>/dev/null
	grep -o '^#include "[a-z]*/\([a-z]*_\)*own\.h' tests/unit/*/*.c |
	while IFS=: read -r file header; do
		owner=${header#*\"} owner=${owner%%/*}
		case $file in
		tests/unit/"$owner"/*) ;;
		*) echo "$file includes what is $owner's own" ;;
		esac
	done
}

# Tags without tc_ in headers that a room of the library offers to others, and tags that two
# headers define.
unclear_tags() {
	grep -o '^#include "[a-z]*/[a-z_0-9]*\.h' src/*/*.[ch] |
	awk -F '[/"]' -v program=" $(program | xargs) " '$2 != $4 && !index(program, " " $4 " ") {
		print "src/" $4 "/" $5 }' |
	sort -u | xargs grep -nE '^(struct|enum) [a-z_]+ \{' | grep -vE ':(struct|enum) tc_'
	grep -ohE '^(struct|enum) tc_[a-z_0-9]+ \{' include/tcpcraft/*.h src/*/*.[ch] | sort | uniq -d |
		sed 's/ {/: defined twice/'
}

# "OBJECT SYMBOL" of our own objects: what each defines, and what it leaves to others.
objects() {
	for file in src/*/*.c; do
		echo "$TC_BUILD/${file%.c}.o"
	done
}

linked() {
	awk -v top="$TC_BUILD/src/" '
		{ object = $1; sub(":.*", "", object); sub(top, "", object); sub("[.]o$", "", object) }
		NF == 3 && $2 == "U" { uses[++n] = object " " $3 }
		NF >= 3 && $(NF - 1) ~ /^[TDBRC]$/ { from[$NF] = object }
		END { for (i = 1; i <= n; i++) {
			split(uses[i], u, " ")
			if (u[2] in from && from[u[2]] != u[1])
				print u[1], from[u[2]], u[2]
		} }' "$work/symbols"
}

# Arrows that no line allows.
astray() {
	linked | awk 'FNR == NR { if (split($0, p, ":") > 1 && $0 !~ /^#/) {
			sub("[|].*", "", p[2]); n = split(p[2], w, " ")
			for (i = 1; i <= n; i++) may[p[1], w[i]] = 1 } next }
		{ a = $1; b = $2; sub("/.*", "", a); sub("/.*", "", b)
		if (a != b && !((a, b) in may)) print $1, "uses", $3, "of", $2 }' src/ROOMS -
}

# What only its own file uses and is not static, or nobody does: exported functions are for
# others, and tests may ask what no other file does.
lonely() {
	# shellcheck disable=SC2046 # one word an object
	nm -gA $(objects) "$TC_BUILD"/call_*.o "$TC_BUILD/html_files.o" | awk '
		{ object = $1; sub(":.*", "", object) }
		$(NF - 1) == "U" { used[$NF] = 1 }
		NF >= 3 && $(NF - 1) ~ /^[TDBRC]$/ && $NF !~ /^(main$|__)/ { from[$NF] = object }
		END { for (name in from) if (!(name in used)) print name, from[name] }' |
	LC_ALL=C sort >"$work/lonely"
	grep -ohwE '[a-z]+_[a-z_0-9]+' tests/*/*.[ch] tests/unit/*/*.[ch] |
		LC_ALL=C sort -u - tests/exports.txt | LC_ALL=C join -v 1 "$work/lonely" - |
		sed "s,\([^ ]*\) .*/src/,\1 of src/,; s/\$/: static, or gone/"
}

circles() {
	linked | awk '{ print $1, $2 }' | sort -u | tsort 2>&1 >/dev/null |
	sed -n 's/^tsort: -: \(input contains a loop\).*/\1/p; s/^tsort: \([^-].*\)/\1/p'
}

crowded() {
	for room in $(rooms); do
		n=$(find "src/$room" -name '*.c' | wc -l)
		[ "$n" -le 26 ] || echo "src/$room: $n files"
	done
	for room in $(rooms); do
		find "src/$room" -name "${room}_*"
	done
}

# symbols ROOM: "OBJECT SYMBOL" for each that its objects leave to others.
symbols() {
	sed -n "s,^$TC_BUILD/src/$1/\([^:/]*\.o\): *[Uwv] ,\1: ,p" "$work/symbols" |
		grep -vE ' __(asan|ubsan|tsan|sanitizer|lsan)_|_GLOBAL_OFFSET_TABLE_'
}

# uses ROOM ERE: what of these symbols a room uses.
uses() {
	symbols "$1" | grep -E " ($2)\$"
}

# tc_* is checked by the includes, but for what a pure room of its own may not call.
impure() {
	symbols tcp | grep -vE ' (tc_.*|mem(cpy|move|set|cmp)|__assert_fail|__stack_chk_fail)$'
	uses tcp 'tc_(clock|rng|log).*'
}

mutable() {
	# shellcheck disable=SC2046 # one word an object
	objdump -t $(objects | grep -vE "/src/($(program | paste -sd '|'))/") | awk '
		/file format/ { object = $1 }
		$1 ~ /^[0-9a-f]+$/ && / O \.(data|bss|tbss|tdata)[ \t]/ { print object, $NF }
		/ \*COM\*/ { print object, $NF }'
}

# What the public headers declare, in the compiler's words, and what the shared library has.
# (Symbols of a sanitizer are its own.)
differently_exported() {
	nm -D --defined-only "$TC_BUILD/libtcpcraft.so" | grep -v ' __' >"$work/exported"
	for header in include/tcpcraft/*.h; do
		echo "#include <tcpcraft/${header##*/}>"
	done | gcc -std=c11 -D_GNU_SOURCE -Iinclude -fsyntax-only -x c -aux-info "$work/declared" - 2>&1
	sed -n '/ static /d; s,^/. [^ ]*include/tcpcraft/[^ ]* ./ extern [^(]*[ *]\(tc_[a-z_0-9]*\) (.*,\1,p' \
		"$work/declared" | sort -u | awk '
		FNR == NR { declared[$1] = 1; next }
		!($3 in declared) { print $3 ": exported, and in no public header" }
		{ delete declared[$3] }
		END { for (name in declared) print name ": in a public header, and not exported" }
		' - "$work/exported"
	[ -s "$work/declared" ] || echo "no function declared at all"
}

io='socket|bind|connect|send(to|msg|mmsg)?|recv(from|msg|mmsg)?|pcap_.*|libnet_.*|mnl_.*'
files='open(64)?|fopen(64)?|read|write|getrandom|time|clock_gettime|pthread_.*|fork'

none "src/ROOMS names each room once, above those that use it" "$(unordered)"
none "every public header has a room" "$(homeless)"
none "no include leads to a room that is not below, or to what is another's own" "$(upward)"
none "no room is crowded, and no file's name repeats its room" "$(crowded)"
none "a tag that two rooms see begins with tc_, and none is defined twice" "$(unclear_tags)"
none "each unit test lies in the room that it tests" "$(misplaced)"
none "base, wire and tcp include no socket, pcap or libnet header" "$(
	grep -nE '<(pcap|libnet|libmnl|jansson|sys/socket|net/|netpacket|linux/|pthread)' \
	src/base/*.[ch] src/wire/*.[ch] src/tcp/*.[ch])"
if [ ! -e "$TC_BUILD/libtcpcraft.a" ]; then
	not_ok "the objects are built in $TC_BUILD"
	exit 1
fi
# (Each look at the objects takes a second.)
# shellcheck disable=SC2046 # one word an object
nm -gA $(objects) >"$work/symbols" || not_ok "the objects of all sources are there"
none "no symbol is used but of rooms below" "$(astray)"
none "no files need each other in a circle" "$(circles)"
none "what another file can call, another file calls" "$(lonely)"
none "tcp is pure: no clock, chance, heap, input or output" "$(impure)"
none "wire has no files and sockets, base no sockets" "$(
	uses wire "$io|$files"; uses base "$io")"
none "only the program prints, exits and reads arguments" "$(
	# shellcheck disable=SC2046 # a word a room
	for room in $(not_among "$(program | xargs)" $(rooms)); do
		uses "$room" 'v?printf|puts|putchar|perror|exit|getopt.*|stdout|stderr'
	done)"
none "no global symbol of the library but tc_*" "$(
	nm -g --defined-only "$TC_BUILD/libtcpcraft.a" 2>/dev/null |
	awk 'NF == 3 && $3 !~ /^(tc_|__(odr_)?asan|__start_|__stop_)/ { print $3 }')"
if command -v gcc >/dev/null; then
	none "libtcpcraft.so exports what the public headers declare, and nothing else" \
		"$(differently_exported)"
else
	skip "libtcpcraft.so exports what the public headers declare, and nothing else" \
		"gcc is not installed (apt-get install gcc)"
fi
# What a program may have been linked with stays: a name is taken from the list together with
# the number in the soname.
none "libtcpcraft.so exports the names of tests/exports.txt" "$(
	nm -D --defined-only "$TC_BUILD/libtcpcraft.so" | sed -n 's/.* \(tc_.*\)/\1/p' | LC_ALL=C sort |
	diff tests/exports.txt -)"
same "and its soname is that of these names" \
	"$(objdump -p "$TC_BUILD/libtcpcraft.so" | sed -n 's/.*SONAME *//p')" libtcpcraft.so.0
if [ -z "${TC_SAN-}" ]; then
	none "the library has no mutable global state" "$(mutable)"
fi
