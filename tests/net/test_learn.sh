#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Peers' state machines, learned by asking: this kernel's is the one that is shipped, for other
# seeds; our own is the one computed without a wire; another model is left at its shortest word;
# what cannot be asked is told.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need jq iptables tshark ss
MODELS=$TC_ROOT/scripts/models
WORDS=400
SEEDS="1 2 3"
[ -z "${TC_LONG-}" ] || WORDS=5000 SEEDS="1 2 3 4 5"

net_pair 6
start sink srv "$TC_BUILD/peers/sink" "$SERVER_IP" 7
SINK=$PID
check "a server reads" says $WORK/sink.out '^listening' 10
# One challenge ACK in half a second and connection, as it is by default, is a state besides.
in_ns srv sysctl -qw net.ipv4.tcp_invalid_ratelimit=0

# learn PORT OPTION...: $RC, $OUT; of $PEER_IP
PEER_IP=$SERVER_IP
learn() {
	run 120 "$TCPCRAFT" probe learn "$PEER_IP" "$@" --rate 100000 --words $WORDS --force
}

# result FILTER: of the last line
result() {
	jq -r "select(.type == \"result\") | $1" <"$OUT"
}

observe wire srv s0 'tcp port 7'
sent=0
for seed in $SEEDS; do
	learn 7 --json --seed "$seed" --against "$MODELS/linux-server-challenges.model"
	same "seed $seed: this kernel's machine is the one that is shipped" \
		"$RC $(result '"\(.verdict) \(.states) \(.seed)"')" "0 same 5 $seed"
	sent=$((sent + $(result .segments_sent)))
done
observed wire
same "the segments it says it sent are those on the wire, and they are well-formed" \
	"$(packets wire "ip.src == $CLIENT_IP && tcp.checksum.status != Bad" frame.number |
		wc -l)" $sent
check "nothing stays open at the peer" wait_for 5 sh -c \
	"! nsenter --net=/run/netns/srv ss -Htan | grep -v LISTEN"

# The same over IPv6.
if [ "$FAMILIES" = "4 6" ]; then
	start sink6 srv "$TC_BUILD/peers/sink" "$SERVER_IP6" 7
	says $WORK/sink6.out '^listening' 10
	PEER_IP=$SERVER_IP6
	observe wire6 srv s0 'tcp port 7'
	learn 7 --json --against "$MODELS/linux-server-challenges.model"
	observed wire6
	same "over IPv6 this kernel's machine is the same" \
		"$RC $(result '"\(.verdict) \(.states) \(.resets_leaked)"')" "0 same 5 0"
	same "and its segments are those on the wire" "$(packets wire6 \
		"ipv6.src == $CLIENT_IP6 && tcp.checksum.status != Bad" frame.number | wc -l)" \
		"$(result .segments_sent)"
	PEER_IP=$SERVER_IP
	stop "$PID"
else
	skip "learning over IPv6" "this kernel has no IPv6 (as root: modprobe ipv6)"
fi

# What is written.
learn 7 --seed 9 --save $WORK/a.model --dot $WORK/a.dot --html $WORK/a.html
same "a table and a sentence for people" "$RC $(grep -c '^state \|^ *[0-9]* ' "$OUT") $(grep -c \
	'learn: learned: 5 states' "$OUT")" "0 6 1"
same "the file is the model" "$(grep -v '^#' $WORK/a.model)" \
	"$(grep -v '^#' "$MODELS/linux-server-challenges.model")"
same "and the graph has its states" "$(grep -c 'label="[0-4]"\];' $WORK/a.dot)" 5
echo 'eval document.querySelectorAll(".mealy g.state").length
eval document.querySelectorAll(".mealy g.edge path").length > 8
problems
requests' | "$TC_ROOT/tests/browser.py" "$WORK/a.html" >$WORK/said 2>$WORK/browser.err
rc=$?
if [ $rc = 77 ]; then
	skip "the drawing in a browser" "no chromium here (scripts/setup test)"
else
	same "a browser draws it" "$rc $(tr '\n' ' ' <$WORK/said)" "0 5 true [] [] "
	fits "the learnt machine's page" $WORK/a.html
fi

# Another model: one answer changed, at two words' distance.
sed '/^1 ACK+PSH/s/A(next,all)/A(next,none)/' $WORK/a.model >$WORK/b.model
learn 7 --json --against $WORK/b.model
same "the shortest word at which it leaves a model" "$RC $(jq -r \
	'select(.type == "difference") | "\(.name): \(.a) \(.b)"' <"$OUT")" \
	"4 SYN ACK+PSH: A(next,all) A(next,none)"
stop "$SINK"

# A closed port has a machine, too: of one state.
learn 7 --json
same "a closed port: one state, all resets" "$RC $(result '"\(.verdict) \(.states)"') $(jq -c \
	'select(.type == "model") | .model.outputs | length' <"$OUT")" "0 learned 1 3"

# Our own TCP, as a server on the wire.
start ours srv "$TCPCRAFT" listen "$SERVER_IP" 7 --keep --no-delayed-ack
OURS=$PID
check "our own server listens" says $WORK/ours.err '^listening' 10
learn 7 --json --against "$MODELS/tcpcraft-server.model"
same "our own machine on the wire is the one computed without it" \
	"$RC $(result '"\(.verdict) \(.states)"')" "0 same 5"
stop "$OURS"

# Bounds, and peers that are not there.
start sink srv "$TC_BUILD/peers/sink" "$SERVER_IP" 7
says $WORK/sink.out '^listening' 10
learn 7 --json --queries 50
same "a bound on words: what is known is told" "$RC $(result '"\(.verdict) \(.told)"')" \
	"1 unfinished false"
learn 7 --json --seconds 1 --words 100000000
same "a bound on time" "$RC $(result '"\(.verdict) \(.seconds < 20)"')" "1 unfinished true"
tables srv -A INPUT -p tcp -j DROP
learn 7 --json
tables srv -F INPUT
same "a firewall: no answer" "$RC $(result .verdict)" "1 no-answer"
nothing_left 5
