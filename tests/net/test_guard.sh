#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016,SC2119 # what is not to be expanded; nothing_left takes none
# The guard alone: rst-guard as people call it, and as the library keeps it. What resets
# here is the kernel's TCP at a closed port: the guard is asked to silence that one.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/net/guard.sh
. "$(dirname "$0")/guard.sh"

OWNER=$TC_BUILD/peers/guard_owner
DIAL=$TC_BUILD/peers/dial
PORT=1999
need iptables

# ---- owners ----------------------------------------------------------------------

# of FAMILY: what the tests below are about
of() {
	family "$1"
	TABLES=iptables STACK=ipv4 NEIGHBOUR=127.0.0.2
	[ "$1" = 4 ] || TABLES=ip6tables STACK=ipv6 NEIGHBOUR=fd77::7f
	case $1 in
	4) OURS=10.0.0.1-10.0.0.9 THEIRS=10.0.0.2 SPELT=10.0.0.1-10.0.0.9 ;;
	6) OURS=FD77:0::1-fd77::2:0:9 THEIRS=fd77::2 SPELT=fd77::1-fd77::2:0:9 ;;
	esac
}

backends() {
	for _b in iptables-nft iptables-legacy; do
		command -v "$TABLES${_b#iptables}-restore" >/dev/null || continue
		"$TABLES${_b#iptables}" -w 5 -S OUTPUT >/dev/null 2>&1 && echo $_b
	done
	command -v nft >/dev/null && echo nft
}

# owner NAME MODE PORT: starts one on a pipe, whose end is descriptor 9
owner() {
	_name=$1 _mode=$2 _port=$3
	[ -p "$WORK/$_name.in" ] || mkfifo "$WORK/$_name.in"
	start "$_name" here sh -c 'in=$1; shift; exec "$@" <"$in"' sh "$WORK/$_name.in" \
		"$OWNER" "$_mode" $LOOPBACK "$_port" 0 $LOOPBACK 0
	exec 9>"$WORK/$_name.in"
}

ready() { grep -q '^ready ' "$WORK/$1.out"; }

owner_ready() {
	owner "$@"
	wait_for 10 ready "$1" || not_ok "the guard is in force ($*)" "$(cat "$WORK/$1.err")"
}

# owner_done NAME: the end of its input stops it
owner_done() {
	exec 9>&-
	buried "$PID"
	rm -f "$WORK/$1.in"
}

# ---- the tests -------------------------------------------------------------------

test_arguments() {
	for _bad in '--ports 1;reboot' '--ports 0' '--ports 65536' '--ports 5:4' '--ports 1:' \
		'--ports 01' '--ports -1' '--ports 1 --local 1.2.3' '--ports 1 --local 1.2.3.256' \
		'--ports 1 --local 1.2.3.4-1.2.3.3' '--ports 1 --local 1.2.3.4;id' \
		'--ports 1 --peer $(id)' '--ports 1 --peer-port 1`id`' '--ports 1 --mark 0' \
		'--ports 1 --mark 0x100000000' '--ports 1 --mode drop' '--ports 1 --backend sh' \
		'--ports 1 --local 1.2.3.4-::5' '--ports 1 --local ::2-::1' '--ports 1 --local 1::2::3' \
		'--ports 1 --local fe80::1%lo' '--ports 1 --local 12345::' '--ports 1 --peer ::1-::2' \
		'--ports 1 --peer 1:2:3:4:5:6:7' '--ports 1 --local ::1 --peer 1.2.3.4' \
		'--ports 1 --local 1.2.3.4 --peer ::' '--ports 1 --owner 0' '--ports 1 --owner 4194303' '--ports 1 --frobnicate 1' \
		'--ports' ''; do
		# shellcheck disable=SC2086
		run 10 "$GUARD" add $_bad
		[ "$RC $(wc -l <"$ERR") $(wc -c <"$OUT")" = "2 1 0" ] ||
			not_ok "guard: '$_bad' is refused in one line" "exit $RC" "$(cat "$ERR")"
	done
	run 10 "$GUARD" add --ports '1
-j ACCEPT'
	same "guard: bad arguments are refused, with exit 2" "$RC" 2
	same "guard: a refused argument leaves no rule" "$("$GUARD" list)" ""
	for _b in dash bash busybox; do
		command -v $_b >/dev/null || continue
		_sh=$_b
		[ $_b != busybox ] || _sh="busybox sh"
		# shellcheck disable=SC2086 # words
		{
			run 10 $_sh "$GUARD" add --ports 7
			run 10 $_sh "$GUARD" list
			run 10 $_sh "$GUARD" del --ports 7
		}
		same "guard: the script runs in $_b" "$RC $(cat "$OUT")" "0 blocked 0"
	done
}

test_idempotent() {
	set -- --local "$OURS" --ports 1000:1010 --peer "$THEIRS" --peer-port 80
	"$GUARD" add "$@" && "$GUARD" add --local "$SPELT" --ports 1000:1010 --peer "$THEIRS" --peer-port 80
	same "guard: the same rule twice is one rule (IPv$FAMILY, $RST_GUARD_BACKEND)" \
		"$("$GUARD" list | sed 's/.*\(local=[^ ]*\) .*\(peer=[^ ]*\) .*/\1 \2/')" \
		"local=$SPELT peer=$THEIRS"
	"$GUARD" add --mode shield "$@"
	"$GUARD" sweep >"$OUT"
	same "guard: a rule without an owner stays until del" \
		"$(cat "$OUT"; "$GUARD" list | grep -c state=manual)" 2
	"$GUARD" del "$@" >/dev/null && run 10 "$GUARD" del "$@"
	same "guard: removing what is not there is fine" "$RC $(cat "$OUT")" "0 "
	"$GUARD" del --mode shield "$@" >/dev/null
	nothing_left
}

# How many segments this host has sent again (RFC 4022: tcpRetransSegs).
sent_again() { awk '/^Tcp:/ && $13 != "RetransSegs" { print $13 }' /proc/net/snmp; }

# silent WHAT [OPTION...]: nothing answers a call there; $syns: how many SYNs it was, more than one on a
# machine that gave it no processor for a second
silent() {
	_what=$1
	shift
	syns=$(sent_again)
	run 30 "$DIAL" $LOOPBACK $PORT 300 "$@"
	syns=$((1 + $(sent_again) - syns))
	same "$_what" "$(cat "$OUT")" silent
}

# test_effect MODE: a closed port goes silent, its neighbours and others do not
test_effect() {
	run 30 "$DIAL" $LOOPBACK $PORT 20000
	same "guard: without it the closed port resets" "$(cat "$OUT")" refused
	owner_ready e "$1" $PORT
	silent "guard: with it (IPv$FAMILY, $1) it does not"
	_dropped=$syns
	run 30 "$DIAL" $LOOPBACK $((PORT + 1)) 20000
	same "guard: the neighbouring port resets as always (IPv$FAMILY, $1)" "$(cat "$OUT")" refused
	run 30 "$DIAL" $NEIGHBOUR $PORT 20000
	same "guard: the other address resets as always (IPv$FAMILY, $1)" "$(cat "$OUT")" refused
	echo count >&9
	wait_for 5 grep -q '^blocked' $WORK/e.out
	_asked=$(sed -n 's/^blocked //p' $WORK/e.out)
	_shown=$("$GUARD" list | sed 's/.*blocked=//')
	owner_done e
	same "guard: it counts what it dropped, asked, listed and at the end (IPv$FAMILY, $1)" \
		"$_asked $_shown $(sed -n 's/^stopped //p' $WORK/e.out)" "$_dropped $_dropped $_dropped"
	nothing_left
}

# The kernel's RST carries the mark of what it answers where the host says so: those
# with our mark are exempt, which is how our own get out.
test_mark() {
	echo 1 >/proc/sys/net/$STACK/fwmark_reflect
	owner_ready m rst $PORT
	run 30 "$DIAL" $LOOPBACK $PORT 20000 0 0x7463
	same "guard: a reset with the mark passes (IPv$FAMILY, $RST_GUARD_BACKEND)" "$(cat "$OUT")" refused
	silent "guard: a reset with another mark does not" 0 0x7464
	echo 0 >/proc/sys/net/$STACK/fwmark_reflect
	owner_done m
	nothing_left
}

# Has the chain rejected anything?
rejected() {
	$TABLES -w 5 -vnxL INPUT | awk '$3 == "REJECT" && $1 > 0 { print "yes" }'
}

# An INPUT chain that rejects answers the peer's segments by ICMP, which says what it is of:
# that of the guarded port is dropped, that of another one is not.
test_rejected() {
	$TABLES -w 5 -A INPUT -p tcp --dport $PORT:$((PORT + 1)) -j REJECT
	rules_are_mine
	run 30 "$DIAL" $LOOPBACK $PORT 20000
	if [ "$RC $(cat "$OUT") $(rejected)" = "0 refused yes" ]; then
		ok "guard: a chain that rejects answers (IPv$FAMILY, $RST_GUARD_BACKEND)"
	else
		not_ok "guard: a chain that rejects answers (IPv$FAMILY, $RST_GUARD_BACKEND)" \
			"exit $RC, said: $(cat "$OUT" "$ERR")" "$("$GUARD" list)" \
			"$($TABLES -w 5 -vnxL INPUT)" "$(grep -E '^(Icmp|TcpExt)' /proc/net/snmp \
			/proc/net/netstat)"
	fi
	owner_ready r rst $PORT
	silent "guard: but not for the guarded port (IPv$FAMILY, $RST_GUARD_BACKEND)"
	_dropped=$syns
	run 30 "$DIAL" $LOOPBACK $((PORT + 1)) 20000
	same "guard: for its neighbour as always" "$(cat "$OUT")" refused
	owner_done r
	same "guard: it is counted" "$(sed -n 's/^stopped //p' $WORK/r.out)" "$_dropped"
	$TABLES -w 5 -F INPUT
	nothing_left
	: >$WORK/rules.mine
}

test_first() {
	$TABLES -w 5 -A OUTPUT -p tcp -j ACCEPT
	rules_are_mine
	"$GUARD" add --ports 2000 --local $LOOPBACK
	$TABLES -w 5 -I OUTPUT 1 -p tcp -j ACCEPT
	"$GUARD" add --ports 2001 --local $LOOPBACK
	same "guard: it stands before rules that were put before it" \
		"$($TABLES -w 5 -S OUTPUT | grep -n TCPCRAFT)" "2:-A OUTPUT -j TCPCRAFT-OUT"
	$TABLES -w 5 -D OUTPUT -p tcp -j ACCEPT
	"$GUARD" del --ports 2000 --local $LOOPBACK >/dev/null
	"$GUARD" del --ports 2001 --local $LOOPBACK >/dev/null
	nothing_left
	$TABLES -w 5 -D OUTPUT -p tcp -j ACCEPT
	rules_are_mine
}

# ---- a table of nf_tables that is its owner's --------------------------------------

tables() { nft list tables | grep tcpcraft; }

# The peer's segments are hidden where only those for this host come, and a chain that rejects them
# has nothing to answer; the table of one run is nobody else's to change.
test_table() {
	$TABLES -w 5 -A INPUT -p tcp --dport $PORT -j REJECT
	owner_ready t auto $PORT
	same "guard: a table hides from the kernel (IPv$FAMILY)" "$(cat $WORK/t.out)" "ready shield"
	silent "guard: and from a chain that rejects (IPv$FAMILY)"
	$TABLES -w 5 -F INPUT
	check "guard: the list has it as one that is alive (IPv$FAMILY)" [ "$("$GUARD" list |
		grep -c "^backend=nft mode=shield local=$LOOPBACK .* state=alive blocked=$syns\$")" = 1 ]
	"$GUARD" sweep >"$OUT"
	nft flush ruleset
	silent "guard: neither a sweep nor a firewall that begins anew takes it (IPv$FAMILY)"
	same "guard: its chain sees nothing that is forwarded, and all before a filter (IPv$FAMILY)" \
		"$(nft list ruleset | grep -c 'hook input priority \(mangle\|-150\);')" 1
	dies child "$PID"
	none "guard: it goes with who keeps it (IPv$FAMILY)" "$(within_a_second no_table || tables)"
	exec 9>&-
	buried "$PID"
	rm -f "$WORK/t.in"
	same "guard: and the owner is told (IPv$FAMILY)" "$RC $(grep -c 'its process was killed' $WORK/t.err)" "3 1"
	nothing_left
}

no_table() { [ -z "$(tables)" ]; }

# ---- death at random moments -----------------------------------------------------

# die_once WHAT MODE: the moments around the start of a guard are tried, from before the
# script runs to long after it is in force. Then: no process, no rule.
die_once() {
	next_random 70
	owner d "$2" $PORT
	sleep "0.0$((RANDOM_N / 10))$((RANDOM_N % 10))"
	_owner=$PID
	dies "$1" "$_owner"
	exec 9>&-
	buried "$_owner"
	rm -f "$WORK/d.in"
	if [ "$1" = session ]; then
		owner_ready next "$2" $((PORT + 1))
		owner_done next
	fi
	within_a_second clean "$_owner" "$CHILD" && return
	not_ok "guard: nothing is left after kill of $1, $RANDOM_N ms after the start" \
		"TC_SEED=$FIRST_SEED $2 $RST_GUARD_BACKEND" "$("$GUARD" list)" "$(ps -ef)"
	DIRTY=$((DIRTY + 1))
}

# test_death MODE
test_death() {
	FIRST_SEED=$SEED DIRTY=0 _i=0
	while [ $_i -lt $MOMENTS ]; do
		next_of owner child session TERM INT HUP PIPE
		die_once "$NEXT" "$1"
		_i=$((_i + 1))
	done
	echo "seed $FIRST_SEED: $MOMENTS random moments with IPv$FAMILY, $1, $RST_GUARD_BACKEND"
	same "guard: $MOMENTS deaths at random moments leave nothing (IPv$FAMILY, $1, $RST_GUARD_BACKEND)" \
		"$DIRTY" 0
	nothing_left
}

# ---- many at once ----------------------------------------------------------------

all_ready() { [ "$(cat $WORK/many.*.out 2>/dev/null | grep -c '^ready ')" = "$PARALLEL" ]; }
# Each has ended; one whose script has not had the machine for so long is told so, and the script
# goes on by itself: that it does is asked below.
all_stopped() {
	[ "$(cat $WORK/many.*.out $WORK/many.*.err 2>/dev/null |
		grep -cE '^stopped |still removing its rule after')" = "$PARALLEL" ]
}

test_parallel() {
	rm -f $WORK/many.*
	mkfifo $WORK/many
	_i=0
	while [ $_i -lt "$PARALLEL" ]; do
		"$OWNER" rst $LOOPBACK $((3000 + _i)) 0 $LOOPBACK 0 <$WORK/many \
			>$WORK/many.$_i.out 2>$WORK/many.$_i.err &
		_i=$((_i + 1))
	done
	exec 8>$WORK/many
	wait_for 60 all_ready || not_ok "guard: $PARALLEL start at once" "$(cat $WORK/many.*.err)"
	"$GUARD" sweep >"$OUT"
	same "guard: $PARALLEL at once have a rule each, and no sweep took one (IPv$FAMILY, $RST_GUARD_BACKEND)" \
		"$("$GUARD" list | grep -c state=alive) $(cat "$OUT")" "$PARALLEL "
	exec 8>&-
	wait_for 60 all_stopped || not_ok "guard: $PARALLEL end at once" "$(cat $WORK/many.*.err)"
	wait
	rm -f $WORK/many
	nothing_left 60
}

# Who hears that others have the lock for longer than it waits tries again, as it is told to.
patiently() {
	_tries=0
	until "$GUARD" "$@" 2>$WORK/patient.$_i; do
		_tries=$((_tries + 1))
		grep -q 'lock is held .*: try again' $WORK/patient.$_i || break
		[ $_tries -lt 20 ] || break
	done
	cat $WORK/patient.$_i
	[ ! -s $WORK/patient.$_i ]
}

# add, del and sweep of many rules at once, and one that stays in the midst of them
test_churn() {
	owner_ready churn rst $PORT
	_i=0
	_jobs=
	while [ $_i -lt "$PARALLEL" ]; do
		(
			patiently add --ports $((4000 + _i)) && patiently sweep &&
				patiently add --ports $((5000 + _i)) --mode shield &&
				patiently del --ports $((5000 + _i)) --mode shield &&
				patiently del --ports $((4000 + _i)) || echo "failed"
		) >$WORK/churn.$_i 2>&1 &
		_jobs="$_jobs $!"
		_i=$((_i + 1))
	done
	# shellcheck disable=SC2086
	wait $_jobs
	same "guard: $PARALLEL times add, sweep, del at once all work (IPv$FAMILY, $RST_GUARD_BACKEND)" \
		"$(cat $WORK/churn.[0-9]* | sort -u)" "blocked 0"
	run 30 "$DIAL" $LOOPBACK $PORT 200
	same "guard: the rule of a run in their midst is in force" "$(cat "$OUT")" silent
	owner_done churn
	nothing_left
}

# ---- owners of others ------------------------------------------------------------

test_sweep() {
	sleep 100 &
	_dead=$!
	"$GUARD" add --ports 6000 --local $LOOPBACK --owner $_dead
	"$GUARD" add --ports 6001 --local $LOOPBACK --owner $$
	kill $_dead
	wait $_dead 2>/dev/null
	"$GUARD" sweep >"$OUT"
	same "guard: sweep takes the rule of the dead and leaves that of the living" \
		"$(sed 's/.* ports=\([0-9]*\).*/\1/' "$OUT") $("$GUARD" list | grep -c ports=6001)" \
		"6000 1"
	"$GUARD" del --ports 6001 --local $LOOPBACK --owner $$ >/dev/null
	nothing_left
	test_sweep_late
}

# A rule of the dead in the chain of the other mode is in nobody's way: neither the start nor a count
# waits for its removal.
test_sweep_late() {
	sleep 100 &
	_dead=$!
	"$GUARD" add --mode shield --ports 6003 --local $LOOPBACK --owner $_dead
	kill $_dead
	wait $_dead 2>/dev/null
	owner_ready e rst $PORT
	echo count >&9
	wait_for 10 grep -q '^blocked' $WORK/e.out
	same "guard: a count does not wait for what died in the other chain" \
		"$("$GUARD" list | grep -c "ports=6003.* state=dead")" 1
	owner_done e
	same "guard: hold takes it with its own" "$(grep -c '^stopped 0' $WORK/e.out)" 1
	nothing_left
}

test_pid_namespace() {
	mkfifo $WORK/inner
	unshare --pid --fork --mount-proc sh -c '"$@"; exit $?' init \
		"$OWNER" rst $LOOPBACK $PORT 0 $LOOPBACK 0 <$WORK/inner >$WORK/inner.out 2>&1 &
	_inner=$!
	exec 7>$WORK/inner
	if ! wait_for 10 ready inner; then
		not_ok "guard: it starts in another pid namespace" "$(cat $WORK/inner.out)"
		return
	fi
	"$GUARD" sweep >"$OUT"
	same "guard: sweep does not judge the owners of another pid namespace" \
		"$(cat "$OUT"; "$GUARD" list | sed 's/.*state=\([a-z]*\).*/\1/')" foreign
	"$GUARD" add --ports 6002 --local $LOOPBACK --owner $$
	unshare --pid --fork --mount-proc "$GUARD" sweep >"$OUT"
	same "guard: nor does another namespace judge ours" \
		"$(cat "$OUT"; "$GUARD" list | grep -c state=alive)" 1
	"$GUARD" del --ports 6002 --local $LOOPBACK --owner $$ >/dev/null
	exec 7>&-
	wait $_inner
	rm $WORK/inner
	nothing_left
}

# ---- IPv6's many spellings --------------------------------------------------------

# Of an address there is one rule, however it is written; the kernel's tables spell it as we do.
test_spellings() {
	while read -r _given _want; do
		"$GUARD" add --backend iptables --ports $PORT --local "$_given"
		same "guard: $_given is $_want" "$("$GUARD" list | sed 's/.* local=\([^ ]*\) .*/\1/') $(
			ip6tables -S TCPCRAFT-OUT | sed -n 's/.* -s \([^ ]*\)\/128 -p tcp .*/\1/p')" \
			"$_want $_want"
		"$GUARD" del --ports $PORT --local "$_want" >/dev/null
	done <<-END
		0:0:0:0:0:0:0:1 ::1
		FE80::A fe80::a
		1:0:0:2:0:0:0:3 1:0:0:2::3
		1:0:0:2:0:0:3:4 1::2:0:0:3:4
		1:2:3:4:5:6:7:: 1:2:3:4:5:6:7:0
		0001:0:0:0:0:0:0:0 1::
		64:ff9b::192.0.2.33 64:ff9b::c000:221
		2001:db8:0:1:1:1:1:1 2001:db8:0:1:1:1:1:1
	END
	"$GUARD" add --ports $PORT --local ::ffff:10.0.0.1
	same "guard: a mapped address is IPv4" "$("$GUARD" list | grep -o 'local=[^ ]* ')" "local=10.0.0.1 "
	"$GUARD" del --ports $PORT --local 10.0.0.1 >/dev/null
	nothing_left
}

# ---- both families at once -------------------------------------------------------

refusals() { for _at in 127.0.0.1 ::1; do "$DIAL" $_at "$1" "$2"; done | tr '\n' ' '; }

# test_both: where no address names a family
test_both() {
	"$GUARD" add --ports $PORT
	same "guard: without an address both families are silent ($RST_GUARD_BACKEND)" \
		"$(refusals $PORT 300)$(refusals $((PORT + 1)) 20000)" \
		"silent silent refused refused "
	_rules=2
	[ "$RST_GUARD_BACKEND" != nft ] || _rules=1
	same "guard: status shows both" "$("$GUARD" status | grep -c '^rule:.* local=any .* peer=any')" $_rules
	# each family by itself has a rule of another scope
	"$GUARD" add --ports $PORT --local ::1
	same "guard: JSON has the addresses" "$("$TCPCRAFT" guard list --json |
		grep -c '"type":"rule".*"local":"::1".*"peer":"::","peer-port":0')" 1
	same "guard: what of it is of one family goes, the other stays" \
		"$("$GUARD" del --ports $PORT --local ::1) $("$GUARD" list | wc -l)" "blocked 0 $_rules"
	same "guard: del takes both away, and counts both" "$("$GUARD" del --ports $PORT)" "blocked 2"
	sleep 100 &
	_dead=$!
	"$GUARD" add --ports $PORT --owner $_dead
	kill $_dead
	wait $_dead 2>/dev/null
	same "guard: sweep takes both ($RST_GUARD_BACKEND)" "$("$GUARD" sweep | wc -l)" $_rules
	nothing_left
	[ $_rules = 2 ] || return 0
	LOOPBACK=any
	owner_ready both rst $PORT
	family 6
	"ip6${RST_GUARD_BACKEND#ip}" -w 5 -F TCPCRAFT-OUT
	echo count >&9
	check "guard: that one family's rule was taken away is told ($RST_GUARD_BACKEND)" \
		wait_for 5 grep -q 'the rule is gone' $WORK/both.out
	owner_done both
	nothing_left
}

# ---- what is missing -------------------------------------------------------------

hide() {
	for _program; do
		_path=$(command -v "$_program") || continue
		mount --bind /dev/null "$(readlink -f "$_path")"
	done
}
unhide() {
	for _program; do
		umount "$(readlink -f "$(command -v "$_program" || echo "/usr/sbin/$_program")")"
	done 2>/dev/null
}

test_missing() {
	hide iptables-nft iptables-legacy
	owner_ready nftonly rst $PORT
	same "guard: where iptables is missing nft does it" "$(cat $WORK/nftonly.out)" "ready nft"
	run 30 "$DIAL" $LOOPBACK $PORT 200
	same "guard: and the port is silent" "$(cat "$OUT")" silent
	owner_done nftonly
	hide nft
	run 10 "$OWNER" rst $LOOPBACK $PORT 0 $LOOPBACK 0
	same "guard: without both the line says what to install" "$RC $(cat "$ERR")" \
		"3 guard_owner: guard: $TABLES is missing, and nft too: apt-get install iptables"
	unhide nft iptables-nft iptables-legacy
	TCPCRAFT_LIBEXEC=/nonexistent run 10 "$OWNER" rst $LOOPBACK $PORT 0 $LOOPBACK 0
	matches "guard: a missing script is named" "$ERR" '/nonexistent/rst-guard.*TCPCRAFT_LIBEXEC'
	run 10 setpriv --bounding-set -all --inh-caps -all -- "$GUARD" list
	_no="rst-guard: no privilege to change the packet filter"
	same "guard: root without the capability is told which, and what works without" \
		"$RC $(cat "$ERR")" "3 $_no: root lacks CAP_NET_ADMIN here: give it (docker run \
--cap-add NET_ADMIN), or go without a guard: --source with an unused address of the subnet, or --guard off"
	nothing_left
}

# A program that runs another where all is but ip6tables.
cat >$WORK/without6 <<'END'
set -eu
cd "$1"
shift
mkdir was is
mount --bind /usr/sbin was
ln -s "$PWD"/was/* is
rm is/ip6tables*
mount --bind is /usr/sbin
exec "$@"
END

without6() {
	rm -rf $WORK/sbin
	mkdir $WORK/sbin
	run 10 unshare --mount sh $WORK/without6 $WORK/sbin "$@"
}

test_no_ip6tables() {
	RST_GUARD_BACKEND=iptables
	without6 "$GUARD" add --ports $PORT --local ::1
	same "guard: without ip6tables an IPv6 address is exit 3, with the cure" "$RC $(cat "$ERR")" \
		"3 rst-guard: ip6tables is missing: apt-get install iptables"
	without6 "$GUARD" add --ports $PORT
	same "guard: without an address the rule is then for IPv4 alone" \
		"$RC $(cat "$ERR")$("$GUARD" list | sed 's/ .*//') $(refusals $PORT 300)" \
		"0 backend=iptables-nft silent refused "
	without6 "$GUARD" status
	matches "guard: status says what IPv6 lacks" "$OUT" '^IPv6: ip6tables is missing: apt-get'
	"$GUARD" del --ports $PORT >/dev/null
	RST_GUARD_BACKEND=auto
	without6 "$GUARD" add --ports $PORT
	same "guard: where there is nft it is for both" "$RC $("$GUARD" list | sed 's/ .*//')" "0 backend=nft"
	"$GUARD" del --ports $PORT >/dev/null
	nothing_left
}

# Two have the lock, one after the other: one until ours waits for a second time, and one until
# that is over.
cat >$WORK/lockers.py <<'END'
import fcntl, os, signal, sys, time
def waiting():
    at = ":%d" % os.stat("/run/xtables.lock").st_ino
    rows = [row.split() for row in open("/proc/locks")]
    return {row[5] for row in rows if row[1] == "->" and row[6].endswith(at)}
def until(it_is_so):
    end = time.monotonic() + 30
    while not it_is_so():
        time.sleep(0.002)
        if time.monotonic() > end:
            if other:
                os.kill(other, signal.SIGKILL)
                os.waitpid(other, 0)
            sys.exit("nobody waits, or for ever")
def has_come(seen, n):
    seen |= waiting()
    return len(seen) == n
def lock():
    f = open("/run/xtables.lock", "a")
    fcntl.flock(f, fcntl.LOCK_EX)
    return f
first, other, seen = lock(), os.fork(), set()
if not other:
    first.close()
    second = lock()
    until(lambda: has_come(seen, 1))
    until(lambda: not seen & waiting())
    os._exit(0)
until(lambda: has_come(seen, 1))
print("held", flush=True)
until(lambda: has_come(seen, 2))
until(lambda: has_come(seen, 3))
fcntl.flock(first, fcntl.LOCK_UN)
sys.exit(os.waitpid(other, 0)[1])
END

lock_is_held() { [ -e /run/xtables.lock ] && ! flock -n /run/xtables.lock true; }

lock_is_waited_for() { grep -q -- "-> .*:$(stat -c %i /run/xtables.lock) " /proc/locks; }

# waits_in_line: does this iptables wait in the kernel, where a waiter can be seen? (Others ask
# again and again.) The lock is held.
waits_in_line() {
	printf '*filter\nCOMMIT\n' | iptables-legacy-restore --noflush -w 5 2>/dev/null &
	_waiter=$!
	wait_for 5 lock_is_waited_for
	_seen=$?
	wait $_waiter
	return $_seen
}

test_lock() {
	# (In a pid namespace /proc/locks shows only locks of who still lives.)
	flock -F /run/xtables.lock sleep 60 &
	_locker=$!
	wait_for 5 lock_is_held
	RST_GUARD_BACKEND=iptables-legacy
	run 15 "$OWNER" rst $LOOPBACK $PORT 0 $LOOPBACK 0
	waits_in_line
	_in_line=$?
	kill $_locker
	wait $_locker 2>/dev/null
	same "guard: a lock held for long is exit 3" "$RC" 3
	matches "guard: and the line says what to do" "$ERR" 'lock is held .* try again'
	nothing_left
	if [ $_in_line -ne 0 ]; then
		skip "guard, a lock that goes from one to the next" "this iptables asks for it again and again"
		return
	fi
	start lockers here /usr/bin/python3 $WORK/lockers.py
	_lockers=$PID
	says $WORK/lockers.out '^held' 10
	run 60 "$GUARD" add --ports $PORT --local $LOOPBACK
	buried "$_lockers"
	same "guard: a lock that goes from one to the next is waited for" \
		"$RC $(cat $WORK/lockers.err) $(rules_of 0)" "0  1"
	"$GUARD" del --ports $PORT --local $LOOPBACK >/dev/null
	nothing_left
}

# A machine of which only the guard knows: its clock goes on by what a try waits for the lock, in
# the one of IPv4 until $OPENS, and for what is taken back unless $BACK says so, and always in the one
# of IPv6. There is something stale in each. With $UNREAD our rule's table cannot be read.
mkdir $WORK/slow
cat >$WORK/slow/iptables-restore <<'END'
#!/bin/sh
now=$(cut -d. -f1 /proc/uptime) batch=$(cat)
while [ "$1" != -w ]; do shift; done
end=$((now + $2))
case ${0##*/}-$batch in
iptables-*"-A TCPCRAFT"*)
	if [ $end -ge "$OPENS" ]; then
		[ "$now" -ge "$OPENS" ] || echo "$OPENS.00 0.00" >/proc/uptime
		exec touch "$TAKEN"
	fi
	;;
iptables-*"-D TCPCRAFT-OUT "*tcpcraft:0:0:*) [ -z "$BACK" ] || exec rm "$TAKEN" ;;
esac
echo "$end.00 0.00" >/proc/uptime
echo "Another app is currently holding the xtables lock." >&2
exit 4
END
cat >$WORK/slow/iptables-save <<'END'
#!/bin/sh
case ${0##*/} in iptables-*) [ ! -e "$TAKEN" ] || ours=yes ;; esac
[ "$UNREAD$ours" != yesyes ] || exit 1
cat <<RULES
*filter
:OUTPUT ACCEPT [0:0]
:TCPCRAFT-OUT - [0:0]
[0:0] -A OUTPUT -j TCPCRAFT-OUT
[0:0] -A TCPCRAFT-OUT -p tcp -m comment --comment tcpcraft:4194304:1:$SCOPE -j DROP
${ours:+[0:0] -A TCPCRAFT-OUT -p tcp -m comment --comment tcpcraft:0:0:$SCOPE -j DROP}
COMMIT
RULES
END
chmod +x $WORK/slow/*
for _of in restore save; do ln -s iptables-$_of $WORK/slow/ip6tables-$_of; done
# slowly CLOCK COMMAND...: in a mount namespace of its own
cat >$WORK/slowly <<'END'
mount --bind "$1" /proc/uptime || exit 9
shift
exec "$@"
END

# impatient: the rule for both families
impatient() {
	rm -f "$TAKEN"
	echo "1000.00 0.00" >$WORK/clock
	PATH=$WORK/slow:$PATH run 60 unshare --mount sh $WORK/slowly $WORK/clock \
		"$GUARD" add --backend iptables --ports $PORT
	_waited=$(($(cut -d. -f1 $WORK/clock) - 1000))
}

taken() { [ -e "$TAKEN" ] && echo there || echo gone; }

# What the caller waits for (START_TIME in src/host/guard.c) is more than all the waiting.
test_patience() {
	_namespace=$(readlink /proc/self/ns/pid | tr -dc 0-9)
	export OPENS BACK='' UNREAD='' TAKEN=$WORK/taken SCOPE="$_namespace:rst:any:$PORT-$PORT:any:0:0x7463"
	_there=0
	for OPENS in 1000 1008 1009 1010 1011; do
		impatient
		matches "guard: two families, the lock opens at $OPENS: it is told to be held" "$ERR" \
			'^rst-guard: ip6?tables: the xtables lock is held'
		check "guard: with exit 3, when all has had its time, in the time of its caller" \
			[ "$RC $((_waited >= 10)) $((_waited < 15))" = "3 1 1" ]
		[ "$(taken)" = there ] || continue
		_there=$((_there + 1))
		matches "guard: what could not be taken back is told of, with the cure" "$ERR" \
			'^rst-guard: iptables: the rule is in force all the same .*rst-guard del with'
	done
	check "guard: there was what could not be taken back" [ $_there -gt 0 ]
	OPENS=1000 UNREAD=yes
	impatient
	matches "guard: where the table cannot be read the rule may be there" "$ERR" \
		'^rst-guard: iptables: the rule may be in force .*rst-guard del with'
	UNREAD='' BACK=yes
	impatient
	same "guard: what IPv6 cannot have is taken back from IPv4, and then not said to be there" \
		"$RC $(taken) $(grep -c 'in force' "$ERR")" "3 gone 0"
}

test_family() {
	of "$1"
	echo "back ends of IPv$1: $(backends | tr '\n' ' ')"
	for RST_GUARD_BACKEND in $(backends); do
		export RST_GUARD_BACKEND
		test_idempotent
		test_effect rst
		test_effect shield
		# (What does not look at an address is asked of each back end over IPv4.)
		[ "$1" = 4 ] || [ -n "${TC_LONG-}" ] || continue
		test_mark
		test_rejected
		test_death rst
		test_parallel
		test_churn
	done
	test_effect nft
	RST_GUARD_BACKEND=auto
	if [ "$(auto_guard)" = shield ]; then
		test_effect auto
		test_table
		test_death auto
	else
		skip "guard, a table of our own" "it needs Linux 5.12 with nf_tables, and nft to look"
	fi
	test_first
	test_sweep
	test_missing
	if [ "$1" = 4 ] || [ -n "${TC_LONG-}" ]; then
		test_pid_namespace
	else
		test_mark
		test_rejected
		test_death rst
	fi
}

# (test_guard6.sh is this one again.)
if [ "${GUARD_FAMILY:-4}" = 4 ]; then
	test_arguments
	if [ -e /proc/net/if_inet6 ]; then
		test_patience
	else
		skip "guard, two families" "no IPv6 in this kernel (modprobe ipv6)"
	fi
	test_family 4
	case $(backends) in
	*legacy*) test_lock ;;
	*) skip "guard, lock" "no legacy iptables here (a kernel with ip_tables)" ;;
	esac
elif ipv6_host here; then
	ip addr add fd77::7f/128 dev lo nodad
	test_family 6
	test_spellings
	for RST_GUARD_BACKEND in $(backends); do test_both; done
	test_no_ip6tables
else
	skip_all "no IPv6 in this kernel (modprobe ipv6)"
fi
