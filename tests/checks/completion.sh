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

if command -v bash >/dev/null; then
	# shellcheck disable=SC2016 # bash expands it
	same "bash asks for the word under the cursor" "$(bash -c '
		source <(tcpcraft completion bash)
		eval "ask=($(complete -p tcpcraft))"
		COMP_WORDS=(tcpcraft prot --guard sh 9) COMP_CWORD=3
		_tcpcraft tcpcraft
		echo "${ask[-2]} ${COMPREPLY[*]}"')" "_tcpcraft shield"
else
	skip "bash asks for the word under the cursor" "bash is not installed (apt-get install bash)"
fi
if command -v zsh >/dev/null; then
	# shellcheck disable=SC2016 # zsh expands it
	same "zsh asks for the word under the cursor" "$(zsh -fc '
		compdef() { [[ "$*" = "_tcpcraft tcpcraft" ]] || echo "compdef $*" }
		compadd() { shift; echo "$@" }
		source <(tcpcraft completion zsh)
		words=(tcpcraft prot --guard sh 9) CURRENT=4
		_tcpcraft')" shield
else
	skip "zsh asks for the word under the cursor" "zsh is not installed (apt-get install zsh)"
fi
if command -v fish >/dev/null; then
	same "fish asks for the word under the cursor" "$(HOME=$WORK fish -c '
		tcpcraft completion fish | source
		complete -C "tcpcraft prot --guard sh"')" shield
else
	skip "fish asks for the word under the cursor" "fish is not installed (apt-get install fish)"
fi
