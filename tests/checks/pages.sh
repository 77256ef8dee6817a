#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Pages as they are seen on a desk (1280x800) and in a hand (390x844): nothing is cut,
# nothing is off its card, what was chosen is in sight, and a long story opens like a short
# one. Measured in a browser.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
need /usr/bin/python3
cd "$(dirname "$0")/../.." || exit 1
TC=${TCPCRAFT:-build/tcpcraft}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# capture FILE SEGMENTS BYTES: a transfer with everything in it that was ever cut: numbers of
# seven digits, SACK blocks, long options, segments sent again. Its bytes are random.
capture() {
	/usr/bin/python3 - "$@" <<'PY'
import random, struct, sys
path, n, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
dice = random.Random(7)
out = open(path, "wb")
out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
clock = 0
def total(text):
    text += b"\0" * (len(text) % 2)
    n = sum(struct.unpack(">%dH" % (len(text) // 2), text))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return 0xffff - n
def put(back, seq, ack, flags, options=b"", data=b""):
    global clock
    a, b = (b"\xc0\xa8\x64\x65", 54321), (b"\xc0\xa8\x64\xc8", 40404)
    if back:
        a, b = b, a
    tcp = struct.pack(">HHIIBBHHH", a[1], b[1], seq & 0xffffffff, ack & 0xffffffff,
                      (20 + len(options)) // 4 << 4, flags, 65000, 0, 0) + options
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp) + len(data), 1, 0, 64, 6, 0,
                     a[0], b[0])
    ip = ip[:10] + struct.pack(">H", total(ip)) + ip[12:]
    pseudo = ip[12:] + struct.pack(">HH", 6, len(tcp) + len(data))
    tcp = tcp[:16] + struct.pack(">H", total(pseudo + tcp + data)) + tcp[18:]
    clock += 150
    frame = ip + tcp + data
    out.write(struct.pack("<IIII", clock // 1000000, clock % 1000000, len(frame),
                          len(frame)) + frame)
stamps = b"\x08\x0a\xff\xff\xff\xfe\xff\xff\xff\xfd"
opening = b"\x02\x04\x05\xb4\x04\x02" + stamps + b"\x01\x03\x03\x0e"
put(0, 999, 0, 2, opening)
put(1, 4999, 1000, 0x12, opening)
put(0, 1000, 5000, 0x10, b"\x01\x01" + stamps)
at = 1000
for i in range(n):
    data = dice.randbytes(size)
    if i % 10 == 5:         # lost: the next one draws a SACK block, then it comes
        put(0, at + size, 5000, 0x18, b"\x01\x01" + stamps, data)
        put(1, 5000, at, 0x10, b"\x01\x01\x05\x0a" + struct.pack(">II", (at + size) & 0xffffffff,
            (at + 2 * size) & 0xffffffff))
        put(0, at, 5000, 0x18, b"\x01\x01" + stamps, data)
        at += 2 * size
    else:
        put(0, at, 5000, 0x18, b"\x01\x01" + stamps, data)
        at += size
    if i % 3 == 0:
        put(1, 5000, at, 0x10)
put(0, at, 5000, 0x11)
put(1, 5000, at + 1, 0x11)
put(0, at + 1, 5001, 0x10)
PY
}
page() {
	"$TC" show -q "$dir/$1.pcap" --html "$dir/$1.html" >"$dir/out" 2>"$dir/err"
}
browse() {
	tests/browser.py "$@" >"$dir/said" 2>"$dir/browser.err"
}
answer() {
	sed -n "$1p" "$dir/said"
}

capture "$dir/some.pcap" 40 40000
check "a page of a transfer" page some

# Of each size: what sticks out of what should hold it.
# shellcheck disable=SC2016 # it is JavaScript
measure='(() => { const bad = [];
const inside = (node, box, what) => { const r = node.getBoundingClientRect(), b = box.getBoundingClientRect();
  if (r.width && (r.left < b.left - 1 || r.right > b.right + 1)) bad.push(what + ": " + node.textContent.slice(0, 40)); };
for (const pane of document.querySelectorAll(".pane")) for (const n of pane.querySelectorAll("text, .row rect, .row line, .end")) inside(n, pane, "ladder");
for (const svg of document.querySelectorAll(".plot svg")) for (const n of svg.querySelectorAll("text, path.bar, line")) inside(n, svg, "plot");
for (const n of document.querySelectorAll("html, .pane, .dump, .dump-line, .detail, .detail table, .plot-head, .toolbar, #said, #command, .side"))
  if (n.clientWidth && n.scrollWidth > n.clientWidth) bad.push((n.id || n.className || n.tagName) + ` ${n.scrollWidth} > ${n.clientWidth}`);
for (const n of document.querySelectorAll(".legend i")) if (n.offsetHeight > 6) bad.push("legend " + n.className);
return bad.join("; "); })()'
measure=$(printf '%s' "$measure" | tr '\n' ' ')
seen='(() => { const d = [...document.querySelectorAll(".detail, .plot")].filter((n) => n.offsetHeight)
.map((n) => n.getBoundingClientRect());
const row = document.querySelector("[aria-selected=true]").getBoundingClientRect();
const foot = document.querySelector(".tabs").offsetHeight ? document.querySelector(".side").getBoundingClientRect().top : innerHeight;
return d.length > 0 && d.every((r) => r.top >= 0 && Math.min(r.bottom, innerHeight) - r.top > 120) && row.top >= 0 && row.top < foot; })()'
seen=$(printf '%s' "$seen" | tr '\n' ' ')
for size in "1280 800" "390 844"; do
	# In a hand details and plot come by turns, or not at all. (A browser takes a second to begin.)
	{
		cat <<-END
		eval innerWidth + " " + innerHeight
		eval $measure
		click .row[data-number="4"] .what
		eval $seen
		eval $measure
		key End
		eval $seen
		eval $measure
		eval document.querySelectorAll("line.sack").length
		problems
		eval document.getElementById("said").textContent.startsWith("1 connection: 1 closed; odd: ")
		END
		[ "$size" = "1280 800" ] || cat <<-'END'
		click .tabs button:nth-child(2)
		eval [...document.querySelectorAll(".detail, .plot")].filter((n) => n.offsetHeight).map((n) => n.className).join()
		click .tabs .fold
		eval document.querySelector(".side").offsetHeight < 60
		click .tabs button:nth-child(1)
		eval [...document.querySelectorAll(".detail, .plot")].filter((n) => n.offsetHeight).map((n) => n.className).join()
		END
	} >"$dir/steps"
	# shellcheck disable=SC2086 # two words
	browse "$dir/some.html" $size <"$dir/steps"
	rc=$?
	if [ $rc = 77 ]; then
		skip "pages as they are seen" "no chromium here (scripts/setup test)"
		exit 0
	fi
	same "$size: the window is that large" "$rc $(answer 1)" "0 \"$size\""
	same "$size: nothing is cut, nothing off its card" "$(answer 2) $(answer 5) $(answer 8)" \
		'"" "" ""'
	same "$size: a click shows its details without scrolling" "$(answer 3) $(answer 4)" \
		"clicked true"
	same "$size: so does the keyboard, thousands of pixels below" "$(answer 7)" true
	same "$size: a SACK block is drawn for each that was sent" "$(answer 9)" 4
	same "$size: nothing goes wrong" "$(answer 10)" "[]"
	same "$size: how it went stands on top, when no run has said it" "$(answer 11)" true
done
same "in a hand they come by turns, or not at all" "$(answer 13) $(answer 15) $(answer 17)" \
	'"plot" true "detail"'
if command -v tshark >/dev/null; then
	same "tshark counts as many SACK blocks" \
		"$(tshark -r "$dir/some.pcap" -Y tcp.options.sack_le 2>/dev/null | wc -l)" 4
else
	skip "SACK blocks beside tshark" "tshark is missing"
fi

# ---- what is saved of it --------------------------------------------------------------------

browse "$dir/some.html" 1280 800 <<'END'
eval (() => { window.saved = []; const save = tcpcraft.save; tcpcraft.save = (n, t, x) => { saved.push(x); save(n, t, x); }; })()
click .toolbar .saves button:nth-of-type(1)
click .toolbar .saves button:nth-of-type(2)
click .plot .saves button:nth-of-type(1)
click .plot .saves button:nth-of-type(2)
eval saved[0]
eval saved[1]
eval saved[2]
eval saved[3]
problems
END
same "ladder and plot are saved, and nothing goes wrong" "$(answer 2) $(answer 3) $(answer 10)" \
	"clicked clicked []"
tshark -r "$dir/some.pcap" -T fields -E separator=, -e frame.number -e tcp.analysis.ack_rtt \
	-e tcp.analysis.bytes_in_flight -e ip.src 2>"$dir/err" >"$dir/wireshark"
/usr/bin/python3 - "$dir" <<'END' >"$dir/compared" 2>&1
import csv, io, json, sys
import xml.etree.ElementTree as tree
said = open(sys.argv[1] + "/said").read().split("\n")
ladder, run, plot, table = (json.loads(said[i]) for i in range(5, 9))
rows = list(csv.DictReader(io.StringIO(table)))
shark = [line.rstrip("\n").split(",") for line in open(sys.argv[1] + "/wireshark")]
for name, text in (("ladder", ladder), ("plot", plot)):
    nodes = list(tree.fromstring(text).iter())
    styled = all("var(" not in v and "class" not in n.attrib for n in nodes for v in n.attrib.values())
    print(name, "is a drawing of its own" if styled and len(nodes) > 100 else len(nodes))
print("a line each in Markdown" if sum("--> " in l or "<-- " in l for l in run.split("\n")
      if l.startswith("    ")) == len(shark) else run[:2000])
print("a row each" if [r["number"] for r in rows] == [s[0] for s in shark] else len(rows))
rtt = [(r["number"], int(r["rtt_ns"]), round(float(s[1]) * 1e9)) for r, s in zip(rows, shark) if r["rtt_ns"] and s[1]]
odd = [t for t in rtt if abs(t[1] - t[2]) > 1000]
print("round trips as tshark has them" if len(rtt) >= 10 and not odd else (len(rtt), odd))
flight = [(r["number"], int(r["in_flight"]), int(s[2])) for r, s in zip(rows, shark) if s[2] and s[3] == "192.168.100.101"]
odd = [t for t in flight if t[1] != t[2]]
print("bytes in flight as tshark has them" if len(flight) >= 40 and not odd else (len(flight), odd))
END
same "the ladder is one without its page" "$(sed -n 1p "$dir/compared")" \
	"ladder is a drawing of its own"
same "the plot too" "$(sed -n 2p "$dir/compared")" "plot is a drawing of its own"
same "the run as text" "$(sed -n 3p "$dir/compared")" "a line each in Markdown"
same "the plot as numbers" "$(sed -n 4p "$dir/compared")" "a row each"
same "its round trips" "$(sed -n 5p "$dir/compared")" "round trips as tshark has them"
same "its bytes in flight" "$(sed -n 6p "$dir/compared")" "bytes in flight as tshark has them"

# The README's picture is one that was saved so, of the demo's capture.
"$TC" show pcaps/demo-2-ack.pcap -q --html "$dir/demo.html" >"$dir/out" 2>"$dir/err"
browse "$dir/demo.html" 1696 900 <<'END'
eval (() => { window.saved = []; tcpcraft.save = (n, t, x) => { saved.push(x); }; })()
click .toolbar .saves button:nth-of-type(1)
eval saved[0]
END
same "the README's picture is the tool's: each of its shapes, and each word" \
	"$(/usr/bin/python3 - "$dir/said" man/ladder.svg <<'END'
import json, sys
import xml.etree.ElementTree as tree
saved = tree.fromstring(json.loads(open(sys.argv[1]).read().split("\n")[2]))
shown = tree.parse(sys.argv[2]).getroot()
a, b = ([(n.tag, n.text) for n in t.iter()] for t in (saved, shown))
print("the same" if a == b and len(a) > 80 else ([x for x in zip(a, b) if x[0] != x[1]], len(a), len(b)))
END
	)" "the same"

# What is saved, or printed, of very many rows ends in the drawing, which says so.
browse "$dir/some.html" 1280 800 <<'END'
eval (() => { const { svg, rows } = tcpcraft; window.d = svg("svg", { height: 60000 }); const g = svg("g"); d.append(g); document.body.append(d); window.r = rows(d, g, Array.from({ length: 6000 }, (_, i) => ({ y: 10 * i, h: 10 })), () => svg("g")); })()
eval (() => { scrollTo(0, 51000); const at = scrollY; r.all(); window.was = at; return [d.querySelectorAll("g > g").length, d.getAttribute("height"), d.textContent].join(); })()
eval (() => { r.look(); return d.getAttribute("height") + d.textContent + (scrollY === was); })()
eval [0, 7].flatMap((left_out) => [false, true].map((both) => tcpcraft.summary({ both, left_out, connections: [{ left: "a" }], events: [{ fate: "lost" }] }))).join("|")
problems
END
same "a sentence about a story that is not whole says of what it is" "$(answer 4)" \
	'"1 connection: 1 untold; nothing odd|1 connection at both ends: 1 lost|1 connection: 1 untold; nothing odd (of what is on this page)|1 connection at both ends: 1 lost (of what is on this page)"'
same "a saved drawing of very many rows ends behind the last one, and says so" \
	"$(answer 2) $(answer 3) $(answer 5)" \
	'"5000,50024,the first 5000 of 6000 rows" "60000true" []'

# ---- a long one ---------------------------------------------------------------------

capture "$dir/long.pcap" 2600 9000
check "a page of 4000 large segments" page long
bytes=$(stat -c %s "$dir/long.html")
check "is smaller than the 16 MiB that the manual says ($bytes)" test "$bytes" -lt 16777216
# What it costs to open, beside a short one at the same time on the same machine.
for file in some long; do
	browse "$dir/$file.html" 1280 800 <<-'END'
		eval performance.getEntriesByType("navigation")[0].loadEventEnd
		eval document.querySelectorAll(".row, .row *").length
		click .row .what
		key End
		eval document.querySelector(".detail h3").textContent.length > 5 && document.querySelectorAll(".detail tr").length > 20
		problems
	END
	answer 1 >"$dir/$file.time"
	answer 2 >"$dir/$file.rows"
	same "the last of $file is unpacked like the first" "$(answer 5) $(answer 6)" "true []"
done
check "it draws as much as a short one ($(cat "$dir/long.rows"), $(cat "$dir/some.rows"))" \
	test "$(cat "$dir/long.rows")" -lt $((2 * $(cat "$dir/some.rows")))
short=$(cut -d. -f1 "$dir/some.time")
long=$(cut -d. -f1 "$dir/long.time")
check "and opens in less than 25 times its time ($long ms, $short ms)" \
	test "$long" -lt $((25 * short))

# ---- as long as it gets ---------------------------------------------------------------

capture "$dir/huge.pcap" 65210 1400
check "a page of 100,000 segments" page huge
bytes=$(stat -c %s "$dir/huge.html")
check "is smaller than 20 MB ($bytes)" test "$bytes" -lt 20000000
echo work | tests/browser.py "$dir/some.html" 1280 800 >"$dir/work" 2>"$dir/browser.err"
# Half way down is a segment of which the headers are left; what is told of it is compared.
browse "$dir/huge.html" 1280 800 <<'END'
work
eval Number(document.querySelector(".row").getAttribute("aria-setsize"))
eval scrollTo(0, document.documentElement.scrollHeight / 2)
shot /dev/null
eval document.querySelector(".row[aria-selected=false] .what").id = "here"
click #here
eval Number(document.querySelector(".stage").dataset.chosen)
eval document.querySelector(".detail .line").textContent
eval [...document.querySelectorAll(".bytes")].map(b => b.textContent).join("").replace(/ /g, "")
eval document.querySelector(".detail").textContent.includes("A long story")
eval document.querySelectorAll(".plot path.bar.chosen").length + " " + (document.querySelectorAll(".plot path").length < 100)
key End
eval document.querySelector(".detail h3").firstChild.textContent + " " + (document.querySelectorAll(".detail tr").length > 20)
problems
END
most=$((40 * $(cat "$dir/work")))
check "its work is less than 40 times that of 100 segments ($(answer 1) ms, $(cat "$dir/work") ms)" \
	test "$(answer 1)" -lt "$most"
total=$(answer 2)
same "nothing goes wrong, and it is scrolled to the end" "$(answer 5) $(answer 12) $(answer 13)" \
	"clicked \"Segment $total true\" []"
same "the page says that there is no more of it, and marks it in the plot" "$(answer 9) $(answer 10)" \
	'true "1 true"'
number=$(answer 6)
if command -v tshark >/dev/null; then
	# (tshark needs no more than the handshake for what it tells of one: half a minute less.)
	editcap -F pcap -r "$dir/huge.pcap" "$dir/one.pcap" 1-3 "$number" >"$dir/err" 2>&1
	for how in "-T fields -e tcp.seq -e tcp.nxtseq -e tcp.len -e tcp.ack -e tcp.window_size_value" -x; do
		# shellcheck disable=SC2086 # words
		tshark -r "$dir/one.pcap" -Y "frame.number == 4" $how
	done >"$dir/wireshark" 2>>"$dir/err"
	/usr/bin/python3 - "$dir" "$number" <<'END' >"$dir/compared" 2>&1
import json, re, sys
said = open(sys.argv[1] + "/said").read().split("\n")
shark = open(sys.argv[1] + "/wireshark").read().split("\n")
seq, after, length, ack, window = (int(n) for n in shark[0].split("\t")[:5])
data = "".join(re.findall(r"(?m)^[0-9a-f]{4}  ((?:[0-9a-f]{2} )+)", "\n".join(shark))).replace(" ", "")
want = f"seq {seq}" + (f":{after} ({length})" if length else "") + f" ack {ack} win {window}"
print("middle" if 40000 < int(sys.argv[2]) < 60000 else sys.argv[2])
print("numbers" if want in json.loads(said[6]) else (want, said[6]))
head = json.loads(said[7])
print("bytes" if len(head) >= 80 and data.startswith(head) and
      len(data) == len(head) + 2 * length else (data[:200], head))
END
	same "half way down its numbers are those that tshark tells, and its headers' bytes" \
		"$(tr '\n' ' ' <"$dir/compared")" "middle numbers bytes "
else
	skip "a segment half way down beside tshark" "tshark is missing"
fi

# As many connections: those that are near are in the list, and each has its number.
"$TC" send 10.0.0.2 80 ip.src=192.0.2.1,192.0.2.2 tcp.flags=S tcp.srcport=10000-59999 \
	--dry-run --format pcap >"$dir/many.pcap" 2>"$dir/err"
check "a page of 100,000 connections" page many
bytes=$(stat -c %s "$dir/many.html")
check "is smaller than 20 MB, too ($bytes)" test "$bytes" -lt 20000000
browse "$dir/many.html" 1280 800 <<'END'
work
eval document.querySelectorAll(".toolbar option").length < 1000
eval (() => { const i = document.querySelector(".toolbar input"); i.value = 43210; i.dispatchEvent(new Event("change")); })()
eval document.querySelector(".toolbar select").selectedOptions[0].textContent.includes("192.0.2.1:53209 ") + document.querySelector(".ends").textContent
eval [...document.querySelectorAll(".state text")].map((t) => t.textContent).join()
problems
END
check "its work too is less than 40 times ($(answer 1) ms)" test "$(answer 1)" -lt "$most"
same "a number shows its connection" "$(answer 2) $(answer 4) $(answer 5) $(answer 6)" \
	'true "trueopened by192.0.2.1:53209to10.0.0.2:80" "SYN-SENT" []'

"$TC" send 10.0.0.2 80 ip.src=192.0.2.1 tcp.flags=PA tcp.srcport=10000 data=hello \
	--dry-run --format pcap >"$dir/begun.pcap" 2>"$dir/err"
check "a page of what began before" page begun
browse "$dir/begun.html" 1280 800 <<'END'
eval document.querySelector(".ends").textContent
END
same "who opened it is not claimed" "$(answer 1)" '"first heard192.0.2.1:10000to10.0.0.2:80"'
