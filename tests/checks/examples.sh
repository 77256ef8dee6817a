#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The example programs run and print what they promise; the packets of one are those that
# the command line makes of the same fields. Each public header serves one of them.
# (session.c, quiet.c and neighbour.c want privileges: tests/net/test_examples.sh.)
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
TC_BUILD=${TC_BUILD:-build}
TCPCRAFT=${TCPCRAFT:-$TC_BUILD/tcpcraft}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

crafted() {
	"$TCPCRAFT" send 10.0.0.2 http --dry-run -q --source 192.0.2.1 -g 20000 ip.id=0x1234 \
		--seq 305419896 --flags SEW \
		--options 'mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7' "$@"
}

check "craft runs" sh -c "$TC_BUILD/examples/craft >$work/craft"
{
	crafted
	crafted --ttl 1
	crafted --ttl 1 tcp.checksum=0 ip.checksum=bad
	echo "tcp.hdr_len=20 counts 32-bit words: 20 bytes is 5"
} >"$work/want" 2>&1
none "craft prints the packets of the command line" "$(diff "$work/want" "$work/craft")"
check "answers runs" sh -c "$TC_BUILD/examples/answers >$work/answers"
cat >"$work/want" <<-END
	packet 1 to port 22: rst, seq 0 ack +1
	packet 2 to port 80: rst, seq 0 ack +1
	packet 3 to port 81: rst, seq 0 ack +1
END
none "answers prints an answer to each packet" "$(diff "$work/want" "$work/answers")"

check "explain runs" sh -c "$TC_BUILD/examples/explain 4500002f00014000400666b8c00002010a000002 \
	4e20005000000001000000015018faf000000000 07056e696e6121 >$work/explain"
matches "explain reads the header from text" "$work/explain" \
	'^  greeting\.size .* 5 bytes +ok; bytes of the name'
matches "explain judges a checksum" "$work/explain" 'tcp\.checksum .*BAD, expected 0x'

cat >"$work/want" <<-END
	127.0.0.1: IPv4, loopback
	2001:db8::1: IPv6, documentation
	[::1]:80: IPv6, loopback
	fd00::ffff: IPv6, private
END
check "addresses runs" sh -c "$TC_BUILD/examples/addresses 127.1 2001:DB8:0:0::1 '[::1]:80' \
	fd00:0::0:ffff >$work/addresses"
none "addresses writes them as RFC 5952 does" "$(diff "$work/want" "$work/addresses")"
same "addresses is linked with the library of its headers" "$("$TC_BUILD/examples/addresses")" \
	"usage: addresses ADDRESS... (libtcpcraft $(sed -n 's/^#define TC_VERSION "\(.*\)"/\1, headers \1/p' \
		include/tcpcraft/version.h))"
check "addresses refuses what is none" sh -c "! $TC_BUILD/examples/addresses 1::2::3 2>$work/err"
matches "addresses says why" "$work/err" '1::2::3'

check "pcapread runs" sh -c "$TC_BUILD/examples/pcapread pcaps/keep-alive.pcap $work/syns.pcap \
	>$work/pcapread"
cat >"$work/want" <<-END
	17506 to 7777: mss 1460,sackOK,TS val 739944241 ecr 0,nop,wscale 3
	7777 to 17506: mss 1460,sackOK,TS val 1757062162 ecr 739944241,nop,wscale 10
END
none "pcapread lists the SYNs" "$(diff "$work/want" "$work/pcapread")"
if command -v tshark >/dev/null; then
	same "pcapread keeps them, and no other frame" "$(tshark -r "$work/syns.pcap" -T fields \
		-e tcp.srcport -e tcp.flags.syn 2>"$work/err" | booleans | xargs)" \
		"17506 1 7777 1"
else
	skip "pcapread keeps them, and no other frame" "tshark is not installed (apt-get install tshark)"
fi

check "script runs" sh -c "$TC_BUILD/examples/script >$work/script"
cat >"$work/want" <<-END
	--tolerance_usecs=50000
	0 < S 0:0(0) win 1000 <mss 1460>
	* > S. 0:0(0) ack 1 <...>
	+0 < . 1:1(0) ack 1
	+0.1 < P. 1:6(5) ack 1 "hello"
	* > . 1:1(0) ack 6
	// sends 3 packets, expects 2
END
none "script prints what it read, in canonical form" "$(diff "$work/want" "$work/script")"
"$TC_BUILD/examples/script" "$(cat "$work/script")" >"$work/again"
none "what script printed reads back as the same" "$(diff "$work/script" "$work/again")"
same "script says what is wrong, and where" \
	"$("$TC_BUILD/examples/script" '0 < Q 0:0(0)' 2>&1 | cut -d: -f1-3)" "script:1:5"

check "fuzz runs" sh -c "$TC_BUILD/examples/fuzz >$work/fuzz"
sed -n "s/.*: '\(.*\)'\$/\1/p" "$work/fuzz" >"$work/rules"
same "fuzz prints the rules of five cases" "$(wc -l <"$work/rules")" 5
none "each changes a field of the space in a segment of it" "$(
	grep -vE '^(syn|data\[1\]): (tcp\.window_size_value|ip\.ttl)(=|\^=)[0-9a-fx]+$' "$work/rules")"
"$TC_BUILD/examples/fuzz" >"$work/again"
none "the same seed gives the same cases" "$(diff "$work/fuzz" "$work/again")"

check "probe runs" sh -c "$TC_BUILD/examples/probe >$work/probe"
none "probe names the experiments of the command line" "$("$TCPCRAFT" probe --list |
	sed -n 's/^\([a-z-]*\) .*/\1/p' | grep -vx 'all\|learn\|compare' | while read -r name; do
		grep -q "^$name: " "$work/probe" || echo "$name"
	done)"
same "learn finds the states of a door" "$("$TC_BUILD/examples/learn" 2>&1)" "3 states, done
0 push   jams   0
0 coin   clicks 1
1 push   opens  0
1 coin   clicks 2
2 push   opens  1
2 coin   drops  2"
same "exchange gets its answer" "$("$TC_BUILD/examples/exchange" 2>&1)" "reply: hello"
same "play carries a script out" "$("$TC_BUILD/examples/play" 2>&1)" "client passed, 2 events"

check "personality lists the keys" sh -c "$TC_BUILD/examples/personality >$work/keys"
sed 's/\\//g' man/tcpcraft-tcp.7 >"$work/tcp.7"
none "they are those of the manual" "$(cut -d= -f1 "$work/keys" | while read -r key; do
	grep -q "^\.B.*[\" ]$key=" "$work/tcp.7" || echo "$key"
done)"
same "personality reads keys, and orders a SYN's options" "$("$TC_BUILD/examples/personality" \
	mss=1400,wscale=off,ts=off options=mss:nop:nop:sackOK 2>&1)" \
	"mss=1400,wscale=off,ts=off,options=mss:nop:nop:sackOK
SYN: mss 1400,nop,nop,sackOK"
"$TC_BUILD/examples/personality" options=mss >"$work/out" 2>&1
same "and says what contradicts it, with exit 1" "$? $(cat "$work/out")" "1 personality: options= has no\
 place for wscale, which is offered: add it, or say wscale=off"
"$TC_BUILD/examples/signed" secret 100.10:5 >"$work/signed" 2>&1
case $(cat "$work/signed") in
*'built without MD5'*)
	skip "signed finds its segment signed" "built without nettle (apt-get install nettle-dev)"
	;;
*)
	same "signed finds its segment signed, and spoilt" "$(tail -n 2 "$work/signed")" \
		'type 0x88a8, in "vlan 100, vlan 10": signed
spoilt: wrong digest'
	same "so does explain" "$(head -n 1 "$work/signed" | "$TCPCRAFT" explain - --md5 secret |
		grep -c "ok: the digest is the key's (RFC 2385)")" 1
	;;
esac

"$TC_BUILD/examples/keyring" secret=one,keyid=7 secret=two,keyid=7 secret=one,keyid=8 \
	>"$work/keyring" 2>&1
case $(cat "$work/keyring") in
*'built without'*)
	skip "keyring finds the key of its segment" "built without nettle (apt-get install nettle-dev)"
	;;
*)
	same "keyring finds the key of its segment" "$(sed -n 's/^secret=.*: //p' "$work/keyring")" \
		"it is signed with this
another secret
another KeyID"
	same "so does explain" "$(head -n 1 "$work/keyring" | "$TCPCRAFT" explain - --ao \
		secret=one,keyid=7 | grep -c "ok: the code is the key's (RFC 5925)")" 1
	;;
esac
"$TC_BUILD/examples/differ" pcaps/keep-alive.pcap pcaps/demo-2-ack.pcap >"$work/out" 2>&1
same "differ tells in what two stacks begin differently, with exit 4" "$? $(cat "$work/out")" \
	"4 mss: 1460 against 65495; window: 65160 against 65483"
"$TC_BUILD/examples/differ" pcaps/keep-alive.pcap pcaps/keep-alive.pcap >"$work/out" 2>&1
same "and that one does as itself" "$? $(cat "$work/out")" "0 "
"$TC_BUILD/examples/differ" pcaps/keep-alive.pcap pcaps/refused.pcap >"$work/out" 2>&1
same "and what cannot be held beside it" "$? $(cat "$work/out")" \
	"1 differ: pcaps/refused.pcap has no SYN,ACK"

# A header that serves no program outside belongs in its room of src/.
used() {
	cc -MM -Iinclude tests/examples/*.c | tr ' ' '\n' | grep '^include/tcpcraft/' | sort -u
}

used >"$work/used"
none "each public header is included by an example, itself or through another" "$(
	printf '%s\n' include/tcpcraft/*.h | sort | comm -13 "$work/used" -)"
