#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The arrows point down only: cli > app > conn > link | tcp > wire > base. Judged by what
# the sources include and by the symbols that their objects leave to others.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
TC_BUILD=${TC_BUILD:-build}

# A public header x.h belongs to the layer that has x.c or x_*.c; these have neither.
layer_of_header() {
	case $1 in
	seq | segment) echo wire ;;
	conn) echo conn ;;
	*) for file in src/*/"$1".c src/*/"$1"_*.c; do
		[ -e "$file" ] || continue
		file=${file#src/}
		echo "${file%%/*}"
		break
	done ;;
	esac
}

# Layers that may be used from layer $1.
below() {
	case $1 in
	cli) echo "cli app conn link tcp wire base" ;;
	app) echo "app conn link tcp wire base" ;;
	conn) echo "conn link tcp wire base" ;;
	link | tcp) echo "$1 wire base" ;;
	wire) echo "wire base" ;;
	base) echo base ;;
	esac
}

# "FILE LAYER HEADER" for each inclusion of a public header.
inclusions() {
	grep -o '^#include <tcpcraft/[a-z_0-9]*' src/*/*.[ch] include/tcpcraft/*.h |
	while IFS=: read -r file header; do
		case $file in
		src/*) layer=${file#src/} layer=${layer%%/*} ;;
		*) layer=$(layer_of_header "$(basename "$file" .h)") ;;
		esac
		echo "$file $layer ${header##*/}"
	done
}

homeless() {
	for file in include/tcpcraft/*.h; do
		case $(layer_of_header "$(basename "$file" .h)") in
		base | wire | tcp | link | conn | app) ;;
		*) echo "$file: which layer? name its .c file so, or add it to $0" ;;
		esac
	done
}

upward() {
	inclusions | while read -r file layer header; do
		to=$(layer_of_header "$header")
		case " $(below "$layer") " in
		*" $to "*) ;;
		*) echo "$file ($layer) includes tcpcraft/$header.h ($to)" ;;
		esac
	done
}

# The private headers of a layer lie beside its sources and are included by bare name.
private_elsewhere() {
	grep -n '^#include "[^"]*/' src/*/*.[ch]
	grep -o '^#include "[^"]*' src/*/*.[ch] | while IFS=: read -r file header; do
		header=${header#*\"}
		[ -e "${file%/*}/$header" ] || echo "$file includes \"$header\", not beside it"
	done
	grep -n '^#include "' include/tcpcraft/*.h
}

# symbols LAYER: "OBJECT SYMBOL" for each that its objects leave to others.
symbols() {
	nm -u "$TC_BUILD/src/$1"/*.o | awk '/:$/ { object = $1; sub(".*/", "", object) }
		/^ +[Uwv] / { print object, $2 }' | grep -vE ' __(asan|ubsan|tsan|sanitizer|lsan)_|_GLOBAL_OFFSET_TABLE_'
}

# uses LAYER ERE: what of these symbols a layer uses.
uses() {
	symbols "$1" | grep -E " ($2)\$"
}

# tc_* is checked by the includes, but for what a pure layer of its own may not call.
impure() {
	symbols tcp | grep -vE ' (tc_.*|mem(cpy|move|set|cmp)|__assert_fail|__stack_chk_fail)$'
	uses tcp 'tc_(clock|rng|log).*'
}

mutable() {
	for object in "$TC_BUILD"/src/*/*.o; do
		case $object in
		*/src/cli/*) continue ;;
		esac
		objdump -t "$object" | awk -v o="${object#"$TC_BUILD"/}" '
			$1 ~ /^[0-9a-f]+$/ && / O \.(data|bss|tbss|tdata)[ \t]/ { print o, $NF }
			/ \*COM\*/ { print o, $NF }'
	done
}

io='socket|bind|connect|send(to|msg|mmsg)?|recv(from|msg|mmsg)?|pcap_.*|libnet_.*|mnl_.*'
files='open(64)?|fopen(64)?|read|write|getrandom|time|clock_gettime|pthread_.*|fork'

none "every public header has a layer" "$(homeless)"
none "no include points up, and link and tcp do not know each other" "$(upward)"
none "private headers stay in their layer; cli uses none of others" "$(private_elsewhere)"
none "base, wire and tcp include no socket, pcap or libnet header" "$(
	grep -nE '<(pcap|libnet|libmnl|jansson|sys/socket|net/|netpacket|linux/|pthread)' \
	src/base/*.[ch] src/wire/*.[ch] src/tcp/*.[ch])"
if [ ! -e "$TC_BUILD/libtcpcraft.a" ]; then
	not_ok "the objects are built in $TC_BUILD"
	exit 1
fi
none "tcp is pure: no clock, chance, heap, input or output" "$(impure)"
none "wire has no files and sockets, base no sockets" "$(
	uses wire "$io|$files"; uses base "$io")"
none "only cli prints, exits and reads arguments" "$(
	for layer in base wire tcp link conn app; do
		uses $layer 'v?printf|puts|putchar|perror|exit|getopt.*|stdout|stderr'
	done)"
none "no global symbol of the library but tc_*" "$(
	nm -g --defined-only "$TC_BUILD/libtcpcraft.a" 2>/dev/null |
	awk 'NF == 3 && $3 !~ /^(tc_|__(odr_)?asan|__start_|__stop_)/ { print $3 }')"
if [ -z "${TC_SAN-}" ]; then
	none "the library has no mutable global state" "$(mutable)"
fi
