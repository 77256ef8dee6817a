#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# TCP of either family behind tags and link headers, in tunnels and in fragments: tshark is the
# judge of which frames are of which connection.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
need tshark mergecap capinfos
TC=${TCPCRAFT:-build/tcpcraft}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
for make in tunnels links; do
	/usr/bin/python3 tests/checks/$make.py "$dir" 2>"$dir/err" || { cat "$dir/err"; exit 1; }
done

# One tshark reads them all, one behind the other: NAME, frame and connection in it. (Starting
# it once a file would take longer than all else here.)
tab=$(printf '\t')
files=$(cut -f 1 "$dir/names" | sed "s|.*|$dir/&.pcap|")
# shellcheck disable=SC2086 # one word a file
mergecap -a -F pcapng -w "$dir/all" $files
# shellcheck disable=SC2086
capinfos -TrmcM $files >"$dir/frames"
tshark -n -d udp.port==8472,vxlan -d mpls.label==18,pwethcw -r "$dir/all" -T fields \
	-E separator=, -e frame.number -e tcp.stream 2>/dev/null | awk -F , '
	NR == FNR { name[NR] = $1; last[NR] = last[NR - 1] + $2; next }
	$1 > last[file + 0] { file++; connections = 0; split("", number) }
	$2 != "" && !($2 in number) { number[$2] = ++connections }
	$2 != "" { print name[file], $1 - last[file - 1], number[$2] }
	' "$dir/frames" - >"$dir/streams"

while IFS=$tab read -r name around; do
	"$TC" show --json "$dir/$name.pcap" >"$dir/json" 2>&1
	same "$name: the connections that tshark has" "$(sed -n \
		's/.*"frame":\([0-9]*\),.*"connection":\([0-9]*\),.*/\1 \2/p' "$dir/json")" \
		"$(sed -n "s|^$dir/$name.pcap ||p" "$dir/streams")"
	same "$name: all three segments, sums right, between whom, what is around" "$(
		grep -c '"tcp_checksum":"ok"' "$dir/json") $(
		sed -n 's/.*"type":"connection".*"around":"\([^"]*\)".*/\1/p' "$dir/json")" \
		"3 $around"
done <"$dir/names"
same "forms made" "$(wc -l <"$dir/names")" 201

# ---- explain names the same layers -------------------------------------------------

# shellcheck disable=SC2046 # one word a file
mergecap -F pcapng -w "$dir/all" $(find "$dir" -name '*.pcap' ! -name 'pieces*' ! -name 'broken*')
none "explain's fields of layers around, and inside them, are tshark's" "$(
	/usr/bin/python3 tests/checks/layers_compare.py "$TC" "$dir/all" 2>&1 | head -n 20)"

# ---- relabel knows them again ------------------------------------------------------

# The same file with link type 147 (USER0). Some types are not told from others.
none "a wrong link type is found out behind each of them" "$(
	while IFS=$tab read -r name around; do
		case $name in avs* | ipv[46] | raw-1[24]* | ppp-serial* | frelay* | ipoib* | ppi*) continue ;; esac
		rm -f "$dir/right"
		cp "$dir/$name.pcap" "$dir/wrong"
		printf '\223\0\0\0' | dd of="$dir/wrong" bs=1 seek=20 conv=notrunc 2>/dev/null
		"$TC" relabel "$dir/wrong" "$dir/right" 2>"$dir/err"
		cmp -s "$dir/right" "$dir/$name.pcap" || echo "$name: $(cat "$dir/err")"
	done <"$dir/names")"

# ---- what is not read ---------------------------------------------------------------

unread() {
	"$TC" show -q "$dir/$1" | tail -n 1
}
same "too deep is said" "$(unread deep)" \
	"1 frame: 0 TCP in 0 connections; not read: 1 of tunnels in tunnels, too deep"
same "what is not known inside is said" "$(unread strange)" "1 frame: 0 TCP in 0 connections; \
not read: 1 of tunnels that carry neither IP nor Ethernet"
same "what is cut is said" "$(unread cut)" \
	"1 frame: 0 TCP in 0 connections; not read: 1 of tunnels that are cut"

for cut in "vxlan 8" "geneve 8" "gtp 25" "teredo 67"; do
	same "cut anywhere in ${cut% *} is said" "$(unread cut-"${cut% *}")" "${cut#* } frames: \
0 TCP in 0 connections; not read: ${cut#* } of tunnels that are cut"
done
same "and in metadata" "$(unread cut-metadata)" \
	"8 frames: 0 TCP in 0 connections; not read: 8 Cisco metadata"
same "UDP to such ports, and metadata that are no group's, are nothing else" "$(unread ordinary)" \
	"44 frames: 0 TCP in 0 connections, 43 of other protocols; not read: 1 Cisco metadata"
same "tshark has no TCP in them either but behind metadata" "$(
	tshark -n -r "$dir/ordinary" -Y tcp -T fields -e eth.type 2>/dev/null)" 0x8909
# (tshark takes the header's first byte for an IPv4 header's, of no length.)
same "WCCP with its second flag is WCCP" "$(unread wccp-flag)" "1 frame: 1 TCP in 1 connection"
# (tshark reads the other class only.)
same "FDDI's synchronous class is read" "$(unread synchronous)" "1 frame: 1 TCP in 1 connection"

# The first frame of NAME, of which the capture left out the last 26 bytes: headers inside.
cut_inside() {
	n=$(($(od -An -tu4 -j32 -N4 "$dir/$1.pcap") - 26))
	{
		head -c 32 "$dir/$1.pcap"
		printf %b "\\0$(printf %o $n)\\0000\\0000\\0000"
		tail -c +37 "$dir/$1.pcap" | head -c $((4 + n))
	} >"$dir/inside"
}
for name in gre-4 gre-key-6 vxlan-4 vxlan6-6 geneve-4 geneve-ip-6; do
	cut_inside $name
	same "$name cut in the middle: show counts it" "$(unread inside)" \
		"1 frame: 0 TCP in 0 connections; not read: 1 of tunnels that are cut"
	"$TC" explain "$dir/inside" >"$dir/out" 2>"$dir/err"
	same "$name cut in the middle: explain says it in one line" \
		"$? $(wc -l <"$dir/err") $(grep -cE '^Cut by the capture: .* are (there|missing)$' "$dir/out")" \
		"0 0 1"
done

# ---- link headers with no datagram behind them ------------------------------------

left() {	# NAME FRAMES CAUSE
	same "$3 are counted as that" "$(unread "$1")" \
		"$2 frame$([ "$2" = 1 ] || echo s): 0 TCP in 0 connections; not read: $2 $3"
}
left not-control 3 "802.11 frames without data"
left not-llc 1 "802.3, FDDI, frame relay or loopback frames that are not IP"
left not-encrypted 1 "802.11 frames that are encrypted"
left not-pieces 3 "802.11 fragments or several frames in one"
left not-ppp 1 "PPP that is not IP"
left not-ppi 3 "PPI packets of a link type that is not read"
left not-relayed 2 "802.3, FDDI, frame relay or loopback frames that are not IP"
left wlan-control 2 "802.11 frames without data"
left wlan-encrypted 2 "802.11 frames that are encrypted"
left wlan-pieces 2 "802.11 fragments or several frames in one"
left not-log 1 "entries of a log without a packet"
left not-snap 2 "802.3, FDDI, frame relay or loopback frames that are not IP"

# ---- fragments that do not become a datagram ---------------------------------------

never() {	# NAME FRAMES CAUSES
	same "$1: fragments without a datagram are counted by cause" "$(unread "$1")" \
		"$2: 0 TCP in 0 connections, ${2% frame*} IP fragments; not read: $3"
}
never unfinished "8 frames" "8 fragments of datagrams that never were whole"
never late "10 frames" "4 fragments of datagrams not whole within a minute, \
6 fragments of datagrams that never were whole"
never overlap "6 frames" "6 IPv6 fragments of datagrams in which they overlap"
never lies "2 frames" "1 fragments whose places lie, \
1 fragments of datagrams that never were whole"
never crowd "70 frames" "6 fragments, of too many datagrams at a time, \
64 fragments of datagrams that never were whole"
never short "1 frame" "1 fragments that the capture cut"
same "fragments that came twice are no overlap" "$("$TC" show --json "$dir/copied" | sed -n \
	's/.*"frame":\([0-9]*\),.*"length":\([0-9]*\),.*"tcp_checksum":"\([a-z]*\)".*/\1 \2 \3/p')" "$(
	tshark -n -r "$dir/copied" -Y tcp -T fields -e frame.number -e tcp.len 2>/dev/null |
		awk '{ print $1, $2, "ok" }')"
