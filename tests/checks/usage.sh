#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The command line as people type it: what was meant by what does not exist, HOST:PORT,
# help, and output that cannot be written. No root, no network.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
TC_ROOT=$(cd "$(dirname "$0")/../.." && pwd)
TCPCRAFT=${TCPCRAFT:-$TC_ROOT/build/tcpcraft}
WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$WORK"' EXIT
cd "$WORK" || exit 1

# says CODE ERE ARGUMENT...: that exit code, one line of standard error and nothing else.
says() {
	code=$1 line=$2
	shift 2
	"$TCPCRAFT" "$@" >out 2>err </dev/null
	same "exit $code: tcpcraft $*" "$? $(wc -l <err) $(wc -c <out)" "$code 1 0"
	matches "says: $line" err "^tcpcraft: $line"
}

# ---- did you mean ------------------------------------------------------------------

says 2 "there is no command 'conect': did you mean connect\\?" conect
says 2 "there is no command 'frobnicate': see tcpcraft --help" frobnicate
says 2 "there is no command 'conect': did you mean connect\\?" help conect
says 2 "unknown option --time-out: did you mean --timeout\\?" prot 127.0.0.1 9 x --time-out 3
says 2 "unknown option --jason=1: did you mean --json\\?" fields --jason=1
says 2 "unknown option --optoins: did you mean --options\\?" send 127.0.0.1 9 --optoins nop
says 2 "unknown option --frobnicate: see --help" prot 127.0.0.1 9 x --frobnicate
says 2 "unknown option -Q: see --help" fields -Q
says 2 "unknown option --minimize: other commands have it, this one does not; see --help" \
	send 127.0.0.1 9 --minimize
says 2 "port 99999 is not in 1..65535" meet 127.0.0.1:99999
says 2 "port 'x' is neither a number in 1..65535 nor a TCP service name" meet '[::1]:x'
for each in fuzz listen conform 'run a.pkt' 'run none.pkt a.pkt' 'probe isn' send prot; do
	# shellcheck disable=SC2086 # words
	says 2 "port 99999 is not in 1..65535\$" $each 127.0.0.1:99999
done
says 2 "port 99999 is not in 1..65535\$" send 127.0.0.1:99999 tcp.flags=S --dry-run
says 2 "port 99999 is not in 1..65535\$" conform 127.0.0.1:99999 '5961/*'
says 2 'a:b.pkt: No such file' run --check a:b.pkt
says 2 "'127.0.0.1:99999' is not an address" connect 127.0.0.1:99999 80
says 2 "--expect: 'synack' is neither .*; did you mean syn-ack\\?" \
	send 127.0.0.1 9 --expect synack
says 2 "--expect: 'frobnicate' is neither FIELD=VALUE nor one of any, [^;?]*\$" \
	send 127.0.0.1 9 --expect frobnicate
says 2 'tcp.flag is ambiguous: tcp.flags, ' send 127.0.0.1 9 tcp.flag=S --dry-run

for way in 'help connect' '--help connect' 'connect --help'; do
	# shellcheck disable=SC2086 # words
	"$TCPCRAFT" $way >"$(echo "$way" | tr ' ' _)" 2>err
	same "$way: exit 0" "$? $(cat err)" "0 "
done
matches "help connect is that of connect" help_connect '^usage: tcpcraft connect HOST PORT '
check "… whichever way it is asked for" cmp help_connect connect_--help
check "… and this one" cmp help_connect ./--help_connect

# ---- help fits a screen --------------------------------------------------------------

# too_large FILE...: help that is more than 24 lines, or wider than 80 columns
too_large() {
	LC_ALL=C.UTF-8 wc -lL "$@" |
		awk '$3 != "total" && ($1 > 24 || $2 > 80) { print $3, $1, $2 }'
}

# unnamed COMMAND...: their options, and the letters of these, that the screen leaves out
unnamed() {
	for command; do
		sed -n 's/^  ... \(--[a-z0-9_-]*\).*/\1/p' "all_$command" |
			while read -r option; do
				grep -qE -- "(^|[ /])$option( |\$)" "screen_$command" ||
					echo "$command $option"
			done
		sed -n 's/^  \(-.\), .*/\1/p' "all_$command" |
			while read -r letter; do
				grep -qE -- "(^| )${letter}[,/]" "screen_$command" ||
					echo "$command $letter"
			done
	done
}

"$TCPCRAFT" --help >screen_of_all
all=$(sed -n 's/^  \([a-z]*\) .*/\1/p' screen_of_all)
for command in $all; do
	"$TCPCRAFT" "$command" --help >"screen_$command"
	"$TCPCRAFT" "$command" --help-all >"all_$command"
done
matches "--help-all tells what no screen has room for" all_fuzz '^      --busy-poll  *never sleep'
matches "… and not that one time is that of all that waits" all_meet "^      --timeout SECONDS .*own\\)\$"
same "help fits 24 lines of 80 columns" "$(too_large screen_*)" ""
none "all of it is of 80 columns, too" "$(too_large all_* | awk '$3 > 80')"
# shellcheck disable=SC2086 # words
same "… and names every option, with its letter" "$(unnamed $all)" ""

# ---- host and port -----------------------------------------------------------------

"$TCPCRAFT" send 10.0.0.2 80 --dry-run -q --seed 1 >two
"$TCPCRAFT" send 10.0.0.2:80 --dry-run -q --seed 1 >one
check "send HOST:PORT is send HOST PORT" cmp two one
"$TCPCRAFT" send 10.0.0.2:http tcp.window_size_value=7 --dry-run -q --seed 1 >named
"$TCPCRAFT" send 10.0.0.2 80 tcp.window_size_value=7 --dry-run -q --seed 1 >numbered
check "… with what stands behind it, and names of services" cmp named numbered
says 2 "'http://example.com/a:b' is a URL: give host and port: tcpcraft connect example.com http" \
	connect http://example.com/a:b
says 2 "'https://me@10.0.0.2:8443/' is a URL: .*: tcpcraft prot 10.0.0.2 8443\$" \
	prot https://me@10.0.0.2:8443/ 9
says 2 "10.0.0.2 is an address of IPv4, and IPv6 was asked for\$" \
	send 10.0.0.2 ipv6.hlim=3 ipv6.dst=::1
"$TCPCRAFT" send ::1 80 --dry-run -q --seed 1 >two
"$TCPCRAFT" send '[::1]:80' --dry-run -q --seed 1 >one
check "send [ADDR]:PORT is send ADDR PORT" cmp two one
"$TCPCRAFT" send ::1 --ttl 3 --tos 0x12 --dry-run -q --seed 1 >switches
"$TCPCRAFT" send 10.0.0.2 ipv6.hlim=3 ipv6.tclass=18 ipv6.dst=::1 --dry-run -q --seed 1 >fields
check "--ttl and --tos are the fields that IPv6 has" cmp switches fields
says 2 '--df: IPv6 has no DF, .*: leave it out$' send ::1 --df 1 --dry-run
says 2 '--id: IPv6 has an identification only in fragments: use ipv6.fraghdr.ident=N$' \
	send ::1 --id 1 --dry-run
says 2 'Internet Protocol version 6 and ip.ttl cannot be in one packet$' \
	send ::1 ip.ttl=1 --dry-run
says 2 'ipv6.hlim makes the packets IPv6, and HOST 10.0.0.2 is not: give an IPv6 address, or ipv6.dst$' \
	send 10.0.0.2 ipv6.hlim=1 --dry-run
says 2 'fe80::1%nosuch: there is no interface nosuch' send fe80::1%nosuch --dry-run
says 2 "'::g' is not an address, such as" send ::g --dry-run
says 2 '--source is an IPv4 address, and the packets are IPv6: give one of that family$' \
	send ::1 --source 10.0.0.1 --dry-run
says 2 '--source is an IPv6 address, and the packets are IPv4: give one of that family$' \
	send 10.0.0.2 --source ::1 --dry-run
says 2 'icmpv6.nd.ns.target_address and icmpv6.mtu cannot be in one packet$' \
	send ::1 icmpv6.nd.ns.target_address=::1 icmpv6.mtu=1 --dry-run
says 2 "'\\[::1\\]:x' is not an address, such as " connect '[::1]:x' 80
says 2 'too few arguments: ' connect 127.0.0.1
says 2 "port 'no-such-service' is neither a number" connect 127.0.0.1:no-such-service
says 2 'too many arguments: ' connect 127.0.0.1:80 81
says 2 "--dry-run asks no name server: 'example.net'" send example.net 80 --dry-run
says 2 "--dry-run asks no name server: 'example.net'" fuzz example.net 80 --dry-run
says 2 "10.0.0.2 is an address of IPv4, and IPv6 was asked for\$" fuzz 10.0.0.2 80 -6 --dry-run

# ---- values -------------------------------------------------------------------------

# Each type of value at its edges: what is just outside is told, with the option's name.
for each in 0 -1 x nan 1e-12 86401; do
	says 2 "--timeout: '$each' is not a number of seconds above 0, 86400 at most\$" \
		connect 127.0.0.1 9 --timeout $each
done
says 2 "--rate: '0.0001' is not a number a second, 0.001 or more\$" \
	prot 127.0.0.1 9 x --rate 0.0001
says 2 "--iss: 4294967296 is more than 4294967295\$" connect 127.0.0.1 9 --iss 4294967296
says 2 "--mark: 0 is what every packet has; choose another\$" connect 127.0.0.1 9 --mark 0
says 2 "--connection: they are numbered from 1\$" show none.pcap --connection 0
says 2 "--parallel: at least 1\$" fuzz 127.0.0.1 9 --parallel 0
says 2 "--parallel: 4097 is more than 4096\$" fuzz 127.0.0.1 9 --parallel 4097
says 2 "--color: 'red' is none of auto, always, never\$" fields --color red
says 2 "--inject: 'rawer' is none of auto, link, raw\$" connect 127.0.0.1 9 --inject rawer
says 2 "--quiet takes no value\$" fields --quiet=1
says 2 "--seed needs N\$" connect 127.0.0.1 9 --seed

# ---- what was not meant -------------------------------------------------------------

for each in 5 0.5 30; do
	says 2 "-w takes a capture file: for a time limit use --timeout $each, .* -w \\./$each\$" \
		connect 127.0.0.1 9 -w $each
done
check "and no file is left" test ! -e 5
"$TCPCRAFT" send 10.0.0.2 80 --dry-run -q -w ./5
check "./5 is a file" test -s 5
"$TCPCRAFT" send 10.0.0.2 80 --dry-run -q -w 5.pcap
check "and 5.pcap as well" test -s 5.pcap

cat >a.pkt <<END
+0 > S 0:0(0)
END
cat >b.pkt <<END
+0 > S 7:7(0)
END
"$TCPCRAFT" run --print a.pkt b.pkt >both 2>err
same "run --print prints several" "$? $(cat err)" "0 "
same "each behind its name" "$(grep -n '^#' both | tr '\n' ' ')" "1:# a.pkt 4:# b.pkt "
"$TCPCRAFT" run --print both >again 2>err
same "and that is a script as well" "$? $(grep -c '>' again)" "0 2"
"$TCPCRAFT" run --print a.pkt >one
same "of one there is no name" "$(grep -c '#' one)" 0
says 2 "port 'none' is neither" run a.pkt b.pkt 127.0.0.1 none
says 2 "c.pkt: No such file" run a.pkt c.pkt 127.0.0.1 9
says 2 "-w -: standard output has what came of the scripts" run a.pkt b.pkt 127.0.0.1 9 -w -
says 2 "--record is for one script" run a.pkt b.pkt 127.0.0.1 9 --record x
says 2 "--against is of probe compare" probe isn 127.0.0.1 9 --against kept.jsonl
says 2 "no case 'none'" conform 127.0.0.1 9 none
says 2 "conform: HOST and PORT are missing" conform
says 2 "--at web=80: echo=PORT" conform 127.0.0.1 9 --at web=80
"$TCPCRAFT" run --check a.pkt b.pkt >out 2>err
same "run --check says nothing of what is right" "$? $(cat out err)" "0 "
many=$(seq 1100 | sed 's/.*/a.pkt/')
# shellcheck disable=SC2086 # words
"$TCPCRAFT" run --check $many >out 2>err
same "run --check reads as many scripts as a command line has" "$? $(cat out err)" "0 "
mkdir wrong
printf '%s\n' '0 < S 0:0(0) win' 'repeat 2 {' '+0 > S. 0:0(0) ack 1 <mss>' '+0 < . 1:1(0) ack 1' '}' \
	'+0 write(3, ...' '+.1 < R 1:1(0)' 'let N 5' >wrong/1.pkt
cp a.pkt wrong/2.pkt
echo '+0 < S 0:0(0) prot' >wrong/3.pkt
"$TCPCRAFT" run --check wrong >out 2>err
same "run --check tells each error of each script of a folder, with its place: exit 2" \
	"$? $(sed 's/^tcpcraft: \([^ ]*\): .*/\1/' err | tr '\n' ' ')$(cat out)" \
	"2 wrong/1.pkt:2:1 wrong/1.pkt:3:26 wrong/1.pkt:7:1 wrong/1.pkt:8:7 wrong/3.pkt:2:1 "
"$TCPCRAFT" run --explain a.pkt b.pkt >out 2>err
same "run --explain says of each line what it does, each script behind its name" \
	"$? $(cat err)$(grep -c '^# [ab].pkt$\|^ *[0-9]*| \|RFC 9293 3.5' out)" "0 6"
"$TCPCRAFT" run --explain --json a.pkt >out 2>err
same "and in JSON" "$? $(head -n 1 out | grep -cE '^\{"type":"line","script":"a.pkt","line":1,.*"notes":\[.+\]')" "0 1"
for option in speed=1000 udp_encapsulation=tcp tcp_md5_secret=x is_anyip non_fatal=packet wire_client; do
	says 2 "unknown option --${option%=*}" run --local --$option a.pkt
done
says 2 "--mss: at least 1" run --local --mss 0 a.pkt
says 2 "--mtu" run --local --mtu 67 a.pkt
for option in '--mss 100' '--mtu 600' '--local_ip 10.1.1.1' '--remote_ip 10.1.1.1'; do
	# shellcheck disable=SC2086 # words
	says 2 "${option% *} is of a network of our own: with --dut local or own" \
		run a.pkt 127.0.0.1 9 $option
	# shellcheck disable=SC2086 # words
	same "run --check takes ${option% *}" "$("$TCPCRAFT" run --check a.pkt $option 2>&1)" ""
done
says 2 "--tolerance_percent" run --local --tolerance_percent 101 a.pkt
says 2 "--bind_port" run --local --bind_port 65536 a.pkt
"$TCPCRAFT" run --print a.pkt none.pkt >out 2>err
same "one that is not there: exit 2" "$?" 2
matches "and its name" err '^tcpcraft: .*none.pkt'

# ---- output that cannot be written ---------------------------------------------------

# More than a buffer, so that the error comes long before the end.
for each in 'fields' 'send 10.0.0.2 1-1000 --dry-run -q' 'help' '--version' 'prot --help' \
	'send 10.0.0.2 1-1000 --dry-run -q --format pcap' "explain $WORK/many.pcap"; do
	[ -e many.pcap ] || "$TCPCRAFT" send 10.0.0.2 1-200 --dry-run -q -w many.pcap
	# shellcheck disable=SC2086 # words
	"$TCPCRAFT" $each >/dev/full 2>err
	same "exit 3, and the reason: $each >/dev/full" \
		"$? $(grep -c '^tcpcraft: .*: No space left on device$' err) $(wc -l <err)" "3 1 1"
	# The reader is gone before the first byte: its end is closed when we begin.
	if ! command -v /usr/bin/python3 >/dev/null; then
		skip "a pipe without a reader: $each" "/usr/bin/python3 is not installed (as root: scripts/setup test)"
		continue
	fi
	# shellcheck disable=SC2086
	/usr/bin/python3 -c '
import os, subprocess, sys
r, w = os.pipe()
os.close(r)
p = subprocess.run(sys.argv[1:], stdout=w, stderr=subprocess.PIPE)
print(p.returncode, p.stderr.decode(), end="")' "$TCPCRAFT" $each >out
	same "a pipe without a reader: exit 3, and not a word: $each" "$(cat out)" "3 "
done
