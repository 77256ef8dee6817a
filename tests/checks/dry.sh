#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# send --dry-run and explain as commands: every format holds the same packets, files are
# not overwritten, input is taken in every form, and damage is no failure.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
TCPCRAFT=$(realpath "${TCPCRAFT:-${TC_BUILD:-build}/tcpcraft}")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

dry() {
	"$TCPCRAFT" send 10.0.0.2 80-82 --dry-run --seed 7 -g 4000 "$@"
}

# ---- printed packets -------------------------------------------------------------

dry >hex 2>said
same "three packets, a line each, and where they come from" \
	"$(wc -l <hex) $(cut -c25-32 hex | sort -u) $(cat said)" \
	"3 c0000201 source address 192.0.2.1 (--source gives another)"
dry -q >again
check "the same seed, the same bytes" cmp -s hex again
dry -q --seed 8 >other
check "another seed, other bytes" sh -c '! cmp -s hex other'
dry -q --source 10.9.9.9 >from 2>said
same "--source is the source, and nothing is said" "$(cut -c25-32 from | sort -u)$(cat said)" \
	0a090909
dry -q eth.src=02:00:00:00:00:09 | cut -c13-28 | sort -u >eth
same "from Ethernet on when an eth.* field is given" "$(cat eth)" 0200000000090800
dry -q --format json | sed 's/.*"frame_hex":"\([0-9a-f]*\)".*/\1/' >as.json
check "json: the same packets" cmp -s hex as.json
dry -q --json >json2
same "--json is the format, too" "$(grep -c '^{"type":"packet","number":[123],' json2)" 3
dry -q --format c | grep -o '0x[0-9a-f][0-9a-f],' | sed 's/0x\(..\),/\1/' | tr -d '\n' >as.c
same "c: the same bytes" "$(cat as.c)" "$(tr -d '\n' <hex)"
dry -q --format c --fragment 8 >fragments.c
echo 'int main(void) { return sizeof packet_1_1 + sizeof packet_3_3; }' >>fragments.c
check "c: compiles, also fragments" "${CC:-cc}" -w -o fragments fragments.c
dry -q -w run.pcap
"$TCPCRAFT" explain run.pcap --json | sed 's/.*"frame_hex":"\([0-9a-f]*\)".*/\1/' >pcap
check "pcap: the same packets" cmp -s hex pcap
dry -q --format pcap >stdout.pcap
check "pcap to standard output: the same file" cmp -s run.pcap stdout.pcap
same "text: who says what to whom" "$(dry -q --format text --seq 1 | head -n 1)" \
	"192.0.2.1:4000 > 10.0.0.2:80 S seq 1 win 64240 ttl 64"

# exits CODE ERE COMMAND...
exits() {
	code=$1 says=$2
	shift 2
	"$@" >out 2>err
	same "exit $code: $(echo "$*" | sed "s|$TCPCRAFT|tcpcraft|")" "$? $(wc -c <out)" \
		"$code 0"
	matches "says: $says" err "$says"
}

for file in run.pcap hex; do
	format=pcap
	[ $file = run.pcap ] || format=hex
	exits 2 "$file exists.*--force" dry -q --format $format -w $file
	dry -q --format $format -w $file --force
	same "--force overwrites $file" "$?" 0
done
exits 3 'cannot write' dry -q --format hex -w /no/such/folder/x
exits 3 'cannot write.*/dev/full' dry -q --format hex -w /dev/full --force
exits 2 "'localhost' is not an address, such as" "$TCPCRAFT" send localhost 80 --dry-run
"$TCPCRAFT" send 10.0.0.2 80 --dry-run -q >/dev/full 2>err
check "a full standard output is exit 3" [ $? = 3 ]
"$TCPCRAFT" send 10.0.0.2 --raw - --dry-run <hex >raw 2>err
check "whole frames from standard input go through" cmp -s hex raw
"$TCPCRAFT" send 10.0.0.2 --raw run.pcap --dry-run -c 2 >raw
same "and from a capture, twice" "$(cat raw)" "$(cat hex hex)"

# ---- explain ---------------------------------------------------------------------

first=$(head -n 1 hex)
"$TCPCRAFT" explain "$first" >one
"$TCPCRAFT" explain - <hex >all
"$TCPCRAFT" explain hex 2 >second
same "digits, standard input, the second of a file" \
	"$(grep -c '^Packet 1: 40 bytes' one) $(grep -c '^Packet' all) $(grep '^Packet' second)" \
	"1 3 Packet 2: 40 bytes"
echo "$first" | perl -ne 'chomp; print pack "H*", $_' >bytes
same "bare bytes" "$("$TCPCRAFT" explain bytes | sed 1d)" "$(sed 1d one)"
matches "a field has name, bits, value, meaning and reference" one \
	'tcp.dstport +16-31 +0000 0000 0101 0000 +80 \(http\) +destination port \(RFC 9293 3.1\)'
matches "a computed one is judged" one 'tcp.checksum .* ok; one'
dry -q tcp.checksum=0x1234 | head -n 1 >bad # a name of hex digits
"$TCPCRAFT" explain bad >wrong
matches "or BAD" wrong 'tcp.checksum .* 0x1234 +BAD, expected 0x[0-9a-f]{4}; '
"$TCPCRAFT" explain bad --checksum >sum
matches "the sum is worked out" sum '^  complement of [0-9a-f]{4}: [0-9a-f]{4}; in the packet: 1234: BAD$'
matches "and the header drawn" wrong '^  \|         srcport 4000          \|          dstport 80           \|$'
check "not with -q" sh -c "! $TCPCRAFT explain bad -q | grep -q dstport.80.*\|"
"$TCPCRAFT" explain "$(echo "$first" | cut -c1-50)" >cut.txt
same "a cut packet is not a failure" "$?" 0
matches "what is missing is said" cut.txt '^Damaged: tcp needs 20 bytes, 5 are there$'
"$TCPCRAFT" explain "$(echo "$first" | cut -c41-)" --from tcp >tcp.txt
same "--from says what it begins with" "$? $(sed -n 3p tcp.txt)" \
	"0 Transmission Control Protocol, bytes 0-19"
"$TCPCRAFT" explain hex --json >json
same "a JSON line a packet" "$(grep -c '^{"type":"packet","number":[123],"length":40,' json)" 3
head -c 100 run.pcap >short.pcap
"$TCPCRAFT" explain short.pcap >out 2>err
same "a cut capture is explained up to there" "$? $(grep -c '^Packet' out)" "2 1"
matches "and said to be cut" err 'short.pcap: frame 2: '
exits 2 'cannot open /no/such/file' "$TCPCRAFT" explain /no/such/file
exits 2 'has no packet 9' "$TCPCRAFT" explain hex 9
exits 2 'not the number of a packet' "$TCPCRAFT" explain hex x
exits 2 'udp.* is not a header' "$TCPCRAFT" explain hex --from udp
echo 45xx >nohex
exits 2 "nohex, line 1: 'x' at character 3" "$TCPCRAFT" explain nohex
: >empty
exits 2 'empty: no frame' "$TCPCRAFT" explain empty
