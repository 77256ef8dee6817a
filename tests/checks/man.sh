#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The manual formats without a warning, that of the library, too; what a page points at is there.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
need groff

none "the pages format without a warning" "$(
	groff -ww -b -z -t -man -Tutf8 -K utf8 man/*.[1-8] 2>&1)"
none "libtcpcraft(3) as well" "$(scripts/man-library 2>&1 |
	groff -ww -b -z -t -man -Tutf8 -K utf8 - 2>&1)"
same "it has each header and each example" "$(scripts/man-library | grep -c '^\.B tcpcraft/\|^\.SS ')" \
	"$(printf '%s\n' include/tcpcraft/*.h tests/examples/*.c | wc -l)"

# "NAME.SECTION" of our own pages that others are sent to.
pointed_at() {
	sed -n 's/\\//g; s/^\.BR "*\(tcpcraft[a-z-]*\|libtcpcraft\) *" *(\([1-8]\)).*/\1.\2/p
		s/^\.BR \(tcpcraft[a-z-]*\|libtcpcraft\) (\([1-8]\)).*/\1.\2/p' man/*.[1-8] | sort -u
}
none "a page that another points at is there" "$(
	for page in $(pointed_at); do
		[ -e "man/$page" ] || [ "$page" = libtcpcraft.3 ] || echo "$page"
	done)"
none "the overview points at every page" "$(
	for page in man/tcpcraft-*.[1-8]; do
		name=${page##*/tcpcraft-}
		grep -q "^\.BR tcpcraft.-${name%.*} (${name##*.})" man/tcpcraft.8 || echo "$page"
	done)"
same "how many scripts conform has, to the nearest hundred" "$(
	grep -ohi 'about [0-9]* scripts' man/*.[1-8] | grep -o '[0-9]*' | sort -u)" \
	$((($(printf '%s\n' scripts/conformance/*/*.pkt | wc -l) + 50) / 100 * 100))
none "ladders tell the ISN behind a SYN, as the program does, in the README too" "$(
	grep -nE '^ *[0-9]+\.[0-9]{6} .* S\.? +seq ' README.md man/*.[1-8] | grep -v ' ISN [0-9]')"
# At 250 a minute, but for what is looked up: headings, synopsis, other pages.
words=$(sed '/^\.SH SYNOPSIS/,/^\.SH DESCRIPTION/d; /^\.SH "SEE ALSO"/,$d' man/tcpcraft.8 |
	groff -man -Tutf8 -K utf8 2>/dev/null | wc -w)
check "the overview is read in ten minutes ($words words)" test "$words" -le 2500
same "and tells EXAMPLES, BUGS, SECURITY, SEE ALSO" \
	"$(grep -cE '^\.SH (EXAMPLES|BUGS|SECURITY|"SEE ALSO")$' man/tcpcraft.8)" 4
for page in man/tcpcraft-script.5 man/tcpcraft-lesson.5 man/tcpcraft-spec.5 man/tcpcraft-mutate.5 \
	man/tcpcraft-json.5 man/tcpcraft-dut.5 man/tcpcraft-probe.7 man/tcpcraft-fields.7; do
	same "and $page" \
		"$(grep -oE '^\.SH (EXAMPLES|BUGS|SECURITY|"SEE ALSO")$' $page | xargs -n 2)" \
		".SH EXAMPLES
.SH SECURITY
.SH BUGS
.SH SEE ALSO"
done
same "and that of the library" \
	"$(scripts/man-library | grep -cE '^\.SH (EXAMPLES|BUGS|SECURITY|"SEE ALSO")$')" 4
