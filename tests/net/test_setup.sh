#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# scripts/setup, for each job, on machines that lack everything: it installs what is
# missing, and whatever apt and the user do meanwhile, nothing that was there before is
# gone or another thing. apt, the compiler and python are stand-ins of this test.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/net/snapshot.sh
. "$(dirname "$0")/snapshot.sh"

setup=$TC_ROOT/scripts/setup
machine=$WORK/machine		# what is "installed": programs, and headers as files
state=$WORK/state		# what the stand-ins are told, and tell
mkdir $state

# ---- the stand-ins -----------------------------------------------------------------

# KIND NAME PACKAGE of everything that the script looks for.
sed -n '/^needs()/,/^}/s/^		?\{0,1\}\([a-z]* [^	]*\)	*\([^	]*\)$/\1 \2/p' "$setup" |
	grep -E '^(cmd|hdr|nc|py) ' >$state/table
check "the table of what is needed can be read" \
	test "$(awk 'NF == 3' $state/table | wc -l)" -gt 20

mkdir $state/tools
for tool in sh cat sed grep mktemp rm id xargs sort tr env head tail sleep mkdir touch awk \
		chmod cp echo kill dirname; do
	ln -s "$(env which $tool)" $state/tools
done

# A program that sets up the files of a package, fails when told to, and waits when told.
stand_in() {
	printf '#!/bin/sh\n' >"$1"
	cat >>"$1"
	chmod +x "$1"
}

stand_in $state/apt-get <<-END
	echo "\$*" >>$state/calls
	while [ \$# -gt 0 ]; do
		case \$1 in -o) shift ;; -*) ;; *) break ;; esac
		shift
	done
	if [ -e $state/wait.\$1 ]; then
		echo \$\$ >$state/waiting
		exec sleep 300
	fi
	for word; do
		if [ -e $state/fail.\$word ]; then
			echo "E: no \$word today"
			exit 100
		fi
	done
	[ "\$1" = install ] || exit 0
	for package; do
		grep " \$package\\\$" $state/table | while read -r kind name package; do
			case \$kind in
			cmd) touch $machine/\${name%%|*}; chmod +x $machine/\${name%%|*} ;;
			hdr) mkdir -p $machine/include/\${name%/*}
				touch $machine/include/\$name.there ;;
			*) touch $machine/\$kind.\$name ;;
			esac
		done
	done
	[ ! -e $machine/cc ] || cp $state/cc $machine/cc
END
stand_in $state/apt-cache <<-END
	[ ! -e $state/unknown ] || exit 0
	echo "  Candidate: 1.0"
END
# As some compilers do, it removes what it was to write when it fails.
stand_in $state/cc <<-END
	while [ \$# -gt 0 ]; do
		[ "\$1" != -o ] || out=\$2
		shift
	done
	while read -r include header; do
		header=\${header#<}
		if [ ! -e $machine/include/\${header%>}.there ]; then
			rm -f "\$out"
			exit 1
		fi
	done
END
stand_in $state/nc <<-END
	[ -e $machine/nc.openbsd ] && echo OpenBSD
END
# Python is looked for where the system has it.
stand_in $state/python3 <<-END
	name=\${2#*find_spec(\'}
	[ -e "$machine/py.\${name%%\'*}" ]
END

bare_machine() {
	rm -rf "$machine" "$state"/calls "$state"/fail.* "$state"/wait* "$state"/unknown
	cp -a "$state/tools" "$machine"
	cp "$state/nc" "$state/apt-get" "$state/apt-cache" "$machine"
}

# set_up ARG...: as on that machine
set_up() {
	run 60 env PATH=$machine TMPDIR=/tmp "$setup" "$@"
}

calls() { cat $state/calls 2>/dev/null; }

need find cksum mknod
private_places
mount --bind $state/python3 /usr/bin/python3 2>/dev/null ||
	mount --bind $state/python3 "$(readlink -f /usr/bin/python3)"
mount -t tmpfs tmpfs /usr/sbin
[ -L /sbin ] || mount -t tmpfs tmpfs /sbin

# ---- each job ----------------------------------------------------------------------

harmless() {
	unchanged before "$1: what was there before is there as before"
}

for job in build demo check test bench atlas long deb; do
	bare_machine
	picture before
	set_up --check $job
	same "$job: --check says what is missing, exit 3" \
		"$RC $(calls) $(grep -c 'missing: .*gcc.*run: scripts/setup' "$ERR")" "3  1"
	set_up $job
	same "$job: all is installed" "$RC" 0
	none "$job: nothing but that is said" \
		"$(cat "$OUT"; grep -v '^scripts/setup: installing ' "$ERR")"
	harmless "$job"
	rm $state/calls
	set_up $job
	same "$job: the second time it says nothing and asks nobody" \
		"$RC $(cat "$OUT" "$ERR")$(calls)" "0 "
	harmless "$job, again"
done

# ---- when apt cannot ---------------------------------------------------------------

while read -r at job want; do
	bare_machine
	touch "$state/fail.$at"
	picture before
	set_up "$job"
	same "apt cannot $at, $job: exit $want" "$RC" "$want"
	[ "$want" = 0 ] || matches "apt cannot $at, $job: it says what to install" "$ERR" \
		'^scripts/setup: once the cause is gone, .*or install: .+'
	none "apt cannot $at, $job: no other word" "$(cat "$OUT"
		grep -vE '^scripts/setup: |^  E: no .* today' "$ERR")"
	harmless "apt cannot $at, $job"
done <<-END
	install build 3
	install test 3
	update test 0
	chromium test 0
	tcpdump demo 0
	tcpdump test 3
END

# Only what a job can do without is missing.
for how in fails unknown installed; do
	bare_machine
	set_up test
	rm -f $machine/chromium $state/calls
	case $how in
	fails) touch $state/fail.chromium ;;
	unknown) touch $state/unknown ;;
	esac
	picture before
	set_up test
	same "only chromium is missing, $how: exit 0" "$RC" 0
	case $how in
	fails) matches "and that is told" "$ERR" 'chromium cannot be installed' ;;
	unknown) matches "and that is told" "$ERR" 'apt has no chromium' ;;
	installed) check "and it is there" test -e $machine/chromium ;;
	esac
	harmless "only chromium is missing, $how"
done

bare_machine
rm $machine/apt-get
picture before
set_up build
same "no apt: exit 3, and the packages are named" \
	"$RC $(grep -c 'no apt here; install .*libpcap-dev' "$ERR$(
	grep -q missing "$ERR" || echo .none)")" "3 0"
matches "no apt: what is missing" "$ERR" 'missing: .*libpcap-dev.*no apt here'
harmless "no apt"

# What others call the packages, and how they are told.
while read -r how want; do
	touch "$machine/${how%%_*}"
	chmod +x "$machine/${how%%_*}"
	set_up build
	matches "${how%%_*}: its own names" "$ERR" "as root: $(echo "$how" | tr _ ' ') .*$want"
	rm "$machine/${how%%_*}"
done <<-END
	dnf_install iproute .*libnet-devel .*nettle-devel .*zlib-devel
	apk_add libnet-dev .*musl-dev .*nettle-dev .*zlib-dev
	pacman_-S libnet .*nettle .*zlib
	zypper_install libjansson-devel .*libnettle-devel .*zlib-devel
END

# ---- interrupted -------------------------------------------------------------------

waits() { [ -s $state/waiting ]; }
for at in update install; do
	for sig in INT:130 TERM:143; do
		bare_machine
		touch $state/wait.$at
		picture before
		start setup here env PATH=$machine TMPDIR=/tmp "$setup" test
		check "apt is at its $at" wait_for 20 waits
		kill "-${sig%:*}" "$PID"
		# As Ctrl-C does; the shell takes its own signal when its child has ended.
		kill "-${sig%:*}" "$(cat $state/waiting)"
		check "it ends" wait_for 20 gone "$PID"
		stop "$PID"
		same "SIG${sig%:*} during apt's $at: exit code" "$RC" "${sig#*:}"
		harmless "SIG${sig%:*} during apt's $at"
	done
done
nothing_left
