# SPDX-License-Identifier: BSD-2-Clause
# Which of tcp.analysis.NAME Wireshark gives to each TCP frame of captures:
#
#	shark_tags.py 'NAME NAME...' CAPTURE...		a line a frame, "CAPTURE\tNUMBER NAME..."
#
# One sharkd for all of them: it takes longer to begin than to read.
import json
import subprocess
import sys

names, captures = sys.argv[1].split(), sys.argv[2:]
shark = subprocess.Popen(["sharkd", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
			 stderr=subprocess.DEVNULL, text=True)


def ask(method, **params):
	shark.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method,
				      "params": params}) + "\n")
	shark.stdin.flush()
	answer = json.loads(next(line for line in shark.stdout if line.strip()))
	if "result" not in answer:
		sys.exit(f"sharkd, asked to {method} {params}: {answer}")
	return answer["result"]


columns = {f"column{n}": f"tcp.analysis.{name}:1" for n, name in enumerate(names)}
for nth, capture in enumerate(captures):
	ask("load", file=capture)
	# (It remembers what a filter had selected, also from another capture: each has its own.)
	for frame in ask("frames", filter="tcp && !icmp" + " " * nth, **columns):
		tags = [name for name, tag in zip(names, frame["c"]) if tag]
		print(capture + "\t" + " ".join([str(frame["num"]), *tags]))
