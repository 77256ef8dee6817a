#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Malformed specs and their exact messages (tests/craft/malformed.txt): one line on
# standard error, nothing on standard output, exit 2.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
# shellcheck source=tests/lua.sh
. "$(dirname "$0")/../lua.sh"
cd "$(dirname "$0")/../.." || exit 1
TCPCRAFT=${TCPCRAFT:-${TC_BUILD:-build}/tcpcraft}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cases=0

while IFS= read -r line; do
	case $line in
	'#'*) continue ;;
	esac
	args=${line%% => *} want=${line#* => }
	eval "set -- $args"
	"$TCPCRAFT" send 10.0.0.2 --dry-run -q "$@" >"$work/out" 2>"$work/err" </dev/null
	code=$?
	same "refused: $args" "$code $(wc -c <"$work/out") $(cat "$work/err")" \
		"2 0 tcpcraft: $want"
	cases=$((cases + 1))
done <tests/craft/malformed.txt
check "there are 100 of them" [ $cases -ge 100 ]

# A dissector for Wireshark, judged by its own one of the same protocol, and by what explain says.
if ! command -v tshark >/dev/null; then
	skip "fields --lua" "tshark is not installed (as root: scripts/setup test)"
	exit 0
fi
# dissected SPEC HEX PORT FIELD...: those fields as tshark shows them
dissected() {
	"$TCPCRAFT" fields --payload-spec "$1" --lua >"$work/spec.lua"
	"$TCPCRAFT" send 10.0.0.2 "$3" --seed 1 --dry-run -q --flags PA "data=hex:$2" \
		-w "$work/spec.pcap" --force >/dev/null
	shift 3
	for field; do
		set -- "$@" -e "$field"
		shift
	done
	with_lua "$work/spec.lua" "$work/spec.pcap" -T fields "$@" 2>"$work/err"
}
SPECS=scripts/payload-specs
MODBUS=000100000006ff0300010002
same "fields --lua: constants find two frames in one segment, bit by bit" \
	"$(dissected $SPECS/crc32.spec aa550f0001960100414243deadbeefaa550e0001968001414212345678 \
		47001 crc32.length crc32.reliable crc32.channel crc32.priority crc32.counter \
		crc32.body crc32.check)" \
	"$(printf '15,14\t1,1\t1,1\t6,6\t1,384\t414243,4142\t0xefbeadde,0x78563412')"
same "fields --lua: beside Wireshark's own protocol of that name" \
	"$(dissected $SPECS/modbus.spec $MODBUS 47001 spec_modbus.transaction spec_modbus.unit \
		spec_modbus.function spec_modbus.data)" "$(printf '1\t255\t3\t00010002')"
# A set and a get of memcached's: three fields of any length, of which the get has one.
BOTH=8001000308000000000000110000000000000000000000000000000100000002666f6f6261727a6162
BOTH=${BOTH}8000000100000000000000010000000700000000000000006b
same "fields --lua: several fields of any length; two frames in one segment" \
	"$(dissected $SPECS/memcache.spec $BOTH 47001 spec_memcache.extras spec_memcache.key \
		spec_memcache.value spec_memcache.total spec_memcache.opaque)" \
	"$(printf '0000000100000002\t666f6f,6b\t6261727a6162\t17,1\t0x00000000,0x00000007')"
same "as Wireshark's own dissector has them" \
	"$(dissected $SPECS/memcache.spec $BOTH 11211 memcache.extras.flags memcache.key \
		memcache.value memcache.total_body_length memcache.opaque)" \
	"$(printf '0x00000001\tfoo,k\tbarzab\t17,1\t0,7')"
printf 'header kinds\na 3\nb 13 hex\nc 32 ip4\nd 48 mac\ne 64 little\nf 64 hex\nm 16 const 7\nn 8 length-of body\nbody *\nz 16 little\n' \
	>"$work/kinds.spec"
same "fields --lua: values of every kind" \
	"$(dissected "$work/kinds.spec" \
		a1230a000001020304050607010203040506070801f2030405060708000703414243341e 47001 \
		kinds.a kinds.b kinds.c kinds.d kinds.e kinds.f kinds.body kinds.z)" \
	"$(printf '5\t0x00000123\t10.0.0.1\t02:03:04:05:06:07\t578437695752307201\t0x01f2030405060708\t414243\t7732')"
printf 'header cut\nm 16 const 0xc0de\nn 8 length-of a\nt 16 length-of p\na * max 4\np *\n' >"$work/cut.spec"
same "fields --lua: a frame that never comes whole is shown as far as it goes" \
	"$(dissected "$work/cut.spec" c0de040009414243 47001 cut.n cut.t cut.a)" \
	"$(printf '4\t9\t414243')"
"$TCPCRAFT" fields --lua >"$work/out" 2>"$work/err"
same "fields --lua without a header: exit 2, one line" "$? $(wc -l <"$work/err")" "2 1"
