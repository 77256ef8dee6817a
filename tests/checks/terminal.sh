#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What `show` and `explain` say on terminals of 80 and 132 columns, and where there is none:
# no line is wider, no word and no value is torn, colours are where they were asked for.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
need /usr/bin/python3
cd "$(dirname "$0")/../.." || exit 1
TC=${TCPCRAFT:-build/tcpcraft}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# terminal COLUMNS COMMAND...: its output, as it was on a terminal, in $dir/out
terminal() {
	tests/terminal.py "$@" </dev/null >"$dir/out" 2>"$dir/err"
}
plain() {
	sed 's/\x1b\[[0-9;]*m//g'
}
# What is wider than that many columns, in characters.
wider() {
	LC_ALL=C.UTF-8 awk -v most="$1" 'length($0) > most'
}
# Words, in their order, with what keeps a name and its value together as one; options end
# with a comma.
words() {
	sed -E 's/\b(seq|ack|win|mss|wscale|val|ecr|RFC) ([0-9])/\1=\2/g; s/TS val/TS=val/g' |
		tr ', ' '\n' | grep -v '^$'
}

for what in "show -v pcaps/demo-2-ack.pcap" "show -v pcaps/ssh-opening.pcap" \
	"explain --checksum pcaps/demo-2-ack.pcap 4" \
	"run --explain scripts/experiments/handshake-passive.pkt"; do
	# shellcheck disable=SC2086 # words
	"$TC" $what >"$dir/pipe" 2>"$dir/err"
	words <"$dir/pipe" >"$dir/want"
	check "$what: is there something to break" test -n "$(wider 80 <"$dir/pipe")"
	none "$what: no colours in a pipe" "$(grep -n "$(printf '\033')" "$dir/pipe")"
	for width in 80 132; do
		# shellcheck disable=SC2086
		TERM=xterm terminal $width "$TC" $what
		check "$what: $width columns" test -s "$dir/out"
		plain <"$dir/out" >"$dir/plain"
		none "$what: no line has more than $width" "$(wider $width <"$dir/plain")"
		words <"$dir/plain" >"$dir/got"
		check "$what: no word is torn at $width" cmp -s "$dir/want" "$dir/got"
	done
	# shellcheck disable=SC2086
	COLUMNS=80 "$TC" $what >"$dir/columns" 2>"$dir/err"
	# shellcheck disable=SC2086
	TERM=xterm terminal 80 "$TC" $what
	same "$what: COLUMNS does as a terminal would" "$(cat "$dir/columns")" \
		"$(plain <"$dir/out")"
done

# With --short no ordinary segment needs a second line of 80 columns, whatever it carries;
# tshark says how many there are.
for sample in demo-2-ack ssh-opening keep-alive; do
	file=pcaps/$sample.pcap
	COLUMNS=80 "$TC" show --short $file >"$dir/short"
	same "$sample, short: a line for each segment but the SYNs" \
		"$(grep -cE '^ +[0-9]+\.[0-9]{6} (-->|<--) [^S]* win [0-9]+( \[[a-z _]+\])*$' "$dir/short")" \
		"$(tshark -r $file -Y 'tcp.flags.syn == 0' 2>"$dir/err" | wc -l)"
	same "$sample, short: the timestamps are those of the SYNs" \
		"$(grep -c 'TS val' "$dir/short")" 2
	# The list of all segments, too: the ends of a connection are told once.
	COLUMNS=80 "$TC" show -v --short $file >"$dir/short"
	same "$sample, short list: a line for each segment but the SYNs" \
		"$(grep -cE '^ +[0-9]+\.[0-9]{6} \[1\] (-->|<--) [^S]* win [0-9]+( \[[a-z _]+\])*$' "$dir/short")" \
		"$(tshark -r $file -Y 'tcp.flags.syn == 0' 2>"$dir/err" | wc -l)"
	same "$sample, short list: its ends once, and nothing wider" \
		"$(grep -c '^connection 1: ' "$dir/short") $(wider 80 <"$dir/short")" "1 "
done

# The list of connections: a line for each of IPv4, with the numbers that a pipe has.
"$TC" send 10.123.214.235 54321 ip.src=172.123.214.235 tcp.flags=S,FA tcp.srcport=10000-10049 \
	data=hello --seed 1 --dry-run --format pcap >"$dir/list.pcap" 2>"$dir/err"
for width in 80 95; do
	COLUMNS=$width "$TC" show -q "$dir/list.pcap" >"$dir/list"
	same "a list of $width columns: a line for each connection, and none is wider" \
		"$(grep -cE '^ +[0-9]+ 172[^ ]+ +10[^ ]+ +[a-z-]+ +2 +[0-9]+ +0( +0\.000)?( ![0-9]+)?$' "$dir/list") $(wider $width <"$dir/list")" \
		"50 "
	same "a list of $width columns: ends and states are those of a pipe" \
		"$(awk '$1 + 0 { print $1, $2, $3, $4, $5, $6, $7 }' "$dir/list")" \
		"$("$TC" show -q "$dir/list.pcap" | awk '$1 + 0 { print $1, $2, $3, $4, $5, $6, $7 }')"
done

# A wide end that comes last goes for the rows before it, too.
"$TC" send 2001:db8:1111:2222::3333:4444 54321 ipv6.src=2001:db8:1111:2222::3333:5555 \
	tcp.flags=S tcp.srcport=10000 --seed 1 --dry-run --format pcap >"$dir/wide.pcap" 2>"$dir/err"
same "captures of both families have the same head" "$(head -c 24 "$dir/list.pcap" | md5sum)" \
	"$(head -c 24 "$dir/wide.pcap" | md5sum)"
{
	cat "$dir/list.pcap"
	tail -c +25 "$dir/wide.pcap"
} >"$dir/mixed.pcap"
for width in 120 130; do
	COLUMNS=$width "$TC" show -q "$dir/mixed.pcap" >"$dir/list"
	same "a list of $width columns whose last row is wide: none is wider, all have their columns" \
		"$(wider $width <"$dir/list")$(awk 'NR == 1 { at = index($0, "state") }
			/^ +[0-9]+ .*:54321 / { n++; columns = NF; bad += substr($0, at) !~ /^[a-z]/ }
			END { print n, columns, bad }' "$dir/list")" \
		"51 $((width == 120 ? 7 : 8)) 0"
done

# In 80 columns each of its ends has a line of its own, the longest that there are, too.
"$TC" send 2001:db8:1111:2222:3333:4444:5555:6666 54321 tcp.flags=S,FA tcp.srcport=10000-10004 \
	ipv6.src=2001:db8:1111:2222:3333:4444:5555:7777 data=hello --seed 1 --dry-run \
	--format pcap >"$dir/longest.pcap" 2>"$dir/err"
for file in mixed longest; do
	rows=$("$TC" show -q "$dir/$file.pcap" | grep -cE '^ +[0-9]+  ')
	TERM=xterm terminal 80 "$TC" show -q "$dir/$file.pcap"
	plain <"$dir/out" | tr -d '\r' >"$dir/list"
	same "a list of 80 columns of $file ends: two lines for each, and none is wider" \
		"$(grep -cE '^ +[0-9]+ [^ ]+:[0-9]+ *$' "$dir/list") \
$(grep -cE '^ +[^ ]+:54321 +[a-z-]+ +[0-9]+ +[0-9]+ +0( +0\.000)?( ![0-9]+)?$' "$dir/list") \
$(wider 80 <"$dir/list")" "$rows $rows "
done

# ---- what a peer or a file can write there ----------------------------------------------

# All bytes as what was carried, as the name of a file, in a specification.
/usr/bin/python3 -c 'import sys; sys.stdout.buffer.write(bytes(range(256)))' >"$dir/all"
"$TC" send 10.0.0.2 80 tcp.flags=PA --data-file "$dir/all" --dry-run --format pcap \
	>"$dir/all.pcap" 2>"$dir/err"
odd=$(printf 'a\033[2J\302\233\r\b\377b')
cp "$dir/all.pcap" "$dir/$odd.pcap"
{
	printf 'protocol odd "\033]0;title\007\302\2332J\377"\n'
	printf 'kind u8 1 "\033[2J\302\205\342\200\256"\n'
} >"$dir/$odd.spec"
# Only colours, ends of lines and what shows itself.
harmless() {
	/usr/bin/python3 - "$1" <<'PY'
import re, sys, unicodedata
b = open(sys.argv[1], "rb").read()
try:
    text = re.sub(r"\x1b\[[0-9;]*m", "", b.decode())
except UnicodeDecodeError as e:
    print("no UTF-8:", e); text = ""
print(*sorted({hex(ord(c)) for c in text if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf")}))
PY
}
while read -r what; do
	# shellcheck disable=SC2086 # words
	set -- $what
	for word; do
		shift
		set -- "$@" "$(printf '%s' "$word" | sed "s|^D/|$dir/|; s|ODD|$odd|")"
	done
	TERM=xterm terminal 80 "$TC" "$@"
	check "$what: something is said" test -s "$dir/out"
	same "$what: nothing that a terminal acts on" "$(harmless "$dir/out")" ""
done <<'END'
show D/ODD.pcap
show -vv D/ODD.pcap
show --json D/ODD.pcap
show --script D/ODD.pcap
show D/ODD.pcap D/all.pcap
show D/no-ODD.pcap
show --json D/no-ODD.pcap
explain D/ODD.pcap
explain --json D/ODD.pcap
fields --payload-spec D/ODD.spec
fields --json --payload-spec D/ODD.spec
send 10.0.0.2 80 tcp.flags=PA --data-file D/all --dry-run
send 10.0.0.2 80 tcp.flags=PA --data-file D/all --dry-run --format json
relabel D/ODD.pcap D/to-ODD.pcap
run --check D/ODD.spec
END

# ---- how far long work is -----------------------------------------------------------------

# large THOUSANDS: of frames, the first of them of TCP and the others of protocol $others
large() {
	/usr/bin/python3 - pcaps/demo-2-ack.pcap "$dir/large.pcap" "$1" $others <<'PY'
import sys
b = open(sys.argv[1], "rb").read()
n = 24 + 16 + int.from_bytes(b[32:36], "little")    # the file's head, and its first frame
other = bytearray(b[24:n])
other[16 + 14 + 9] = int(sys.argv[4])
with open(sys.argv[2], "wb") as out:
    out.write(b[:n])
    for _ in range(int(sys.argv[3])):
        out.write(other * 1000)
PY
}
# far COMMAND: a line that tells how far it is; what is over at once has none: as large as it takes
far() {
	for thousands in 600 1800 5400; do
		[ $thousands = "$is" ] || large $thousands
		is=$thousands
		TERM=xterm terminal 40 "$TC" "$@"
		tr '\r' '\n' <"$dir/out" | sed 's/\x1b\[[0-9;]*[mK]//g' >"$dir/lines"
		! grep -qE '^[0-9]+ of [0-9]+ MiB' "$dir/lines" || break
	done
	check "$1, of a large file: how far it is, on a terminal" \
		grep -qE '^[0-9]+ of [0-9]+ MiB' "$dir/lines"
}
is="" others=6
far relabel "$dir/large.pcap" "$dir/copied" --linktype 12 --force
rm -f "$dir/copied"
far show --both "$dir/large.pcap" "$dir/large.pcap" --connection 9
far show "$dir/large.pcap"
none "in a line of it" "$(grep -E ' of [0-9]+ MiB' "$dir/lines" | wider 39)"
none "which is away at the end" "$(grep "MiB[^$(printf '\r')]*\$" "$dir/out")"
TERM=dumb terminal 40 "$TC" show "$dir/large.pcap"
same "none on a dumb one" "$(grep -c MiB "$dir/out")" 0
"$TC" show "$dir/large.pcap" >"$dir/out" 2>&1
same "none in a pipe" "$(grep -c MiB "$dir/out")" 0

# The ladder of a script's judgement is of its connection: here one segment.
echo '0 > S 0:0(0) <...>' >"$dir/syn.pkt"
is="" others=17
far run "$dir/syn.pkt" "$dir/large.pcap"
same "run judges the large file, and that line is away" \
	"$(grep -o 'passed:' "$dir/lines") $(grep "MiB[^$(printf '\r')]*\$" "$dir/out")" "passed: "
"$TC" run "$dir/syn.pkt" "$dir/large.pcap" >"$dir/out" 2>&1
same "and has no such line in a pipe" "$? $(grep -c MiB "$dir/out")" "0 0"

sample=pcaps/demo-2-ack.pcap
escapes() {
	grep -c "$(printf '\033')" "$1"
}
TERM=xterm terminal 80 "$TC" show $sample
check "a terminal has colours" test "$(escapes "$dir/out")" -gt 5
same "each ends on its line" "$(grep -c "$(printf '\033\[0m')[^$(printf '\033')]*\$" "$dir/out")" \
	"$(escapes "$dir/out")"
TERM=dumb terminal 80 "$TC" show $sample
same "a dumb one has none" "$(escapes "$dir/out")" 0
TERM=xterm NO_COLOR=1 terminal 80 "$TC" show $sample
same "NO_COLOR is kept" "$(escapes "$dir/out")" 0
TERM=xterm terminal 80 "$TC" show $sample --color never
same "--color never too" "$(escapes "$dir/out")" 0
TERM=xterm terminal 80 "$TC" show $sample --json
same "JSON has neither colours nor other lines" "$(cat "$dir/out")" \
	"$("$TC" show $sample --json)"
"$TC" show $sample --color always >"$dir/out"
check "--color always: also in a pipe" test "$(escapes "$dir/out")" -gt 5
same "and nothing else is different" "$(plain <"$dir/out")" "$("$TC" show $sample)"
COLUMNS=80 "$TC" show $sample --json --color always >"$dir/out"
same "but not in JSON" "$(cat "$dir/out")" "$("$TC" show $sample --json)"
for wrong in x 0 -5 99999999999; do
	COLUMNS=$wrong "$TC" show $sample >"$dir/out"
	same "COLUMNS=$wrong is nobody's width" "$(cat "$dir/out")" "$("$TC" show $sample)"
done
"$TC" show $sample --color pink >"$dir/out" 2>"$dir/err"
same "--color pink: exit 2 and what there is" "$? $(cat "$dir/err")" \
	"2 tcpcraft: --color: 'pink' is none of auto, always, never"
