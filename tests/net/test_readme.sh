#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What README.md and tcpcraft-recipes(7) show is what happens: each command of their consoles
# is run, and the last line it prints is the one that stands there but for the numbers. Those that
# the README starts with are understood.
# shellcheck source=tests/net/lib.sh
# shellcheck disable=SC2119
. "$(dirname "$0")/lib.sh"

need iptables tshark /usr/bin/python3
cd "$TC_ROOT" || exit 1
PATH=$(dirname "$TCPCRAFT"):$PATH
TCPCRAFT_LIBEXEC=${TCPCRAFT_LIBEXEC:-$TC_ROOT/scripts}
export PATH TCPCRAFT_LIBEXEC

# A line COMMAND<tab>LAST LINE for each command.
awk '
	function flush() { if (command != "") print command "\t" last; command = "" }
	/^```/ { flush(); console = $0 == "```console"; next }
	console && /^\$ / { flush(); command = substr($0, 3); last = ""; next }
	{ last = $0 }' README.md >$WORK/commands

# The same of the page, whose lines are roff's.
awk '
	function flush() { if (command != "") print command "\t" last; command = "" }
	function plain(line) { gsub(/\\e/, "\001", line); gsub(/\\-/, "-", line)
		sub(/^\\&/, "", line); gsub(/\001/, "\\", line); return line }
	/^\.(nf|fi)$/ { flush(); console = $0 == ".nf"; next }
	$0 == ".sp" { next }
	{ $0 = plain($0) }
	console && /^\$ / { flush(); command = substr($0, 3); last = ""; next }
	{ last = $0 }' man/tcpcraft-recipes.7 >>$WORK/commands

but_numbers() {
	tr -d '\r' | sed -E 's/[0-9]+(\.[0-9]+)*/N/g; s/ +/ /g'
}

# The commands write into the folder they run in.
mkdir $WORK/here && cp -r pcaps scripts README.md $WORK/here && cd $WORK/here || exit 1
protd_start here 127.0.0.1 -p 9999
check "README and page show commands" [ "$(wc -l <$WORK/commands)" -ge 40 ]
check "README is short: half of the 4113 words that it once had" [ "$(wc -w <README.md)" -le 2056 ]
ran=0
while IFS="$(printf '\t')" read -r command last; do
	ran=$((ran + 1))
	case $command in
	*'&')
		start background here sh -c "exec ${command%&}"
		background=$PID
		check "it answers: $command" wait_for 10 nc -z 127.0.0.1 8000
		continue
		;;
	esac
	run 30 sh -c "$command" </dev/null
	same "$(printf '%s' "$command" | sed 's/\\/&&/g')" "$(tail -n 1 "$OUT" | but_numbers)" \
		"$(printf '%s\n' "$last" | but_numbers)"
done <$WORK/commands
same "none of them was left out" $ran "$(wc -l <$WORK/commands)"
# Its lines to start with, where nothing is reached: each is understood, and its files are there.
# (Those of local work are carried out; the experiments are run elsewhere, and read here.)
awk '/^## /{ here = $0 == "## Start here" } here && /^    tcpcraft /' README.md |
	sed 's/HOST/192.0.2.1/g; s/PORT/9999/g; s/run --local/run --check/' >$WORK/starts
same "README: five lines to start with for each of three groups" "$(wc -l <$WORK/starts)" 15
ran=0
while read -r command; do
	run 60 unshare -n sh -c "$command" </dev/null
	ran=$((ran + 1))
	case $command in *192.0.2.1*dry-run* | *show* | *teach* | *--check*) want=0 ;; *) want=3 ;; esac
	same "$(printf '%s' "$command" | sed 's/\\/&&/g')" "$RC" $want
done <$WORK/starts
same "all of them were run" $ran 15

# The examples of the manual's other pages in the same way, with the files that these pages show and
# captures of the demo. (1 and 3: nobody is there, 4: another
# connection than the script's; a command that is wrong ends with 2.)
mkdir mine
cp pcaps/demo-2-ack.pcap run.pcap
cp pcaps/demo-2-ack.pcap handed-in.pcap
echo 10.0.0.9 >hosts.txt
/usr/bin/python3 - "$TC_ROOT"/man/tcpcraft-*.[578] <<'END' >$WORK/examples
import re, sys
def plain(line):
    line = re.sub(r'^\.B "?(.*?)"?$', r"\1", line).replace("\\&", "").replace("\\-", "-")
    return line.replace("\\(aq", "'").replace("\\e", "\\")
for path in sys.argv[1:]:
    texts = re.findall(r"^\.nf\n(.*?)^\.fi$", open(path).read(), re.M | re.S)
    for text in texts:
        text = "\n".join(plain(l) for l in text.split("\n"))
        name = {"header m": "modbus.spec", "# What c": "mine/close.lesson",
                "0 < S 0:": "hello.pkt"}.get(text[:8])
        if name:
            open(name, "w").write(text)
        for line in text.replace("\\\n", "").split("\n") if "recipes" not in path else []:
            if re.match(r"(\w+=\S+ )*tcpcraft ", line):
                print(line.split(" | ")[0].replace("/srv/class/", ""))
END
check "the other pages have examples, too" [ "$(wc -l <$WORK/examples)" -ge 20 ]
ran=0
while read -r command; do
	run 60 unshare -n sh -c "$command" </dev/null
	ran=$((ran + 1))
	same "$(printf '%s' "$command" | sed 's/\\/&&/g')" \
		"$(case $RC in 0 | 1 | 3 | 4) echo understood ;; *) cat "$ERR" ;; esac)" understood
done <$WORK/examples
same "each of them was run" $ran "$(wc -l <$WORK/examples)"
stop "$background"
stop "$PROTD_PID"
nothing_left
