#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the fuzzer finds is there, and is blamed on the case that did it: the server's own log
# of its death says so, the capture is judged by tshark. What it leaves when it cannot go on.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables
FLAWED=$TC_BUILD/peers/flawed
cd $WORK || exit 1

SEEDS=1${TC_LONG:+ 2 3}
# planted DEFECT LOG ERE OPTION...: from each of these seeds, and what is left is small.
planted() {
	local defect="$1" log="$2" rule="$3" seed
	shift 3
	for seed in $SEEDS; do
		: >death
		run 150 "$TCPCRAFT" fuzz 127.0.0.1 7777 --seed "$seed" --minimize --json --force \
			--timeout 0.3 --spawn "exec $FLAWED 127.0.0.1 7777 $defect 2>>death" "$@"
		same "$defect, seed $seed: exit 4" "$RC" 4
		matches "$defect, seed $seed: found, and made small" "$OUT" "$rule"
		[ -z "$log" ] || matches "and the server says so itself" death "$log"
	done
}

# zeros N: that many bytes, as hex.
zeros() {
	head -c $((2 * $1)) /dev/zero | tr '\0' 0
}

planted 'length 257' 'dies of length 257' \
	"\"kind\":\"died\".*\"request_hex\":\"50524f540100000101$(zeros 257)" \
	--strategy payload --cases 600
planted 'word 2525' 'dies of word 2' \
	'"kind":"died".*"request_hex":"50524f54010000000225250000"' --strategy payload --cases 600
sed 's/max 512/max 4096/' "$TC_ROOT/scripts/payload-specs/prot.spec" >big.spec
planted 'length 4096' 'dies of length 4096' \
	"\"kind\":\"died\".*\"request_hex\":\"50524f540100001000$(zeros 4096)" \
	--strategy payload --cases 600 --payload-spec big.spec
# One length of the 4097 there are, none that is near a power of two: each is tried. (This seed
# comes to it early; the others, and a minute for each, with TC_LONG.)
SEEDS=2 cases=400
[ -z "${TC_LONG-}" ] || { SEEDS="1 2 3"; cases=4479; }
since=$(date +%s)
planted 'length 2731' 'dies of length 2731' \
	"\"kind\":\"died\".*\"request_hex\":\"50524f540100000aab$(zeros 2731)" \
	--strategy frames --payload-spec big.spec --journal big.jsonl \
	--cases "$cases"
[ -z "${TC_LONG-}" ] || check "a minute is enough for each" [ $(($(date +%s) - since)) -lt $((60 * $(echo "$SEEDS" | wc -w))) ]
SEEDS=1${TC_LONG:+ 2 3}
case=$(sed -n 's/.*"type":"finding","kind":"died","case":\([0-9]*\).*/\1/p' "$OUT" | head -n 1)
mv big.spec away.spec
run 60 "$TCPCRAFT" fuzz 127.0.0.1 7777 --replay big.jsonl --case "$case" --json --timeout 0.3 \
	--spawn "exec $FLAWED 127.0.0.1 7777 length 2731"
same "the journal has its spec: replayed without it, exit 4" "$RC" 4
matches "with the same end" "$OUT" '"type":"finding","kind":"died"'
sed 's/max 4096/max 4000/' away.spec >other.spec
run 60 "$TCPCRAFT" fuzz 127.0.0.1 7777 --replay big.jsonl --all --payload-spec other.spec
same "another spec is none of these cases: exit 2" "$RC $(grep -c . "$ERR")" "2 1"
matches "and the cure" "$ERR" 'do without --payload-spec'
planted 'option 8 2' 'dies of option 8' \
	'"kind":"died".*"mutate":"data.1.: tcp.options=hex:0802"' \
	--strategy options --segments data --cases 180
planted trusting '' '"kind":"accepted".*"mutate":"data.1.: prot.length(=0|.=-1)"' \
	--strategy boundary --fields prot.length --segments data --cases 9
planted fin-window '' '"kind":"hang".*"mutate":"fin: tcp.window_size_value=0"' \
	--strategy boundary --segments fin --fields 'tcp.window_size_value' --cases 7
same "and nobody else is blamed" "$(grep -c '"kind":"\(hang\|died\|refuses\)"' "$OUT")" 1

# ---- a crowd, in which one kills ---------------------------------------------------------

: >death
run 100 "$TCPCRAFT" fuzz 127.0.0.1 7777 --seed 1 --parallel 8 --timeout 0.5 --json \
	--strategy boundary --segments data --fields prot.length --cases 9 --journal crowd.jsonl \
	--spawn "exec $FLAWED 127.0.0.1 7777 crash-length 2>>death"
same "a crowd: exit 4" "$RC" 4
matches "the server died" death 'dies of length'
none "what its death reset is no evidence" "$(grep '"kind":"accepted"' "$OUT")"
sed -n 's/.*"kind":"died".*"mutate":"\([^"]*\)".*"capture":"\([^"]*\)".*/\2 \1/p' "$OUT" >died
check "it is told of" [ -s died ]
while read -r file rule; do
	echo "$rule" >rule
	matches "'$rule' is one that it dies of" rule 'prot.length(=513|=2147483648|=429496729[45])'
	# (No port may mean a protocol to tshark, ours is chosen by lot.)
	same "'$file' has the segment that killed" "$(tshark -n -r "$file" \
		-d tcp.port==1-65535,data -Y \
		'tcp.dstport == 7777 && tcp.payload[0:4] == 50:52:4f:54 && tcp.payload[5:4] > 00:00:02:00' \
		2>/dev/null | wc -l)" 1
done <died

# Hung in a crowd: what was not asked then comes later.
run 150 "$TCPCRAFT" fuzz 127.0.0.1 7777 --seed 1 --parallel 8 --timeout 0.3 --json \
	--strategy boundary,random --segments data --fields prot.length --cases 60 \
	--journal hung.jsonl --spawn "exec $FLAWED 127.0.0.1 7777 hang-zero"
same "one that hangs in a crowd: exit 4" "$RC" 4
matches "it is told of" "$OUT" '"kind":"hang".*"mutate":"data.1.: prot.length=0"'
same "each case is in the journal once, in order" "$(sed -n \
	's/^{"type":"case","case":\([0-9]*\),.*/\1/p' hung.jsonl | xargs)" "$(seq 0 59 | xargs)"
none "and was asked" "$(grep '"reaction":"interrupted"' hung.jsonl)"

# ---- what is left behind -----------------------------------------------------------------

run 20 "$TCPCRAFT" fuzz 127.0.0.1 7777 --seed 9 --journal none.jsonl
same "no server: exit 1, and no journal" "$RC $(find . -name none.jsonl | wc -l)" "1 0"
echo old >none.jsonl
run 20 "$TCPCRAFT" fuzz 127.0.0.1 7777 --seed 9 --journal none.jsonl --force
same "nor is one lost with --force" "$RC $(cat none.jsonl)" "1 old"
mkdir disk && mount -t tmpfs -o size=32k tmpfs disk
run 60 "$TCPCRAFT" fuzz 127.0.0.1 7777 --seed 1 --cases 3000 --journal disk/full.jsonl \
	--timeout 0.3 --spawn "exec $FLAWED 127.0.0.1 7777 none"
same "a full disk: exit 3, one message" "$RC $(grep -c . "$ERR")" "3 1"
matches "which says so" "$ERR" 'No space left on device'
same "the journal ends with a whole line" "$(tail -c 1 disk/full.jsonl | od -An -tx1 | xargs)" 0a
none "and is readable" "$(/usr/bin/python3 -c 'import json
for line in open("disk/full.jsonl"): json.loads(line)' 2>&1)"
matches "what was found so far is told" "$OUT" '^[0-9]+ cases in '
umount disk

# ---- what breaks behind the last case -------------------------------------------------------

# The server is ended as soon as all was found well behind the last case.
start behind here "$FLAWED" 127.0.0.1 7777 none
BEHIND=$PID
listens() {
	ss -Hltn 'sport = :7777' | grep -q .
}
check "a server listens" wait_for 10 listens
echo 0 >looks
cat >look.sh <<END
n=\$((\$(cat looks) + 1))
echo \$n >looks
[ \$n != 2 ] || kill -9 $BEHIND
while [ \$n = 2 ] && [ -e /proc/$BEHIND/fd/0 ]; do :; done
END
run 60 "$TCPCRAFT" fuzz 127.0.0.1 7777 --oracle "exec:sh look.sh" --seed 1 --cases 1 --force \
	--strategy boundary --segments data --fields tcp.checksum --parallel 1 --timeout 0.5 --json
same "a server that is gone after the last case: exit 1, a line" "$RC $(wc -l <"$ERR")" "1 1"
matches "which is told" "$ERR" 'behind the last case.*the server does not answer any more .refused.'
none "no case is blamed" "$(grep '"type":"finding"' "$OUT" | grep -v '"kind":"novel"')"
wait "$BEHIND" 2>/dev/null

# ---- words ---------------------------------------------------------------------------------

run 10 "$TCPCRAFT" fuzz 127.0.0.1 7777 --step
same "--step: exit 2 and a line" "$RC $(wc -l <"$ERR")" "2 1"
matches "with a cure" "$ERR" '--mutate, takes --step'
run 60 "$TCPCRAFT" fuzz 127.0.0.1 7777 --seed 1 --cases 60 --strategy options --timeout 0.3 \
	--spawn "exec $FLAWED 127.0.0.1 7777 none" --force
same "a healthy server: exit 0" "$RC" 0
matches "no fault, whatever it answers" "$OUT" '^60 cases in .*, no fault[;,]'
run 60 script -qefc "$TCPCRAFT fuzz 127.0.0.1 7777 --seed 7 --cases 40 --rate 10 --parallel 32 \
	--force --spawn 'exec $FLAWED 127.0.0.1 7777 none'" /dev/null
same "one window that takes seconds: cases are counted while it runs" \
	"$(tr '\r' '\n' <"$OUT" | sed -n 's/^\([1-9][0-9]*\) cases, .*/\1/p' | sort -un |
		awk 'END { print (NR > 5) }')" 1
nothing_left 5
