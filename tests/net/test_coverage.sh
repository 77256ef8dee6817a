#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A server that was built to count its edges is followed door by door: cases that opened one are
# kept, others are made of them, and what is behind the last one is found, made small, and done
# again. A server without that is asked as ever.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables jq
own_host
[ "$FAMILY" = 4 ] || LOOPBACK=127.0.0.1
MAZE=$TC_ROOT/tests/peers/maze.c
EDGES=$TC_ROOT/scripts/coverage/edges.c
cd $WORK || exit 1

# built COMPILER HOW: the maze, with its edges counted
built() {
	"$1" -c "$EDGES" -o edges.o 2>>built.err &&
		"$1" -O0 "-fsanitize-coverage=$2" edges.o "$MAZE" -o maze 2>>built.err
}

if ! built clang trace-pc-guard && ! built gcc trace-pc; then
	skip "coverage" "no compiler here that counts edges (clang, or gcc)"
	exit 0
fi

# ask MAZE OPTION...: words for fuzz
ask() {
	local maze="$1"
	shift
	set -- fuzz "$LOOPBACK" 7777 --spawn "exec $maze $LOOPBACK 7777 >/dev/null" --oracle connect \
		--data-string hello --segments data --strategy random --fields prot.payload \
		--seed 1 --force --json "$@"
	run 300 "$TCPCRAFT" "$@"
}

start covered here "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --oracle connect --data-string hello \
	--spawn "exec $WORK/maze $LOOPBACK 7777 >/dev/null" --segments data --strategy random \
	--fields prot.payload --seed 1 --force --json --minimize --journal covered.jsonl
says covered.out '"type":"finding","kind":"died"' 150
kill -INT "$PID" 2>/dev/null
wait "$PID"
same "what is behind all doors is found: then Ctrl-C, exit 130" "$?" 130
OUT=$WORK/covered.out
matches "by a case that was made of one that was kept" covered.jsonl \
	'"class":"kept".*"finding":"died"'
same "the sum is of the edges in the journal" \
	"$(jq -r 'select(.type == "result") | "\(.kept) \(.edges > 8)"' covered.out)" \
	"$(grep '"type":"case".*"edges":' covered.jsonl | grep -vc '"finding":"died"') true"
case=$(sed -n 's/.*"kind":"died","case":\([0-9]*\).*/\1/p' covered.out | head -1)
ask "$WORK/maze" --replay covered.jsonl --case "$case"
same "it does so again: exit 4" "$RC" 4
first=$(grep -c '"type":"case"' covered.jsonl)
run 100 "$TCPCRAFT" fuzz "$LOOPBACK" 7777 --oracle connect --data-string hello \
	--spawn "exec $WORK/maze $LOOPBACK 7777 >/dev/null" --segments data --strategy random \
	--fields prot.payload --seed 1 --json --journal covered.jsonl --resume --cases $((first + 10))
none "gone on with, no edge is found a second time" "$(jq -c "select(.type == \"case\" and \
	.case >= $first and .edges and .finding != \"died\")" covered.jsonl)"

for i in 1 2; do
	ask "$TC_BUILD/peers/maze" --cases 25 --journal none$i.jsonl
	same "without coverage all is as ever: exit 0" "$RC" 0
	none "no edge is told of" "$(grep -h '"edges"' "$OUT" none$i.jsonl)"
done
same "and the seed decides what is asked" "$(jq -c '[.mutate, .payload]' none1.jsonl)" \
	"$(jq -c '[.mutate, .payload]' none2.jsonl)"
run 60 unshare -i sh -c 'echo 0 >/proc/sys/kernel/shmmni; exec "$@"' sh "$TCPCRAFT" \
	fuzz "$LOOPBACK" 7777 --spawn "exec $TC_BUILD/peers/maze $LOOPBACK 7777 >/dev/null" \
	--oracle connect --data-string hello --segments data --strategy random \
	--fields prot.payload --seed 1 --force --cases 5
same "nor where no memory can be shared: exit 0" "$RC" 0

# (Here nobody else has any.)
none "no shared memory is left that nobody has" "$(ipcs -m | awk '/^0x/ && $6 == 0')"
nothing_left 5
