# shellcheck shell=sh
# SPDX-License-Identifier: BSD-2-Clause
# Wireshark with a dissector in Lua, for the test scripts to source.
#
#	with_lua SCRIPT CAPTURE ARG...	what tshark, told so, prints of it with that script
#
# As root Wireshark 4.4 runs no Lua (its init.lua may allow it): it is an ordinary user there, with
# copies that such a one may read.

with_lua() (
	script=$1 capture=$2
	room=$(mktemp -d) || exit
	trap 'rm -rf "$room"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	cp "$script" "$room/script.lua"
	cp "$capture" "$room/capture"
	chmod -R a+rX "$room"
	shift 2
	set -- tshark -X "lua_script:$room/script.lua" -r "$room/capture" "$@"
	[ "$(id -u)" != 0 ] || set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	HOME=$room XDG_CONFIG_HOME='' XDG_CACHE_HOME='' "$@"
)
