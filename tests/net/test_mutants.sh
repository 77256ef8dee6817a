#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Is the suite of conform any good? Each of tests/mutants is our own TCP with one defect: the
# case that it names must accuse it, and must not accuse the honest machine. (That no other
# case does is for test_conform.sh.) TC_LONG: all of them; else two.
#
#	tests/net/test_mutants.sh NAME...	these
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

[ -z "${TC_SAN-}" ] || skip_all "mutants are built without sanitizers"
need iptables jq patch pkg-config
export TCPCRAFT_LIBEXEC="$TC_ROOT/scripts"
MUTANTS=$TC_ROOT/tests/mutants
WANTED="rst-anywhere fin-no-number"
[ -z "${TC_LONG-}" ] || WANTED=$(cd "$MUTANTS" && echo *.patch | sed 's/\.patch//g')
TC_FAMILY=4
[ $# = 0 ] || WANTED=$*
cd $WORK || exit 1

# build NAME: the program, with one object of its TCP made of the file as the patch has it
build() {
	local file objects libs
	file=$(sed -n 's,^+++ b/,,p' "$MUTANTS/$1.patch")
	objects=$(cd "$TC_ROOT" && sed -n '/^options:/,$s/:.*//p' src/ROOMS | while read -r room; do
		echo "src/$room"/*.c
	done | sed 's/\.c\>/.o/g')
	libs="$(pkg-config --libs libnet 2>/dev/null || libnet-config --libs)
		$(pkg-config --libs libpcap libmnl jansson zlib libseccomp) -lm"
	! pkg-config --exists 'nettle >= 3 nettle < 4' || libs="$libs $(pkg-config --libs nettle)"
	mkdir -p made/src && cp -r "$TC_ROOT/src/tcp" made/src/ || return
	patch -s -d made -p1 -i "$MUTANTS/$1.patch" || return
	# shellcheck disable=SC2086 # words
	(cd "$TC_BUILD" && $CC -std=c11 -D_GNU_SOURCE -I"$TC_ROOT/include" -I"$TC_ROOT/src" -pthread \
		-w -O1 -o "$WORK/mutant" "$WORK/made/$file" $objects libtcpcraft.a $libs)
}

# serve PROGRAM: its TCP, which echoes at 1007 and closes at 1079
serve() {
	start echo srv "$1" listen "$SERVER_IP" 1007 --keep --echo --tcp ecn=on
	SERVERS=$PID
	says echo.err 'listening on' 10 || return
	start closes srv "$1" listen "$SERVER_IP" 1079 --keep --hang-up
	SERVERS="$SERVERS $PID"
	says closes.err 'listening on' 10
}

end_servers() {
	for pid in $SERVERS; do
		kill "$pid" 2>/dev/null
		wait_for 10 gone "$pid" || kill -KILL "$pid"
		wait "$pid" 2>/dev/null
	done
}

# verdicts CASE...: "CASE VERDICT" of each
verdicts() {
	may_take 200 "$TCPCRAFT" conform "$SERVER_IP" 1007 "$@" --echo --at closes=1079 \
		--jobs 8 --rate 1000 --json 2>"$ERR" | jq -r 'select(.type == "case") | "\(.case) \(.verdict)"'
}

net_pair
CASES=
for name in $WANTED; do
	CASES="$CASES $(sed -n '2s/^Accused by //p' "$MUTANTS/$name.patch")"
done
serve "$TCPCRAFT" || not_ok "our own TCP listens" "$(cat echo.err closes.err)"
# shellcheck disable=SC2086 # words
none "the honest machine is accused by none of the cases that accuse the others" \
	"$(verdicts $CASES | grep -v ' pass$')"
end_servers
for name in $WANTED; do
	rm -rf made mutant
	if ! build "$name" >build.log 2>&1; then
		not_ok "$name: it can be built" "$(cat build.log)"
		continue
	fi
	case=$(sed -n '2s/^Accused by //p' "$MUTANTS/$name.patch")
	serve ./mutant
	same "$name is accused by $case" "$(verdicts "$case")" "$case fail"
	end_servers
done
nothing_left 5
