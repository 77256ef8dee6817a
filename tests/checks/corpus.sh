#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How many of the scripts in a folder pass with run --local, and with packetdrill where that is
# installed: each in a network of its own, several at a time, with the same arguments. It judges
# nothing, so it is not one of the checks of `make test`. The commands of a script are run, as
# whoever runs this (for unshare: root), with nothing but a network of its own between them and
# the machine: only for scripts that you have read, or in a machine that may be lost.
#
#	tests/checks/corpus.sh [-j JOBS] [-t SECONDS] [-m CHANGES] DIR [ARGUMENT...]
#
# Of each script that is not passed by both a line says why. With -m each script that both pass
# is run again with so many seeded changes, one at a time (corpus_change.py): what is still
# passed has no force there. All runs are then of a copy of the folder: what its scripts name
# outside of it makes them fail, unchanged as changed, and nothing is counted. What only
# packetdrill passes is asked once more of both: a machine may be too busy once.
# TCPCRAFT and PACKETDRILL name the programs.
set -u

HERE=$(cd "$(dirname "$0")" && pwd)
: "${TCPCRAFT=$HERE/../../build/tcpcraft}" "${PACKETDRILL=packetdrill}"
export TCPCRAFT PACKETDRILL

# judge NAME COMMAND...: its exit code into $TEMP.NAME.code, what it says into $TEMP.NAME. The
# congestion control is that with which run --local begins, whatever the machine's own is.
judge() {
	local name="$1"
	shift
	# shellcheck disable=SC2016
	timeout -k 2 "$LIMIT" unshare -n sh -c 'sysctl -qw net.ipv4.tcp_congestion_control=reno
		exec "$@"' sh "$@" >"$TEMP.$name" 2>&1 </dev/null
	echo $? >"$TEMP.$name.code"
}

# both SCRIPT ARGUMENT...: in its folder, as scripts name others beside them
both() {
	local script="$1" dir
	shift
	dir=$(dirname "$script")
	(
		cd "$dir" || exit 1
		judge ours "$TCPCRAFT" run --local --allow-shell "$@" "$(basename "$script")"
		[ -z "$PACKETDRILL" ] || judge theirs "$PACKETDRILL" "$@" "$(basename "$script")"
	)
}

verdict() {
	case $(cat "$TEMP.$1.code" 2>/dev/null) in
	'') echo - ;;
	0) echo passed ;;
	124 | 137) echo slow ;;
	2) echo not-run ;;
	*) echo failed ;;
	esac
}

# one SCRIPT ARGUMENT...: a line "OURS THEIRS SCRIPT: why", and a line for each change
one() {
	local script="$1" i=1 ours theirs changed what
	shift
	TEMP=$(mktemp "$PLACE/one-XXXXXX") || exit 1
	both "${COPY:-$FOLDER}/${script#"$FOLDER"/}" "$@"
	[ "$(verdict ours) $(verdict theirs)" != "failed passed" ] ||
		both "${COPY:-$FOLDER}/${script#"$FOLDER"/}" "$@"
	ours=$(verdict ours) theirs=$(verdict theirs)
	printf '%-7s %-7s %s: %s\n' "$ours" "$theirs" "$script" \
		"$([ "$ours" = passed ] || grep -v '^ *$' "$TEMP.ours" | grep -m 1 -e '^failed:' \
			-e '^not run:' -e '^tcpcraft:' | sed "s|[^ ]*/||;s|$(basename "$script"):||")"
	[ "$ours" = passed ] && [ "$theirs" != failed ] || CHANGES=0
	while [ "$i" -le "$CHANGES" ]; do
		changed=$(mktemp "$COPY/$(dirname "${script#"$FOLDER"/}")/.changed-XXXXXX") || break
		what=$(/usr/bin/python3 "$HERE/corpus_change.py" "$i" "$script" "$changed") ||
			{ rm -f "$changed"; break; }
		both "$changed" "$@"
		rm -f "$changed"
		printf 'change  %-7s %-7s %s %s: %s\n' "$(verdict ours)" "$(verdict theirs)" \
			"$script" "$i" "$what"
		i=$((i + 1))
	done
	rm -f "$TEMP" "$TEMP".ours* "$TEMP".theirs*
}

count() {
	grep -c "$1" "$RESULTS"
}

LIMIT=${LIMIT-60} CHANGES=${CHANGES-0} JOBS=$(nproc)
if [ "${1-}" = --one ]; then
	shift
	one "$@"
	exit
fi
while getopts j:t:m: opt; do
	case $opt in
	j) JOBS=$OPTARG ;;
	t) LIMIT=$OPTARG ;;
	m) CHANGES=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
DIR=${1?a folder of scripts}
shift
command -v "$PACKETDRILL" >/dev/null || PACKETDRILL=
# All that is written, with a copy of the folder for the changed scripts, which name others.
PLACE=$(mktemp -d) || exit 1
trap 'rm -rf "$PLACE"' EXIT
trap 'exit 130' INT TERM HUP
FOLDER=$(cd "$DIR" && pwd) || exit 1
COPY='' RESULTS=$PLACE/results
if [ "$CHANGES" != 0 ]; then
	COPY=$PLACE/copy
	cp -R "$FOLDER" "$COPY" || exit 1
fi
export LIMIT CHANGES PLACE FOLDER COPY
find "$FOLDER" -name '*.pkt' ! -name '.*' -print0 | sort -z |
	xargs -0 -P "$JOBS" -I SCRIPT "$0" --one SCRIPT "$@" >"$RESULTS"
sort "$RESULTS" | grep -v '^passed  passed' | grep -v '^passed  - '
echo "$(grep -vc '^change ' "$RESULTS") scripts: $(count '^passed ') passed, $(count '^not-run') not run;" \
	"packetdrill $(count '^[a-z-]*  *passed */')"
[ "$CHANGES" = 0 ] || echo "$(count '^change ') changes: $(count '^change  passed') passed here," \
	"$(count '^change  passed *failed') of them failed in packetdrill;" \
	"packetdrill passed $(count '^change  [a-z-]* *passed')"
