#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A connection as an interface of Wireshark's: tshark finds it in its extcap folder, asks what
# it has, starts it, and shows its frames with our comments.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables tshark
net_pair
protd_start srv "$SERVER_IP" -p 9999

mkdir "$WORK/extcap"
printf '#!/bin/sh\nexec "%s" extcap "$@"\n' "$TCPCRAFT" >$WORK/extcap/tcpcraft
chmod +x $WORK/extcap/tcpcraft
folder=$(tshark -G folders 2>/dev/null | sed -n 's/^\(Global \)\?Extcap path:[[:space:]]*//p')
# (Mounts of a test are its own.)
mount --bind $WORK/extcap "$folder" || skip_all "no mounts here (as root with CAP_SYS_ADMIN)"

run 60 tshark -D
matches "tshark has it in its list" "$OUT" '^[0-9]+\. tcpcraft \(tcpcraft: a TCP connection by hand\)'
run 60 tshark -i tcpcraft -L
cat "$OUT" "$ERR" >$WORK/types
matches "and asks its link types" $WORK/types EN10MB

# shown OPTION…: what tshark shows of a connection that it has us make
shown() {
	run 60 tshark -n -i tcpcraft -o "extcap.tcpcraft.target:$SERVER_IP:9999" "$@" \
		-T fields -e ip.src -e tcp.flags.str -e frame.comment -e tcp.urgent_pointer
}
shown -o extcap.tcpcraft.datastring:hello
same "an exchange: exit 0" "$RC" 0
matches "our SYN, and what it did" "$OUT" "^$CLIENT_IP.*S[^A-Z]*.*SYN-SENT"
same "both send" "$(cut -f 1 "$OUT" | sort -u | grep -c .)" 2
matches "comments tell the states" "$OUT" 'ESTABLISHED'
shown -o 'extcap.tcpcraft.mutate:data: tcp.urgptr=7'
check "a field changed by the dialog" [ -n "$(awk -F '\t' '$NF == 7' "$OUT")" ]

run 20 "$TCPCRAFT" extcap --extcap-interface eth0 --extcap-dlts
same "no such interface is still told of: exit 0" "$RC" 0
for words in "--capture --fifo x --target $SERVER_IP:9999" \
	"--extcap-interface tcpcraft --capture --fifo x" \
	"--extcap-interface tcpcraft --capture --fifo x --target nowhere" \
	"--extcap-interface tcpcraft --capture --fifo x --target $SERVER_IP:9999 --way send" \
	"--extcap-interface tcpcraft --capture --fifo x --target $SERVER_IP:9999 --extcap-capture-filter tcp"; do
	# shellcheck disable=SC2086 # words
	run 20 "$TCPCRAFT" extcap $words
	same "exit 2, a line: $words" "$RC $(grep -c . "$ERR")" "2 1"
done
# Both of its --config and of what we have.
run 20 "$TCPCRAFT" extcap --extcap-interface tcpcraft --extcap-config
sed -n 's/.*{call=\([^}]*\)}.*/\1/p' "$OUT" >$WORK/calls
"$TCPCRAFT" extcap --help-all >$WORK/help
none "what its dialog asks for are options of ours" "$([ -s $WORK/calls ] || echo no calls
	while read -r call; do
		grep -qE "^ +(-., )?$call( |\$)" $WORK/help || echo "$call"
	done <$WORK/calls)"
made="--capture --fifo $WORK/x --target $SERVER_IP:9999"
for words in "--extcap-interfaces --json" "--extcap-dlts -w $WORK/x" \
	"--extcap-config --html $WORK/x" "$made --json" "$made -w $WORK/y"; do
	# shellcheck disable=SC2086 # words
	run 20 "$TCPCRAFT" extcap --extcap-interface tcpcraft $words
	same "exit 2, a line: $words" "$RC $(grep -c . "$ERR") $(ls $WORK/x $WORK/y 2>/dev/null)" "2 1 "
done
nothing_left
