#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/rfc9293.txt against the sources: every MUST and SHOULD of RFC 9293 is in it, the
# TCP machine names the number where it meets it, and the tests it names exist.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
TABLE=tests/rfc9293.txt

# RFC 9293 has MUST-1 to 69 and SHLD-1 to 31.
wanted() {
	seq -f 'MUST-%g' 69
	seq -f 'SHLD-%g' 31
}

missing_or_twice() {
	{
		wanted
		wanted
		sed -n 's/^\([A-Z]*-[0-9]*\) .*/\1/p' $TABLE
	} | sort | uniq -c | awk '$1 != 3 { print $2, "is there", $1 - 2, "times" }'
}

# rows: "NUMBER FILE SUITE NAME" of what is met, tab-separated.
rows() {
	sed -n 's/^\([A-Z]*-[0-9]*\) [^|]*| *\([^ |:]*\) *| \([a-z_0-9]*\): \([^|]*[^ |]\)\( | .*\)*$/\1\t\2\t\3\t\4/p' $TABLE
}

malformed() {
	grep -nvE '^#|^[A-Z]+-[0-9]+ +[^|]+\| (gap: .+|[^ ]+ +\| [a-z_0-9]+: .+)$' $TABLE
}

untagged() {
	rows | while IFS='	' read -r id file _; do
		[ -e "$file" ] || { echo "$id: no file $file"; continue; }
		case $file in
		src/tcp/* | include/tcpcraft/tcp.h)
			grep -qw -- "$id" "$file" || echo "$file does not name $id" ;;
		esac
	done
}

unproven() {
	rows | while IFS='	' read -r id _ suite name; do
		if [ "$suite" = net ]; then
			[ -e "tests/net/$name" ] || echo "$id: no tests/net/$name"
		elif ! grep -qF -- "\"$name\"" tests/unit/*/"test_$suite.c"; then
			echo "$id: no test \"$name\" in tests/unit/*/test_$suite.c"
		fi
	done
}

no_case() {
	sed -n 's/^\([A-Z]*-[0-9]*\) .* | \([a-z0-9.-]*\/[a-z0-9-]*\)$/\1 \2/p' $TABLE |
	while read -r id case; do
		[ -e "scripts/conformance/$case.pkt" ] || echo "$id: no scripts/conformance/$case.pkt"
	done
}

# Each number has a case, or stands in the head with the reason why not; never both.
asked_or_said() {
	{
		sed -n 's/^\([A-Z]*-[0-9]*\) .* | [a-z0-9.-]*\/[a-z0-9-]*$/\1/p' $TABLE
		grep '^#' $TABLE | grep -oE '(MUST|SHLD)-[0-9]+'
		wanted
	} | sort | uniq -c | awk '$1 != 2 { print $2, "is there", $1 - 1, "times" }'
}

# The other tables of what the suite asks for: "NUMBER what | CASE", and gaps.
cases_of() {
	sed -n 's/^[^#|][^|]*| *\([a-z0-9.-]*\/[a-z0-9-]*\)\( .*\)*$/\1/p' "$1"
}

lacking() {
	cases_of "$1" | while read -r case; do
		[ -e "scripts/conformance/$case.pkt" ] || echo "no scripts/conformance/$case.pkt"
	done
}

# "FILE: STRING" for each clause that the sources name: the last word of what moves the machine
# or notes something, the one of an experiment, and what is called or answered as a clause.
clauses() {
	perl -0777 -ne '
		my $s = qr{"(?:\\.|[^"\\])*"};
		my @said;
		s{/\*.*?\*/}{}gs;
		push @said, $1 while /\btc_tcp_\w+\((?:[^()"]|$s|\([^()]*\))*?,\s*($s)\s*\);/g;
		push @said, $1 while /\bTC_DEFINE_EXPERIMENT\([^"]*$s,\s*(?:$s\s*)+,\s*($s)/g;
		push @said, $1 while /\bCLAUSE ($s)/g;
		push @said, $1 =~ /$s/g while /\bclause\w* = ((?:[^;"]|$s)*?)[;,]\n/g;
		push @said, $1 =~ /$s/g while /\bconst char \*\w*clause\w*\([^{]*\n\{\n(.*?)\n\}\n/gs;
		print "$ARGV: $_\n" for @said;' src/*/*.c
}

none "every line of the requirements table can be read" "$(malformed)"
none "every MUST and SHOULD of RFC 9293 is there once" "$(missing_or_twice)"
none "the TCP machine names each requirement where it meets it" "$(untagged)"
none "every requirement that is met has a test that exists" "$(unproven 2>&1)"
named=$(clauses)
none "each clause names its RFC" "$(echo "$named" | grep -vE ': "(RFC [0-9]|CVE-[0-9])')"
check "and there are many" [ "$(echo "$named" | wc -l)" -gt 100 ]
none "what a peer is asked for is a case that exists" "$(no_case)"
none "what has no case has the reason" "$(asked_or_said)"
check "at least half of them is asked for" [ "$(grep -cE ' \| [a-z0-9.-]+/[a-z0-9-]+$' $TABLE)" -ge 50 ]
none "every case of tests/rfc2525.txt exists" "$(lacking tests/rfc2525.txt)"
same "RFC 2525 has 18 problems" "$(grep -c '^2\.[0-9]* .* | ' tests/rfc2525.txt)" 18
none "every case of tests/tc8.txt exists" "$(lacking tests/tc8.txt)"
same "TC8 has 116 tests of TCP, each there once" \
	"$(sed -n 's/^\(TCP_[A-Z_]*_[0-9][0-9]\) .*/\1/p' tests/tc8.txt | sort -u | wc -l)" 116
check "at least 105 of them have a counterpart, a case" \
	[ "$(grep -cE '^TCP_.* \| [a-z0-9.-]+/[a-z0-9-]+$' tests/tc8.txt)" -ge 105 ]
none "all of them can be read" "$(grep -nvE '^#|^TCP_[A-Z_]+_[0-9]+ .* \| (dut|gap: .*|[a-z0-9.-]+/[a-z0-9-]+)$' \
	tests/tc8.txt)"
