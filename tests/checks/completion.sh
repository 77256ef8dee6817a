#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Completion: the words that the program offers at each kind of place, and each shell that is
# here asks it as its users do. No root, no network.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
TC_ROOT=$(cd "$(dirname "$0")/../.." && pwd)
TCPCRAFT=${TCPCRAFT:-$TC_ROOT/build/tcpcraft}
WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$WORK"' EXIT
mkdir "$WORK/bin" && ln -s "$TCPCRAFT" "$WORK/bin/tcpcraft"
export PATH="$WORK/bin:$PATH"

words() {
	tcpcraft completion words -- "$@"
}

# offers WHAT WORDS TYPED...: these words, and no others, for the last one
offers() {
	what=$1 want=$2
	shift 2
	same "$what" "$(words "$@" | cut -f 1 | xargs)" "$want"
}

# ---- the program ---------------------------------------------------------------------

same "every command, as --help lists them" "$(words '' | cut -f 1)" \
	"$(tcpcraft --help | sed -n 's/^  \([a-z]*\) .*/\1/p')"
for command in $(words '' | cut -f 1); do
	same "$command: every option, as --help-all lists them" "$(words "$command" - | cut -f 1)" \
		"$(tcpcraft "$command" --help-all | sed -n 's/^  ... \(--[a-z0-9_-]*\).*/\1/p')"
done
offers "a command" "prot probe" pr
offers "behind help, too" probe help prob
offers "an experiment" isn probe is
offers "a lesson" 2-guard teach 2
offers "a case" 9293-listen/syn-data conform 127.0.0.1 9 9293-listen/syn-d
offers "not where HOST stands" "" conform ''
offers "a verb" "list" guard l
offers "a shell" "bash zsh fish" completion ''
offers "a field" "tcp.urgent_pointer" fields tcp.urg
offers "a field to set" "tcp.urgent_pointer=" send 127.0.0.1 9 tcp.urg
offers "also behind HOST alone" "tcp.urgent_pointer=" send 127.0.0.1 tcp.urg
offers "a receiver that lies" optimistic-acks prot --mutate opt
offers "a field by an option" "tcp.urgent_pointer=" prot --set tcp.urg
offers "the next field of a list" "syn,tcp.urgent_pointer" fuzz 127.0.0.1 9 --fields syn,tcp.urg
offers "a value" shield prot --guard sh
offers "a value behind =" --color=always prot --color=al
offers "the next of a list" syn,data fuzz --segments syn,d
offers "nothing for a number" "" prot 127.0.0.1 9 --count ''
offers "nothing for a file: the shell knows" "" show ''
offers "an argument behind an option and its value" isn probe --seed 7 -w out.pcap is
offers "an argument behind an option without one" isn probe --json is
offers "nothing to a command that there is none of" "" frobnicate ''
same "no word at all is the first" "$(words)" "$(words '')"
tcpcraft completion tcsh >"$WORK/out" 2>"$WORK/err"
same "another shell: exit 2, and a line with those there are" "$? $(cat "$WORK/err")" \
	"2 tcpcraft: completion: 'tcsh' is none of bash, zsh and fish"

# ---- the shells ----------------------------------------------------------------------

# What is typed, and what comes of it: a word of each kind that the program has tables of.
asked='prot --guard sh|shield
fields tcp.urg|tcp.urgent_pointer
fuzz 127.0.0.1 9 --strategy flip,bou|flip,boundary
prot 127.0.0.1 9 --mutate optim|optimistic-acks
probe is|isn
teach 2|2-guard
conform 127.0.0.1 9 9293-listen/syn-d|9293-listen/syn-data'
# in_shell ASK: its answers to all of them, by that function of the line
in_shell() {
	echo "$asked" | while IFS='|' read -r line want; do
		got=$("$1" "$line" </dev/null)
		[ "$got" = "$want" ] || echo "$line: $got"
	done
}
# shellcheck disable=SC2016 # bash expands it
in_bash() {
	bash -c '
		source <(tcpcraft completion bash)
		eval "ask=($(complete -p tcpcraft))"
		COMP_LINE="tcpcraft $1 9" COMP_POINT=$((9 + ${#1}))
		"${ask[-2]}" tcpcraft
		echo "${COMPREPLY[*]}"' bash "$1"
}
# shellcheck disable=SC2016 # zsh expands it
in_zsh() {
	zsh -fc '
		compdef() { [[ "$*" = "_tcpcraft tcpcraft" ]] || echo "compdef $*" }
		compadd() { shift; echo "$@" }
		source <(tcpcraft completion zsh)
		words=(tcpcraft ${(z)1} 9) CURRENT=$((${#words} - 1))
		_tcpcraft' zsh "$1"
}
# shellcheck disable=SC2016 # fish expands it
in_fish() {
	HOME=$WORK fish -c 'tcpcraft completion fish | source
		complete -C "tcpcraft $argv" | string replace -r "\t.*" ""' "$1"
}
for shell in bash zsh fish; do
	if command -v $shell >/dev/null; then
		none "$shell asks for the word under the cursor, of each kind" "$(in_shell in_$shell)"
	else
		skip "$shell asks for the word under the cursor" \
			"$shell is not installed (as root: scripts/setup test)"
	fi
done
if command -v bash >/dev/null; then
	# What it puts in is behind the last sign at which words end for it.
	same "bash: a value behind its =" "$(in_bash 'prot --color=al')" always
	same "bash: what stands behind HOST:PORT" "$(in_bash 'send 127.0.0.1:9 tcp.urg')" \
		tcp.urgent_pointer=
	same "bash: the line to the cursor alone" "$(in_bash 'probe ' | grep -cx 'all\|.* all .*')" 1
fi
