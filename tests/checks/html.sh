#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Pages of captures in a browser: what a click shows is what `explain` says, the keyboard
# does what the mouse does, nothing is fetched, and nothing in a capture becomes markup.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
# shellcheck source=tests/clock.sh
. "$(dirname "$0")/../clock.sh"
need /usr/bin/python3
cd "$(dirname "$0")/../.." || exit 1
TC=${TCPCRAFT:-build/tcpcraft}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
sample=pcaps/demo-2-ack.pcap

# ---- the file ---------------------------------------------------------------------

check "show writes a page" "$TC" show -q $sample --html "$dir/x.html"
before=$(cksum <"$dir/x.html")
"$TC" show -q $sample --html "$dir/x.html" >"$dir/out" 2>"$dir/err"
same "but not over a file that is there" "$? $(wc -l <"$dir/err") $(cksum <"$dir/x.html")" \
	"2 1 $before"
check "unless --force says so" "$TC" show -q $sample --html "$dir/x.html" --force
"$TC" show -q $sample --html "$dir/absent/x.html" >"$dir/out" 2>"$dir/err"
same "a folder that is not there: exit 3 and one line" "$? $(wc -l <"$dir/err")" "3 1"
"$TC" show -q $sample --html - >"$dir/out" 2>"$dir/err"
same "standard output is no place for a page" "$? $(wc -c <"$dir/out")" "2 0"
# The policy lets run what is in the page from the program, by its hash, and nothing else.
same "a page allows its own script and style, by their hashes" "$(/usr/bin/python3 - "$dir/x.html" <<'END'
import base64, hashlib, re, sys
page = open(sys.argv[1], newline="").read()
def own(tag):
    text = re.search("<%s>(.*?)</%s>" % (tag, tag), page, re.S).group(1)
    return "'sha256-%s'" % base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
said = re.search('Content-Security-Policy" content="(.*?)"', page).group(1)
want = "default-src 'none'; script-src %s; style-src %s; base-uri 'none'; form-action 'none'"
print("so" if said == want % (own("script"), own("style")) else said)
END
)" so
"$TC" show -q $sample --html "$dir/again.html" >"$dir/out" 2>"$dir/err"
check "the same capture and command make the same page" test "$(sed 's/again\.html/x.html/; s/ --force//' \
	"$dir/again.html" | cksum)" = "$(sed 's/ --force//' "$dir/x.html" | cksum)"
"$TC" show -q /dev/null --html "$dir/no.html" >"$dir/out" 2>"$dir/err"
same "of what is not a capture there is no page" "$? $(ls "$dir"/no.html 2>/dev/null)" "2 "
head -c 700 $sample >"$dir/cut.pcap"
"$TC" show -q "$dir/cut.pcap" --html "$dir/cut.html" >"$dir/out" 2>"$dir/err"
same "of a damaged one there is, up to the damage" "$? $(grep -c 'id="said">.*shown up to there' \
	"$dir/cut.html")" "2 1"
(ulimit -f 20; "$TC" show -q $sample --html "$dir/full.html" >"$dir/out" 2>"$dir/err")
same "no room for it: exit 3, and no piece of it" \
	"$? $(find "$dir" -name '*full*' -o -name '.tcpcraft*')" "3 "

# ---- in a browser -----------------------------------------------------------------

# browse PAGE: steps on standard input, answers in $dir/said, one a line
browse() {
	tests/browser.py "$1" >"$dir/said" 2>"$dir/browser.err"
}
answer() {
	sed -n "$1p" "$dir/said"
}

browse "$dir/x.html" <<'END'
click [data-number="4"] .what
eval document.querySelector(".stage").dataset.chosen
eval [...document.querySelectorAll(".detail tr[data-field]")].map(r => r.dataset.field + " " + r.querySelector(".value").firstChild.textContent).sort().join("\n")
eval [...document.querySelectorAll(".bytes")].map(b => b.textContent).join("").replace(/ /g, "")
eval [...document.querySelectorAll(".detail [data-layer=tcp] .sum pre")].map(p => p.textContent).join("")
eval [...document.querySelectorAll(".state text")].map(t => t.textContent).join(" ")
eval document.querySelectorAll(".row").length
eval document.querySelectorAll(".bar").length
key ArrowDown
eval document.activeElement.dataset.number
key End
eval document.activeElement.dataset.number
key Home
key Enter
eval document.activeElement.className + " " + document.querySelector(".detail h3").firstChild.textContent
key Escape
eval document.activeElement.dataset.number
light
eval getComputedStyle(document.body).backgroundColor
dark
eval getComputedStyle(document.body).backgroundColor
key t
eval getComputedStyle(document.body).backgroundColor
requests
problems
eval document.documentElement.dataset.ready
END
rc=$?
if [ $rc = 77 ]; then
	skip "pages in a browser" "no chromium here (scripts/setup test)"
	exit 0
fi
same "a browser draws the page" "$rc $(answer 24)" '0 "yes"'

same "a click chooses a segment" "$(answer 1) $(answer 2)" 'clicked "4"'
"$TC" explain $sample 4 --json --checksum >"$dir/explained"
/usr/bin/python3 - "$dir" <<'END' >"$dir/compared" 2>&1
import json, sys
said = [line for line in open(sys.argv[1] + "/said")]
e = json.loads(open(sys.argv[1] + "/explained").readline())
want = []
for layer in e["layers"]:
    for f in layer["fields"]:
        text = f.get("text", "") + (" " + f["unit"] if "unit" in f else "")
        if "symbol" in f and f["symbol"] != f.get("text"):
            text += f" ({f['symbol']})"
        want.append(f["name"] + " " + text)
got = json.loads(said[2]).split("\n")
print("fields", "same" if len(want) > 40 and sorted(want) == sorted(got) else
      set(want) ^ set(got))
print("bytes", "same" if json.loads(said[3]) == e["frame_hex"] else said[3])
sums = "".join(l.get("checksum_steps", "") for l in e["layers"] if l["name"] == "tcp")
print("sum", "same" if sums and json.loads(said[4]) == sums else said[4])
END
same "its fields are those that explain tells" "$(sed -n 1p "$dir/compared")" "fields same"
same "its bytes too" "$(sed -n 2p "$dir/compared")" "bytes same"
same "and the checksum is worked out" "$(sed -n 3p "$dir/compared")" "sum same"
same "the states of both ends stand beside it" "$(answer 6)" '"SYN-SENT SYN-RECEIVED ESTABLISHED ESTABLISHED FIN-WAIT-1 CLOSE-WAIT FIN-WAIT-2 LAST-ACK TIME-WAIT CLOSED"'
same "a row for each segment, a bar for what takes sequence numbers" "$(answer 7) $(answer 8)" \
	"9 3"
same "arrow keys choose" "$(answer 10) $(answer 12)" '"5" "9"'
same "Enter goes to the details, Escape back" "$(answer 15) $(answer 17)" \
	'"detail Segment 1" "1"'
same "the page is light, dark as the system says, and as t says" \
	"$(answer 18) $(answer 19) $(answer 21)" \
	'"rgb(251, 250, 248)" "rgb(20, 23, 28)" "rgb(251, 250, 248)"'
same "nothing is fetched, nothing goes wrong" "$(answer 22) $(answer 23)" "[] []"

# What a peer may send to get out of its place.
{
	printf '</script><script>window.pwned=1</script><!--\r\n'
	# shellcheck disable=SC2016 # nothing is to be expanded
	printf '<img src=http://10.0.0.9/x onerror=window.pwned=2>"\047`${window.pwned=3}\n'
	printf '\377\376\300\257\355\240\200\000\033[2J\342\200\250\\u003c]]>'
} >"$dir/evil"
"$TC" send 10.0.0.2 80 tcp.flags=PA,SA --data-file "$dir/evil" --dry-run --format pcap \
	>"$dir/evil.pcap" 2>"$dir/err"
cp "$dir/evil.pcap" "$dir/<b>'\"&x.pcap"
"$TC" show -q "$dir/<b>'\"&x.pcap" --html "$dir/evil.html" >"$dir/out" 2>"$dir/err"
browse "$dir/evil.html" <<'END'
click [data-number="1"] .what
eval typeof window.pwned
eval document.querySelectorAll("script").length + " " + document.querySelectorAll("img, b.x, iframe").length
eval [...document.querySelectorAll(".bytes")].map(b => b.textContent).join("").replace(/ /g, "").slice(80)
eval document.querySelector("h2").textContent.replace(/.*\//, "")
requests
problems
eval (() => { window.saved = []; tcpcraft.save = (n, t, x) => { saved.push(x); }; return "ok"; })()
click .toolbar .saves button:nth-of-type(1)
click .toolbar .saves button:nth-of-type(2)
eval saved[0]
eval saved[1]
END
# What is saved of the page has no markup of theirs either: in Markdown each line is a heading, a
# quotation, code or words with nothing that means anything.
/usr/bin/python3 - "$dir/said" <<'PY' >"$dir/saved" 2>&1
import json, re, sys
import xml.etree.ElementTree as tree
drawing, run = (json.loads(line) for line in open(sys.argv[1]).read().split("\n")[10:12])
nodes = list(tree.fromstring(drawing).iter())
print(len(nodes) > 20, *[n.tag for n in nodes if re.search("script|image|foreign|}a$", n.tag)],
      *[a for n in nodes for a in n.attrib if a.startswith("on") or "href" in a])
lines = run.split("\n")
print("pwned" in run, *[l for l in lines if not l.startswith("    ") and
                       re.search(r"(?<!\\)[<\[`]|[\0-\x1f\x7f-\x9f]", l)])
PY
same "nor is any in a drawing or a text that is saved of it" "$(cat "$dir/saved")" "True
True"
same "no script and no markup of a peer's is run" "$(answer 2) $(answer 3)" \
	'"undefined" "2 0"'
same "its bytes are shown as they are" "$(answer 4)" \
	"\"$(od -An -v -tx1 "$dir/evil" | tr -d ' \n')\""
same "a file's name is a name" "$(answer 5)" "\"<b>'\\\"&x.pcap\""
same "nothing is fetched for it" "$(answer 6) $(answer 7)" "[] []"

# A long story: beginning and end, quickly drawn.
"$TC" send 10.0.0.2 80 tcp.flags=A tcp.srcport=4000 -c 50000 --data-length 20 \
	tcp.seq=1,2 --seed 1 --dry-run --format pcap >"$dir/long.pcap" 2>"$dir/err"
"$TC" show -q "$dir/long.pcap" --html "$dir/long.html" >"$dir/out" 2>"$dir/err"
begin
browse "$dir/long.html" <<'END'
eval Number(document.querySelector(".row").getAttribute("aria-setsize"))
eval document.querySelector(".toolbar").textContent.match(/of [0-9,]+ segments .* alone/)[0]
click [data-number="1"] .what
key End
eval document.activeElement.dataset.number
eval document.querySelector(".detail h3").firstChild.textContent
END
check "a long story is drawn within half a minute" within 30
same "100,000 segments have a row each, and it is said of how many there is no more" \
	"$(answer 1) $(answer 2)" '100000 "of 96,000 segments in its middle the headers alone"'
same "with the last of them" "$(answer 5) $(answer 6)" '"100000" "Segment 100000"'
