#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a reader of the sources may rely on: sizes, licence lines, sequence numbers that
# are compared modulo 2^32 only, states that are all spelled out.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1

# Functions are what begins and ends with a brace in the first column.
long_functions() {
	awk 'FNR == 1 { start = 0 }
		/^{/ { start = FNR }
		/^}/ && start {
			if (FNR - start + 1 > 60)
				print FILENAME ":" start ": " FNR - start + 1 " lines"
			start = 0
		}' "$@"
}

long_files() {
	wc -l "$@" | awk '$1 > 500 && $2 != "total" { print $2 ": " $1 " lines" }'
}

no_licence() {
	awk 'FNR <= 3 && /SPDX-License-Identifier: BSD-2-Clause/ { has[FILENAME] }
		FNR == 3 { nextfile }
		END { for (i = 1; i < ARGC; i++) if (!(ARGV[i] in has)) print ARGV[i] }' "$@"
}

# Names that a declaration gives the type tc_seq, compared by < > <= >= as they are. (A
# difference of two, compared, is the arithmetic of seq.h and means what it says.) Names
# of members count in every file, others in the file that declares them so and not
# otherwise.
plain_compares() {
	perl -0777 -ne '
		sub names {
			my ($text, $type) = @_;
			my %found;
			while ($text =~ /\b(?:$type)\s+(\w[^;(){}]*)/g) {
				/^\s*\**(\w+)\s*(?:=.*|\[.*)?$/s and $found{$1} = 1
					for split /,/, $1;
			}
			return \%found;
		}
		s{/\*.*?\*/}{ $& =~ tr/\n//cdr }gse;
		s{"(?:\\.|[^"\\\n])*"}{""}g;
		$text{$ARGV} = $_;
		if ($ARGV =~ /\.h$/) {
			$member{$_} = 1 for keys %{names($_, "tc_seq")};
		}
		END {
			for my $file (grep m{^src/}, sort keys %text) {
				my $own = names($text{$file}, "tc_seq");
				my $other = names($text{$file},
					"unsigned|int|uint\\w+|int\\w+_t|size_t|bool|tc_time");
				my @bare = grep !$other->{$_}, keys %$own;
				my $seq = join "|", (map "\\b$_", @bare),
					(map "(?:->|\\.)$_", keys %member);
				my $n = 0;
				for (split /\n/, $text{$file}) {
					$n++;
					print "$file:$n: $_\n" if
						/(?<![-+] )(?<![\w.>\]])[\w.\[\]]*(?:->[\w.\[\]]*)*(?:$seq)\s+[<>]=?\s/ ||
						/\s[<>]=?\s+[\w.\[\]]*(?:->[\w.\[\]]*)*(?:$seq)\b(?!\s*[-+(\[]|->|\.)/;
				}
			}
		}' include/tcpcraft/segment.h include/tcpcraft/tcp.h src/tcp/*.[ch]
}

# An error's line is for people: programs go by its code (error.h).
read_lines() {
	perl -0777 -ne '
		while (/\b(?:str(?:n?(?:case)?cmp|(?:case)?str|r?chr|pbrk|c?spn)|memcmp|sscanf)
			\s*\((?:[^();]|\([^()]*\))*?(?:->|\.)msg\b/gx) {
			print "$ARGV:", 1 + ($` =~ tr/\n//), ": $&\n";
		}' "$@"
}

# What a peer or a file brings goes to a terminal by live/terminal.c alone, which escapes it;
# help and what shells read have words of the program's own.
prints() {
	grep -nE '(^|[^a-z_])(printf|puts|putchar|vprintf|perror) *\(|(fprintf|fputs|fputc|fwrite|vfprintf) *\(.*\<(stdout|stderr)\>' "$@" |
	grep -vE '^src/(live/terminal|cli/main|cli/completion|options/(table|tcp|payload|words))\.c:'
}

# What was committed or is about to be: whoever tries the program in here leaves journals
# and captures beside it.
top_level() {
	git ls-files | cut -d/ -f1 | sort -u |
	grep -vxE 'Makefile|README\.md|LICENSE|src|include|scripts|tests|pcaps|man|build|\..*'
}

# Files that a comment sends the reader to.
lost_files() {
	perl -0777 -ne '
		while (m{(/\*.*?\*/)}gs) {
			my $said = $1;
			while ($said =~ m{(?<![\w./<-])((?:[a-z_0-9]+/)*[a-z_]\w*\.[ch])\b(?!\.\w)}g) {
				my ($file, $dir) = ($1, $ARGV =~ m{^(.*)/});
				print "$ARGV: $file\n" unless grep { -e "$_/$file" } $dir, "src", ".",
					"include", "include/tcpcraft", "/usr/include", "tests/unit";
			}
		}' "$@"
}

# Those of tests/mutants that are built seldom would be found stale late.
stale_mutants() {
	for each in tests/mutants/*.patch; do
		patch --dry-run -s -f -p1 -i "$each" >/dev/null 2>&1 || echo "$each"
	done
}

# shellcheck disable=SC2046 # no blanks in our names
set -- $(find src include tests/peers tests/fuzz -name '*.[ch]')
none "no function is longer than 60 lines" "$(long_functions "$@")"
none "no file is longer than 500 lines" "$(long_files "$@" src/page/assets/*)"
none "each source says its licence" "$(no_licence Makefile "$@" src/page/assets/* tests/*/*.[ch] \
	tests/unit/*/*.[ch] tests/*.sh tests/*/*.sh)"
none "sequence numbers are never compared with < or >" "$(plain_compares)"
none "nobody reads the line of an error to decide" "$(read_lines src/*/*.c)"
none "nobody but terminal.c prints" "$(prints src/*/*.c)"
none "a switch of the TCP machine names every state" "$(grep -n 'default:' src/tcp/*.c)"
if command -v patch >/dev/null; then
	none "each mutant's patch fits the TCP machine" "$(stale_mutants)"
else
	skip "each mutant's patch fits the TCP machine" "patch is missing (apt-get install patch)"
fi
none "each file that a comment names is there" "$(lost_files src/*/*.[ch] src/page/assets/*.js \
	include/tcpcraft/*.h tests/unit/*/*.[ch])"
none "nothing is left to do in the sources" "$(
	grep -rnE '\<(TODO|FIXME|XXX|HACK)\>' src include scripts)"
if git rev-parse >/dev/null 2>&1; then
	none "the top level holds what it should" "$(top_level)"
else
	skip "the top level holds what it should" "no repository here, or no git (clone it)"
fi
