#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What else runs as root beside scripts/setup (test_setup): the demo, the guard, what unpacks
# servers for the tests, and the program. What was there before is there after, node for
# node; rules and programs of others, too. apt is a stand-in of this test.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/net/snapshot.sh
. "$(dirname "$0")/snapshot.sh"

need find cksum mknod iptables nft tshark tcpdump dpkg-deb ar
guard=$TC_ROOT/scripts/rst-guard
export TCPCRAFT PROTD TCPCRAFT_LIBEXEC="$TC_ROOT/scripts"

# A server's package as it must not be: with ".", /etc and a file there, and a link out of
# the folder with a file behind it.
package() {
	mkdir -p $WORK/pack/evil/etc $WORK/pack/evil/usr/bin $WORK/pack/evil/DEBIAN
	echo "ours" | tee $WORK/pack/evil/etc/passwd >$WORK/pack/evil/usr/bin/server
	printf 'Package: evil\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x>\n%s\n' \
		'Description: x' >$WORK/pack/evil/DEBIAN/control
	chmod 700 $WORK/pack/evil/etc
	dpkg-deb -b $WORK/pack/evil $WORK/pack/evil.deb >$WORK/pack/log 2>&1
	mkdir $WORK/pack/links $WORK/pack/file
	ln -s /tmp $WORK/pack/links/way
	mkdir $WORK/pack/file/way
	echo "ours" >$WORK/pack/file/way/theirs
	tar -C $WORK/pack/links -cf $WORK/pack/data.tar ./way &&
		tar -C $WORK/pack/file -rf $WORK/pack/data.tar ./way/theirs &&
		(cd $WORK/pack && ar x evil.deb debian-binary control.tar.xz &&
			ar rc link.deb debian-binary control.tar.xz data.tar) 2>>$WORK/pack/log
}

apt() {
	mkdir $WORK/apt
	cat >$WORK/apt/apt-get <<-END
		#!/bin/sh
		case "\$*" in
		*install*) for last; do :; done; echo "Inst \$last (1 x)" ;;
		*download*) for last; do :; done; cp $WORK/pack/\$last.deb . ;;
		esac
	END
	chmod +x $WORK/apt/apt-get
}

fetch() { run 60 env PATH=$WORK/apt:"$PATH" "$TC_ROOT/scripts/fetch-peer" "$@"; }

package
apt
private_places

# ---- what unpacks servers -----------------------------------------------------------

picture before
fetch /tmp/peers evil
same "a package is unpacked" "$RC $(cat /tmp/peers/etc/passwd 2>&1)" "0 ours"
unchanged before "of what was there, nothing is another" ' /tmp/peers|^. /tmp '
fetch /tmp/peers link
check "a package with a link out of the folder came" test -L /tmp/peers/way
unchanged before "nor behind a link in a package" ' /tmp/peers|^. /tmp '
picture before
fetch /tmp evil
same "a folder of others: exit 3" "$RC $(grep -c 'has other things in it' "$ERR")" "3 1"
unchanged before "and nothing is unpacked there"
fetch /tmp/theirs evil
same "a file of others: exit 3" "$RC" 3
unchanged before "and it stays"

# ---- the demo -------------------------------------------------------------------------

# Rules of others, in tables of both kinds.
iptables -A OUTPUT -p tcp --dport 7 -j DROP
nft 'add table inet theirs { chain c { type filter hook output priority 7; tcp dport 9 drop; }; }'
foreign() { iptables-save -t filter | grep '^-A'; nft list table inet theirs; }
foreign >$WORK/foreign
picture before
TC_BUILD=/tmp/demo run 100 "$TC_ROOT/scripts/demo"
same "the demo is told to its end" "$RC $(ls /tmp/demo/demo)" "0 1-no-guard.pcap
2-ack.pcap
3-json.pcap"
unchanged before "the demo: what was there before is as before" ' /tmp/demo|^. /tmp '
same "and the rules" "$(foreign | diff $WORK/foreign -)" ""

# ---- the guard and the program --------------------------------------------------------

protd_start here 127.0.0.1
picture before
for mode in rst shield nft; do
	run 30 "$TCPCRAFT" prot 127.0.0.1 "$PROTD_PORT" x --guard $mode
	same "prot --guard $mode replies" "$RC" 0
	run 30 "$guard" list
	run 30 "$guard" sweep
	unchanged before "--guard $mode: what was there before is as before"
	same "--guard $mode: and the rules" "$(foreign | diff $WORK/foreign -)" ""
done
timeout 60 cat /tmp/their-pipe >$WORK/read &
reader=$!
for place in /tmp/their-pipe /dev/full /tmp/their-link /home/somebody /dev/null; do
	run 30 "$TCPCRAFT" prot 127.0.0.1 "$PROTD_PORT" x -w $place
	unchanged before "-w $place: what was there before is as before"
done
wait $reader
same "what was written into the pipe is a capture, with our SYN in it" \
	"$(tshark -r $WORK/read -Y 'tcp.flags.syn == 1 && tcp.flags.ack == 0' 2>/dev/null | wc -l)" 1
stop "$PROTD_PID"
iptables -D OUTPUT -p tcp --dport 7 -j DROP
nft delete table inet theirs
nothing_left
