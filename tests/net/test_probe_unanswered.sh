#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# probe beside servers that do not answer its request as an experiment needs it: what came back
# instead, other bytes or the end of the connection, is what is said, and not that nothing did.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need jq dumpcap tshark
net_pair
habit srv "$SERVER_IP" 5100 abort
habit srv "$SERVER_IP" 5101 exact n=16
habit srv "$SERVER_IP" 5102 exact n=19
habit srv "$SERVER_IP" 5103 greet n=309 asked=1
habit srv "$SERVER_IP" 5104 close seconds=3
habit srv "$SERVER_IP" 5107 deaf
habit srv "$SERVER_IP" 5105 sink
habit srv "$SERVER_IP" 5106 abort n=19 all=1
observe wire srv s0 "tcp"

# asks EXPERIMENT PORT [OPTION...]
asks() {
	local what="$1" port="$2"
	shift 2
	run 60 "$TCPCRAFT" probe "$what" "$SERVER_IP" "$port" --rate "${RATE:-1000}" --json "$@"
}

# Times that the machine takes are "at once", and 3 s are 3 s.
about() {
	sed -E 's/(less than 1 ms|0\.[0-9]+ s) after/at once after/; s/3\.[0-9] s/3 s/'
}

# says_so WHAT FILTER WANT: of the last result.
says_so() {
	same "$1" "$(jq -r "select(.type == \"result\") | $2" "$OUT" | about)" "$3"
}

CURE="it takes a request that the server answers, of PROT or an echo's (--echo)"

# ---- a plain request ------------------------------------------------------------------

for each in "overlap 16 5101" "urgent 19 5102"; do
	# shellcheck disable=SC2086
	set -- $each
	asks "$1" 5100
	says_so "$1: a reset is one" '"\(.verdict): \(.sentence)"' "reset: could not tell: at once \
after a plain request of $2 bytes the server resets the connection: $CURE"
	asks "$1" "$3"
	says_so "$1: a FIN is one" '"\(.verdict): \(.sentence)"' "could-not-tell: could not tell: at \
once after a plain request of $2 bytes the server closes the connection: $CURE"
	asks "$1" 5103
	says_so "$1: other bytes are told" '"\(.verdict): \(.sentence)"' "could-not-tell: could not \
tell: at once after a plain request of $2 bytes the server sends 309 bytes, which are not the \
answer: $CURE"
	asks "$1" 5104
	says_so "$1: nor is a close of its own for the request" '"\(.verdict): \(.sentence)"' \
		"closes-anyway: could not tell: the server closes each connection 3 s after the \
handshake, whatever is sent"
	asks "$1" 5105 --timeout 0.5
	says_so "$1: nothing is nothing" '.sentence | sub("in [0-9.]+ s"; "in time")' "could not tell: a plain \
request, of $2 bytes at most, is acknowledged, but nothing comes back in time: $CURE"
done
asks overlap 5105 --echo --timeout 0.5
says_so "… and of an echo's request that is no cure" '.sentence | sub(".*: "; "")' \
	"it takes a server that echoes what it gets"

# Its application wants all in one read, and reads long before the hole is filled.
habit srv "$SERVER_IP" 5108 whole n=16
RATE=20 asks overlap 5108
says_so "overlap: who closes at a part of a request need not have lost what was behind a hole" \
	'.verdict + ": " + (.sentence | sub("(clos|reset)(e?)s the"; "ends the"))' \
	"could-not-tell: could not tell: a request in order is answered, but at once after one whose \
second byte comes before the first the server ends the connection"
habit srv "$SERVER_IP" 5109 whole n=16 other=what
RATE=20 asks overlap 5109
says_so "… nor who says something else of it" '.verdict + ": " + .sentence' \
	"could-not-tell: could not tell: a request in order is answered, but at once after one whose \
second byte comes before the first the server sends 4 bytes, which are not the answer"

# ---- behind a shut window -----------------------------------------------------------------

asks zero-window 5100
says_so "zero-window: a reset is one, long before the window opens" '"\(.verdict): \(.sentence)"' \
	"reset: could not tell: at once after a request with a window of 0 the server resets the \
connection: $CURE"
says_so "… also in JSON" '.numbers | "\(.probes); \(.answer)"' "none before the reset; reset"
asks zero-window 5103
says_so "zero-window: bytes that waited come" '"\(.verdict): \(.sentence)"' "respects: nothing but \
probes came while our window was 0; at once after it opens what waited comes: the peer sends 309 \
bytes, which are not the answer"
says_so "… also in JSON" '.numbers | "\(.probes); \(.answer); \(.other_bytes)"' \
	"yes; other bytes; 309"
asks zero-window 5102
says_so "zero-window: a FIN that waited comes" '"\(.verdict): \(.sentence)"' "respects: nothing but \
probes came while our window was 0; at once after it opens what waited comes: the peer closes the \
connection"
says_so "… also in JSON" '.numbers | "\(.probes); \(.answer)"' "yes; FIN"
asks zero-window 5104
says_so "zero-window: a close of its own is none" .verdict closes-anyway
asks zero-window 5105 --timeout 1
says_so "zero-window: nothing is nothing" '"\(.sentence): \(.numbers.answer)"' "could not tell: \
nothing comes in 1 s after our window opens: $CURE: none"

# ---- nothing to send again ---------------------------------------------------------------------

asks retransmit 5106 --timeout 2
says_so "retransmit: a reset is no silence" '"\(.verdict): \(.sentence)"' "could-not-tell: could not \
tell: at once after 19 bytes of ours the server resets the connection, and in 1 s after 1 byte of \
ours it sends nothing; --prefix gives a request that it answers"
check "… and is in its evidence" [ "$(jq -r 'select(.type == "result") | .evidence[]' "$OUT" |
	grep -c '<--.* R\. ')" = 1 ]
asks retransmit 5105 --timeout 2
says_so "retransmit: silence is, as long as it was heard" .sentence "could not tell: in 1 s after 19 \
bytes of ours the server sends nothing, and in 1 s after 1 byte of ours it sends nothing; --prefix \
gives a request that it answers"
# first_two PORT: unprovoked and, knowing what that found, retransmit, the first of `all`.
first_two() {
	start "all.$1" here "$TCPCRAFT" probe all "$SERVER_IP" "$1" --rate 1000 --timeout 4 --json
	wait_for 60 grep -q '"experiment":"retransmit"' "$WORK/all.$1.out"
	stop $PID
	jq -r "select(.experiment == \"retransmit\") | $2" "$WORK/all.$1.out"
}
same "retransmit: the FIN of a server that closes later is waited for" "$(first_two 5107 \
	'"\(.verdict) \(.numbers.what) \(.numbers.retransmissions_seen > 1)"')" \
	"still-retrying FIN true"
same "… and where bytes that it did not read make a reset of it, that is its habit" \
	"$(first_two 5104 .sentence | about)" "could not tell: the server closes each connection 3 s after the \
handshake, whatever is sent"

# ---- the witness --------------------------------------------------------------------------------

observed wire
# ends PORT FLAGS: connections that the server ended so, behind data of ours.
ends() {
	packets wire "tcp.port == $1" tcp.stream ip.src tcp.len tcp.flags | awk -v us="$CLIENT_IP" \
		-v flags="$2" '$2 == us && $3 { asked[$1] = 1 }
		$2 != us && $4 == flags && asked[$1] { n[$1] = 1 } END { print length(n) }'
}
check "the observer: each that was asked at 5100 was reset" [ "$(ends 5100 0x0014)" -ge 3 ]
check "… at 5101 closed" [ "$(ends 5101 0x0011)" -ge 1 ]
check "… and at 5102" [ "$(ends 5102 0x0011)" -ge 2 ]
same "… at 5103 three had 309 bytes" "$(packets wire "tcp.srcport == 5103 && tcp.len == 309" \
	tcp.stream | sort -u | wc -l)" 3
nothing_left 5
