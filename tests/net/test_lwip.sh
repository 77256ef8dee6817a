#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A TCP that was not written here, lwIP, under the fuzzer: an echo server at the other end
# of a tap. What it took though RFC 9293 says to drop it, and what it died of, is in
# tests/lwip.txt; the test is that a campaign finds just that, and finds it again when the
# journal is played: a death where this lwIP dies (2.1), else what it takes. TC_LONG: 100,000
# cases.
#
#	tests/net/test_lwip.sh --table	print the table for tests/lwip.txt
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables jq tshark
ECHO=$TC_BUILD/peers/lwip_echo
LWIP_IP=10.78.0.2
[ -x "$ECHO" ] || skip_all "no lwIP here (as root: scripts/setup test)"
[ -c /dev/net/tun ] || skip_all "no /dev/net/tun here (as root: modprobe tun)"
ip tuntap add dev tap0 mode tap 2>$WORK/why || skip_all "no tap here: $(cat $WORK/why)"
ip addr add 10.78.0.1/24 dev tap0
ip link set tap0 up
cd $WORK || exit 1
SERVER="exec env PRECONFIGURED_TAPIF=tap0 $ECHO $LWIP_IP 255.255.255.0 7"

fuzz() {
	run 1500 "$TCPCRAFT" fuzz $LWIP_IP 7 --oracle connect --spawn "$SERVER" "$@"
}

# What each finding that is no news comes to, once: kind, segment, why. A death that no case
# brings about again, alone or with those before it, is nobody's: it is not in the table.
findings() {
	/usr/bin/python3 -c '
import json, sys
seen = set()
for line in open(sys.argv[1]):
    case = json.loads(line)
    if case["type"] == "case" and case.get("finding", "novel") != "novel" and \
            "(cases " not in case["why"]:
        seen.add((case["finding"], case["segment"], case["why"]))
for finding in sorted(seen):
    print("%-8s  %-4s  %s" % finding)' "$1"
}

campaign() {
	fuzz --data-string hello --fields 'tcp.*,ip.*' --parallel 64 --json "$@"
}

campaign --seed 1 --cases 5000 --journal run.jsonl
if [ "${1-}" = --table ]; then
	findings run.jsonl
	exit
fi
same "5,000 cases: there are findings, exit 4" "$RC" 4
matches "all of them were run" "$OUT" '"command":"fuzz","cases":5000,'
matches "no reset of our kernel gets out" "$OUT" '"resets_leaked":0'
findings run.jsonl >found
lwip_known >known
if [ -s known ]; then
	same "what lwIP takes, and dies of, is what tests/lwip.txt says" "$(cat found)" \
		"$(sed '/^# .* besides/,$d' known)"
else
	skip "what lwIP takes, and dies of" "tests/lwip.txt has nothing of $("$ECHO")"
fi
if grep -q '^died' found; then
	is=died what='tcp.seq[+^]*=(0x)?[0-9a-f]+'
else
	is=accepted what='tcp.(ack[+^]*=(0x)?[0-9a-f]+|flags[a-z.]*[&|^]?=[0-9A-Za-z.]+)'
fi
n=$(jq -r --arg is $is 'select(.type == "case" and .finding == $is and .segment != "any") | .case' \
	run.jsonl | head -n 1)
fuzz --replay run.jsonl --case "${n:-0}" --minimize
same "case ${n-}, alone, from the journal: again lwIP's finding is \`$is\`, exit 4" "$RC" 4
matches "which is said" "$OUT" "^$is: "
matches "made small, one number in one segment does it" "$OUT" \
	"connect $LWIP_IP 7 --mutate '[a-z]*(.1.)?: $what' --data"
check "the capture of it shows the segment" grep -aq . "run-case-$n.pcap"

# What each of them dies of, among what it does not answer.
fuzz --data-string hello --segments ack --fields ip.proto --strategy random --parallel 64 \
	--timeout 0.3 --seed 6 --cases 30 --journal lite.jsonl
same "a segment that says UDP-Lite: lwIP dies, exit 4" "$RC" 4
n=$(jq -r 'select(.type == "case" and .finding == "died") | .case' lite.jsonl | head -n 1)
fuzz --replay lite.jsonl --case "${n:-0}" --minimize --timeout 0.3
same "and again, alone: exit 4" "$RC" 4
matches "made small it is that number" "$OUT" "--mutate 'ack: ip.proto=136'"
same "and so is it captured (tshark)" "$(tshark -n -r "lite-case-${n:-0}.pcap" -Y 'ip.proto == 136' \
	-T fields -e ip.dst 2>/dev/null | sort -u)" $LWIP_IP
if [ -n "${TC_LONG-}" ]; then
	campaign --seed 2 --cases 100000 --journal long.jsonl
	matches "100,000 cases were run" "$OUT" '"command":"fuzz","cases":100000,'
	matches "no reset of our kernel gets out" "$OUT" '"resets_leaked":0'
	findings long.jsonl | sed 's/^/# 100,000 cases: /'
	none "none shows what tests/lwip.txt does not have" \
		"$(findings long.jsonl | grep -vFx -f known)"
fi
nothing_left 5
