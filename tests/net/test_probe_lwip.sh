#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# probe at a stack that was not written here, lwIP: its echo of any length, its initial
# numbers (a counter that can be guessed), and the experiments that once ended it.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need jq iptables
ECHO=$TC_BUILD/peers/lwip_echo
LWIP_IP=10.78.0.2
[ -x "$ECHO" ] || skip_all "no lwIP here (Debian: liblwip-dev)"
[ -c /dev/net/tun ] || skip_all "no /dev/net/tun here (as root: modprobe tun)"
ip tuntap add dev tap0 mode tap 2>$WORK/why || skip_all "no tap here: $(cat $WORK/why)"
ip addr add 10.78.0.1/24 dev tap0
ip link set tap0 up

start lwip here env PRECONFIGURED_TAPIF=tap0 "$ECHO" $LWIP_IP 255.255.255.0 7
LWIP=$PID
check "lwIP listens" says $WORK/lwip.out '^listening' 10

# echoed BYTES...: by the kernel's own TCP.
echoed() {
	/usr/bin/python3 - "$@" <<-END
		import socket, sys
		for n in map(int, sys.argv[1:]):
		    s = socket.create_connection(("$LWIP_IP", 7), timeout=10)
		    s.sendall(b"x" * n)
		    s.shutdown(socket.SHUT_WR)
		    got = 0
		    while d := s.recv(65536):
		        got += len(d)
		    print(n, got)
	END
}
same "an echo of any length comes back, by the kernel's TCP" \
	"$(echoed 1 500 559 560 600 1460 5000 20000 | awk '$1 != $2 || NF != 2')" ''

# the VERDICT of one experiment, by jq.
gives() {
	local what="$1" want="$2"
	shift 2
	run 120 "$TCPCRAFT" probe "$@" --json
	same "$what" "$(jq -r 'select(.type == "result") | "\(.verdict) \(.target_after)"' <"$OUT")" \
		"$want"
}
gives "isn: lwIP's counter is guessed" "predictable null" isn $LWIP_IP 7
gives "options: asked with datagrams up to our MTU" "negotiates null" options $LWIP_IP 7 --echo
gives "urgent: an answer" "in-line null" urgent $LWIP_IP 7 --echo
gives "overlap: an answer" "other null" overlap $LWIP_IP 7 --echo
# It takes data whose ACK is wrong: what is left open then is in the way of the next experiment.
observe left here tap0 "tcp port 7"
gives "blind-attack: such data is taken" "vulnerable null" blind-attack $LWIP_IP 7 --echo
same "… also where lwIP asks back first" "$(jq -r 'select(.type == "result") |
	.numbers.data_future_ack' <"$OUT")" taken
observed left
packets left tcp tcp.stream ip.src tcp.seq tcp.ack tcp.flags.reset tcp.flags.ack >$WORK/left
same "and each that is reset is so where lwIP waits for the next byte" "$(awk -v lwip=$LWIP_IP '
	$2 == lwip && $5 == 0 && $6 == 1 { waits[$1] = $4 }
	$2 != lwip && $5 == 1 { reset[$1] = $3; n += !had[$1]++ }
	END { for (s in reset) if (reset[s] != waits[s])
		print "stream " s ": waits for " waits[s] ", reset at " reset[s]
	print (n > 7 ? "many" : n) }' $WORK/left)" many
# Its state machine; it acknowledges by a timer of 250 ms.
if [ -n "${TC_LONG-}" ]; then
	gives "learn: to its end" "learned null" learn $LWIP_IP 7 --timeout 0.3 --parallel 16 \
		--words 60 --rate 10000
	same "learn: five states" "$(jq 'select(.type == "result") | .states' <"$OUT")" 5
fi
check "lwIP is alive" kill -0 "$LWIP"
same "an echo of any length still comes back" "$(echoed 1 560 20000 | awk '$1 != $2')" ''
stop "$LWIP" KILL

# With --spawn the stack is run, and waited for.
run 60 "$TCPCRAFT" probe syn-data $LWIP_IP 7 --echo --json \
	--spawn "exec env PRECONFIGURED_TAPIF=tap0 $ECHO $LWIP_IP 255.255.255.0 7"
matches "--spawn: it is started, and asked when it answers" "$OUT" '"told":true'
nothing_left 5
