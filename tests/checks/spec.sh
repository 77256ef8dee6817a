#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Malformed specs and their exact messages (tests/craft/malformed.txt): one line on
# standard error, nothing on standard output, exit 2.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
TCPCRAFT=${TCPCRAFT:-${TC_BUILD:-build}/tcpcraft}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cases=0

while IFS= read -r line; do
	case $line in
	'#'*) continue ;;
	esac
	args=${line%% => *} want=${line#* => }
	eval "set -- $args"
	"$TCPCRAFT" send 10.0.0.2 --dry-run -q "$@" >"$work/out" 2>"$work/err" </dev/null
	code=$?
	same "refused: $args" "$code $(wc -c <"$work/out") $(cat "$work/err")" \
		"2 0 tcpcraft: $want"
	cases=$((cases + 1))
done <tests/craft/malformed.txt
check "there are 100 of them" [ $cases -ge 100 ]
