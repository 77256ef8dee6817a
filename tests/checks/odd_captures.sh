#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Captures as hosts and network cards really make them: what is there is read, what is not
# is said, and tshark is the judge of what can be judged.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
need tshark
TC=${TCPCRAFT:-build/tcpcraft}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
/usr/bin/python3 tests/checks/odd_captures.py "$dir" || exit 1

show() {
	"$TC" show "$@" 2>&1
}
bytes() {	# of the first connection, > and <
	show -q "$1" | awk '$1 == 1 { print $6, $7 }'
}

# ---- each byte counts once ------------------------------------------------------------

same "segments in the order 3, 2, 1: each byte counts" "$(bytes "$dir/three-two-one")" "3000 0"
same "the first lost and sent again: it counts" "$(bytes "$dir/lost-first")" "3000 0"
same "and fills a hole: no repetition" "$(show "$dir/lost-first" |
	grep -c '900000 --> .*seq 1:1001 .*\[out_of_order\]$')" 1
for seed in 0 1 2 3 4 5 6 7; do
	same "bytes of data in any order (seed $seed)" "$(bytes "$dir/any-order-$seed")" \
		"$(cat "$dir/any-order-$seed.want") 0"
done

# ---- sums left to the card, headers cut ---------------------------------------------

partial() {
	show --json "$dir/$1" | grep -c "\"$2\":\"$3\".*\"$4\""
}
same "an IP checksum of 0 is the card's" "$(partial offload ip_checksum partial checksum_partial)" 3
same "one that is wrong is wrong" "$(partial wrong ip_checksum bad checksum_bad)" 3
same "a large send's sum is the card's" "$(partial lso tcp_checksum partial checksum_partial)" 1
same "another is wrong" "$(partial lso-wrong tcp_checksum bad checksum_bad)" 1
matches "explain says so too" "$("$TC" explain -q "$dir/offload" 1 >"$dir/out"; echo "$dir/out")" \
	'ip\.checksum .*partial: 0, left to the network card'
none "a header cut anywhere behind its flags is read" "$(
	for n in $(seq 48 79); do
		got=$(show -q "$dir/snap-$n" | awk '$1 == 1 { print $5, $6 + $7 }')
		[ "$got" = "5 18" ] || echo "$n: $got"
	done)"
matches "and what is cut is said" "$(show "$dir/snap-68" >"$dir/out"; echo "$dir/out")" \
	'<mss 1460,sackOK,.*\[6 bytes of the header not captured\]'
for n in 54 57 60 66 73; do	# somewhere in the options of the first SYN
	"$TC" explain -q "$dir/snap-$n" 1 >"$dir/out"
	same "cut at $n, its header's length is no lie, as tshark says" \
		"$(grep -c 'not checked: the capture is cut' "$dir/out") $(grep -c lies "$dir/out") $(
		tshark -n -r "$dir/snap-$n" -Y 'frame.number == 1 && _ws.short' -T fields \
			-e tcp.hdr_len 2>/dev/null)" "3 0 40"
done
matches "a window that is not there is none" "$(show "$dir/snap-48" >"$dir/out"; echo "$dir/out")" \
	'--> S    seq 0 win ?'
same "frames 4 bytes short stay in their connection" "$(bytes "$dir/short") $(show "$dir/short" |
	grep -c 'seq 1:19 (18) .*\[4 bytes not captured\]')" "18 0 1"

# ---- one direction alone ----------------------------------------------------------------

row() {	# of a capture of one connection: who opened, the state, and what stands behind
	show -q "$dir/$1" | awk 'NR == 2 { sub(/:.*/, "", $2); print $2, $4, $10 $11 }'
}
for way in open fin reset refused; do
	whole=$(row way-$way)
	same "$way: who opened and what became of it are told by any part of it" \
		"$(test $way = refused || row way-$way-out) $(test $way = fin || row way-$way-in)" \
		"$(test $way = refused || echo "$whole") $(case $way in
			fin) ;; reset) echo "192.0.2.1 open " ;; *) echo "$whole" ;; esac)"
done
same "a SYN and nothing else is not answered" "$(row way-syn) $(row way-syn-out)" \
	"192.0.2.1 no-answer  192.0.2.1 no-answer "
same "when it was answered is not known" \
	"$(show --json "$dir/way-open-out" "$dir/way-open-in" | grep -c handshake_us)" 0
same "bytes without a beginning: who opened is not known, and tshark has no SYN" \
	"$(row way-bytes-in) $(tshark -n -r "$dir/way-bytes-in" -T fields -e tcp.completeness \
		2>/dev/null)" "192.0.2.2 open (openerunknown) 0"
same "nor in JSON" "$(show --json "$dir/way-bytes-in" | grep -c '"opener_unknown":true') $(
	show --json "$dir/way-open" "$dir/way-open-in" "$dir/way-refused-in" |
	grep -c opener_unknown)" "1 0"
for columns in 80 60; do
	same "nor in $columns columns" "$(COLUMNS=$columns "$TC" show -q "$dir/way-bytes-in" |
		sed -n 's/^ *\(1[ ?]*192[^ ]*\).*/\1/p')" "1?192.0.2.2:80"
done

# ---- interfaces that differ ---------------------------------------------------------

for form in mixed-little mixed-big; do
	same "$form: each frame has its interface's type, unit and offset" "$(
		show "$dir/$form" | grep -c '^  0\.00[0-4][0-9]* [-<]') $(bytes "$dir/$form") $(
		show "$dir/$form" | tail -n 1)" "5 18 0 5 frames: 5 TCP in 1 connection"
	same "$form: tshark has the same stamps" "$(show --json "$dir/$form" |
		sed -n 's/.*"epoch_ns":\([0-9]*\).*/\1/p' | head -n 4)" "$(
		tshark -n -r "$dir/$form" -Y tcp -T fields -e frame.time_epoch 2>/dev/null |
		tr -d . | head -n 4)"
	same "$form: a filter passes frames of each" "$(
		show "$dir/$form" --filter 'tcp dst port 80' | grep -c ' --> ')" 4
	"$TC" relabel "$dir/$form" "$dir/new" 2>"$dir/err"
	same "$form: no type is right for all" "$? $(wc -l <"$dir/err") $(
		status_of test -e "$dir/new")" "2 1 1"
done
while read -r name; do
	timeout 10 "$TC" show "$dir/$name" >"$dir/out" 2>"$dir/err"
	same "$name is shown up to there" "$? $(grep -c '^1 frame: 1 TCP' "$dir/out") $(
		grep -c 'frame 2: .*; shown up to there' "$dir/err")" "2 1 1"
done <"$dir/damaged"
none "pcapng cut anywhere is shown up to there" "$(
	size=$(wc -c <"$dir/mixed-big")
	for at in $(seq 0 11 "$size"); do
		head -c "$at" "$dir/mixed-big" >"$dir/cut"
		timeout 10 "$TC" show "$dir/cut" >/dev/null 2>"$dir/err"
		[ $? -le 2 ] && [ "$(wc -l <"$dir/err")" -le 1 ] || echo "cut at $at"
	done)"

# ---- what is not read is said ---------------------------------------------------------

same "each cause is counted" "$(show "$dir/others" | sed -n 's/.*not read: //p')" "1 MPLS, \
1 PPPoE, 1 ethertype 0x1234, 1 802.3, FDDI, frame relay or loopback frames that are not IP, 1 LLDP"
same "in JSON too, with the file" "$(show --json "$dir/others" "$dir/ip6" |
	grep -c '"type":"capture","file":".*/others".*"not_read":{.*"LLDP":')" 1
same "each line of several files names its own" "$(show --json "$dir/others" "$dir/plain" |
	grep -cv '"file":"')" 0
same "IPv6 by its link type is not a wrong one" "$(show -q "$dir/ip6" | tail -n 1)" \
	"3 frames: 3 TCP in 1 connection"
same "and is not damaged" "$("$TC" explain "$dir/ip6" | grep -c Damaged)" 0
same "IPv6 and IPv4 have the columns of the wider" "$(show -q "$dir/both" |
	awk '/ (open|no-answer) / { print match($0, / (open|no-answer) /) }' | uniq | wc -l)" 1
same "and are the connections that tshark has" "$(show --json "$dir/both" | sed -n \
	's/.*"frame":\([0-9]*\),.*"connection":\([0-9]*\),.*/\1 \2/p')" "$(
	tshark -n -r "$dir/both" -Y tcp -T fields -e frame.number -e tcp.stream 2>/dev/null |
	awk '{ print $1, $2 + 1 }')"
for file in ip6 lldp token-ring; do
	"$TC" relabel "$dir/$file" "$dir/new" 2>"$dir/err"
	same "relabel leaves $file" "$? $(grep -c 'nothing to change' "$dir/err")" "2 1"
done
"$TC" relabel "$dir/plain" "$dir/new" --linktype EN10MB 2>"$dir/err"
same "a link type that is there already: exit 2" "$? $(grep -c 'nothing to change' "$dir/err") $(
	status_of test -e "$dir/new")" "2 1 1"
for command in show explain; do
	"$TC" $command "$dir/breaks-off" >"$dir/out" 2>"$dir/err"
	same "$command of a file that breaks off: exit 2, and where" \
		"$? $(grep -c 'frame 5: .* up to there' "$dir/err")" "2 1"
done

# ---- tags and numbers -----------------------------------------------------------------

same "captured twice: repetitions, as tshark says" "$(show --json "$dir/twice" | sed -n \
	's/.*"frame":\([0-9]*\),.*"\(retransmission\|out_of_order\)".*/\1 \2/p')" \
	"$(/usr/bin/python3 tests/checks/shark_tags.py "retransmission out_of_order" "$dir/twice" |
		cut -f 2 | grep ' ')"
same "behind a half-open connection's reset nothing is late or again, and tshark says so of what \
follows the handshake" "$(show --json "$dir/half-open" | sed -n \
	's/.*"frame":\([0-9]*\),.*"tags":\[\(.*\)\].*/\1 \2/p') $(
	tshark -n -r "$dir/half-open" -Y 'frame.number > 6 and tcp.analysis.flags' 2>/dev/null | wc -l)" \
	'2 "ack_lost_segment"
4 "retransmission" 0'
same "and it is a connection that closed" "$(row half-open)" "192.0.2.1 closed !2"
same "nor does an opener's reset end it that came twice" "$(row half-open-twice)" \
	"192.0.2.1 no-answer !2"
for name in elsewhere data other; do
	same "a reset that answers nothing ends it ($name), as tshark says" "$(
		row reset-$name | awk '{ print $2 }') $(($(tshark -n -2 -r "$dir/reset-$name" -T fields \
		-e tcp.completeness 2>/dev/null | head -n 1) & 32))" "reset 32"
done
same "and one before which nothing was captured" "$(row reset-alone)" "192.0.2.1 reset (openerunknown)"
same "a source route's last address is whom a segment is for, as tshark says" "$(
	show --json "$dir/source-route" | sed -n \
		's/.*"connection":\([0-9]*\),.*"tcp_checksum":"\([a-z]*\)".*/\1 \2/p')" "$(
	tshark -n -o tcp.check_checksum:TRUE -r "$dir/source-route" -T fields -e tcp.stream \
		-e tcp.checksum.status 2>/dev/null | awk '{ print $1 + 1, $2 == 1 ? "ok" : "bad" }')"
same "an ICMP error that quotes such a segment is of its connection, as tshark says" "$(
	show --json "$dir/source-route-error" | sed -n 's/.*"type":"icmp".*"connection":1,.*/icmp/p
		s/.*"type":"connection","connection":1,.*"dst":"\([0-9.]*\):.*/\1/p')" "icmp
$(tshark -n -r "$dir/source-route-error" -Y icmp -T fields -E occurrence=l -e ip.dst 2>/dev/null)"
same "a client's abort is not a kernel's" "$(show "$dir/abort" "$dir/abort-0" | grep -c 'kernel')" 0
same "a denial behind the SYN,ACK is" "$(show "$dir/denial" | grep -c '~~> R .*\[kernel-reset\]')" 1
same "SACK edges are counted as tshark does" "$(show "$dir/sack" | grep -o 'sack [0-9:]*')" \
	"sack $(tshark -n -r "$dir/sack" -Y tcp.options.sack -T fields -E separator=: \
		-e tcp.options.sack_le -e tcp.options.sack_re 2>/dev/null)"
same "the ISN is told once each way" "$(show "$dir/plain" | grep -o 'ISN [0-9]*' | tr '\n' ' ')" \
	"ISN 1000 ISN 5000 "
matches "AE and reserved bits are in the ladder" "$(show "$dir/flags" >"$dir/out"; echo "$dir/out")" \
	'--> SEWe .*\[reserved bits 5\]'

# ---- what show writes, run reads ------------------------------------------------------

for file in plain loose backwards flags big snap-60; do
	for loose in '' --loose; do
		# shellcheck disable=SC2086 # one word or none
		"$TC" show --script $loose "$dir/$file" >"$dir/script" 2>"$dir/err" &&
			"$TC" run --print "$dir/script" >"$dir/out" 2>"$dir/err"
		same "run reads the script of $file $loose" "$? $(status_of test -s "$dir/out")" "0 0"
	done
done
same "with AE and the reserved bits" "$("$TC" show --script "$dir/flags" |
	grep -c 'SEWA .*tcp\.flags\.res=5')" 1
"$TC" show --script "$dir/huge" >"$dir/out" 2>"$dir/err"
same "a script longer than run reads is refused, with the cure" \
	"$? $(wc -c <"$dir/out") $(grep -c 'snapshot' "$dir/err")" "2 0 1"
same "a loose one asks for no options, and has no timestamps" "$(
	"$TC" show --script --loose "$dir/loose" | grep -c 'TS val') $(
	"$TC" show --script --loose "$dir/loose" | grep -c '^\* > S\. .*<\.\.\.>')" "0 1"

# ---- where it goes --------------------------------------------------------------------

"$TC" show "$dir/big" 2>"$dir/err" | head -n 1 >"$dir/out"
same "a reader that has enough is nothing to tell" "$(wc -l <"$dir/out") $(cat "$dir/err")" "1 "
"$TC" show "$dir/plain" >/dev/full 2>"$dir/err"
same "a full disk is told with its reason" "$? $(grep -c 'No space left' "$dir/err")" "3 1"
