# SPDX-License-Identifier: BSD-2-Clause
# What Wireshark sees in the captures of a test:
#
#	packets.py DIR		begins what answers at the socket DIR/ask, and goes on in the
#				background until the test is over
#
# A question is CAPTURE, FILTER and FIELD..., each with a byte 0 behind it, and the end. The answer
# is a line for each packet that the display filter selects: the fields, with tabs between them; and
# a last line, END. Why that cannot be told is an answer without it, so that no test takes that, or
# what is cut short, for "there are none".
#
# Wireshark, and python, take longer to begin than to read the captures of a test. So the filters
# are asked of one sharkd that a test begins with, which reads a capture once as long as it is
# the same, and the fields of all packets are written down once, by tshark.
import json
import os
import socket
import subprocess
import sys
import time

# Of every capture; the first question that names another costs another run of tshark.
FIELDS = """frame.number frame.time_relative frame.time_epoch frame.len eth.src eth.dst eth.type
	ip.src ip.dst ip.id ip.ttl ip.dsfield ip.len ip.flags.df ipv6.src ipv6.dst ipv6.hlim ipv6.tclass
	tcp.srcport tcp.dstport tcp.flags tcp.flags.str tcp.seq tcp.ack tcp.len tcp.window_size_value
	tcp.options tcp.options.mss_val tcp.options.wscale.shift tcp.options.timestamp.tsval
	tcp.options.timestamp.tsecr tcp.checksum tcp.checksum.status tcp.urgent_pointer
	tcp.payload ip.checksum.status icmp.type icmp.code icmpv6.type icmpv6.code
	_ws.malformed""".split()
END = ".\n"
PATIENCE = 60		# seconds, until what one caller begins answers another
BOOLEANS = {"True": "1", "False": "0"}		# as tshark 4.4 writes them, and as 4.0 does
PREFERENCES = {
	"tcp.check_checksum": "TRUE",
	"ip.check_checksum": "TRUE",
	"tcp.relative_sequence_numbers": "FALSE",
}


def stamp(capture):
	status = os.stat(capture)
	return status.st_size, status.st_mtime_ns


class Sharkd:
	def __init__(self, folder):
		"""Ports are chosen at random, so no port may mean a protocol to Wireshark."""
		settings = os.path.join(folder, ".config", "wireshark")
		os.makedirs(settings)
		with open(os.path.join(settings, "preferences"), "w") as file:
			file.writelines(f"{name}: {value}\n" for name, value in PREFERENCES.items())
		with open(os.path.join(settings, "decode_as_entries"), "w") as file:
			file.writelines(f"decode_as_entry: tcp.port,{n},(none),Data\n"
					for n in range(1, 65536))
		self.log = open(os.path.join(folder, "sharkd.log"), "w")
		self.process = subprocess.Popen(["sharkd", "-"], text=True, stderr=self.log,
						stdin=subprocess.PIPE, stdout=subprocess.PIPE,
						env={**os.environ, "HOME": folder, "XDG_CONFIG_HOME": ""})
		self.loaded, self.loads = None, 0

	def ask(self, method, **params):
		self.process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method,
						     "params": params}) + "\n")
		self.process.stdin.flush()
		line = next((line for line in self.process.stdout if line.strip()), "{}")
		answer = json.loads(line)
		if "result" not in answer:
			self.loaded = None
			raise OSError(f"sharkd, asked to {method} {params}: {answer}")
		return answer["result"]

	def selected(self, capture, condition):
		"""The numbers of the packets that the filter selects."""
		now = capture, stamp(capture)
		if self.loaded != now:
			self.ask("load", file=capture)
			self.loaded = now
			self.loads += 1
		# (It remembers what a filter selected, also of what was loaded before: it gets another.)
		only = {"filter": condition + " " * self.loads} if condition.strip() else {}
		answer = self.ask("frames", **only)
		return [packet["num"] for packet in answer]


def plain(cell):
	return ",".join(BOOLEANS.get(value, value) for value in cell.split(","))


def read_by_tshark(capture, fields):
	command = ["tshark", "-n", "-r", capture, "-d", "tcp.port==1-65535,data", "-T", "fields"]
	for name, value in PREFERENCES.items():
		command += ["-o", f"{name}:{value}"]
	for field in fields:
		command += ["-e", field]
	done = subprocess.run(command, capture_output=True, text=True)
	if done.returncode:
		raise OSError(f"tshark: {done.stderr}")
	return [[plain(cell) for cell in line.split("\t")] for line in done.stdout.splitlines()]


class Tables:
	"""Of each capture the fields of all packets, a row of them each, until it is another."""
	def __init__(self):
		# What a test asks of one capture it asks of the next.
		self.fields, self.of = FIELDS, {}

	def get(self, capture, fields):
		now = stamp(capture)
		was, known, rows = self.of.get(capture, (None, [], None))
		if was != now or set(fields) - set(known):
			self.fields = list(dict.fromkeys(self.fields + fields))
			known, rows = self.fields, read_by_tshark(capture, self.fields)
			self.of[capture] = now, known, rows
		return known, rows


def answer(shark, tables, question):
	capture, condition, *wanted = question
	numbers = shark.selected(capture, condition)
	if not numbers:
		return END
	fields, rows = tables.get(capture, wanted)
	places = [fields.index(field) for field in wanted]
	return "".join("\t".join(rows[number - 1][place] for place in places) + "\n"
		       for number in numbers) + END


def serve(listener, shark):
	tables = Tables()
	while True:
		asked = listener.accept()[0]
		with asked, asked.makefile("rb") as said:
			question = said.read().decode().split("\0")[:-1]
			try:
				text = answer(shark, tables, question)
			except Exception as error:
				text = f"packets.py: {error!r}\n"
			try:
				asked.sendall(text.encode())
			except OSError:
				pass		# who asked had enough of it


def detach(folder):
	"""Nothing of who began this is kept: no pipe, no folder, no session."""
	os.setsid()
	os.chdir("/")
	log = os.open(os.path.join(folder, "log"), os.O_WRONLY | os.O_CREAT, 0o600)
	for number in 0, 1, 2:
		os.dup2(log, number)
	with open("/proc/self/comm", "w") as file:
		file.write("packets")


def await_answers(place):
	end = time.monotonic() + PATIENCE
	while not os.path.exists(place):
		if time.monotonic() > end:
			sys.exit(f"packets.py: nothing answers at {place} after {PATIENCE} s: see the log "
				 "beside it")
		time.sleep(0.02)


def main():
	folder = sys.argv[1]
	place = os.path.join(folder, "ask")
	try:
		os.mkdir(folder)
	except FileExistsError:		# another begins it
		return await_answers(place)
	os.closerange(3, 1024)
	listener = socket.socket(socket.AF_UNIX)
	listener.bind(place + ".new")
	listener.listen(64)
	if os.fork() == 0:
		detach(folder)
		try:
			shark = Sharkd(folder)
		finally:	# without it nobody answers there, and who asks is told so at once
			os.rename(place + ".new", place)
		serve(listener, shark)
	listener.close()
	await_answers(place)


main()
