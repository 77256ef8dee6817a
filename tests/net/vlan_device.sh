#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A real VLAN device: that of a Linux in user mode behind a tap, as this kernel may have none. A
# program of ours goes through it as through any other; and its server is asked by --vlan from the
# parent. What is on the tap is tshark's word. (Of test-long; test_vlan.sh has the rest.)
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need tshark iptables /usr/bin/python3
peer linux.uml
MODULES=$(echo "$TC_ROOT"/build/peers/root/usr/lib/uml/modules/*/kernel/net)
[ -e "$MODULES/8021q/8021q.ko" ] || skip_all "no modules of it (scripts/fetch-peer \
build/peers/root user-mode-linux)"
family "$TC_FAMILY"
US=10.79.0.1 GUEST=10.79.0.2 SPARE=10.79.0.77 BITS=24
FILTER='ipv4/netfilter/ip_tables ipv4/netfilter/iptable_filter'
if [ "$FAMILY" = 6 ]; then
	US=fd79::1 GUEST=fd79::2 SPARE=fd79::77 BITS=64
	FILTER='ipv6/netfilter/ip6_tables ipv6/netfilter/ip6table_filter'
fi
ip tuntap add dev tap2 mode tap 2>$WORK/why || skip_all "no tap: $(cat $WORK/why)"
ip link set tap2 up

# (It has no insmod; and of the guard's back ends it has modules for one.)
cat >$WORK/modules.py <<'END'
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
for name in sys.argv[2:]:
    with open(f"{sys.argv[1]}/{name}.ko", "rb") as module:
        if libc.syscall(313, module.fileno(), b"", 0):	# finit_module
            print(name, os.strerror(ctypes.get_errno()))
END
mkdir $WORK/uml
cat >$WORK/uml/init <<END
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin TCPCRAFT_LIBEXEC=$TC_ROOT/scripts
mount -t proc proc /proc
/usr/bin/python3 $WORK/modules.py $MODULES ../lib/crc-ccitt ipv6/ipv6 llc/llc 802/stp 802/garp 802/mrp \
	8021q/8021q netfilter/x_tables netfilter/xt_tcpudp netfilter/xt_mark netfilter/xt_comment $FILTER
mount -t tmpfs run /run
ip link set lo up
ip link set eth0 up
ip link add link eth0 name eth0.5 type vlan id 5
ip addr add $GUEST/$BITS dev eth0.5 $([ "$FAMILY" = 4 ] || echo nodad)
ip link set eth0.5 up
RST_GUARD_BACKEND=iptables-legacy $TCPCRAFT prot $US 8080 hello -q
echo "by the kernel's address: \$?"
$TCPCRAFT prot $US 8080 hello -i eth0.5 --source $SPARE -q
echo "by a free address: \$?"
exec /usr/bin/python3 $TC_ROOT/tests/peers/echo.py $GUEST
END
chmod +x $WORK/uml/init

observe wire here tap2 greater 1
start listen here "$TCPCRAFT" listen $US 8080 -i tap2 --vlan 5 --prot --keep
LISTEN=$PID
check "a listener in VLAN 5 of the parent" says $WORK/listen.err '^listening' 10
# (Its console is not for files.)
# shellcheck disable=SC2016
start uml here sh -c 'sleep 3600 | TMPDIR=$1/uml HOME=$1/uml "$2" mem=128M root=none \
	rootfstype=hostfs hostfs=/ ro init=$1/uml/init con=null con0=fd:0,fd:1 \
	eth0=tuntap,tap2 2>&1 | cat' sh $WORK "$PEER"
says $WORK/uml.out listening 120 || not_ok "the guest is up" "$(tail -n 30 $WORK/uml.out)"
same "from the device, by the kernel's address and by one that is nobody's: reply" \
	"$(tr -d '\r' <$WORK/uml.out | grep '^by ')" "by the kernel's address: 0
by a free address: 0"
same "the listener heard both" "$(sed -n 's/^\[*\([^] ]*\)\]*:[0-9]* verdict=/\1 /p' $WORK/listen.err |
	sort)" "$GUEST ok frames=1 bytes=16
$SPARE ok frames=1 bytes=16"
stop "$LISTEN" INT
run 30 sh -c "echo hello | '$TCPCRAFT' connect $GUEST 7 -i tap2 --vlan 5 --source $US -q"
same "its server, asked by --vlan from the parent: the echo" "$RC $(cat "$OUT")" "0 hello"
observed wire
none "every TCP segment on the wire has the tag, and nothing else" \
	"$(packets wire "tcp && !(vlan.id == 5)" frame.number)"
none "no reset of the guest's kernel" \
	"$(packets wire "tcp.flags.reset == 1 && tcp.dstport == 8080" frame.number)"
same "three connections" "$(packets wire "tcp.flags.syn == 1 && tcp.flags.ack == 1" tcp.stream |
	sort -u | wc -l)" 3
# (Nobody in there ends it. No process of others is in this test's namespace.)
while GUESTS=$(ps -C linux.uml -o pid=); do
	# shellcheck disable=SC2086 # one word each
	kill -KILL $GUESTS 2>/dev/null
	sleep 0.1
done
nothing_left
