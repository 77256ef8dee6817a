#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The man page knows what the program knows: each field, command, option and JSON key.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
export TCPCRAFT="${TCPCRAFT:-${TC_BUILD:-build}/tcpcraft}"
page=man/tcpcraft.8

# What stands in the page, without the fonts and with plain hyphens.
plain=$(sed 's/\\f[A-Z]//g; s/\\-/-/g; s/"//g; s/^\.[BIR]* //; s/^\.BI \(.*\)/\1/' $page)

# misses WORD...: those that the page does not have as a word of their own
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
		"$TCPCRAFT" "$command" --help | sed -n 's/^  .. *\(--[a-z_-]*\).*/\1/p'
	done | sort -u
}

experiments() {
	"$TCPCRAFT" probe --list | sed -n 's/^\([a-z-]*\) .*/\1/p' | grep -vx all
}

traits() {
	"$TCPCRAFT" prot --help | sed -n 's/^      \([a-z-]*\)=.*/\1/p'
}

# The keys that the sources put into a line. (What a page's own script reads is not a contract.)
keys() {
	# shellcheck disable=SC2046 # no blanks in our names
	sed -n 's/.*\(put_[a-z]*\|json_object_set\(_new\)*\)([a-z]*, "\([a-z0-9_]*\)".*/\3/p' \
		$(find src -name '*.c' ! -path 'src/page/*') | sort -u
}

none "FIELDS is what tcpcraft fields says (make man)" "$(scripts/man-fields --check 2>&1)"
# shellcheck disable=SC2046 # words
{
	none "each command has its paragraph in the man page" "$(
		for command in $(commands); do
			sed -n '/^\.SH COMMANDS/,/^\.SH OPTIONS/p' $page |
				grep -qE "^\.BR? $command( |\$)" || echo "$command"
		done)"
	none "each option is in the man page" "$(misses $(options))"
	none "each key of a personality has its paragraph in the man page" "$(
		for key in $(traits); do
			grep -qF -- ".BI \"$(echo "$key" | sed 's/-/\\-/g')=\" " $page || echo "$key"
		done)"
	none "each experiment has its paragraph in the man page" "$(
		for experiment in $(experiments); do
			printf '%s\n' "$plain" | grep -qx -- "$experiment" || echo "$experiment"
		done)"
	none "each JSON key is in the man page" "$(misses $(keys))"
	same "there are commands, options, experiments and keys" \
		"$([ -n "$(commands)" ] && [ -n "$(options)" ] && [ -n "$(experiments)" ] &&
			[ -n "$(traits)" ] && [ -n "$(keys)" ] && echo some)" some
}
