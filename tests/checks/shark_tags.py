# SPDX-License-Identifier: BSD-2-Clause
# Which of tcp.analysis.NAME are right of each TCP frame of captures, with Wireshark as the witness:
#
#	shark_tags.py 'NAME NAME...' CAPTURE...
#
# A line a frame: "CAPTURE\tNUMBER NAME...\tNAME...", what is right, and what Wireshark says. They
# differ in what class Connection has, of 4.0 and of 4.4, and in nothing else. "NUMBER -": this
# Wireshark cannot know.
#
# One sharkd for all of them: it takes longer to begin than to read.
import json
import subprocess
import sys

FIN, SYN, ACK = 1, 2, 16
NUMBERS = ["tcp.stream", "tcp.srcport", "tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.len",
	   "tcp.window_size_value"]
KNOWN = ["zero_window_probe", "zero_window_probe_ack", "window_update", "keep_alive",
	 "duplicate_ack", "retransmission", "fast_retransmission", "spurious_retransmission",
	 "out_of_order"]
names, captures = sys.argv[1].split(), sys.argv[2:]
words = names + [name for name in KNOWN if name not in names]
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


class Connection:
	"""What is right of the frames of one connection, of which Wireshark said `said`."""

	def __init__(self):
		self.seen = {}		# by sender's port: the numbers that were captured,
		self.probe = {}		# the end of its probe, if that came last,
		self.acks = {}		# its acknowledgment, and how often that was said again
		self.known = True

	def right(self, port, flags, seq, ack, length, window, said):
		self.takes_probe(port, flags, ack, said)
		if window == 0:
			said = said - {"window_update"}		# 4.4, of what takes a probe
		asked_for = self.asked_for(port)
		before, n = self.acks.get(port, (ack, 0))
		self.acks[port] = ack, n + ("duplicate_ack" in said) if ack == before else 0
		self.probe[port] = (seq + 1) % 2**32 if "zero_window_probe" in said else None
		said = self.by_bytes(port, flags, seq, length, said, asked_for)
		return said if self.known else {"-"}

	def asked_for(self, port):
		"""Did two duplicate ACKs ask for what comes from port? 4.0 takes -1 of them for many,
		behind an acknowledgment of what is not there."""
		return any(n >= 2 for of, (_, n) in self.acks.items() if of != port)

	def takes_probe(self, port, flags, ack, said):
		"""Wireshark 4.0 does not expect that a probe's byte is acknowledged (its issue 10745):
		it goes on at the probe's number, where the peers do not, and knows no more of that
		connection. 4.4 moves on, and says so, but not where something was lost besides."""
		for other in self.probe:
			if other != port and flags & ACK and ack == self.probe[other]:
				self.probe[other] = None
				self.known &= bool({"zero_window_probe_ack", "window_update"} & said)

	def by_bytes(self, port, flags, seq, length, said, asked_for):
		"""What was not captured before came late, what was comes again (tcpcraft-options(8),
		show): Wireshark guesses by time. 4.4 looks at unacknowledged segments first (its issue
		13843), 4.0 does not, and neither does when clocks go back."""
		seen = self.seen.setdefault(port, set())
		numbers = set(range(seq, seq + length + bool(flags & SYN) + bool(flags & FIN)))
		new = numbers - seen
		if "keep_alive" not in said:
			seen |= numbers
		if "fast_retransmission" in said and not asked_for:
			said = said - {"fast_retransmission"}
			if new and new != numbers:
				return {"-"}		# a guess that it did not come to
		if numbers and not new and "out_of_order" in said:
			return said - {"out_of_order"} | {"retransmission"}
		if (length and new == numbers and "retransmission" in said and
		    not {"fast_retransmission", "spurious_retransmission"} & said):
			return said - {"retransmission"} | {"out_of_order"}
		return said


columns = {f"column{n}": f"{field}:1" for n, field in enumerate(
	NUMBERS + [f"tcp.analysis.{name}" for name in words])}
for nth, capture in enumerate(captures):
	ask("load", file=capture)
	connections = {}
	# (It remembers what a filter had selected, also from another capture: each has its own.)
	for frame in ask("frames", filter="tcp && !icmp" + " " * nth, **columns):
		stream, port, *numbers = (int(text, 0) for text in frame["c"][:len(NUMBERS)])
		said = {name for name, tag in zip(words, frame["c"][len(NUMBERS):]) if tag}
		right = connections.setdefault(stream, Connection()).right(port, *numbers, said)
		print(capture, " ".join([str(frame["num"]), *(name for name in ["-", *names]
								 if name in right)]),
		      " ".join(name for name in names if name in said), sep="\t")
