#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Without root: the program's file has two capabilities, and its guard gets them whatever the back
# end; others of the user's programs do not, nor does the guard run any of his. Under sudo files
# are the user's. set-user-ID is refused.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119,SC2086 # words
. "$(dirname "$0")/lib.sh"

need iptables nft setpriv setcap pgrep
net_pair
protd_start srv $SERVER_IP -p 9999
! one_user || skip_all "there is no other user in this namespace (as root of the machine)"
there=$WORK/there mine=$WORK/mine
# Where everybody may read: a clone of root's may be closed to others.
mkdir -p $there/bin $there/sbin $there/libexec/tcpcraft $there/share/tcpcraft $mine
cp "$TCPCRAFT" $there/bin/tcpcraft
cp "$TCPCRAFT" $there/sbin/tcpcraft
cp "$TC_ROOT/scripts/rst-guard" $there/libexec/tcpcraft/
cp -r "$TC_ROOT/scripts/conformance" "$TC_ROOT/scripts/lessons" $there/share/tcpcraft/
chmod -R go+rX $there
why=$(setcap cap_net_raw,cap_net_admin+ep $there/bin/tcpcraft 2>&1 && $there/bin/tcpcraft --version 2>&1 >/dev/null) ||
	skip_all "files cannot have capabilities here (as root, on a file system with them): $why"
# Programs in front of his $PATH that say who ran them.
for tool in iptables-save iptables-restore iptables nft sleep; do
	printf '#!/bin/sh\necho %s >>%s/ran\nexit 1\n' $tool $mine >$mine/$tool
done
chmod +x $mine/*
chown -R 65534:65534 $mine
cd $mine || exit 1
nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
user="$nobody env PATH=$mine:$PATH"
sudo="env SUDO_UID=65534 SUDO_GID=65534 TCPCRAFT_LIBEXEC=$there/libexec/tcpcraft $there/sbin/tcpcraft"

caps() { sed -n 's/^CapEff:\t0*//p' "/proc/$1/status"; }

for guard in rst shield nft; do
	run 20 $user $there/bin/tcpcraft prot $SERVER_IP 9999 hi -q --guard $guard -w $guard.pcap
	same "an ordinary user, --guard $guard: exit 0" "$RC $(cat "$OUT")" "0 ACK"
	same "his capture is his" "$(stat -c %u $guard.pcap)" 65534
done
none "no program of his ran with the guard's capabilities" "$(cat $mine/ran 2>/dev/null)"
start held here $nobody $there/bin/tcpcraft prot \
	$SERVER_IP 9999 hello --set prot.length=99 --timeout 600
check "he is connected" says $WORK/held.out 'SYN-SENT -> ESTABLISHED' 10
same "his guard has CAP_NET_ADMIN and CAP_NET_RAW" "$(caps "$(pgrep -P "$PID" | head -n 1)")" 3000
stop "$PID" INT
run 20 $nobody --inh-caps=+net_admin,+net_raw \
	--ambient-caps=+net_admin,+net_raw $there/libexec/tcpcraft/rst-guard add --ports 7000 \
	--backend iptables-legacy
same "the legacy back end takes them as well, and its lock" "$RC $(cat "$ERR")" "0 "
$there/libexec/tcpcraft/rst-guard del --ports 7000 >$OUT

# As sudo calls it.
run 20 $sudo prot $SERVER_IP 9999 hi -q -w sudo.pcap --html sudo.html --record sudo.pkt
same "under sudo: exit 0" "$RC $(cat "$OUT")" "0 ACK"
same "what it writes belongs to who called sudo" \
	"$(stat -c %u:%g sudo.pcap sudo.html sudo.pkt | sort -u)" 65534:65534
mkdir all && chown 65534:65534 all
while read -r asks; do
	run 60 $sudo $asks </dev/null
	same "under sudo, $asks: exit 0" "$RC $(cat "$ERR")" "0 "
done <<-END
	fuzz $SERVER_IP 9999 --seed 1 --cases 20 --journal all/fuzz.jsonl --html all/fuzz.html -q
	conform $SERVER_IP 9999 9293-listen/syn-data --junit all/it.xml -w all/conform.pcapng
	probe syn-data $SERVER_IP 9999 --save all/probe.save
	teach handshake --auto --log all/teach.log -q
	show sudo.pcap --html all/show.html
	send $SERVER_IP 9999 --dry-run -q --source 10.77.0.1 --format hex -w all/packet.hex
END
same "what else it writes, too, captures of findings among it" "$(find all ! -user 65534)$(
	find all -type f | sed 's/.*[.]//' | sort -u | xargs)" "hex html jsonl log pcap pcapng save xml"
echo secret >$WORK/secret
chmod 600 $WORK/secret
run 20 $sudo prot $SERVER_IP 9999 --data-file $WORK/secret
same "what only root may read is not read" "$RC $(grep -c 'Permission denied' "$ERR")" "2 1"
mkdir $WORK/roots
run 20 $sudo prot $SERVER_IP 9999 hi -w $WORK/roots/it.pcap
same "nor is a folder of root's written" "$RC $(ls $WORK/roots)" "3 "

if [ -n "${TC_SAN-}" ]; then
	skip "set-user-ID is refused" "sanitizers cannot look into such a program"
else
	chmod u+s $there/bin/tcpcraft
	run 20 $user $there/bin/tcpcraft show $WORK/secret
	same "set-user-ID is refused, with the cure" \
		"$RC $(grep -c 'set-user-ID.*install-caps' "$ERR")" "3 1"
fi
nothing_left
