#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The manual knows what the program knows, each field, command, option and JSON key, and no
# option that the program does not know.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
export TCPCRAFT="${TCPCRAFT:-${TC_BUILD:-build}/tcpcraft}"

# What stands in pages, without the fonts and with plain hyphens.
text() {
	sed 's/\\f[A-Z]//g; s/\\-/-/g; s/"//g; s/^\.[BIR]* //; s/^\.BI \(.*\)/\1/' "$@"
}
plain=$(text man/tcpcraft*.[1-8])

# misses WORD...: those that the manual does not have as a word of their own
misses() {
	for word; do
		printf '%s\n' "$plain" | grep -qE -- "(^|[ ,(])$word([] ,=.;:)]|\$)" ||
			echo "$word"
	done
}

commands() {
	"$TCPCRAFT" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'
}

options() {
	for command in $(commands); do
		"$TCPCRAFT" "$command" --help-all | sed -n 's/^  \(-., \|    \)\(--[a-z0-9_-]*\).*/\2/p'
	done | sort -u
}

experiments() {
	"$TCPCRAFT" probe --list | sed -n 's/^\([a-z-]*\) .*/\1/p' | grep -vx all
}

traits() {
	"$TCPCRAFT" prot --help-all | sed -n 's/^      \([a-z-]*\)=.*/\1/p'
}

# The keys that the sources put into a line. (What a page's own script reads is not a contract.)
keys() {
	# shellcheck disable=SC2046 # no blanks in our names
	sed -n 's/.*\(put_[a-z]*\|json_object_set\(_new\)*\)([a-z]*, "\([a-z0-9_]*\)".*/\3/p' \
		$(find src -name '*.c' ! -path 'src/page/*') | sort -u
}

# Those that have a paragraph.
explained() {
	sed -n '/^\.TP/{n;s/\\f[A-Z]//g; s/\\-/-/g; p;}' man/tcpcraft-options.8 |
		grep -oE -- '--[a-z0-9_-]+' | sort -u
}

none "tcpcraft-fields(7) is what tcpcraft fields says (make man)" "$(scripts/man-fields --check 2>&1)"
# What looks like an option, of ours or of whose commands stand there, too: docker, python, packetdrill;
# what every program has; an arrow of the ladder.
said() {
	text man/*.[1-8] README.md | grep -oE -- '(^|[^a-zA-Z0-9-])--[a-z][a-z0-9_-]*' |
		grep -oE -- '--.*' | sort -u
}
others='--cap-add --directory --help --rm --tcp_ts_ecr_scaled --tcp_ts_tick_usecs --version --x'

# shellcheck disable=SC2046 # words
{
	none "each command has its paragraph in the manual" "$(
		for command in $(commands); do
			sed -n '/^\.SH COMMANDS/,/^\.SH OPTIONS/p' man/tcpcraft.8 |
				grep -qE "^\.BR? $command( |\$)" || echo "$command"
		done)"
	none "each option is in the manual" "$(misses $(options))"
	none "each option that has a paragraph is in the help of a command" "$(
		{ options; options; explained; } | sort | uniq -u)"
	# shellcheck disable=SC2086 # words
	none "each option that a page or the README speaks of is in the help of a command" "$(
		{ said; options; options; printf '%s\n' $others $others; } | sort | uniq -u)"
	none "each key of a personality has its paragraph in the manual" "$(
		for key in $(traits); do
			grep -qF -- ".BI \"$(echo "$key" | sed 's/-/\\-/g')=\" " man/tcpcraft-tcp.7 || echo "$key"
		done)"
	none "each experiment has its paragraph in the manual" "$(
		for experiment in $(experiments); do
			printf '%s\n' "$plain" | grep -qx -- "$experiment" || echo "$experiment"
		done)"
	none "each JSON key is in the manual" "$(misses $(keys))"
	same "there are commands, options, experiments and keys" \
		"$([ -n "$(commands)" ] && [ -n "$(options)" ] && [ -n "$(experiments)" ] &&
			[ -n "$(traits)" ] && [ -n "$(keys)" ] && echo some)" some
}
