#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Through a wire that loses, doubles, reorders and damages (tests/peers/wire.c): connect
# and listen against the kernel's TCP, both directions at once. Nothing is lost, nothing
# comes twice, and nothing goes out that RFC 9293 forbids. TC_LONG=1 carries more, with
# more seeds.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need dumpcap tshark
WIRE=$TC_BUILD/peers/wire
MORE=1
[ -z "${TC_LONG-}" ] || MORE=16
SEED=${TC_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}

wired_pair mid
in_ns srv "$WIRE" --no-offload s0 || skip_all "no checksums in software here"
"$WIRE" --no-offload c0

# Both ends of the kernel's side: send FILE, receive into GOT, at the same time.
cat >$WORK/duplex.py <<'END'
import socket, sys, threading
how, host, port, send, got = sys.argv[1:]
if how == "serve":
    l = socket.create_server((host, int(port)), family=(2, 10)[":" in host])
    print("listening", flush=True)
    c = l.accept()[0]
else:
    c = socket.create_connection((host, int(port)))
def sender():
    c.sendall(open(send, "rb").read())
    c.shutdown(socket.SHUT_WR)
t = threading.Thread(target=sender)
t.start()
with open(got, "wb") as f:
    while data := c.recv(1 << 16):
        f.write(data)
t.join()
END

make_file() {
	/usr/bin/python3 -c '
import random, sys
open(sys.argv[1], "wb").write(random.Random(int(sys.argv[2])).randbytes(int(sys.argv[3])))
' "$1" "$2" "$3"
}

wire_up() {
	start wire mid "$WIRE" w0 w1 --seed "$SEED" "$@"
	WIRE_PID=$PID
	check "the wire is up" says $WORK/wire.out '^ready' 5
}

# wire_down NAME: what it did is for the end, by when chance has had its time.
wire_down() {
	stop "$WIRE_PID"
	sed 's/^/# /' $WORK/wire.out
	cat $WORK/wire.out >>$WORK/wires
	same "$1: the wire ended well" "$RC $(cat $WORK/wire.err)" "0 "
}

# On this side of the wire we see also what will be lost, and what comes is damaged: that
# is nothing the judge may believe.
watched() {
	local good="ip.src == $CLIENT_IP || (tcp.checksum.status != 0 && !(ip.checksum.status == 0))"
	observed "$1"
	check_wire "$1" "ip.src == $CLIENT_IP"
	lawful "$1" "$CLIENT_IP" 0 "$good"
}

# through PORT NAME SIZE ARGUMENT...: both ways with connect, then with listen
through() {
	local port="$1" name="$2" size="$3" lasts=60
	shift 3
	# What is lost often enough in a row is sent again after a minute: that is chance, and
	# nobody's end.
	case "$*" in *--loss* | *--corrupt*) lasts=300 ;; esac
	SEED=$((SEED + 1))
	echo "# $name: seed $SEED, $size bytes, $*"
	make_file $WORK/up "$SEED" "$size"
	make_file $WORK/down $((SEED + 1)) "$size"
	wire_up "$@"
	observe "$name" here c0 "tcp port $port or tcp port $((port + 1))"

	start server srv /usr/bin/python3 $WORK/duplex.py serve "$SERVER_IP" "$port" \
		$WORK/down $WORK/got
	SERVER=$PID
	check "$name: a kernel server listens" says $WORK/server.out '^listening' 10
	run $((lasts + 60)) "$TCPCRAFT" connect "$SERVER_IP" "$port" -q --seed "$SEED" --timeout $lasts <$WORK/up
	same "$name: connect ends well (seed $SEED)" "$RC $(cat "$ERR")" "0 "
	check "$name: the kernel's end is over, too" wait_for $lasts gone "$SERVER"
	check "$name: connect: nothing lost, nothing doubled coming down" cmp "$OUT" $WORK/down
	check "$name: connect: nor going up" cmp $WORK/got $WORK/up

	start listener here "$TCPCRAFT" listen "$CLIENT_IP" $((port + 1)) -v --timeout $lasts \
		--seed "$SEED" --data-file $WORK/down
	LISTENER=$PID
	check "$name: listen is up" says $WORK/listener.err '^listening on port' 10
	run $((lasts + 60)) nsenter --net=/run/netns/srv /usr/bin/python3 $WORK/duplex.py call "$CLIENT_IP" \
		$((port + 1)) $WORK/up $WORK/got
	same "$name: the kernel's client ends well (seed $SEED)" "$RC $(cat "$ERR")" "0 "
	check "$name: listen ends after its client" wait_for $lasts gone "$LISTENER"
	check "$name: listen: nothing lost, nothing doubled going down" cmp $WORK/got $WORK/down
	check "$name: listen: nor coming up" cmp $WORK/listener.out $WORK/up
	cmp -s $WORK/listener.out $WORK/up || tail -n 5 $WORK/listener.err | sed 's/^/#   /'
	watched "$name"
	wire_down "$name"
}

if [ -z "$BRIEF" ]; then
	through 48000 clean $((MORE * 500000))
	through 48010 doubled $((MORE * 200000)) --dup 20 --delay 500
	through 48020 reordered $((MORE * 200000)) --reorder 20 --delay 500
	through 48030 damaged $((MORE * 100000)) --corrupt 5
	through 48040 lossy $((MORE * 100000)) --loss 5 --delay 500
	through 48060 worst $((MORE * 20000)) --loss 20 --dup 10 --reorder 10 --corrupt 2 \
		--delay 500
fi
through 48050 all $((MORE * 50000)) --loss 5 --dup 5 --reorder 5 --corrupt 5 --delay 500
if [ -n "${TC_LONG-}" ]; then
	for n in 1 2 3 4 5 6 7 8 9; do
		through 481${n}0 "again$n" 200000 --loss $((2 * n)) --dup 10 --reorder 20 \
			--corrupt 2 --delay 1000
	done
fi

# ---- a long wire: both ends speak at once ----------------------------------------

# Each SYN and each FIN crosses that of the other side (RFC 9293 3.5 figure 7, 3.6 figure
# 13).
wire_up --delay 400000
observe crossing here c0 "tcp port 48901"
start there srv "$TCPCRAFT" connect "$CLIENT_IP" 48900 -g 48901 --timeout 10 \
	--data-string "from there"
THERE=$PID
run 20 "$TCPCRAFT" connect "$SERVER_IP" 48901 -g 48900 --timeout 10 --data-string "from here"
same "simultaneous open: ours ends well" "$RC" 0
check "simultaneous open: so does theirs" wait_for 10 gone "$THERE"
same "simultaneous open: both got what was sent" \
	"$(cat "$OUT") $(cat $WORK/there.out)" "from there from here"
matches "SYNs crossed: SYN-SENT to SYN-RECEIVED here" "$ERR" 'SYN-SENT -> SYN-RECEIVED'
matches "and there" $WORK/there.err 'SYN-SENT -> SYN-RECEIVED'
matches "FINs crossed: FIN-WAIT-1 to CLOSING here" "$ERR" 'FIN-WAIT-1 -> CLOSING'
matches "and there, too" $WORK/there.err 'FIN-WAIT-1 -> CLOSING'
watched crossing
lawful crossing "$SERVER_IP"
wire_down crossing
matches "the wires lost frames" $WORK/wires ' lost=[1-9]'
matches "… doubled some" $WORK/wires ' doubled=[1-9]'
matches "… held some back" $WORK/wires ' late=[1-9]'
matches "… and damaged some" $WORK/wires ' damaged=[1-9]'
nothing_left
