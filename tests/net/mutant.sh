# shellcheck shell=sh disable=SC3043,SC3045,SC2034,SC2086
# SPDX-License-Identifier: BSD-2-Clause
# Our own TCP with one defect of tests/mutants, for what is sourced behind tests/net/lib.sh:
#
#	mutant_build NAME	makes $WORK/mutant
#	mutant_serve PROGRAM	its TCP in `srv` echoes at 1007 and closes at 1079; sets $SERVERS
#	mutant_died		whether one of these is gone
#	mutant_end		ends these
#	accuser NAME		the cases that must accuse it, one but where it ends the program
#	mutant_ends NAME	whether it does
MUTANTS=$TC_ROOT/tests/mutants

accuser() {
	sed -n '2s/^Accused by //p' "$MUTANTS/$1.patch"
}

mutant_ends() {
	sed -n 3p "$MUTANTS/$1.patch" 2>/dev/null | grep -q "^It ends the program"
}

# The program, with one object made of the file as the patch has it.
mutant_build() {
	local file objects libs made=$WORK/made
	[ -f "$MUTANTS/$1.patch" ] || { echo "there is no $MUTANTS/$1.patch"; return 1; }
	file=$(sed -n 's,^+++ b/,,p' "$MUTANTS/$1.patch")
	objects=$(cd "$TC_ROOT" && sed -n '/^options:/,$s/:.*//p' src/ROOMS | while read -r room; do
		echo "src/$room"/*.c
	done | sed 's/\.c\>/.o/g')
	libs="$(pkg-config --libs libnet 2>/dev/null || libnet-config --libs)
		$(pkg-config --libs libpcap libmnl jansson zlib libseccomp) -lm"
	! pkg-config --exists 'nettle >= 3 nettle < 4' || libs="$libs $(pkg-config --libs nettle)"
	rm -rf "$WORK/made" "$WORK/mutant"
	mkdir -p "$made/${file%/*}" && cp -r "$TC_ROOT/${file%/*}/." "$made/${file%/*}" || return
	patch -s -d "$made" -p1 -i "$MUTANTS/$1.patch" || return
	(cd "$TC_BUILD" && $CC -std=c11 -D_GNU_SOURCE -I"$TC_ROOT/include" -I"$TC_ROOT/src" -pthread \
		-w -O1 -o "$WORK/mutant" "$made/$file" $objects libtcpcraft.a $libs)
}

# (It may die of what it is asked: nobody looks at the core.)
mutant_serve() {
	ulimit -c 0
	start echo srv "$1" listen "$SERVER_IP" 1007 --keep --echo --tcp ecn=on
	SERVERS=$PID
	says echo.err 'listening on' 10 || return
	start closes srv "$1" listen "$SERVER_IP" 1079 --keep --hang-up
	SERVERS="$SERVERS $PID"
	says closes.err 'listening on' 10
}

mutant_died() {
	for pid in $SERVERS; do
		! gone "$pid" || return 0
	done
	return 1
}

mutant_end() {
	for pid in $SERVERS; do
		kill "$pid" 2>/dev/null
		wait_for 10 gone "$pid" || kill -KILL "$pid"
		wait "$pid" 2>/dev/null
	done
}
