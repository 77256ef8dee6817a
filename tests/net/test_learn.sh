#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Peers' state machines, learned by asking: this kernel's is the one that is shipped, for other
# seeds; our own is the one computed without a wire; another model is left at its shortest word;
# what cannot be asked is told. With calls: a client's machine, by this kernel and by the protocol.
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

# learn PORT OPTION...: $RC, $OUT; of $PEER_IP. It can always be asked.
PEER_IP=$SERVER_IP
learn() {
	run 120 "$TCPCRAFT" probe learn "$PEER_IP" "$@" --rate 100000 --words $WORDS --force
	case $RC in
	0 | 1 | 4) ;;
	*) not_ok "learn $*: it is asked, and told" "exit $RC" "$(cat "$ERR")" "$(tail -n 3 "$OUT")" ;;
	esac
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
all_gone() {
	left=$(in_ns srv ss -Htan | grep -v LISTEN)
	[ -z "$left" ]
}
wait_for 5 all_gone
none "nothing stays open at the peer" "$left"

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
learn 7 --json --queries 100 --guard off
same "what our own kernel reset is no machine of the peer's" \
	"$RC $(result '"\(.verdict) \(.told) \(.resets_leaked > 5)"')" "1 kernel-reset false true"
learn 7 --json --queries 50
same "a bound on words: what is known is told" "$RC $(result '"\(.verdict) \(.told)"')" \
	"1 unfinished false"
run 120 "$TCPCRAFT" probe learn "$PEER_IP" 7 --json --seconds 1 --words 100000000 --rate 100000
same "a bound on time" "$RC $(result '"\(.verdict) \(.seconds < 20)"')" "1 unfinished true"
tables srv -A INPUT -p tcp -j DROP
learn 7 --json
tables srv -F INPUT
same "a firewall: no answer" "$RC $(result .verdict)" "1 no-answer"

# ---- calls on the peer --------------------------------------------------------------------

# calls WAY OPTION...: $RC, $OUT
calls() {
	way=$1
	shift
	run 300 "$TCPCRAFT" probe learn --dut "$way" "$@" --words $WORDS --force
}
FEW=SYN,SYN+ACK,RST,connect,close
for seed in 1${TC_LONG:+ 2 3}; do
	for model in linux-client${TC_LONG:+ linux-server-calls}; do
		version=$(sed -n '1s/.* of Linux \([0-9.]*[0-9]\).*/\1/p' "$MODELS/$model.model")
		case $(uname -r) in
		"$version" | "$version"[!0-9]*) ;;
		*) skip "seed $seed, this kernel is $model" "that is of Linux $version, this is $(uname -r)"
			continue ;;
		esac
		calls local --json --seed "$seed" --against "$MODELS/$model.model"
		same "seed $seed: this kernel is $model" "$RC $(result .verdict)" "0 same"
	done
done

for seed in 1 2 3; do
	calls local --inputs $FEW --json --seed $seed --save $WORK/client.$seed
	same "seed $seed: this kernel's client is learned" "$RC $(result .verdict)" "0 learned"
done
same "and is the same for each seed" "$(grep -v '^#' $WORK/client.1 $WORK/client.2 \
	$WORK/client.3 -h | sort | uniq -c | awk '{print $1}' | sort -u)" 3
matches "it sends its SYN when it is told to" $WORK/client.1 '^0 connect EINPROGRESS.S.new,-. 1'
matches "which a SYN,ACK establishes" $WORK/client.1 '^1 SYN.ACK A.next,all.'

# The same kernel elsewhere, by the protocol: who judges is ss there, after all words.
in_ns srv sysctl -qw net.ipv4.tcp_invalid_ratelimit=0
start dut srv "$TCPCRAFT" dut --udp "$SERVER_HOST:4000"
DUT=$PID
check "a machine under test is there" says $WORK/dut.err 'requests' 10
observe wire srv s0 'tcp portrange 8080-8083'
run 300 "$TCPCRAFT" probe learn "$SERVER_IP" 8080 --dut "udp:$SERVER_IP:4000" --parallel 4 \
	--rate 100000 --words 50 --json --against $WORK/client.1
observed wire
same "by the protocol it is the same machine" "$RC $(result .verdict)" "0 same"
same "its SYNs came from the ports of the words" "$(packets wire "ip.src == $SERVER_IP &&
	tcp.flags.syn == 1 && tcp.flags.ack == 0" tcp.srcport | sort -u | xargs)" \
	"8080 8081 8082 8083"
check "and no socket of a word is left there" wait_for 5 sh -c \
	"! nsenter --net=/run/netns/srv ss -Htan 'sport >= :8080 and sport <= :8083' |
		grep -v TIME-WAIT"
stop "$DUT"

# A machine that hangs, and one that ends: one line, and what was known.
run 60 "$TCPCRAFT" probe learn "$SERVER_IP" 8080 --dut 'exec:sleep 100'
same "a machine that says nothing: exit 1" $RC 1
same "one line" "$(wc -l <"$ERR") $(grep -c "does not answer '[0-9]* reset' within" "$ERR")" \
	"1 1"
cat >$WORK/ends <<END
#!/bin/sh
echo \$\$ >$WORK/ends.pid
exec nsenter --net=/run/netns/srv $TCPCRAFT dut --stdio
END
chmod +x $WORK/ends
start ends here "$TCPCRAFT" probe learn "$SERVER_IP" 8080 --inputs listen,SYN,close --rate 100000 --json -v \
	--dut "exec:$WORK/ends"
check "a word was answered" says $WORK/ends.err '^[a-zA-Z+]*/' 30
kill -KILL "$(cat $WORK/ends.pid)"
check "who learns ends, too" wait_for 60 gone "$PID"
stop "$PID"
cp $WORK/ends.out "$OUT"
same "one that ends: exit 1, told" "$RC $(result '"\(.verdict) \(.told)"')" "1 gone false"
matches "and by whom" "$OUT" '"sentence":"the machine under test'

# What does not go together.
refuses 2 'listen is a call.*--dut WAY' probe learn "$SERVER_IP" 7 --inputs SYN,listen
refuses 2 'none among the inputs' probe learn --dut local --inputs SYN
refuses 2 "'SYNC' is none of" probe learn --dut local --inputs SYNC
refuses 2 'nobody else' probe learn "$SERVER_IP" --dut local
refuses 2 'probe learn only' probe isn "$SERVER_IP" 7 --dut local
for way in local own "udp:$SERVER_IP:4000"; do
	refuses 2 'probe learn only' probe isn --listen 9000 --dut "$way"
done
refuses 2 'PORT 65530.*--parallel' probe learn "$SERVER_IP" 65530 --parallel 64 \
	--dut "udp:$SERVER_IP:4000"
nothing_left 5
