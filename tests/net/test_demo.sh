#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The demo tells the story to its end, for root and for others; it notices what is left
# behind, and a story that goes otherwise; it cleans up when it is interrupted.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables tshark tcpdump setpriv
export TCPCRAFT PROTD TC_BUILD=$WORK/build
demo=$TC_ROOT/scripts/demo
clean='^The machine is as it was before: no rule of the guard, no process'

# acts NAME PORT: of the demo that just ran
acts() {
	same "$1: exit 0, and the last line has looked" \
		"$RC $(tail -n 1 "$OUT" | grep -c "$clean")" "0 1"
	same "$1: all is said on standard output" "$(cat "$ERR")" ""
	matches "$1: the server's port" "$OUT" "listens on 127\.0\.0\.1:$2\."
	matches "$1: act 1, the kernel's reset" "$OUT" '~~> R '
	matches "$1: act 2, the frame is decoded, once" "$OUT" \
		'^ +PROT .* payload="RECONSTRUCTED_PAYLOAD" checksum=0x0052$'
	matches "$1: act 2, the frame is acknowledged" "$OUT" 'log: verdict=ok frames=1 bytes=32$'
	matches "$1: act 3, the words are shown" "$OUT" '^ +"\{.*command.*: .*123\}"$'
	matches "$1: act 3, cut off after 9 bytes" "$OUT" 'log: verdict=bad-magic read=9 frames=0$'
	matches "$1: act 4, tcpdump reads it, and finds our checksums right" "$OUT" \
		'Flags \[P\.\], cksum 0x[0-9a-f]+ \(correct\), .* length 32$'
	same "$1: act 4, it finds none wrong" "$(grep -c incorrect "$OUT")" 0
	same "$1: no colours where there is no terminal" "$(grep -c "$(printf '\033')" "$OUT")" 0
}

# captured FILE FILTER: how many packets tshark finds
captured() {
	tshark -nr "$TC_BUILD/demo/$1.pcap" -Y "$2" 2>/dev/null | wc -l
}

run 60 "$demo"
acts root 9999
nothing_left
same "the captures show the resets, and the frame" \
	"$(captured 1-no-guard 'tcp.flags.reset == 1 && tcp.dstport == 9999') $(captured 2-ack \
	'tcp.flags.reset == 1') $(captured 2-ack 'tcp.len == 32') $(captured 3-json \
	'tcp.flags.reset == 1 && tcp.flags.ack == 1')" "1 0 1 1"

protd_start here 127.0.0.1 -p 9999
run 60 "$demo"
acts "9999 is taken" '[0-9]{2,}'
same "9999 is taken: another port" "$(grep -c 'listens on 127.0.0.1:9999\.' "$OUT")" 0
stop "$PROTD_PID"

nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
# shellcheck disable=SC2086 # words
if ! $nobody test -r "$demo" -a -x "$TCPCRAFT" -a -x "$PROTD" 2>/dev/null; then
	skip "a demo without root" "cannot become nobody, or nobody may not run $demo"
elif ! $nobody unshare -Urn true 2>/dev/null; then
	skip "a demo without root" "no user namespaces for users here (as root: sysctl user.max_user_namespaces)"
else
	TC_BUILD=$WORK/tmp/nobody run 60 $nobody "$demo"
	acts "without root" 9999
	matches "without root it says where it is" "$OUT" 'private network namespace'
	rm -r $WORK/tmp/nobody
fi

# Without tcpdump: the story goes on, and says how to get it.
mkdir $WORK/bin
cp -s /usr/bin/* /bin/* $WORK/bin 2>/dev/null
rm $WORK/bin/tcpdump
run 60 env PATH=$WORK/bin "$demo"
same "without tcpdump: exit 0" "$RC" 0
matches "without tcpdump: how to get it" "$OUT" 'tcpdump is not installed .*scripts/setup demo'

# The build before it is silent, but for what goes wrong. (A compiler that makes nothing.)
run 60 make --no-print-directory -C "$TC_ROOT" O=$WORK/tmp/demo CC=true AR=true WERROR= SAN= demo
same "make demo builds without a word" "$(cat "$OUT")" ""
same "and the first word is the demo's" \
	"$(grep -v "^make" "$ERR" | sed 's/:.*//' | sort -u)" demo
run 60 make --no-print-directory -C "$TC_ROOT" O=$WORK/tmp/demo2 CC='sh -c "echo wrong >&2; exit 1"' WERROR= SAN= demo
same "an error of the build is shown: exit $RC" "$(grep -c . "$OUT") $(grep -c '^wrong$' \
	"$ERR" | sed 's/^[1-9].*/some/')" "0 some"
run 60 script -qec "make --no-print-directory -C '$TC_ROOT' O=$WORK/tmp/demo3 CC=true AR=true SAN= demo" /dev/null
matches "on a terminal one line moves" "$OUT" "$(printf '\r\033')\[K  CC  .*$(printf '\r\033')\[K  AR"
rm -r $WORK/tmp/demo*

# Programs that stand in for ours: one leaves things behind, others tell another story.
guard=$TC_ROOT/scripts/rst-guard
export TCPCRAFT_REAL="$TCPCRAFT"

# leaves SHELL_COMMAND ERE: in the middle of the story, and the demo names what matches
leaves() {
	cat >$WORK/leaky <<-END
		#!/bin/sh
		"\$TCPCRAFT_REAL" "\$@"
		code=\$?
		$1
		exit \$code
	END
	chmod +x $WORK/leaky
	TCPCRAFT=$WORK/leaky run 60 "$demo"
	same "left by '$1': exit 1" "$RC" 1
	matches "left by '$1': the machine is not as before" "$OUT" 'NOT as it was before'
	matches "left by '$1': is named" "$OUT" "$2"
}
leaves "$guard add --ports 77" '^backend=.* ports=77'
"$guard" del --ports 77 >/dev/null
leaves "sleep 300 & echo \$! >>$WORK/leaked" '^sleep 300 .*still runs'
xargs kill <$WORK/leaked

TCPCRAFT=/bin/true run 60 "$demo"
matches "a story that goes otherwise is not a success ($RC)" "$ERR" 'exit 0, the story expects 1'
same "a story that goes otherwise ends the demo" "$RC $(tail -n 1 "$OUT" | grep -c "$clean")" "1 1"
PROTD=/bin/false run 60 "$demo"
same "no server: exit 3" "$RC $(grep -c '^demo: the server does not start' "$ERR")" "3 1"

# A server that never says it listens.
printf '#!/bin/sh\necho $$ >%s/mute.pid\nexec sleep 300 2>%s/mute.err\n' $WORK $WORK >$WORK/mute
chmod +x $WORK/mute
export PROTD=$WORK/mute
for sig in INT:130 TERM:143; do
	rm -f $WORK/mute.pid
	start demo here "$demo"
	check "the demo waits for its server" wait_for 10 test -s $WORK/mute.pid
	stop "$PID" "${sig%:*}"
	same "SIG${sig%:*}: exit code, and the machine is as before" \
		"$RC $(grep -c "$clean" $WORK/demo.out)" "${sig#*:} 1"
done
nothing_left
