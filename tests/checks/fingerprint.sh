#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# show --fingerprint says of SYNs what p0f does: of our captures, and of odd ones made here.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
export TCPCRAFT="${TCPCRAFT:-${TC_BUILD:-build}/tcpcraft}"
root=build/peers/root
PATH=$PATH:/usr/sbin:/sbin:$root/usr/sbin
P0F=$(command -v p0f) || skip_all "p0f is neither installed nor unpacked (scripts/fetch-peer build/peers/root p0f)"
base=/etc/p0f/p0f.fp
[ -e $base ] || base=$root$base
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# p0f's signatures, in our lines
p0f_lines() {
	timeout 60 "$P0F" -r "$1" -f $base 2>&1 |
	sed -n 's,^\.-\[ \([^/]*\)/\([0-9]*\) -> \([^/]*\)/\([0-9]*\) (\(syn[+ack]*\)) .*,\5 \1 \2 \3 \4,p
		s/^| raw_sig *= //p' |
	awk 'function end(addr, port) { return (addr ~ /:/ ? "[" addr "]" : addr) ":" port }
		NF == 5 { of = $1; client = end($2, $3); server = end($4, $5); next }
		of == "syn" { print client " > " server " syn " $0 }
		of == "syn+ack" { print server " > " client " syn-ack " $0 }
		{ of = "" }'
}

# alike FILE: (p0f tells each connection once; and of a number in tcp.ack without ACK it looks at
# one bit, 0x01000000, though its README speaks of the whole)
alike() {
	p0f_lines "$1" | sort -u >"$tmp/p0f"
	"$TCPCRAFT" show --fingerprint "$1" 2>/dev/null | sort -u >"$tmp/ours"
	[ -s "$tmp/p0f" ] || echo "${1##*/}: p0f says nothing"
	diff "$tmp/p0f" "$tmp/ours"
}

none "as p0f, of the captures that came with the program" "$(
	for file in prot-refusals demo-1-no-guard no-answer ssh-opening lo-sll lo-raw; do
		alike pcaps/$file.pcap
	done 2>&1)"

n=0
# odd FIELD=VALUE...: a SYN like that
odd() {
	n=$((n + 1))
	"$TCPCRAFT" send 10.0.0.2 80 --source 10.0.0.1 -g $((3000 + n)) "$@" --dry-run \
		--format pcap >"$tmp/$n.pcap" 2>"$tmp/err" || cat "$tmp/err"
	alike "$tmp/$n.pcap" | sed "s/^/$*: /"
}

all='mss 1460,nop,wscale 6,nop,nop,TS val 9 ecr 0,sackOK,eol'
none "as p0f, of odd ones" "$({
	odd tcp.flags=S tcp.options="$all" tcp.window_size_value=65535
	odd tcp.flags=S tcp.window_size_value=27760 \
		tcp.options='mss 1400,sackOK,TS val 0 ecr 0,nop,wscale 15'
	odd tcp.flags=S tcp.options='mss 1460,TS val 1 ecr 7' ip.ttl=120 ip.id=0 \
		tcp.window_size_value=4500
	odd tcp.flags=S tcp.options='nop,nop,sackOK,mss 536,unknown-77 01' ip.ttl=30 \
		tcp.window_size_value=1
	odd tcp.flags=S tcp.options='mss 1460,eol,nop,nop' ip.flags.df=0 ip.id=0 \
		tcp.window_size_value=0
	odd tcp.flags=S tcp.options='' ip.ttl=200 ip.flags.rb=1 tcp.window_size_value=8192
	odd tcp.flags=SEW ip.dsfield=2 tcp.options='mss 1460' tcp.urgent_pointer=5 tcp.seq=0 \
		tcp.ack=0x01000000
	odd tcp.flags=SPU tcp.options='mss 88' tcp.window_size_value=880 ip.id=7
} 2>&1)"

json=$("$TCPCRAFT" show --fingerprint --json pcaps/ssh-opening.pcap | head -n 1)
case $json in
*'"type":"fingerprint"'*'"of":"syn","signature":"4:'*) ok "JSON has a line a SYN" ;;
*) not_ok "JSON has a line a SYN" "$json" ;;
esac
"$TCPCRAFT" show --fingerprint --script pcaps/ssh-opening.pcap >"$tmp/out" 2>&1
same "--fingerprint and --script exclude each other" "$? $(cat "$tmp/out")" \
	"2 tcpcraft: --fingerprint is a line a SYN: without --script and --html"
