#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The example programs run and print what they promise; the packets of one are those that
# the command line makes of the same fields.
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
