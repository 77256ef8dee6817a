#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# One TCP of tests/stacks, asked all that conform and probe can ask; for tests/atlas.
#
#	tests/net/atlas.sh NAME	writes build/atlas/NAME.jsonl and .html
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"
need iptables jq /usr/bin/python3
TC_FAMILY=4
STACK=$1
cd $WORK || exit 1
net_pair
PIDS='' IN=here WHY='it does not listen' JOBS=16
# shellcheck source=tests/stacks/linux
. "$TC_ROOT/tests/stacks/$STACK"
stack_start || skip_all "$STACK cannot be had: $WHY"
# shellcheck disable=SC2086 # words
in_ns $IN "$TCPCRAFT" conform $ASK --jobs $JOBS --rate 1000 --json --html it.html >it.jsonl 2>why
code=$?
# shellcheck disable=SC2086 # words
set -- $ASK
in_ns $IN timeout 150 "$TCPCRAFT" probe all "$1" "$2" --echo --authorized --json >probe.jsonl 2>>why
for pid in $PIDS; do stop "$pid"; done
jq -n -c --arg stack "$STACK" --arg version "$VERSION" \
	'{type: "stack", stack: $stack, version: $version}' >it.all
cat it.jsonl probe.jsonl >>it.all
cp it.all "$TC_BUILD/atlas/$STACK.jsonl"
cp it.html "$TC_BUILD/atlas/$STACK.html"
same "$STACK ($VERSION): asked, and the status tells of passes or failures" \
	"$(case $code in 0 | 1 | 4) echo asked ;; *) echo "$code $(cat why)" ;; esac)" asked
