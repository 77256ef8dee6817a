#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Crafted packets against Scapy, explained ones against tshark: random fields, random
# values, valid and invalid. TC_LONG: more of both.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
TCPCRAFT=${TCPCRAFT:-${TC_BUILD:-build}/tcpcraft}
python=/usr/bin/python3
seeds=${TC_LONG:+2 3 4 5}
packets=${TC_LONG:+2000} packets=${packets:-500}
explained=${TC_LONG:+500} explained=${explained:-150}
# A sanitizer makes each start of the program ten times as long.
[ -z "${TC_SAN-}" ] || packets=200 explained=100

if $python -c 'import scapy' 2>/dev/null; then
	for seed in 1 $seeds; do
		$python tests/craft/scapy_compare.py "$TCPCRAFT" "$packets" "$seed"
		$python tests/craft/scapy_compare.py "$TCPCRAFT" "$packets" "$seed" 6
	done
else
	skip "random assignments equal Scapy's bytes" "python3-scapy is not installed (as root: scripts/setup test)"
fi
if command -v tshark >/dev/null; then
	for seed in 1 $seeds; do
		$python tests/craft/tshark_compare.py "$TCPCRAFT" "$explained" "$seed"
		$python tests/craft/tshark_compare.py "$TCPCRAFT" "$explained" "$seed" 6
	done
else
	skip "tshark agrees with explain" "tshark is not installed (as root: scripts/setup test)"
fi
