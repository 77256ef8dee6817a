#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Whatever an output is named, a device, a pipe or a socket stays what it is and where it
# is, also when the run fails, with and without --force; and nothing but the named file is
# written. All in a /dev of this test's own.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/net/snapshot.sh
. "$(dirname "$0")/snapshot.sh"

need iptables cksum /usr/bin/python3
capture=$TC_ROOT/pcaps/ssh-opening.pcap
own_host
private_places
protd_start here $LOOPBACK -p 9999
mkdir /tmp/here && cd /tmp/here || exit 1
mkfifo pipe
ln -s /dev/null to-null
ln -s "$PWD/pipe" to-pipe
ln -s nowhere to-nowhere
ln -s /dev/full to-full
python3 - <<'END'
import socket
socket.socket(socket.AF_UNIX).bind("socket")
END

# write KIND FILE [ARG...]: the command that has the output KIND writes it to FILE
write() {
	local kind="$1" file="$2"
	shift 2
	case $kind in
	-w) run 30 "$TCPCRAFT" prot $LOOPBACK 9999 x -q -w "$file" "$@" ;;
	--html) run 30 "$TCPCRAFT" prot $LOOPBACK 9999 x -q --html "$file" "$@" ;;
	--record) run 30 "$TCPCRAFT" prot $LOOPBACK 9999 x -q --record "$file" "$@" ;;
	--save) run 30 "$TCPCRAFT" probe read-size $LOOPBACK 9999 --save "$file" "$@" ;;
	--journal) run 60 "$TCPCRAFT" fuzz $LOOPBACK 9999 --seed 1 --cases 64 --journal \
		"$file" "$@" ;;
	show) run 30 "$TCPCRAFT" show -q "$capture" --html "$file" "$@" ;;
	relabel) run 30 "$TCPCRAFT" relabel "$TC_ROOT/pcaps/lo-openbsd-mislabelled.pcap" \
		"$file" "$@" ;;
	dry) run 30 "$TCPCRAFT" send 10.0.0.2 80 --dry-run -q -w "$file" "$@" ;;
	hex) run 30 "$TCPCRAFT" send 10.0.0.2 80 --dry-run -q --format hex -w "$file" "$@" ;;
	log) run 2 "$PROTD" -a $LOOPBACK --log "$file" ;;
	esac
}
# A finding of the fuzzer is exit 4.
well() { [ "$RC" = 0 ] || { [ "$1" = --journal ] && [ "$RC" = 4 ]; }; }
kinds="-w --html --record --save --journal show relabel dry hex"

for kind in $kinds; do
	for force in '' --force; do
		picture before
		for file in /dev/null to-null; do
			# shellcheck disable=SC2086 # one word or none
			write $kind $file $force
			check "$kind $file $force: exit $RC" well "$kind"
		done
		# shellcheck disable=SC2086
		write $kind to-full $force
		same "$kind /dev/full $force: exit 3" "$RC" 3
		[ "$kind" = --journal ] || matches "and the reason" "$ERR" 'No space left'
		# shellcheck disable=SC2086
		write $kind socket $force
		same "$kind of a socket $force: exit 3 says what it is" \
			"$RC $(grep -c 'socket: it is a socket' "$ERR")" "3 1"
		# shellcheck disable=SC2086
		write $kind to-nowhere $force
		same "$kind of a link to nowhere $force: refused" \
			"$RC $(grep -c 'to-nowhere: it is a link to what is not there' "$ERR")" "2 1"
		for file in pipe to-pipe; do
			: >/run/test/read
			start reader here dd if=pipe of=/run/test/read status=none
			# shellcheck disable=SC2086
			write $kind $file $force
			check "$kind $file $force: exit $RC" well "$kind"
			check "$kind $file $force: the reader ends" wait_for 10 gone "$PID"
			check "$kind $file $force: and has it all" test -s /run/test/read
			stop "$PID"
		done
		rm -f tcpcraft-fuzz-1-case-*.pcap
		unchanged before "$kind $force: every node is what and where it was"
	done
done

# A run that fails, or is interrupted, once its outputs are open.
picture before
for kind in -w --html --record; do
	run 30 "$TCPCRAFT" prot $LOOPBACK 1 x -q $kind /dev/null
	same "$kind /dev/null, nobody listens: exit 1" "$RC" 1
	# The server waits for more, and we for its answer.
	start waits here "$TCPCRAFT" prot $LOOPBACK 9999 hello --set prot.length=9 \
		--timeout 600 $kind to-null
	check "it is connected" says $WORK/waits.out 'SYN-SENT -> ESTABLISHED' 10
	stop "$PID" INT
	same "$kind /dev/null, interrupted: exit 130" "$RC" 130
done
unchanged before "nor does a failure or an interruption take one away"

# Files: kept without --force, replaced with it, as the owner had them.
for kind in $kinds; do
	echo theirs >new
	chmod 640 new
	[ "$(id -u)" != 0 ] || chown 1:1 new 2>/dev/null
	before=$(stat -c '%a %u:%g' new)
	write "$kind" new
	same "$kind: a file that is there is kept: exit 2" "$RC $(cat new)" "2 theirs"
	write "$kind" new --force
	check "$kind --force: exit $RC" well "$kind"
	same "$kind --force: another content, the mode and owner of before" \
		"$(stat -c '%a %u:%g' new) $(head -c 6 new | grep -c theirs)" "$before 0"
done
rm -f new run* ./*case*
none "no other file is written" "$(find . -type f)"

# A capture of a finding is no reason to overwrite either.
echo theirs >new-case-0.pcap
for i in 1 2 3 4 5 6 7 8 9; do echo theirs >new-case-$i.pcap; done
write --journal new.jsonl
none "captures of findings replace no file" "$(grep -L theirs new-case-?.pcap)"
stop "$PROTD_PID"
nothing_left
