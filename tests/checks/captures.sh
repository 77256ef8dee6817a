#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Reading captures: what `show` says of them agrees with tshark, every form of file and
# link type reads the same, damage is shown up to where it is, relabel changes what it
# should and nothing else.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
# shellcheck source=tests/clock.sh
. "$(dirname "$0")/../clock.sh"
# shellcheck source=tests/lua.sh
. "$(dirname "$0")/../lua.sh"
cd "$(dirname "$0")/../.." || exit 1
need tshark sharkd editcap mergecap gzip cmp
TC_BUILD=${TC_BUILD:-build}
TC=${TCPCRAFT:-build/tcpcraft}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
sample=pcaps/demo-2-ack.pcap

# ---- tags, held against tshark's --------------------------------------------------

FLAGS="retransmission fast_retransmission spurious_retransmission out_of_order duplicate_ack
	lost_segment zero_window zero_window_probe zero_window_probe_ack window_full
	window_update keep_alive keep_alive_ack reused_ports"

ours() {
	"$TC" show --json "$1" | awk -v names="$FLAGS" '
		/^\{"type":"segment"/ {
			n = split(names, name, /[ \t\n]+/)
			match($0, /"frame":[0-9]+/)
			line = substr($0, RSTART + 8, RLENGTH - 8)
			tags = $0
			if (!sub(/.*"tags":\[/, "", tags))
				tags = ""
			for (i = 1; i <= n; i++)
				if (index(tags, "\"" name[i] "\""))
					line = line " " name[i]
			print line
		}'
}

agree() {
	awk -F '\t' -v file="$2" '$1 == file { print $2 }' "$dir/tags" >"$dir/theirs"
	# (What this Wireshark does not know is not asked.)
	ours "$2" | awk 'NR == FNR { unknown[$1] = $2 == "-"; next }
		unknown[$1] { $0 = $1 " -" } { print }' "$dir/theirs" - >"$dir/ours"
	if [ -s "$dir/ours" ] && cmp -s "$dir/theirs" "$dir/ours"; then
		ok "$1 has the tags that tshark gives"
	else
		not_ok "$1 has the tags that tshark gives" \
			"$(diff "$dir/theirs" "$dir/ours" | head -n 20)"
	fi
}

for seed in 2 3 4 5; do
	/usr/bin/python3 tests/checks/random_capture.py "$dir/random.$seed" "$seed"
done
/usr/bin/python3 tests/checks/shark_tags.py "$FLAGS" pcaps/*.pcap "$dir"/random.* >"$dir/tags"
for file in pcaps/*.pcap; do
	case $file in
	*mislabelled*) ;;	# tshark sees no TCP there
	*) agree "$file" "$file" ;;
	esac
done
for seed in 2 3 4 5; do
	agree "a random capture (seed $seed)" "$dir/random.$seed"
done
same "the tags occur: of each sort at least one" "$(
	for flag in $FLAGS; do
		cut -f 3 "$dir/tags" | grep -qw "$flag" || echo "$flag"
	done)" ""

# ---- every form reads the same ----------------------------------------------------

"$TC" show $sample >"$dir/want" 2>&1
matches "the ladder shows the exchange" "$dir/want" '<-- P\.   seq 1:4 \(3\) ack 33'
matches "and the connection, closed, with its bytes" "$dir/want" 'closed  .* 32  +3 '
reads_same() {	# but for the tags that a connection is told to be in
	same "$1 reads the same" "$("$TC" show "$2" 2>&1 <"$dir/stdin" |
		sed 's/\(  \| in \)vlan [0-9, vlan]*$//')" "$(cat "$dir/want")"
}
cp $sample "$dir/stdin"
reads_same "standard input" -
gzip -c $sample >"$dir/x.gz"
reads_same "what gzip packed" "$dir/x.gz"
editcap -F pcapng $sample "$dir/x.pcapng" 2>/dev/null
reads_same "pcapng" "$dir/x.pcapng"
for file in pcaps/lo-*.pcap; do
	case $file in *mislabelled*) continue ;; esac
	reads_same "$file" "$file"
done
editcap -F pcap $sample "$dir/us.pcap" 2>/dev/null
same "microseconds read as well" "$("$TC" show -q "$dir/us.pcap" | awk '/closed/ { print $5, $6, $7 }')" \
	"9 32 3"

/usr/bin/python3 tests/checks/other_forms.py $sample "$dir"
for form in big-ns ng-little ng-big vlan qinq snap-0 snap-4g; do
	reads_same "$form" "$dir/$form"
done
for form in big-us little-us; do
	same "$form: to the microsecond" "$("$TC" show "$dir/$form" | grep -c 'seq 1:33 (32)') $(
		"$TC" show -q "$dir/$form" | awk '/closed/ { print $5, $6, $7 }')" "1 9 32 3"
done
"$TC" show "$dir/others" >"$dir/out"
same "what is not TCP is counted, and no error" "$? $(tail -n 1 "$dir/out")" \
	"0 13 frames: 9 TCP in 1 connection, 1 ARP, 1 of other protocols, 1 with headers that are cut or \
lie (the first: frame 10: tcp.hdr_len=0 is 0 bytes, a TCP header needs 20); not read: 1 LLDP"
"$TC" show "$dir/wireless" >"$dir/out"
same "another link type too" "$? $(tail -n 1 "$dir/out")" \
	"0 20 frames: 0 TCP in 0 connections; not read: 20 of link type 189 (USB)"
"$TC" show "$dir/empty-frames" >"$dir/out" 2>"$dir/err"
same "frames of no bytes are counted" "$? $(tail -n 1 "$dir/out" | cut -d' ' -f1-7)" \
	"0 14 frames: 9 TCP in 1 connection,"
"$TC" show "$dir/no-frames" >"$dir/out"
same "a capture without frames is one" "$? $(tail -n 1 "$dir/out")" \
	"0 0 frames: 0 TCP in 0 connections"

# ---- damage ----------------------------------------------------------------------

# cut_anywhere FILE STEP: what goes wrong
cut_anywhere() {
	size=$(wc -c <"$1")
	at=0
	while [ "$at" -lt "$size" ]; do
		head -c $at "$1" >"$dir/cut"
		may_take 10 "$TC" show "$dir/cut" >"$dir/out" 2>"$dir/err"
		rc=$?
		case $rc in
		0 | 2) ;;
		*) echo "cut at $at: exit $rc" ;;
		esac
		if [ $rc = 2 ] && ! [ "$(wc -l <"$dir/err")" = 1 ]; then
			echo "cut at $at: $(cat "$dir/err")"
		fi
		at=$((at + $2))
	done
}
none "a capture cut anywhere is shown up to there, with one line" "$(
	cut_anywhere $sample 13)"
none "pcapng too" "$(cut_anywhere "$dir/ng-big" 17)"
none "and what gzip packed" "$(cut_anywhere "$dir/x.gz" 13)"
head -c 700 $sample >"$dir/cut"
"$TC" show "$dir/cut" >"$dir/out" 2>"$dir/err"
matches "the line says where" "$dir/err" 'frame 8: .*; shown up to there'
matches "and what was before is shown" "$dir/out" '^7 frames: 7 TCP'

# lie OFFSET OCTAL...: the sample with bytes changed
lie() {
	cp $sample "$dir/lie"
	# shellcheck disable=SC2059 # octal bytes
	printf "$2" | dd of="$dir/lie" bs=1 seek="$1" conv=notrunc 2>/dev/null
	may_take 10 "$TC" show "$dir/lie" >"$dir/out" 2>"$dir/err"
}
lie 32 '\377\377\377\377'
same "a record of 4 GB is damage" "$?" 2
lie 32 '\0\0\0\0'
same "a record of no bytes is survived" "$(($? <= 2))" 1
lie 16 '\0\0\0\0'
same "a snapshot length of 0 is survived" "$(($? <= 2))" 1

for form in ng-4g ng-64k; do
	may_take 10 "$TC" show "$dir/$form" >"$dir/out" 2>"$dir/err"
	same "pcapng whose lengths lie ($form) is shown up to there" \
		"$? $(wc -l <"$dir/err") $(grep -c '^3 frames: 3 TCP' "$dir/out")" "2 1 1"
done

# Every sample, and every form of one, changed at random: the first byte tells the fuzzer
# that a file follows, and to make a page of it as well.
for file in pcaps/*.pcap "$dir/ng-big" "$dir/big-us" "$dir/x.gz"; do
	{
		printf '\210'
		cat "$file"
	} >"$dir/seed.$(basename "$file")"
done
count=1000
[ -z "${TC_LONG-}" ] || count=100000
if [ -x "$TC_BUILD/fuzz/capture" ]; then
	# as often as the fuzzer has places for them
	"$TC_BUILD/fuzz/capture" -n $count -s "${TC_SEED:-1}" "$dir"/seed.* "$dir"/seed.* \
		"$dir"/seed.*
else
	skip "captures changed at random" "$TC_BUILD/fuzz/capture is not built"
fi

# ---- memory ----------------------------------------------------------------------

# syns N NAME, answers N NAME: one packet for each of N connections
syns() {
	"$TC" send 10.0.0.2 80 tcp.flags=S tcp.seq=1 ip.src=10.0.0.3 \
		tcp.srcport=1000-$((999 + $1)) --dry-run --format pcap >"$dir/$2" 2>/dev/null
}
answers() {
	"$TC" send 10.0.0.3 tcp.flags=RA tcp.seq=0 tcp.ack=2 ip.src=10.0.0.2 tcp.srcport=80 \
		tcp.dstport=1000-$((999 + $1)) --dry-run --format pcap >"$dir/$2" 2>/dev/null
}
kilobytes() {
	/usr/bin/python3 -c '
import os, subprocess, sys
p = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(os.wait4(p.pid, 0)[2].ru_maxrss)' "$TC" show "$1"
}
if [ -z "${TC_SAN-}" ]; then
	syns 60000 syns
	answers 60000 answers
	mergecap -F nsecpcap -w "$dir/over" "$dir/syns" "$dir/answers"
	open=$(kilobytes "$dir/syns")
	over=$(kilobytes "$dir/over")
	none "memory is that of open connections, not of the file" "$(
		[ "$over" -lt 26000 ] && [ "$over" -lt $((open / 2)) ] ||
		echo "60000 open take $open kB, 60000 that are over $over")"
	rm -f "$dir/syns" "$dir/answers" "$dir/over"
fi

# ---- what is not a capture -----------------------------------------------------------

refused() {
	name=$1 want=$2
	shift 2
	"$TC" "$@" >"$dir/out" 2>"$dir/err"
	same "$name: exit $want and one line" "$? $(wc -l <"$dir/err") $(wc -c <"$dir/out")" \
		"$want 1 0"
}
: >"$dir/empty"
for command in show relabel; do
	out=
	[ $command = show ] || out=$dir/new
	# shellcheck disable=SC2086 # one word or none
	{
		refused "$command of an empty file" 2 $command "$dir/empty" $out
		refused "$command of a folder" 2 $command "$dir" $out
		refused "$command of a text" 2 $command Makefile $out
		refused "$command of nothing" 2 $command "$dir/absent" $out
	}
done
refused "an unknown connection" 2 show -q $sample --connection 4
refused "a wrong filter" 2 show $sample --filter 'foo bar'
refused "a wrong link type" 2 show $sample --linktype FOO
"$TC" relabel pcaps/lo-openbsd-mislabelled.pcap "$dir/no/new" >"$dir/out" 2>"$dir/err"
same "a folder for the result that is not there: exit 3" "$? $(wc -l <"$dir/err")" "3 1"
for file in pcaps/lo-*.pcap; do
	"$TC" show --json "$file" 2>/dev/null | sed -n 's/.*"link":"\([^"]*\)".*/\1/p' | sort -u
	"$TC" explain --json "$file" 1 | sed -n 's/.*"link":"\([^"]*\)".*/\1/p'
done >"$dir/out"
same "JSON names each link type" "$(sort "$dir/out" | uniq -c | tr -s ' \n' ' ')" \
	" 2 IPV4 2 LINUX_SLL 2 LINUX_SLL2 3 LOOP 4 NULL 7 RAW "
check "no file is left of a failed relabel" test ! -e "$dir/new"
# As somebody who may not read it, who may be us.
chmod 755 "$dir"
chmod 000 "$dir/empty"
cat >"$dir/nobody" <<-'END'
	#!/bin/sh
	[ "$(id -u)" != 0 ] && exec "$@"
	exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
END
chmod 755 "$dir/nobody"
if "$dir/nobody" "$TC" --version >/dev/null 2>&1; then
	"$dir/nobody" "$TC" show "$dir/empty" >"$dir/out" 2>"$dir/err"
	same "no permission to read: exit 3 and one line" "$? $(wc -l <"$dir/err")" "3 1"
	mkdir -m 555 "$dir/closed"
	"$dir/nobody" "$TC" relabel pcaps/lo-openbsd-mislabelled.pcap "$dir/closed/x" \
		>"$dir/out" 2>"$dir/err"
	same "none to write: the same" "$? $(wc -l <"$dir/err")" "3 1"
else
	skip "no permission" "nobody else can run $TC"
fi

# ---- selection --------------------------------------------------------------------

same "a filter selects segments" \
	"$("$TC" show $sample --filter 'tcp[tcpflags] & tcp-fin != 0' | grep -c 'F\.')" 2
same "a connection is chosen by number" \
	"$("$TC" show pcaps/prot-refusals.pcap --connection 2 | grep -c '^connection ')" 1
"$TC" show -v pcaps/prot-refusals.pcap >"$dir/out"
same "-v has a line for each segment" "$(grep -c '^ .*\] 10\.77' "$dir/out")" 33
same "JSON has a line for each segment and connection" "$(
	"$TC" show --json pcaps/prot-refusals.pcap |
	sed 's/^{"type":"\([a-z]*\)".*/\1/' | sort | uniq -c | tr -s ' \n' ' ')" \
	" 1 capture 5 connection 33 segment "
matches "a reset of the kernel is told" "$("$TC" show pcaps/demo-1-no-guard.pcap \
	>"$dir/out"; echo "$dir/out")" '~~> R .*\[kernel-reset\]'
matches "an ICMP error stands in the ladder" "$("$TC" show pcaps/unreachable.pcap \
	>"$dir/out"; echo "$dir/out")" '<-- ICMP from 10\.77\.0\.2 type 3 code 13'

# ---- relabel ----------------------------------------------------------------------

wrong=pcaps/lo-openbsd-mislabelled.pcap
"$TC" show $wrong >"$dir/out" 2>"$dir/err"
same "a wrong link type is seen through" "$(cat "$dir/out")" "$(cat "$dir/want")"
matches "with a notice" "$dir/err" 'the file says link type 12, .* read as LOOP \(108\)'
"$TC" relabel $wrong "$dir/right.pcap" 2>"$dir/err"
same "relabel corrects it" "$? $(cmp -l $wrong "$dir/right.pcap" | tr -s ' ')" "0  21 14 154"
matches "and says why" "$dir/err" '^link type 12 becomes 108 \(LOOP\): .*family'
same "tshark reads the result" "$(tshark -n -r "$dir/right.pcap" -Y tcp 2>/dev/null | wc -l)" 9
refused "an existing target stays" 2 relabel $wrong "$dir/right.pcap"
check "but for --force" "$TC" relabel -q $wrong "$dir/right.pcap" --force
refused "nothing to correct" 2 relabel $sample "$dir/new"
"$TC" relabel pcaps/lo-null-big-endian.pcap "$dir/loop.pcap" 2>/dev/null
same "a big-endian NULL family is LOOP" "$(cmp "$dir/loop.pcap" pcaps/lo-loop.pcap)" ""
"$TC" relabel $sample "$dir/user.pcap" --linktype 147 2>/dev/null
same "--linktype overrides" "$(cmp -l $sample "$dir/user.pcap" | tr -s ' ')" " 21 1 223"
editcap -F pcapng $wrong "$dir/wrong.pcapng" 2>/dev/null
"$TC" relabel "$dir/wrong.pcapng" "$dir/right.pcapng" 2>/dev/null
same "pcapng is relabelled too" "$? $(tshark -n -r "$dir/right.pcapng" -Y tcp 2>/dev/null | wc -l)" \
	"0 9"
for file in "raw 101" "raw-12 12" "raw-14 14"; do
	"$TC" relabel "pcaps/lo-${file% *}.pcap" "$dir/new" 2>"$dir/err"
	matches "raw IP by the number that the file has (${file#* })" "$dir/err" \
		"the frames are what link type ${file#* } says"
done
for number in 12 14 101 RAW; do
	"$TC" relabel $sample "$dir/raw" --linktype $number --force 2>"$dir/err"
	same "$number in a file is 101" "$(cmp -l $sample "$dir/raw" | tr -s ' ') $(cat "$dir/err")" \
		" 21 1 145 link type 1 becomes 101 (RAW): as asked for"
	"$TC" relabel "$dir/raw" "$dir/new" --linktype $number 2>"$dir/err"
	same "which it then has already ($number)" "$? $(grep -c 'says link type 101 already' "$dir/err")" \
		"2 1"
done
"$TC" show "$dir/raw" 2>&1 >"$dir/out" | grep -c 'the file says link type 101, ' >"$dir/err"
same "show says so too" "$(cat "$dir/err")" 1
"$TC" relabel "$dir/raw" "$dir/back" 2>"$dir/err"
same "and relabel finds out what it was" "$(cmp "$dir/back" $sample) $(cut -d: -f1 "$dir/err")" \
	" link type 101 becomes 1 (EN10MB)"
"$TC" relabel pcaps/lo-raw-12.pcap "$dir/new" --linktype 12 2>"$dir/err"
same "12 becomes 101" "$(cmp "$dir/new" pcaps/lo-raw.pcap) $(cut -d: -f1 "$dir/err")" \
	" link type 12 becomes 101 (RAW)"
editcap -F pcapng pcaps/lo-raw.pcap "$dir/raw.pcapng" 2>/dev/null
"$TC" relabel "$dir/raw.pcapng" "$dir/not" --linktype 12 2>"$dir/err"
same "pcapng's 101 is told as such" "$? $(grep -c 'says link type 101 already' "$dir/err")" "2 1"
gzip -c pcaps/lo-raw.pcap | "$TC" relabel - "$dir/not" 2>"$dir/err"
matches "a packed pipe's, too" "$dir/err" 'what link type 101 says'
for file in lo-raw lo-raw-12 lo-raw-14; do
	same "$file: a filter passes its frames" "$("$TC" show --filter 'tcp dst port 9999' \
		"pcaps/$file.pcap" 2>&1 | grep -c '^  [0-9.]* --> ')" "$(tshark -n -r pcaps/lo-raw.pcap \
		-Y 'tcp.dstport == 9999' 2>/dev/null | wc -l)"
done

# ---- the PROT dissector -----------------------------------------------------------

lua() {
	with_lua scripts/wireshark/prot.lua "$1" -n -Y prot -T fields -e prot.length -e prot.payload \
		-e prot.checksum -e prot.answer -e _ws.expert.message 2>/dev/null | tr '\t' ' '
}
same "Wireshark takes a PROT frame and its answer apart" "$(lua $sample | tr -s ' \n' ' ')" \
	"21 5245434f4e53545255435445445f5041594c4f4144 0x0052 ACK "
matches "and says what is wrong" "$(lua pcaps/prot-refusals.pcap >"$dir/out"; echo "$dir/out")" \
	'The checksum is wrong: expected 0x0062'

# ---- fragments --------------------------------------------------------------------

"$TC" send 127.0.0.1 80 --flags PA --data-length 100 --fragment 32 --dry-run --format pcap \
	>"$dir/pieces.pcap" 2>"$dir/err"
"$TC" show "$dir/pieces.pcap" >"$dir/out"
matches "fragments are put together" "$dir/out" ' P\.   seq 1:101 \(100\)'
matches "and counted" "$dir/out" '^4 frames: 1 TCP in 1 connection, 4 IP fragments'

mkdir "$dir/pieces"
/usr/bin/python3 tests/checks/other_forms.py "$dir/pieces.pcap" "$dir/pieces"
for form in reversed twice; do
	"$TC" show "$dir/pieces/$form" >"$dir/out"
	matches "also when they come $form" "$dir/out" ' P\.   seq 1:101 \(100\)'
done
"$TC" show "$dir/pieces/one-missing" >"$dir/out"
matches "but not when one is missing" "$dir/out" '^3 frames: 0 TCP in 0 connections, 3 IP frag'

# ---- as it runs -------------------------------------------------------------------

# The pipe stays open for writing: the lines must come without its end.
mkfifo "$dir/pipe"
exec 9<>"$dir/pipe"
"$TC" show -v - <"$dir/pipe" >"$dir/out" 2>"$dir/err" 9>&- &
pid=$!
cat pcaps/prot-refusals.pcap >&9
begin
while [ "$(wc -l <"$dir/out")" -lt 33 ] && within 10; do
	sleep 0.02
done
same "a live capture is shown as it runs" "$(wc -l <"$dir/out")" 33
kill $pid
wait $pid 2>/dev/null
exec 9>&-
