# SPDX-License-Identifier: BSD-2-Clause
# What Wireshark sees in a capture:
#
#	packets.py DIR CAPTURE FILTER FIELD...	a line for each packet that the display filter
#						selects: the fields, with tabs between them
#
# Why it cannot is its output too, so that no test takes that for "there are none".
#
# Wireshark takes longer to begin than to read the captures of a test. So the filters are
# asked of one sharkd that a test begins with, and the fields of all packets are written
# down once, by tshark, and kept in DIR.
import json
import os
import socket
import subprocess
import sys
import time

# Of every capture; what a question names besides costs another run of tshark.
FIELDS = """frame.number frame.time_relative frame.time_epoch frame.len eth.src eth.dst eth.type
	ip.src ip.dst ip.id ip.ttl ip.dsfield ip.len ip.flags.df ipv6.src ipv6.dst ipv6.hlim ipv6.tclass
	tcp.srcport tcp.dstport tcp.flags tcp.flags.str tcp.seq tcp.ack tcp.len tcp.window_size_value
	tcp.options tcp.options.mss_val tcp.options.wscale.shift tcp.options.timestamp.tsval
	tcp.options.timestamp.tsecr tcp.checksum tcp.checksum.status tcp.urgent_pointer
	tcp.payload ip.checksum.status icmp.type icmp.code icmpv6.type icmpv6.code
	_ws.malformed""".split()
PREFERENCES = {
	"tcp.check_checksum": "TRUE",
	"ip.check_checksum": "TRUE",
	"tcp.relative_sequence_numbers": "FALSE",
}


def begin(folder):
	"""Ports are chosen at random, so no port may mean a protocol to Wireshark."""
	settings = os.path.join(folder, ".config", "wireshark")
	os.makedirs(settings, exist_ok=True)
	with open(os.path.join(settings, "preferences"), "w") as file:
		file.writelines(f"{name}: {value}\n" for name, value in PREFERENCES.items())
	with open(os.path.join(settings, "decode_as_entries"), "w") as file:
		file.writelines(f"decode_as_entry: tcp.port,{n},(none),Data\n" for n in range(1, 65536))
	with open(os.path.join(folder, "sharkd.log"), "w") as log:
		subprocess.Popen(["sharkd", "unix:" + os.path.join(folder, "sharkd")],
						 env={**os.environ, "HOME": folder, "XDG_CONFIG_HOME": ""},
						 stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


def connected(folder):
	begun = False
	for _ in range(3000):
		asked = socket.socket(socket.AF_UNIX)
		try:
			asked.connect(os.path.join(folder, "sharkd"))
			return asked
		except (FileNotFoundError, ConnectionRefusedError):
			asked.close()
			if not begun:
				begin(folder)
			begun = True
			time.sleep(0.02)
	raise OSError("sharkd does not answer")


def selected(folder, capture, condition):
	"""The numbers of the packets that the filter selects."""
	requests = [("load", {"file": capture}), ("frames", {"filter": condition})]
	with connected(folder) as asked:
		for number, (method, params) in enumerate(requests, 1):
			asked.sendall(json.dumps({"jsonrpc": "2.0", "id": number, "method": method,
						  "params": params}).encode() + b"\n")
		asked.shutdown(socket.SHUT_WR)
		answers = [json.loads(line) for line in asked.makefile() if line.strip()]
	if len(answers) != 2 or "error" in answers[0] or "error" in answers[1]:
		raise OSError(f"sharkd, asked for '{condition}' in {capture}: {answers}")
	return [packet["num"] for packet in answers[1]["result"]]


def read_by_tshark(capture, fields):
	command = ["tshark", "-n", "-r", capture, "-d", "tcp.port==1-65535,data", "-T", "fields"]
	for name, value in PREFERENCES.items():
		command += ["-o", f"{name}:{value}"]
	for field in fields:
		command += ["-e", field]
	done = subprocess.run(command, capture_output=True, text=True)
	if done.returncode:
		raise OSError(f"tshark: {done.stderr}")
	return [line.split("\t") for line in done.stdout.splitlines()]


def table(folder, capture, fields):
	"""The fields, and of each packet a row of them; kept until the capture is another."""
	kept = os.path.join(folder, os.path.basename(capture) + ".json")
	status = os.stat(capture)
	stamp = [status.st_size, status.st_mtime_ns]
	known = {"stamp": stamp, "fields": FIELDS}
	if os.path.exists(kept):
		with open(kept) as file:
			known = json.load(file)
	if known["stamp"] != stamp or "rows" not in known or set(fields) - set(known["fields"]):
		known["stamp"] = stamp
		known["fields"] = list(dict.fromkeys(known["fields"] + fields))
		known["rows"] = read_by_tshark(capture, known["fields"])
		with open(kept, "w") as file:
			json.dump(known, file)
	return known["fields"], known["rows"]


def main():
	folder, capture, condition, *wanted = sys.argv[1:]
	numbers = selected(folder, capture, condition)
	if not numbers:
		return
	fields, rows = table(folder, capture, wanted)
	places = [fields.index(field) for field in wanted]
	for number in numbers:
		print("\t".join(rows[number - 1][place] for place in places))


try:
	main()
except Exception as error:
	print(f"packets.py: {error!r}")
	sys.exit(1)
